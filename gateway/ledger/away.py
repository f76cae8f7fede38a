"""What may become of a record that is to be written."""


class LedgerAwayError(Exception):
    """It can't be written now; the text says why."""


class TakenError(Exception):
    """It was not written: the task is another gateway's by now."""
