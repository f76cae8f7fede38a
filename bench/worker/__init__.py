"""What one worker costs and adds, measured on real processes against the simulated API."""
