"""What this back end is for: people order something, and are told."""

import time

from im import Im

TYPE_ORDER = 7


class Orders:
    def __init__(self, im: Im) -> None:
        self._im = im
        # Yours are in a database.
        self._placed: list[str] = []
        # Numbers begin anew with this program, and fingerprints must not.
        self._started = time.time_ns()

    async def place(self, user: str, item: str) -> dict:
        """Places an order, and tells the user, wherever they are."""
        self._placed.append(user)
        number = len(self._placed)
        text = f"Order {number} is on its way: {item}"
        return {"number": number, "outcome": await self._im.push(user, text, self._name_of(number), TYPE_ORDER)}

    async def delivery(self, user: str, number: int) -> dict:
        """Whether the user has been told of an order."""
        if not (0 < number <= len(self._placed) and self._placed[number - 1] == user):
            return {"number": number, "outcome": "unknown"}
        return {"number": number, "outcome": await self._im.became_of("0", self._name_of(number), user)}

    def count(self, user: str) -> int:
        """How many a user has placed."""
        return self._placed.count(user)

    def _name_of(self, number: int) -> str:
        """The message's fingerprint: sent again, it is the same message."""
        return f"order-{self._started}-{number}"
