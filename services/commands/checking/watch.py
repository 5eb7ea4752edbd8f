"""The prober's means, watched: what is looked at is told, the looks at further pages are kept, and there is an end."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from services.prober.look import Look, Page, Trouble
from services.prober.means import Means
from shared.events.probe import Outcome, Reason

PATIENCE = 5.0
ERRORS = 400
BEGINNING = 4_000
# What a web server shows where nobody has put a website yet.
BARE = re.compile(
    r"<title>\s*(?:Welcome to (?:nginx|tengine|openresty|centos)|Apache2? [^<]{0,40}Default Page|IIS(?: Windows|\d)"
    r"|Apache Tomcat(?:/|\s*<)|(?:Apache |Nginx )?(?:HTTP Server )?Test Page|没有找到站点|(?:恭喜，)?站点创建成功)"
    r"|<h1>\s*(?:It works!|Welcome to nginx)",
    re.IGNORECASE,
)
# Nobody answered at https, which says nothing about http.
OTHER_SCHEME = frozenset({Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.BROKEN_RESPONSE})


class Watch:
    """The means of one check. ``pages`` has the last look at each page beside the home page, by address.

    After ``budget`` seconds ``late`` is True, and further pages and links are not looked at any more: a look at one is
    undetermined then, which accuses nobody, and ``cut_short`` says that it happened.
    """

    def __init__(self, means: Means, tell: Callable[[str], None], now: Callable[[], datetime], budget: float) -> None:
        """``tell`` is told in Chinese what is looked at."""
        self.pages: dict[str, Look] = {}
        self.cut_short = False
        self._now = now
        self._end = asyncio.get_running_loop().time() + budget
        self._means = means
        self._tell = tell
        self._first: dict[str, Look] = {}
        self._opened: dict[str, Look] = {}
        self._number = 0
        self._tried = 0

    @property
    def late(self) -> bool:
        """Whether the time for this website is used up."""
        return asyncio.get_running_loop().time() >= self._end

    def means(self, pages: int) -> Means:
        """The means to give to a visit, for at most so many columns."""
        return replace(self._means, look_at=self._look_at, follow=self._follow, touch=self._touch, pages=pages)

    async def begin(self, urls: tuple[str, ...]) -> str:
        """Choose the home page among ``urls``: the first, unless only the second shows a website.

        An error or the bare page of a web server is none. A look made for choosing is not made again.
        """
        if len(urls) > 1:
            first = await self._soon(urls[0])
            if first is None or _elsewhere(first):
                other = await self._told(urls[1])
                if other.page and (first is None or first.page is None or _is_website(other.page)):
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
        look = await self._in_time(url, (self._means.follow or self._means.look_at)(url, verify=verify))
        if look.page or not (self.late and url in self.pages):
            self.pages[url] = look
        return look

    async def _touch(self, url: str, *, verify: bool = False) -> Look:
        """One try of a link. What opened once is not tried again in a confirming round."""
        if url not in self._opened:
            self._say("试开链接", url)
            look = await self._in_time(url, (self._means.touch or self._means.look_at)(url, verify=verify))
            self._tried += 1
            self._tell(f"链接已试 {self._tried} 次，刚试过 {url}")
            if look.page is None or look.page.status >= ERRORS:
                return look
            self._opened[url] = look
        return self._opened[url]

    async def _in_time(self, url: str, look: Awaitable[Look]) -> Look:
        """The look, waited for as long as there is time."""
        began = self._now()
        try:
            async with asyncio.timeout_at(self._end):
                return await look
        except TimeoutError:
            self.cut_short = True
            trouble = Trouble(Outcome.UNDETERMINED, Reason.TIMEOUT, "the time for this website is used up")
            return Look(url, began, 0.0, {}, trouble=trouble)

    def _say(self, what: str, url: str) -> None:
        self._number += 1
        self._tell(f"正在{what}（第 {self._number} 次） {url}")


def _elsewhere(look: Look) -> bool:
    """Whether the website may be at the other scheme."""
    if look.page is None:
        return look.trouble is not None and look.trouble.reason in OTHER_SCHEME
    return not _is_website(look.page)


def _is_website(page: Page) -> bool:
    return page.status < ERRORS and BARE.search(page.text[:BEGINNING]) is None
