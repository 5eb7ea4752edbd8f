"""A page whose scripts run in Chromium gets nothing that the gate would refuse, whatever way it asks."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from services.prober.headless import ARGUMENTS, Headless
from services.prober.look import Page
from services.prober.looking import looker
from shared.egress import Egress
from tests.browser.conftest import NAMES
from tests.prober.town import asked, website
from tests.security.loopback import Site, page, serving

OPEN, INSIDE = ("127.0.0.1/32",), "127.0.0.9"
SECRET = "metadata-secret"
pytestmark = pytest.mark.asyncio(loop_scope="module")


class Listener(asyncio.DatagramProtocol):
    """A server that answers everybody with the secret, and counts even those who only connect or send a datagram."""

    def __init__(self) -> None:
        self.port = 0
        self.touched: list[bytes] = []

    async def connection(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched.append(b"tcp")
        writer.write(page(SECRET, access_control_allow_origin="*"))
        writer.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.touched.append(b"udp " + data)


@asynccontextmanager
async def inside() -> AsyncIterator[Listener]:
    """The listener, on TCP and UDP of an address the gate is closed to."""
    listener = Listener()
    server = await asyncio.start_server(listener.connection, INSIDE, 0)
    listener.port = server.sockets[0].getsockname()[1]
    udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: listener, local_addr=(INSIDE, listener.port)
    )
    try:
        async with server:
            yield listener
    finally:
        udp.close()
        await asyncio.sleep(0)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def render() -> AsyncIterator[Headless]:
    """One browser, whose gate is closed to the inside."""
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert chromium is not None, "no Chromium here: install the package chromium (make test does so as root on Debian)"
    async with Egress(OPEN, ceiling=2.0) as egress:
        headless = Headless(chromium, looker(egress, lambda: datetime.now(UTC)), patience=30.0)
        yield headless
        await headless.aclose()


NAVIGATES = {
    "window": "open('URL')",
    "form": "let f = add('form', 'action'); f.target = '_blank'; f.submit()",
    "link": "let a = add('a', 'href'); a.target = '_blank'; a.click()",
    "ping": "let a = add('a', 'href'); a.href = '#x'; a.ping = 'URL'; a.click()",
}
LOADS = {
    "picture": "new Image().src = 'URL'",
    "script": "add('script', 'src')",
    "module": "import('URL')",
    "frame": "add('iframe', 'src')",
    "object": "add('object', 'data')",
    "embed": "add('embed', 'src')",
    "video": "add('video', 'src')",
    "style": "add('link', 'href', {rel: 'stylesheet'})",
    "prefetch": "add('link', 'href', {rel: 'prefetch'})",
    "preload": "add('link', 'href', {rel: 'preload', as: 'fetch'})",
    "preconnect": "add('link', 'href', {rel: 'preconnect'})",
    "manifest": "add('link', 'href', {rel: 'manifest'})",
    "icon": "add('link', 'href', {rel: 'icon'})",
    "font": "new FontFace('f', 'url(URL)').load()",
}
ASKS = {
    "fetch": "fetch('URL').then(r => r.text()).then(show)",
    "opaque fetch": "fetch('URL', {mode: 'no-cors'})",
    "xhr": "let x = new XMLHttpRequest(); x.onload = () => show(x.responseText); x.open('GET', 'URL'); x.send()",
    "beacon": "navigator.sendBeacon('URL', 'x')",
    "events": "new EventSource('URL').onmessage = e => show(e.data)",
    "websocket": "new WebSocket('ws://HOST/')",
    "by way of a redirect": "fetch('/onward').then(r => r.text()).then(show)",
    "by way of a name": "fetch('URL'.replace('127.0.0.9', 'inside.localhost')).then(r => r.text()).then(show)",
    "by its number": "fetch('URL'.replace('127.0.0.9', '2130706441')).then(r => r.text()).then(show)",
    "cloud metadata": "fetch('http://169.254.169.254/latest/meta-data/').then(r => r.text()).then(show)",
}
WORKS = {
    "worker": "new Worker(blob(`fetch('URL')`))",
    "importing worker": "new Worker(blob(`importScripts('URL')`))",
    "worker in a worker": "new Worker(blob(`new Worker('URL')`))",
    "shared worker": "new SharedWorker(blob(`fetch('URL')`))",
    "shared worker's socket": "new SharedWorker(blob(`new WebSocket('ws://HOST/')`))",
    "service worker": "navigator.serviceWorker.register('/sw.js')",
}
PEER = "let p = new RTCPeerConnection({iceServers: [SERVER]}); p.createDataChannel('x'); "
LOGIN = "username: 'u', credential: 'c'"
OFFER = "p.createOffer().then(o => p.setLocalDescription(o))"
CALLS = {
    "webtransport": "new WebTransport('https://HOST/')",
    "stun": PEER.replace("SERVER", "{urls: 'stun:HOST'}") + OFFER,
    "turn": PEER.replace("SERVER", "{urls: 'turn:HOST', username: 'u', credential: 'c'}") + OFFER,
    "turn over tcp": PEER.replace("SERVER", "{urls: 'turn:HOST?transport=tcp', username: 'u', credential: 'c'}")
    + OFFER,
    "a frame's stun": "let f = document.createElement('iframe'); document.body.append(f); RTCPeerConnection = "
    "f.contentWindow.RTCPeerConnection; " + PEER.replace("SERVER", "{urls: 'stun:HOST'}") + OFFER,
}
TOOLS = """
<p id=out>正文</p><script>
const show = text => { document.getElementById('out').append(text) };
const add = (tag, name, more) => { const made = Object.assign(document.createElement(tag), more || {});
  made.setAttribute(name, 'URL'); document.body.append(made); return made };
const blob = text => window['U' + 'RL'].createObjectURL(new Blob([text], {type: 'text/javascript'}));
addEventListener('unhandledrejection', e => e.preventDefault());
</script>
"""


async def shown(render: Headless, site: Site, body: str) -> str:
    """What became of a page of ``site``."""
    rendered = await render(Page(200, site.url(), {}, body.encode(), body))
    assert rendered is not None
    return rendered.html


@pytest.mark.parametrize("ways", [LOADS, ASKS, WORKS, CALLS, NAVIGATES], ids=lambda ways: next(iter(ways)))
async def test_no_way_of_asking_leads_inside(render: Headless, ways: Mapping[str, str]) -> None:
    async with inside() as listener:
        host = f"{INSIDE}:{listener.port}"
        scripts = "".join(f"<script>try {{{way}}} catch (e) {{}}</script>" for way in ways.values())
        body = (TOOLS + scripts).replace("URL", f"http://{host}/").replace("HOST", host)
        there = {
            "/onward": page("", status="302 Found", location=f"http://{host}/"),
            "/sw.js": page(f"fetch('http://{host}/')", content_type="text/javascript"),
        }
        async with serving(website(there)) as site:
            text = await shown(render, site, body)
            assert ("/onward" in asked(site)) is (ways is ASKS)
        assert listener.touched == []
    assert "正文" in text
    assert SECRET not in text


async def test_a_download_is_not_taken(render: Headless) -> None:
    async with inside() as listener, serving(website({})) as site:
        url = f"http://{INSIDE}:{listener.port}/"
        body = TOOLS.replace("URL", url) + "<script>let a = add('a', 'href'); a.download = 'x'; a.click()</script>"
        await render(Page(200, site.url(), {}, body.encode(), body))
        assert listener.touched == []


async def test_the_page_gets_what_its_own_site_serves(render: Headless) -> None:
    body = f"{TOOLS}<script>fetch('/own').then(r => r.text()).then(show)</script>"
    async with serving(website({"/own": page("自己的内容", content_type="text/plain; charset=utf-8")})) as site:
        assert "自己的内容" in await shown(render, site, body)


async def test_even_past_its_door_the_browser_goes_nowhere(render: Headless) -> None:
    """The second lock: no name server, no way but a dead proxy; tried without any routes."""
    async with inside() as listener:
        browser = await render._up()
        context = await browser.new_context()
        tab = await context.new_page()
        for host in (f"{INSIDE}:{listener.port}", f"inside.localhost:{listener.port}"):
            with pytest.raises(Exception, match="ERR_"):
                await tab.goto(f"http://{host}/", timeout=5000)
        await context.close()
        assert listener.touched == []
    assert any(argument.startswith("--host-resolver-rules=MAP * ~NOTFOUND") for argument in ARGUMENTS)
