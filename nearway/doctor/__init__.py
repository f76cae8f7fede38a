"""`nearway doctor`: what is wrong with an installation, and how each thing is mended. It changes nothing and spends nothing."""
