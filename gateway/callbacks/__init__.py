"""Callbacks: the end of a task is POSTed to the URL its client named."""
