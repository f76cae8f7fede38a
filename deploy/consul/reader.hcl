# People who look at Consul's UI: all services, nodes and what is kept for Nearway. They change nothing.
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }
key_prefix "nearway/" { policy = "read" }
