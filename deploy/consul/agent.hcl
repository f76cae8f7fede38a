# Consul's own agents and servers, none of our programs: `acl.tokens.agent`. Each tells the catalog of itself.
node_prefix "" { policy = "write" }
service_prefix "" { policy = "read" }
