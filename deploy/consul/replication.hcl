# The servers of every datacenter but the primary, none of our programs: `acl.tokens.replication`. They copy policies and tokens.
acl = "write"
