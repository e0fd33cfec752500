"""The server's HTTP API, as much of it as this back end needs."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import httpx

TIMEOUT_S = 35
AGAIN_AFTER_S = 1


class ImError(Exception):
    """The server cannot be asked, or does not do it."""


class Im:
    def __init__(self, api: str, key: str) -> None:
        self._api = api
        self._client = httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT_S)

    async def push(self, to: str, text: str, fp: str, typeu: int = -1) -> str:
        """Sends as the server, and says what became of it. If that fails, it may be called again: with the same `fp`, nobody gets it twice."""
        message = {"to": [to], "text": text, "typeu": typeu, "fp": fp, "wait": 2000}
        answer = await self._ask("POST", "/messages", message)
        return answer["receivers"][0]["outcome"]

    async def became_of(self, sender: str, fp: str, to: str) -> str:
        """What became of a message to a user, also long after it was sent. The server is `0`."""
        path = f"/messages/{quote(sender, safe='')}/{quote(fp, safe='')}?to={quote(to, safe='')}"
        answer = await self._ask("GET", path)
        return answer["receivers"][0]["outcome"]

    async def follow(
        self, consumer: str, take: Callable[[list[dict]], Awaitable[None]], complain: Callable[[str], None]
    ) -> None:
        """Takes all events, one after the other, for as long as this runs. The server knows by the name how far it was."""
        while True:
            try:
                page = await self._ask("GET", f"/events?consumer={consumer}&wait=25")
                if page["events"]:
                    await take(page["events"])
                    await self._ask("PUT", f"/events/consumers/{consumer}", {"position": page["position"]})
            except Exception as error:
                complain(f"events: {error}")
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _ask(self, method: str, path: str, body: dict | None = None) -> dict:
        try:
            response = await self._client.request(method, self._api + path, json=body)
        except httpx.HTTPError as error:
            raise ImError(f"the server cannot be asked: {error}") from error
        if response.status_code == 204:
            return {}
        if response.is_success:
            return response.json()
        raise ImError(f"the server answers {method} {path} with {response.status_code}: {response.text}")
