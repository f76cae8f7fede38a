"""What holds for all tests."""

from hypothesis import settings

# How long an example takes says something of the machine and its other work, and nothing of the rule that is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
