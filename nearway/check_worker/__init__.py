"""`nearway check-worker`: what a worker supports of the worker contract, and where it breaks it."""
