"""The public web of the city: one small HTTP/1.1 server for every website and the account platform, by Host header."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from demo.certificates import Certificates
from demo.city import CANARY_HOST, PLATFORM_HOST, Website
from demo.door import Door
from demo.faults.websites import Tls
from demo.pages import Answer, moved, plain, site_answer
from demo.platform import account_page, feed_answer
from demo.state import State
from demo.talk import SecureTalk, Talk

DEAD_ADDRESS = "127.0.0.9"
IDLE_SECONDS = 30.0


@dataclass
class Visits:
    """How often an outlet was asked for since the city started, and when last."""

    count: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Served:
    """What a visitor of an address gets: after ``delay_seconds`` the answer, or (None) a broken connection."""

    target: str | None
    delay_seconds: float
    answer: Answer | None


class PublicWeb:
    """Serves the city on loopback. ``port`` and ``secure_port`` are known after they were opened."""

    def __init__(self, state: State, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.visits: dict[str, Visits] = {}
        self._state = state
        self._now = now
        self.certificates = Certificates(now)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.sni_callback = self._choose_certificate
        self._door, self._secure_door = Door(self._visitor), Door(self._secure_visitor)

    @property
    def port(self) -> int:
        """The port everything is served on, except for secure websites."""
        return self._door.port

    @property
    def secure_port(self) -> int:
        """The port secure websites are served on, over TLS."""
        return self._secure_door.port

    async def start(self, port: int) -> None:
        """Listen on ``port`` (0 = a free one). Raises OSError when it is taken."""
        await self._door.open(port)

    async def stop(self) -> None:
        """Stop listening and leave every visitor."""
        await self._door.close()

    async def start_secure(self, port: int) -> None:
        """Listen over TLS on ``port`` (0 = a free one). Raises OSError when it is taken."""
        await self._secure_door.open(port)

    async def stop_secure(self) -> None:
        """Stop listening over TLS and leave every visitor."""
        await self._secure_door.close()

    def look(self, host: str, path: str, *, over_tls: bool = True) -> Served:
        """What the public sees at this host and path now; without TLS a secure website only says where it is."""
        now = self._now()
        if host == PLATFORM_HOST:
            return self._platform(path, now)
        if host == CANARY_HOST:
            return Served(None, 0.0, plain(200, "在线"))
        view = self._state.website(host)
        if view is None:
            return Served(None, 0.0, plain(404, "没有这个网站"))
        if not view.listening:
            return Served(host, 0.0, None)
        if view.site.secure and not over_tls:
            return Served(host, view.delay_seconds, moved(301, self.url(view.site).rstrip("/") + path))
        return Served(host, view.delay_seconds, site_answer(self._state.script, view, path, now))

    def url(self, site: Website) -> str:
        """The address of a website, as it is filed."""
        if site.secure:
            return f"https://{site.host}:{self.secure_port}/"
        return f"http://{site.host}:{self.port}/"

    def _choose_certificate(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext
    ) -> int | None:
        view = self._state.website((name or "").lower())
        if view is None or not view.site.secure:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if view.tls is Tls.SM_ONLY:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
        connection.context = self.certificates.context(view.site.host, view.tls)
        return None

    def _platform(self, path: str, now: datetime) -> Served:
        feed = path.startswith("/feeds/") and path.endswith(".json")
        target = path.removeprefix("/feeds").removesuffix(".json") if feed else path
        view = self._state.account(target.strip("/"))
        if view is None:
            return Served(None, 0.0, plain(404, "没有这个账号"))
        answer = feed_answer(view, self.port, now) if feed else account_page(view, now)
        return Served(view.account.target, 0.0, answer)

    async def _visitor(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(Talk(reader, writer), over_tls=False)

    async def _secure_visitor(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(SecureTalk(reader, writer, self._tls), over_tls=True)

    async def _serve(self, talk: Talk, *, over_tls: bool) -> None:
        async with asyncio.timeout(IDLE_SECONDS):
            await talk.begin()
        while await self._one_request(talk, over_tls=over_tls):
            pass

    async def _one_request(self, talk: Talk, *, over_tls: bool) -> bool:
        """Answer one request; whether the connection stays open."""
        async with asyncio.timeout(IDLE_SECONDS):
            request = _request(await talk.hear())
        if request.method not in ("GET", "HEAD"):
            wrong = plain(405, "只支持查看") if request.method else plain(400, "请求有误")
            await talk.say(_written(wrong, keep=False, body=True))
            return False
        served = self.look(request.host, request.path, over_tls=over_tls)
        self._count(served.target)
        await asyncio.sleep(served.delay_seconds)
        if served.answer is None:
            talk.hang_up()
            return False
        await talk.say(_written(served.answer, keep=request.keep, body=request.method == "GET"))
        return request.keep

    def _count(self, target: str | None) -> None:
        if target is not None:
            visits = self.visits.setdefault(target, Visits())
            visits.count += 1
            visits.last_at = self._now()


@dataclass(frozen=True)
class _Request:
    """What is read of a request; an empty method stands for one that makes no sense here (with a body, for one)."""

    method: str = ""
    host: str = ""
    path: str = "/"
    keep: bool = False


def _request(head: bytes) -> _Request:
    line, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    method, _, rest_of_line = line.partition(" ")
    address, _, version = rest_of_line.partition(" ")
    if not version or "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        return _Request()
    return _Request(
        method=method,
        host=headers.get("host", "").partition(":")[0].lower(),
        path=unquote(urlsplit(address).path) or "/",
        keep=version == "HTTP/1.1" and headers.get("connection", "").lower() != "close",
    )


def _written(answer: Answer, *, keep: bool, body: bool) -> bytes:
    """An answer as it travels."""
    phrase = HTTPStatus(answer.status).phrase if answer.status in list(HTTPStatus) else "Unknown"
    head = [
        f"HTTP/1.1 {answer.status} {phrase}",
        f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + (answer.body if body else b"")
