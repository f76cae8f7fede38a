"""The global gateway: carries each task to the nearest healthy region with a free slot, and never pays for one twice."""
