"""Scripts run in a real Chromium, which goes nowhere by itself; whatever a page does, the prober goes on."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from services.prober.headless import Headless
from services.prober.look import Look, Page
from services.prober.looking import looker
from services.prober.means import LookAt, Rendered
from services.prober.probes.marks import MARKS, marks
from shared.egress import Egress
from tests.prober.town import asked, town, website
from tests.security.loopback import LOOPBACK, Site, page, serving

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FOOT = (
    "<p>主办单位:样例市人民政府办公室 电话:0371-60000000</p><p>网站标识码:4101000001 豫ICP备05000000号 "
    "<a href='http://bszs.conac.cn/sitename?id=1'>标识</a> 豫公网安备41010502000000号</p>"
)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def chromium() -> str:
    """Chromium, found on this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium here: install the package chromium (make test does so as root on Debian)")
    return found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def look_at() -> AsyncIterator[LookAt]:
    """A gate open to loopback."""
    async with Egress(LOOPBACK, ceiling=2.0) as egress:
        yield looker(egress, lambda: datetime.now(UTC))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def render(chromium: str, look_at: LookAt) -> AsyncIterator[Headless]:
    """One browser for all."""
    async with browsing(chromium, look_at) as headless:
        yield headless


@asynccontextmanager
async def browsing(chromium: str, look_at: LookAt, patience: float = 30.0) -> AsyncIterator[Headless]:
    """A browser that is ended afterwards."""
    headless = Headless(chromium, look_at, patience=patience)
    try:
        yield headless
    finally:
        await headless.aclose()


def sent(site: Site, html: str) -> Page:
    """A page as it was looked at."""
    return Page(200, site.url(), {}, html.encode(), html)


def js(text: str) -> bytes:
    """A script as it is served."""
    return page(text, content_type="application/javascript")


PAGES: dict[str, bytes | str] = {
    "/foot.js": js(
        "fetch('/foot.txt').then(r => r.text()).then(t => { document.getElementById('foot').innerHTML = t })"
    ),
    "/foot.txt": page(FOOT, content_type="text/plain; charset=utf-8"),
    "/frame.html": page("<p>框架里的文字</p>", content_type="text/html; charset=utf-8"),
}


async def test_what_a_page_fetches_and_frames_is_seen_and_only_the_gate_goes_out(render: Headless) -> None:
    html = (
        "<h1>样例市</h1><div id=foot></div><iframe src='/frame.html'></iframe><img src='/picture.png'>"
        "<link rel=stylesheet href='/style.css'><script src='/foot.js'></script>"
    )
    async with serving(website(PAGES)) as site:
        rendered = await render(sent(site, html))
        assert sorted(asked(site)) == ["/foot.js", "/foot.txt", "/frame.html"]
        agents = {line for request in site.requests for line in request.split(b"\r\n") if b"user-agent" in line.lower()}
    assert rendered is not None
    assert rendered.whole
    assert "网站标识码:4101000001" in rendered.html
    assert "框架里的文字" in rendered.html
    assert all(b"govwatch" in agent for agent in agents), "all of them were asked by our own gate"


async def test_the_probe_sees_every_mark_that_only_running_scripts_bring(render: Headless) -> None:
    front = "<p>要闻</p><footer id=foot></footer><script src='/foot.js'></script>"
    async with town({"/": front, **PAGES}, render=render) as there:
        measured: Any = (await marks(there.home, there.around)).measured
    assert {(measured["marks"][name]["state"], measured["marks"][name]["by"]) for name in MARKS} == {
        ("present", "rendered")
    }
    assert (measured["report_entry"]["state"], measured["report_entry"]["by"]) == ("absent", "rendered")


@pytest.mark.parametrize(
    "script",
    [
        "fetch('/', {method: 'POST', body: 'x'})",
        "fetch('/gone', {mode: 'cors'})",
        "var s = document.createElement('script'); s.src = '/never.js'; document.body.append(s)",
    ],
)
async def test_a_page_that_does_not_get_what_it_asks_its_own_site_for_is_not_whole(
    render: Headless, script: str
) -> None:
    async def respond(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(respond) as site:
        rendered = await render(sent(site, f"<body><script>{script}</script>"))
    assert rendered is not None
    assert not rendered.whole


@pytest.mark.parametrize(
    ("script", "whole"),
    [
        ("new Image().src = 'http://10.0.0.1/x.png'", True),
        ("new WebSocket('ws://127.0.0.1:1/')", True),
        ("navigator.sendBeacon('/beacon', 'x')", True),
        ("fetch('http://169.254.169.254/').catch(e => {})", True),
        ("document.write('<script src=http://10.0.0.1/jq.js></scr' + 'ipt><script>$(1)</scr' + 'ipt>')", False),
        ("open('http://127.0.0.1:1/'); alert(1); print()", True),
    ],
)
async def test_the_rest_of_the_world_stays_outside(render: Headless, script: str, *, whole: bool) -> None:
    async with serving(website({})) as site:
        rendered = await render(sent(site, f"<body><p>正文</p><script>{script}</script>"))
        assert asked(site) == []
    assert rendered is not None
    assert (rendered.whole, "正文" in rendered.html) == (whole, True)


async def test_a_page_that_goes_elsewhere_is_not_what_we_came_for(render: Headless) -> None:
    async with serving(website({})) as site:
        assert await render(sent(site, "<script>location = 'http://localhost:1/'</script>")) is None


async def test_a_page_that_never_ends_is_given_up_and_the_next_one_is_seen(chromium: str, look_at: LookAt) -> None:
    async with serving(website({})) as site, browsing(chromium, look_at, patience=5.0) as render:
        began = time.perf_counter()
        assert await render(sent(site, "<script>while (true) {}</script>")) is None
        assert time.perf_counter() - began < 15
        render._patience = 30.0
        assert await render(sent(site, "<p>b</p>")) is not None


async def test_pages_are_run_one_after_the_other_and_not_too_many_wait(chromium: str, look_at: LookAt) -> None:
    most = under_way = 0

    async def counting(url: str, *, verify: bool = False) -> Look:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        look = await look_at(url, verify=verify)
        under_way -= 1
        return look

    async with serving(website(PAGES)) as site, browsing(chromium, counting) as render:
        html = "<p>a</p><script src='/foot.js'></script>"
        seen = await asyncio.gather(*(render(sent(site, html)) for _ in range(8)))
    assert most == 1
    assert [one is None for one in seen] == [False] * 5 + [True] * 3


async def test_a_browser_that_is_killed_is_started_again(chromium: str, look_at: LookAt) -> None:
    async with serving(website({})) as site, browsing(chromium, look_at) as render:
        assert await render(sent(site, "<p>a</p>")) is not None
        assert render._browser is not None
        await render._browser.close()
        assert isinstance(await render(sent(site, "<p>b</p>")), Rendered)


async def test_without_a_chromium_nothing_is_seen_and_it_is_not_asked_for_again_at_once(
    look_at: LookAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(website({})) as site, browsing("/no/such/chromium", look_at) as render:
        assert await render(sent(site, "<p>a</p>")) is None
        monkeypatch.setattr(render, "_up", _never)
        assert await render(sent(site, "<p>a</p>")) is None


def _never() -> Callable[[], None]:
    raise AssertionError("tried again at once")


async def test_the_duty_that_keeps_the_browser_ends_it(chromium: str, look_at: LookAt) -> None:
    headless = Headless(chromium, look_at)
    keeping = asyncio.create_task(headless.keep())
    async with serving(website({})) as site:
        assert await headless(sent(site, "<p>a</p>")) is not None
    browser = headless._browser
    assert browser is not None
    keeping.cancel()
    await asyncio.wait([keeping])
    assert not browser.is_connected()
