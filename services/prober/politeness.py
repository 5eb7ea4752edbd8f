"""Looks that do not crowd anybody: few at a time at one host, with a pause between them, and not too many in all."""

import asyncio
from urllib.parse import urlsplit

from services.prober.look import Look
from services.prober.means import LookAt

LANES = 2
AT_ONCE = 24
MOST_HOSTS = 5_000


class _Host:
    """The queue before one host."""

    def __init__(self) -> None:
        self.lanes = asyncio.Semaphore(LANES)
        self.turn = asyncio.Lock()
        self.next = 0.0
        self.waiting = 0


class Polite:
    """A way to look (see ``means.LookAt``) that keeps ``pause`` seconds between two looks at one host.

    At most two looks are under way at a host, and ``AT_ONCE`` in all. One for everybody who follows links.
    """

    def __init__(self, look_at: LookAt, pause: float) -> None:
        self._look_at = look_at
        self._pause = pause
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hosts: dict[str, _Host] = {}

    async def __call__(self, url: str, *, verify: bool = False) -> Look:
        """One look, when it is its turn."""
        return await self._look(self._look_at, url, verify=verify)

    def by(self, look_at: LookAt) -> LookAt:
        """Another way to look that waits in the same queues."""

        async def look(url: str, *, verify: bool = False) -> Look:
            return await self._look(look_at, url, verify=verify)

        return look

    async def _look(self, look_at: LookAt, url: str, *, verify: bool) -> Look:
        host = self._host(url)
        host.waiting += 1
        try:
            async with host.lanes:
                await self._turn(host)
                async with self._places:
                    return await look_at(url, verify=verify)
        finally:
            host.waiting -= 1

    def _host(self, url: str) -> _Host:
        try:
            name = urlsplit(url).netloc.lower()
        except ValueError:
            name = ""
        if len(self._hosts) >= MOST_HOSTS:
            now = asyncio.get_running_loop().time()
            self._hosts = {name: host for name, host in self._hosts.items() if host.waiting or host.next > now}
        return self._hosts.setdefault(name, _Host())

    async def _turn(self, host: _Host) -> None:
        loop = asyncio.get_running_loop()
        async with host.turn:
            await asyncio.sleep(max(0.0, host.next - loop.time()))
            host.next = loop.time() + self._pause
