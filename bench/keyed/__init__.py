"""Tasks with a key, sent again and again while everything that could lose them is killed: each is submitted once at most."""
