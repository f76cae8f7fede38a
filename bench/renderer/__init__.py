"""How soon nginx serves what changed in Consul, and what following it costs: real Consul, real renderer, real nginx."""
