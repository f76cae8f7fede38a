"""The solving API asked without a worker: what a worker's figures are compared with."""

import time

import aiohttp

from tests.system.lab import KEY, Served


class Direct:
    """A client of the API. Like the worker's, it hands over on fresh connections and looks on kept ones."""

    def __init__(self, api: Served) -> None:
        self._url = api.url
        self._submitting = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        self._asking = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Close the connections."""
        await self._submitting.close()
        await self._asking.close()

    async def submit(self, task: dict[str, str]) -> tuple[str, float]:
        """Hand a task over: its id, and the seconds that took."""
        begun = time.perf_counter()
        async with self._submitting.post(f"{self._url}/in.php", data={"key": KEY, "json": "1", **task}) as response:
            said = await response.json(content_type=None)
        return str(said["request"]), time.perf_counter() - begun

    async def look(self, captcha_id: str) -> float:
        """Look for a solution: the seconds that took."""
        begun = time.perf_counter()
        form = {"key": KEY, "json": "1", "action": "get", "id": captcha_id}
        async with self._asking.post(f"{self._url}/res.php", data=form) as response:
            await response.read()
        return time.perf_counter() - begun
