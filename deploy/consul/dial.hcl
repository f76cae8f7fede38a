# Whoever runs `nearway drain`, `undrain` and `dial`: it reads which regions there are, and sets dials.
service "nearway-region" { policy = "read" }
service "solver" { policy = "read" }
# An instance is seen only with its node.
node_prefix "" { policy = "read" }
key_prefix "nearway/dials/" { policy = "write" }
