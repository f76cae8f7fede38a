"""That the ledger can't be written."""


class LedgerAwayError(Exception):
    """It can't be written now; the text says why."""
