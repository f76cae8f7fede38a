"""`nearway register`: a program of any language becomes a worker of a region."""
