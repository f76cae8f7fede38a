"""A program per region: Consul → Jinja2 → checked by nginx → swapped → nginx reloaded.

Deciding: `duration`, `caution`, `region`, `upstreams`, `ring`, `render`, `doubt`, `gathering`, `loop`, `report`,
`tables`.
Doing: `stage`, `nginx`, `children`, `evaluating`, `change`, `supervision`, `leftover`, `lock`, `telling`, `status`, `app`.
Templates, of whatever: `catalog`, `reading`, `elsewhere`, `filters`, `engine` decide; `files` and `limit` do.
"""
