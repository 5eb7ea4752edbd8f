"""Are we online ourselves? Asked before a site is blamed for not answering."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.egress import Egress, EgressError

PATIENCE = 8.0
FRESH = timedelta(seconds=5)


class Connectivity:
    """Our own connection, judged by pages that answer when we are online (canaries)."""

    def __init__(self, egress: Egress, canaries: Sequence[str], now: Callable[[], datetime]) -> None:
        """``canaries``: addresses. Without any the question cannot be asked and the answer is always yes."""
        self._egress = egress
        self._canaries = canaries
        self._now = now
        self._asking = asyncio.Lock()
        self._answered_at: datetime | None = None

    async def online(self) -> bool:
        """Whether any canary answers, with whatever status. A yes is believed for 5 seconds, a no never."""
        if not self._canaries:
            return True
        async with self._asking:
            if self._answered_at is not None and self._now() - self._answered_at < FRESH:
                return True
            if await self._any_answers():
                self._answered_at = self._now()
                return True
            return False

    async def _any_answers(self) -> bool:
        asked = [asyncio.ensure_future(self._answers(canary)) for canary in self._canaries]
        try:
            for answer in asyncio.as_completed(asked):
                if await answer:
                    return True
            return False
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _answers(self, canary: str) -> bool:
        try:
            await self._egress.request("GET", canary, ceiling=PATIENCE, verify=False)
        except EgressError:
            return False
        return True
