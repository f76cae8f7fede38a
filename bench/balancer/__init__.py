"""The client-side balancer against five workers, of which one is slow, one dies and returns, and one is always full."""
