"""The prober's means, watched: what is looked at is told, and the looks at further pages are kept."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from services.prober.look import Look
from services.prober.means import Means
from shared.events.probe import Reason

PATIENCE = 5.0
ERRORS = 400
# Nobody answered at https, which says nothing about http.
OTHER_SCHEME = frozenset({Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.BROKEN_RESPONSE})


class Watch:
    """The means of one check. ``pages`` has the last look at each page beside the home page, by address."""

    def __init__(self, means: Means, tell: Callable[[str], None]) -> None:
        """``tell`` is told in Chinese what is looked at."""
        self.pages: dict[str, Look] = {}
        self._means = means
        self._tell = tell
        self._first: dict[str, Look] = {}
        self._opened: dict[str, Look] = {}
        self._number = 0

    def means(self, pages: int) -> Means:
        """The means to give to a visit, for at most so many columns."""
        return replace(self._means, look_at=self._look_at, follow=self._follow, touch=self._touch, pages=pages)

    async def begin(self, urls: tuple[str, ...]) -> str:
        """Choose the home page among ``urls``: the first, unless only the second shows a page.

        A look made for choosing is not made again.
        """
        if len(urls) > 1:
            first = await self._soon(urls[0])
            if first is None or (first.trouble and first.trouble.reason in OTHER_SCHEME):
                other = await self._told(urls[1])
                if other.page:
                    self._first[urls[1]] = other
                    return urls[1]
            if first is not None:
                self._first[urls[0]] = first
        return urls[0]

    async def _soon(self, url: str) -> Look | None:
        """One look, given up after a while: a server that speaks no TLS may let us wait for it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._told(url)
        except TimeoutError:
            return None

    async def _look_at(self, url: str, *, verify: bool = False) -> Look:
        return self._first.pop(url, None) or await self._told(url, verify=verify)

    async def _told(self, url: str, *, verify: bool = False) -> Look:
        self._say("查看", url)
        return await self._means.look_at(url, verify=verify)

    async def _follow(self, url: str, *, verify: bool = False) -> Look:
        self._say("查看", url)
        self.pages[url] = await (self._means.follow or self._means.look_at)(url, verify=verify)
        return self.pages[url]

    async def _touch(self, url: str, *, verify: bool = False) -> Look:
        """One try of a link. What opened once is not tried again in a confirming round."""
        if url not in self._opened:
            self._say("试开链接", url)
            look = await (self._means.touch or self._means.look_at)(url, verify=verify)
            if look.page is None or look.page.status >= ERRORS:
                return look
            self._opened[url] = look
        return self._opened[url]

    def _say(self, what: str, url: str) -> None:
        self._number += 1
        self._tell(f"正在{what}（第 {self._number} 次） {url}")
