"""The scripts of a page, run in a Chromium that itself goes nowhere: our own gate makes every request for it.

Playwright is the extra ``headless``, Chromium a program of the system; without them what only scripts know stays
unknown. One page is open at a time and has a deadline; the browser is replaced after a number of pages and after any
trouble.
"""

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from services.prober.columns import same_host
from services.prober.html import may_write
from services.prober.look import Page
from services.prober.means import LookAt, Render, Rendered
from shared.telemetry import logger

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright, Request, Route, WebError, WebSocketRoute
    from playwright.async_api import Page as Tab

PATIENCE = 20.0
SETTLE = 3.0
CLOSING = 5.0
AFTER_TROUBLE = 60.0
MOST_PAGES = 200
MOST_WAITING = 4
MOST_REQUESTS = 60
AT_ONCE = 6
LONGEST = 2_000_000
NEEDED = {"document", "script", "xhr", "fetch"}
PASSED_ON = {"content-type", "access-control-allow-origin", "access-control-allow-credentials"}
# Whatever should slip past the routes finds no name server, no proxy and no peer.
ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    # Two names of one switch: which of them a Chromium knows depends on its age.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
]

log = logger("prober")


class Headless:
    """A browser that is started when it is first needed. ``aclose`` ends it. Use it inside one event loop."""

    def __init__(self, chromium: str, look_at: LookAt, *, patience: float = PATIENCE) -> None:
        """``chromium`` is the path of the program; ``patience`` the seconds one page may take."""
        self._chromium = chromium
        self._look_at = look_at
        self._patience = patience
        self._one_at_a_time = asyncio.Lock()
        self._asked = 0
        self._pages = 0
        self._not_before = 0.0
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def __call__(self, page: Page) -> Rendered | None:
        """See ``means.Render``. None also when too many others wait."""
        return await self._wait(page, self._look_at)

    def by(self, look_at: LookAt) -> Render:
        """The same browser, for which ``look_at`` makes the requests."""

        async def render(page: Page) -> Rendered | None:
            return await self._wait(page, look_at)

        return render

    async def _wait(self, page: Page, look_at: LookAt) -> Rendered | None:
        if self._asked > MOST_WAITING:
            return None
        self._asked += 1
        try:
            async with self._one_at_a_time:
                return await self._rendered(page, look_at)
        finally:
            self._asked -= 1

    async def keep(self) -> None:
        """Wait until cancelled, and then end the browser."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End the browser; what is under way is not seen."""
        await self._end()

    async def _rendered(self, page: Page, look_at: LookAt) -> Rendered | None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before:
            return None
        try:
            async with asyncio.timeout(self._patience):
                rendered = await self._run(page, look_at)
        except Exception as error:  # noqa: BLE001 - whatever the browser does, the page is merely not seen
            log.warning("a page could not be rendered", url=page.url, error=repr(error)[:300])
            started = self._browser is not None
            await self._end()
            self._not_before = 0.0 if started else loop.time() + AFTER_TROUBLE
            return None
        self._pages += 1
        if self._pages >= MOST_PAGES:
            await self._end()
        return rendered

    async def _run(self, page: Page, look_at: LookAt) -> Rendered | None:
        browser = await self._up()
        context = await browser.new_context(service_workers="block", accept_downloads=False, locale="zh-CN")
        try:
            door = _Door(page, look_at)
            await door.watch(context)
            tab = door.tab = await context.new_page()
            await tab.goto(page.url, wait_until="load", timeout=0)
            await door.settled()
            if not same_host(tab.url, page.url):
                return None
            html = await _html(tab, page.url)
            return Rendered(html, door.whole)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(context.close(), CLOSING)

    async def _up(self) -> "Browser":
        """The browser, started when there is none. Raises ImportError, playwright's Error."""
        if self._browser is None or not self._browser.is_connected():
            await self._end()
            from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra that may not be installed

            self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(
                executable_path=self._chromium,
                args=ARGUMENTS,
                # Chromium has no sandbox for root.
                chromium_sandbox=os.geteuid() != 0,
            )
        return self._browser

    async def _end(self) -> None:
        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        self._pages = 0
        for end in (browser and browser.close, playwright and playwright.stop):
            with contextlib.suppress(Exception):
                if end:
                    await asyncio.wait_for(end(), CLOSING)


class _Door:
    """Answers every request of one page."""

    def __init__(self, page: Page, look_at: LookAt) -> None:
        self.tab: Tab | None = None
        self._lacks_own = False
        self._lacks_foreign = False
        self._broke = False
        self._page = page
        self._look_at = look_at
        self._places = asyncio.Semaphore(AT_ONCE)
        self._requests = 0
        self._under_way = 0

    async def watch(self, context: "BrowserContext") -> None:
        """Stand in the way of everything that ``context`` asks for."""
        context.on("weberror", self._on_error)
        await context.route("**/*", self._answer)
        await context.route_web_socket("**/*", self._close)

    async def settled(self) -> None:
        """Return when nothing has been under way for a moment, at the latest after ``SETTLE`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                while True:
                    before = self._requests
                    await asyncio.sleep(SETTLE / 10)
                    if not self._under_way and self._requests == before:
                        return
        self._lacks_own |= self._under_way > 0

    @property
    def whole(self) -> bool:
        """Whether the page got all of its own site that it asked for, and no script broke for want of the rest."""
        return not self._lacks_own and not (self._lacks_foreign and self._broke)

    def _on_error(self, _error: "WebError") -> None:
        self._broke = True

    async def _close(self, socket: "WebSocketRoute") -> None:
        await socket.close()

    async def _answer(self, route: "Route", request: "Request") -> None:
        self._under_way += 1
        try:
            with contextlib.suppress(Exception):  # the page may have gone on without waiting for the answer
                await self._pass_on(route, request)
        finally:
            self._under_way -= 1

    async def _pass_on(self, route: "Route", request: "Request") -> None:
        if request.resource_type not in NEEDED or not self._is_of_the_page(request):
            await route.abort()
            return
        self._requests += 1
        if self._requests == 1 and request.is_navigation_request():
            await route.fulfill(content_type="text/html; charset=utf-8", body=self._page.text)
            return
        answer = await self._asked(request)
        if answer is None:
            own = may_write(self._page.url, request.url)
            self._lacks_own |= own
            self._lacks_foreign |= not own
            await route.abort()
            return
        headers = {name: value for name, value in answer.headers.items() if name in PASSED_ON}
        await route.fulfill(status=answer.status, headers=headers, body=answer.body)

    def _is_of_the_page(self, request: "Request") -> bool:
        """Not of a window that it opened: those have no frame yet, or another page."""
        try:
            return request.frame.page == self.tab
        except Exception:  # noqa: BLE001 - playwright's Error, whose name is not known without it
            return False

    async def _asked(self, request: "Request") -> Page | None:
        """What the gate brings of a request; nothing is ever sent but a plain question."""
        if request.method != "GET" or self._requests > MOST_REQUESTS:
            return None
        async with self._places:
            look = await self._look_at(request.url)
        return look.page if look.page and not look.page.warnings else None


async def _html(tab: "Tab", url: str) -> str:
    """The page and its frames of the same site, one after the other."""
    frames = [frame for frame in tab.frames if frame == tab.main_frame or may_write(url, frame.url)]
    return "\n".join([await frame.content() for frame in frames])[:LONGEST]
