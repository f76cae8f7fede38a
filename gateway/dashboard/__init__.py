"""The dashboard: what an operator sees of a gateway, live, and may do there."""
