"""A stand-in for a worker: speaks its contract exactly, and costs next to nothing, so that what stands before it is measured."""
