"""What is lost when parts of a system under load break: nothing, witnessed by the simulated API."""
