# A region's renderer: it registers the region endpoint, and reads which workers there are.
service "nearway-region" { policy = "write" }
service "solver" { policy = "read" }
# An instance is seen only with its node.
node_prefix "" { policy = "read" }
# What a template of your own asks for besides, as in: key_prefix "nearway/limits/" { policy = "read" }
