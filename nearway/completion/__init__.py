"""`nearway completion`: what a shell needs to complete the command line. The scripts here are made by `make docs`."""
