"""The one module that speaks to Consul, through py-consul's async client.

Here and nowhere else are that library's quirks: its exceptions of three families become `ConsulError`; its index, a
string, becomes a number; its client, which must be made inside a running loop and warns of its own use of aiohttp, is
made on first use; every call has its own time limit, since it knows only one for all; the token is given per call,
since the environment beats its constructor; a service's instances, which may be ten thousand, are read past it, from its session.
"""

import asyncio
import json
import warnings
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import aiohttp
import consul.aio
import consul.exceptions
from consul.callback import CB

from discovery.about import About
from discovery.access import Access, is_here
from discovery.entries import Known, Reading
from discovery.instance import Health, Instance
from discovery.query import Coordinates, Datacenters, Key, Nodes, OwnDatacenter, Pairs, Query, Rights, Service, Services
from discovery.registration import Registration, service_of
from discovery.rights import AGENT, Right, reads, refused, told, writes
from discovery.watch import Reply

WAIT = 30
"""Seconds a blocking query may hold. Not more: after Consul lost its data, an old index blocks for all of it."""

PATIENCE = 5.0
"""Seconds for a call that should be answered at once."""

MARGIN = 2.0
"""Seconds a blocking query may take beyond its `wait` and Consul's jitter of a sixteenth of it."""

MOST_CONNECTIONS = 190
"""To one agent at once, each a query that blocks. Consul closes more than 200 from one address without a word."""

MOST_HELD = 100
"""Questions that wait at Consul at once. What is asked beyond that is asked now and then, `MOST_AT_ONCE` of it at a time: the
other programs of this machine, which Consul counts together with us, need connections too."""

MOST_AT_ONCE = 10

Said = TypeVar("Said")
_T = TypeVar("_T")


class ConsulError(Exception):
    """Consul did not answer, or refused; the text says which address and why."""


@dataclass(frozen=True, slots=True)
class Held:
    """An agent's own record of a service, and its digest."""

    record: Mapping[str, object]
    digest: str


class Consul:
    """One Consul agent. Make it anywhere; use and close it inside one event loop."""

    def __init__(self, address: str, access: Access) -> None:
        self.address = address
        self._access = access
        self._client: Any = None
        self._known: Known = Known()
        # To pack an answer takes Consul as long as to make it, and to this machine the way is short.
        self._encoding = {"Accept-Encoding": "identity"} if is_here(address) else {}

    async def __aenter__(self) -> "Consul":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections; blocking queries under way end with `ConsulError`."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def ask(self, query: Query[Said], index: int | None = None) -> Reply[Said]:
        """The answer to a question.

        With `index` the call blocks until something changed, for `WAIT` seconds at most; with None it answers at once.
        """
        reply = await self._ask(query, index)
        # Consul says "nothing there" of what may not be seen, too.
        if query.needs and not reply.said and (missing := await self.lacks(query.needs, query.datacenter)):
            raise ConsulError(f"Consul at {self.address}: {told(missing, self._access.token is not None)}")
        return reply

    async def about(self) -> About:
        """What the agent tells of itself. ConsulError when it tells nothing at all."""
        client, token = self._open(), self._access.token
        leader, date = await self._call(client.http.get(_with_date, "/v1/status/leader"), PATIENCE)
        try:
            agent = await self._call(
                client.http.get(CB.json(), "/v1/agent/self", headers=client.prepare_headers(token)), PATIENCE, (AGENT,)
            )
            return About(leader, date, str(agent["Config"]["Version"]), str(agent["Config"]["Datacenter"]))
        except (ConsulError, KeyError, TypeError) as error:
            return About(leader, date, refusal=str(error))

    async def lacks(self, wanted: tuple[Right, ...], datacenter: str | None = None) -> tuple[Right, ...]:
        """Which of these rights our token has not in a datacenter. ConsulError when none answers or the token is not known."""
        return (await self._ask(Rights(datacenter, wanted), None)).said

    async def _ask(self, query: Query[Said], index: int | None) -> Reply[Said]:
        if isinstance(query, Service):
            found = await self._instances(query, index)
            if found is not None:
                return cast(Reply[Said], found)
            index = None
        answer = await self._call(self._asked(query, index), _patience(index), query.needs)
        got, body = answer if query.blocks else (None, answer)
        try:
            return Reply(None if got is None else int(got), query.read(body))
        except ValueError as error:
            raise ConsulError(f"Consul at {self.address}: {error}") from error

    def _asked(self, query: Query[Any], index: int | None) -> Any:
        client, token = self._open(), self._access.token
        how = {"index": index, "wait": f"{WAIT}s", "dc": query.datacenter, "token": token}
        match query:
            case Service():
                return client.health.service(query.name, near=query.near, **how)
            case Services():
                return client.catalog.services(**how)
            case Nodes():
                return client.catalog.nodes(near=query.near, **how)
            case Datacenters():
                return client.catalog.datacenters()
            case Key():
                return client.kv.get(query.path, **how)
            case Pairs():
                return client.kv.get(query.prefix, recurse=True, **how)
            case OwnDatacenter() | Coordinates():  # the library's own methods for these take no token
                path = "/v1/agent/self" if isinstance(query, OwnDatacenter) else "/v1/coordinate/datacenters"
                return client.http.get(CB.json(), path, headers=client.prepare_headers(token))
            case Rights():
                where = [("dc", query.datacenter)] if query.datacenter else []
                body, headers = json.dumps(query.asked()), client.prepare_headers(token)
                return client.http.post(_allowed, "/v1/internal/acl/authorize", where, body, headers)
        raise TypeError(f"{type(query).__name__} is nothing Consul can be asked for")

    async def _instances(self, query: Service, index: int | None) -> Reply[tuple[Instance, ...]] | None:
        """A service's instances, read as they come; None when they can't be told apart so, but perhaps as a whole.

        An entry may hold what looks like the end of one, where Consul keeps any JSON: nobody's may hide the others'.
        """
        client = self._open()
        asked = {"dc": query.datacenter, "near": query.near, "index": index, "wait": index and f"{WAIT}s"}
        uri = client.http.uri(f"/v1/health/service/{query.name}", [(key, value) for key, value in asked.items() if value])
        headers = {**client.prepare_headers(self._access.token), **self._encoding}
        async with await self._call(client.http._session.get(uri, headers=headers), _patience(index)) as response:
            if response.status != 200:
                said = f"{response.status} {(await self._call(response.text(), PATIENCE)).strip()}"
                raise ConsulError(
                    f"Consul at {self.address}: {self._refused(said, query.needs) if response.status == 403 else said}"
                )
            reading = Reading(query.datacenter, self._known)
            try:
                # However long all of it takes: what comes at all is not given up.
                while chunk := await self._call(response.content.readany(), PATIENCE):
                    reading.take(chunk)
                return Reply(int(response.headers["X-Consul-Index"]), query.arranged(reading.instances()))
            except (KeyError, ValueError):
                return None

    async def put(self, key: str, value: str, datacenter: str | None = None) -> None:
        """Set a key, in the agent's own datacenter or another."""
        putting = self._open().kv.put(key, value.encode(), dc=datacenter, token=self._access.token)
        done = await self._call(putting, PATIENCE, (Right("key", key, "write"),))
        if not done:
            raise ConsulError(f"Consul at {self.address} did not take the key {key}")

    async def register(self, wanted: Registration) -> None:
        """Register with this agent; repeating it changes nothing, the check's state included."""
        await self._call(
            self._open().agent.service.register(
                wanted.name,
                service_id=wanted.id,
                address=wanted.address,
                port=wanted.port,
                tags=list(wanted.tags),
                meta=dict(wanted.meta),
                check=wanted.check(),
                replace_existing_checks=True,
                token=self._access.token,
            ),
            PATIENCE,
            (writes(wanted.name),),
        )

    async def report(self, service_id: str, state: Health, text: str) -> None:
        """Set the state of a service that is registered with a `ttl`. The same again wakes nobody who watches."""
        client = self._open()
        path = f"/v1/agent/check/update/service:{quote(service_id)}"
        said = json.dumps({"Status": str(state), "Output": text})
        headers = client.prepare_headers(self._access.token)
        put = client.http.put(CB.boolean(), path, data=said, headers=headers)
        await self._call(put, PATIENCE, (writes(service_of(service_id)),))

    async def registered(self, service_id: str, seen: str | None = None) -> Held | None:
        """The agent's own record of a service; None when it has none.

        With the digest of a record that was `seen` the call blocks until there is another or none, for `WAIT` seconds at most.
        """
        client = self._open()
        asked = [] if seen is None else [("hash", seen), ("wait", f"{WAIT}s")]
        path, headers = f"/v1/agent/service/{service_id}", client.prepare_headers(self._access.token)
        held = client.http.get(_held, path, asked, headers=headers)
        return await self._call(held, _patience(seen), (reads(service_of(service_id)),))

    async def deregister(self, service_id: str) -> None:
        """Take a service out; one that is not there is no error."""
        gone = self._open().agent.service.deregister(service_id, token=self._access.token)
        await self._call(gone, PATIENCE, (writes(service_of(service_id)),))

    def _open(self) -> Any:
        if self._client is None:
            url = urlsplit(self.address)
            with warnings.catch_warnings():  # it passes aiohttp's deprecated verify_ssl and ssl_context
                warnings.simplefilter("ignore", DeprecationWarning)
                self._client = consul.aio.Consul(
                    host=url.hostname,
                    port=url.port,
                    scheme=url.scheme,
                    # A TLS context costs 33 ms; plain HTTP needs none.
                    verify=self._access.verify if url.scheme == "https" else False,
                    cert=self._access.certificate,
                    connections_limit=MOST_CONNECTIONS,
                )
            self._client.token = None
        return self._client

    async def _call(self, answer: Awaitable[_T], seconds: float, needs: tuple[Right, ...] = ()) -> _T:
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise ConsulError(f"Consul at {self.address} gave no answer in {seconds:.0f} s") from None
        except consul.exceptions.ACLPermissionDenied as error:
            raise ConsulError(f"Consul at {self.address}: {self._refused(f'403 {error}', needs)}") from error
        except (consul.exceptions.ConsulException, aiohttp.ClientError, OSError) as error:
            raise ConsulError(f"Consul at {self.address}: {error}") from error
        except (RuntimeError, KeyError, ValueError) as error:  # closed under a call that was waiting; a body that is no UTF-8
            raise ConsulError(f"Consul at {self.address}: {error}") from error

    def _refused(self, said: str, needs: tuple[Right, ...]) -> str:
        return refused(said, needs, self._access.token is not None)


def _patience(seen: object) -> float:
    """Seconds for an answer that is held as long as it would be what was `seen`; None: that is not held."""
    return PATIENCE if seen is None else WAIT * 17 / 16 + MARGIN


def _allowed(response: Any) -> Any:
    """None where Consul keeps no ACLs (401), or is one that can't be asked (404)."""
    return None if response.code == 401 else CB.json()(response)


def _held(response: Any) -> Held | None:
    record = CB.json()(response)
    return None if record is None else Held(record, response.headers["X-Consul-ContentHash"])


def _with_date(response: Any) -> tuple[str, str]:
    return str(CB.json()(response) or ""), str(response.headers.get("Date", ""))
