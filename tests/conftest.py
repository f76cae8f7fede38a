"""What all tests share."""

from hypothesis import settings

# How long an example takes says more of the machine than of the program; `timeout` ends a test that hangs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
