"""Asking a gateway, from the command line: which, as whom, and what to say when it gives no answer."""
