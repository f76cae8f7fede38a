"""The client library: tasks sent to a gateway, each paid for once however often it has to be sent."""
