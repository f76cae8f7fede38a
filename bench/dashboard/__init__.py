"""What the dashboard costs: the page, the stream, and the gateway."""
