"""The paths people and tests use: the switches and the witness."""

from typing import Any

from sanic import HTTPResponse, Sanic, json
from sanic import Request as HTTPRequest

from demo.api.desk import Desk
from demo.api.exchange import Time
from demo.api.switches import SwitchError


def add_routes(app: Sanic[Any, Any], desk: Desk, time: Time) -> None:
    """`/switches` and `/witness`, each with its reset."""
    initial = desk.switches

    async def show(http: HTTPRequest) -> HTTPResponse:
        return _switches(desk)

    async def change(http: HTTPRequest) -> HTTPResponse:
        changes = http.json
        if not isinstance(changes, dict):
            return json({"error": "send a JSON object of switches and their values"}, status=400)
        try:
            desk.switch(desk.switches.patched(changes), time.clock(), reseed="seed" in changes)
        except SwitchError as error:
            return json({"error": str(error)}, status=400)
        return _switches(desk)

    async def reset(http: HTTPRequest) -> HTTPResponse:
        desk.switch(initial, time.clock(), reseed=True)
        return _switches(desk)

    async def report(http: HTTPRequest) -> HTTPResponse:
        return json(desk.report(time.clock()))

    async def forget(http: HTTPRequest) -> HTTPResponse:
        desk.reset_witness(time.clock())
        return json(desk.report(time.clock()))

    app.add_route(show, "/switches", methods=["GET"], name="switches")
    app.add_route(change, "/switches", methods=["PATCH"], name="switches_change")
    app.add_route(reset, "/switches/reset", methods=["POST"], name="switches_reset")
    app.add_route(report, "/witness", methods=["GET"], name="witness")
    app.add_route(forget, "/witness/reset", methods=["POST"], name="witness_reset")


def _switches(desk: Desk) -> HTTPResponse:
    return json(desk.switches.model_dump(mode="json"))
