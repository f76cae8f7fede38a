"""The whole system on one machine, and the simulated solving API."""
