# A gateway: it registers itself, and reads every region's endpoint and workers, and the dials, in every datacenter.
service "nearway-gateway" { policy = "write" }
service "nearway-region" { policy = "read" }
service "solver" { policy = "read" }
# An instance is seen only with its node.
node_prefix "" { policy = "read" }
key_prefix "nearway/dials/" { policy = "read" }
# Which datacenter its agent is of: to know from Consul's coordinates what is near, before it has measured that.
agent_prefix "" { policy = "read" }
