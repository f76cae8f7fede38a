"""Completion scripts for shells, made from the commands' parsers; `python -m tests.pages` writes them."""
