"""`nearway solve`: tasks from a command line, a file or a pipe, each paid for once however often the program has to be run."""
