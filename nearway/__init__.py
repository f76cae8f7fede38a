"""The face of Nearway: the command line `nearway`."""
