"""`nearway status`, `regions`, `workers`, `explain`: what a gateway sees and would do, in a terminal."""
