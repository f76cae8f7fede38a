"""`nearway tenant`: who stands in the policy file, and with which keys."""
