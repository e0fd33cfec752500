"""What people say: decided before it is delivered, and followed afterwards."""

import asyncio
from collections.abc import Callable

from im import Im
from orders import Orders

# Events come once more if the answer was lost. As many ids are remembered.
REMEMBERED = 10_000


class Chat:
    def __init__(self, im: Im, orders: Orders, say: Callable[[str], None]) -> None:
        self._im = im
        self._orders = orders
        self._say = say
        # A dict has the order in which they came.
        self._seen: dict[str, None] = {}
        # Who was told by a push and has not been here since: one is enough.
        self._notified: set[str] = set()
        self._turn = asyncio.Lock()

    def decide(self, question: str, message: dict) -> dict:
        """Whether a message may be delivered."""
        content = message.get("content", "")
        if question == "beforeC2s":
            if content == "orders":
                return {"accept": True}
            return {"accept": False, "code": 2002, "reason": "ask me for orders"}
        if "spam" in content:
            return {"accept": False, "code": 2001, "reason": "no spam here"}
        if "heck" in content:
            return {"accept": True, "content": content.replace("heck", "h**k")}
        return {"accept": True}

    async def take(self, events: list[dict]) -> None:
        """Takes events in their order, each once. What fails is taken again, as the server sends it again."""
        # One after the other: what took too long is sent again while it is still dealt with.
        async with self._turn:
            for event in events:
                if event["id"] in self._seen:
                    continue
                await self._happened(event)
                self._seen[event["id"]] = None
                if len(self._seen) > REMEMBERED:
                    del self._seen[next(iter(self._seen))]

    async def _happened(self, event: dict) -> None:
        sender, to = event.get("from"), event.get("to")
        match event["type"]:
            case "online":
                self._notified.discard(event["user"])
                self._say(f"{event['user']} is online")
            # Not if another session of the user is there in its place.
            case "offline" if "replacedBy" not in event:
                self._say(f"{event['user']} is offline: {event['reason']}")
            case "stored":
                self._say(f"{sender} to {to}: stored")
                self._notify(to, sender)
            case "delivered" | "fetched" as kind:
                self._say(f"{sender} to {to}: {kind}")
            case "refused":
                self._say(f"{sender} to {to}: refused, {event['reason']}")
            case "message":
                self._say(f"{sender} to the server: {event.get('text')}")
                text = f"You have {self._orders.count(sender)} orders"
                # Named for the event, so that an event that comes twice has one answer.
                await self._im.push(sender, text, f"answer-{event['id']}")
            case "gap" | "lost" as kind:
                self._say(f"events are missing: {kind} at {event['position']}")

    def _notify(self, user: str, sender: str) -> None:
        """Here APNs, FCM or a subscribe message of WeChat is sent: docs/offline-push.md."""
        if user not in self._notified:
            self._notified.add(user)
            self._say(f"push to the phone of {user}: {sender} has written")
