"""What is known through Consul: the view of all regions and workers, registering in it, watching it.

Imports nothing of ours. `consul.py` alone speaks to Consul; `watcher.py` and `keeper.py` do; the other modules only decide.
"""
