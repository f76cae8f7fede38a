"""Gateways' answers, made for tests."""

from typing import Any

DIAL = {"share": 0.5, "at": "2026-01-31T12:00:00+00:00", "by": "ann@host"}


def worker(name: str = "w", **more: Any) -> dict[str, Any]:
    """A worker at `/regions`."""
    return {
        "id": name, "address": "10.0.0.1:80", "slots": 5, "weight": 1, "health": "passing", "backup": False, "resumable": True,
        "tls": False, "version": "0.1.0", "datacenter": "dc", "node": "n", **more,
    }  # fmt: skip


def region(name: str = "us", **more: Any) -> dict[str, Any]:
    """A region at `/regions`, with a free slot."""
    return {
        "name": name, "title": "US", "location": [1.5, 2.0], "takes_tasks": True, "state": "well", "why_not": None, "slots": 10,
        "limit": 10, "in_flight": 3, "dial": None, "round_trip_ms": 12.5, "heard_seconds_ago": 0.3, "trouble": None,
        "endpoints": [{"id": "e", "url": "http://us:81", "health": "passing", "datacenter": "dc"}], "workers": [worker()], **more,
    }  # fmt: skip


def regions(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `/regions` says."""
    return {"version": "0.1.0", "regions": list(rows), "waiting": 0, "rejected": [], "datacenters": [], **more}
