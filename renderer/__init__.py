"""A program per region: Consul → Jinja2 → checked by nginx → swapped → nginx reloaded.

Deciding: `duration`, `region`, `upstreams`, `ring`, `render`, `loop`. Doing: `stage`, `nginx`, `leftover`, `lock`, `app`.
"""
