"""`Nearway-Worker`: which worker answered, by its service id in Consul. Between the parts: no client is told."""

HEADER = "Nearway-Worker"
