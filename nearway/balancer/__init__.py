"""The client-side balancer: tasks spread over workers without a gateway, none sent twice after it may have been paid for."""
