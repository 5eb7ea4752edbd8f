"""One transfer by libcurl: the options that make it a probe, and what it tells afterwards.

libcurl never resolves a name here and never follows a redirect: the
address is given to it, and the socket callback looks at the address once more right before it connects.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pycurl  # type: ignore[import-untyped]  # ships no usable stubs

from shared.egress.errors import (
    BrokenResponse,
    ConnectFailed,
    DeadlineExceeded,
    EgressError,
    NameUnresolved,
    RefusedByGate,
    TlsFailed,
    TlsUnsupported,
    Unreadable,
)
from shared.egress.phases import Phases

TIMED_OUT, COULD_NOT_CONNECT, COULD_NOT_RESOLVE = 28, 7, 6
CLOSED_EARLY, RECEIVE_FAILED, CUT_HEAD = 18, 56, 52
TLS_ERRORS = {35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98}
# A response began and libcurl is stricter with it than a browser: odd headers, an unknown transfer encoding.
STRICTER_THAN_BROWSERS = {8, 61, 100}
NOTHING_IN_COMMON = (
    "handshake failure",
    "protocol version",
    "unsupported protocol",
    "no shared cipher",
    "no protocols",
)
OWN_HEADERS = {b"host", b"connection", b"content-length", b"transfer-encoding", b"expect"}
HTTP_2 = 3


class CurlFault(Exception):  # noqa: N818 - the word of the thing itself
    """What libcurl said when a transfer failed."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message.encode("ascii", "backslashreplace").decode("ascii")
        super().__init__(f"curl {code}: {self.message}")


@dataclass(slots=True)
class Received:
    """What came in so far."""

    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    head_ended: bool = False
    over_cap: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One request, decided: where to connect and what to send. ``connect_within`` and ``within`` are seconds.

    ``body_cap`` is how many bytes of the body are read; there the transfer ends.
    """

    method: str
    url: str
    headers: httpx.Headers
    body: bytes
    address: str
    port: int
    connect_within: float
    within: float
    verify: bool
    body_cap: int


class Transfer:
    """A curl handle made ready for one order. ``handle`` goes to the multi handle; read the rest when it is done."""

    def __init__(self, order: Order, *, ca_file: str, permits: Callable[[str], bool]) -> None:
        self.handle = pycurl.Curl()
        self.received = Received()
        self.body_cap = order.body_cap
        self._permits = permits
        self._made: list[socket.socket] = []
        self._https = order.url.startswith("https:")
        self._set_route(order)
        self._set_limits(order)
        self._set_request(order)
        self._set_tls(order, ca_file)
        self.handle.setopt(pycurl.HEADERFUNCTION, self._on_header)
        self.handle.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.handle.setopt(pycurl.OPENSOCKETFUNCTION, self._on_socket)

    def _set_route(self, order: Order) -> None:
        set_ = self.handle.setopt
        set_(pycurl.URL, order.url.encode("ascii"))
        host = f"[{order.address}]" if ":" in order.address else order.address
        set_(pycurl.CONNECT_TO, [f"::{host}:{order.port}"])
        set_(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        set_(pycurl.FOLLOWLOCATION, 0)
        set_(pycurl.PROXY, "")
        set_(pycurl.FRESH_CONNECT, 1)
        set_(pycurl.FORBID_REUSE, 1)
        set_(pycurl.NOSIGNAL, 1)

    def _set_limits(self, order: Order) -> None:
        self.handle.setopt(pycurl.TIMEOUT_MS, max(1, round(order.within * 1000)))
        self.handle.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, round(order.connect_within * 1000)))

    def _set_request(self, order: Order) -> None:
        set_ = self.handle.setopt
        sent = [
            name + b": " + value if value else name + b";"
            for name, value in order.headers.raw
            if name.lower() not in OWN_HEADERS
        ]
        set_(pycurl.HTTPHEADER, [*sent, b"Expect:"])
        set_(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        if order.method == "HEAD":
            set_(pycurl.NOBODY, 1)
        elif order.method != "GET" or order.body:
            set_(pycurl.POST, 1)
            set_(pycurl.POSTFIELDS, order.body)
        set_(pycurl.CUSTOMREQUEST, order.method)

    def _set_tls(self, order: Order, ca_file: str) -> None:
        self.handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
        self.handle.setopt(pycurl.SSL_VERIFYPEER, 1 if order.verify else 0)
        self.handle.setopt(pycurl.SSL_VERIFYHOST, 2 if order.verify else 0)
        if order.verify:
            self.handle.setopt(pycurl.CAINFO, ca_file)

    def _on_header(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):
            self.received.headers.clear()
            return
        self.received.head_ended = line in (b"\r\n", b"\n")
        name, colon, value = line.partition(b":")
        if colon:
            self.received.headers.append((name.strip(), value.strip()))

    def _on_body(self, chunk: bytes) -> int | None:
        self.received.size += len(chunk)
        if self.received.size > self.body_cap:
            self.received.over_cap = True
            return 0
        self.received.chunks.append(chunk)
        return None

    def _on_socket(self, _purpose: int, address: object) -> socket.socket | int:
        where = address.addr[0]  # type: ignore[attr-defined]  # a named tuple made by pycurl
        text = where.decode() if isinstance(where, bytes) else str(where)
        if not self._permits(text):
            self.received.refused = text
            return int(pycurl.SOCKET_BAD)
        try:
            made = socket.socket(address.family, address.socktype, address.protocol)  # type: ignore[attr-defined]  # pycurl types its address as object
        except OSError:
            return int(pycurl.SOCKET_BAD)
        self._made.append(made)
        return made

    def release(self) -> None:
        """Close our copies of the sockets; libcurl works on its own."""
        for made in self._made:
            made.close()

    @property
    def connected(self) -> bool:
        """Whether the address took the connection."""
        return float(self.handle.getinfo(pycurl.CONNECT_TIME)) > 0

    @property
    def status(self) -> int:
        """The status code; 0 when no response began."""
        return int(self.handle.getinfo(pycurl.RESPONSE_CODE))

    @property
    def http_version(self) -> bytes:
        """As httpx writes it."""
        return b"HTTP/2" if self.handle.getinfo(pycurl.INFO_HTTP_VERSION) == HTTP_2 else b"HTTP/1.1"

    def phases(self) -> Phases:
        """Where the seconds of this transfer went, taken in C and so free of our own lag."""
        names = (pycurl.CONNECT_TIME, pycurl.APPCONNECT_TIME, pycurl.PRETRANSFER_TIME, pycurl.STARTTRANSFER_TIME)
        connect, tls, sent, first = (float(self.handle.getinfo(name)) for name in names)
        total = float(self.handle.getinfo(pycurl.TOTAL_TIME))
        return Phases(
            connect=connect or total,
            tls=max(0.0, tls - connect) if tls else (total - connect if self._https and connect else 0.0),
            ttfb=max(0.0, first - sent) if first else (total - sent if sent else 0.0),
            download=max(0.0, total - first) if first else 0.0,
            total=total,
        )

    def warning(self, fault: CurlFault | None) -> str | None:
        """The name of a fault that a browser forgives, or None."""
        if self.received.over_cap:
            return "body_over_cap"
        if fault and fault.code in (CLOSED_EARLY, RECEIVE_FAILED) and self.status and self.received.size:
            return "body_cut_short"
        return None

    def error(self, fault: CurlFault, phases: Phases) -> EgressError:
        """The named reason for ``fault``."""
        text = str(fault)
        if self.received.refused:
            return RefusedByGate(f"address {self.received.refused} is not allowed", phases=phases)
        return self._kind(fault)(text, phases=phases)

    def _kind(self, fault: CurlFault) -> type[EgressError]:
        agreed = float(self.handle.getinfo(pycurl.APPCONNECT_TIME)) > 0
        if fault.code == TIMED_OUT:
            return DeadlineExceeded
        if fault.code == COULD_NOT_CONNECT or (not self.connected and fault.code not in TLS_ERRORS):
            return NameUnresolved if fault.code == COULD_NOT_RESOLVE else ConnectFailed
        if fault.code in TLS_ERRORS or (self._https and not agreed):
            told = any(words in fault.message for words in NOTHING_IN_COMMON)
            return TlsUnsupported if told else TlsFailed
        return Unreadable if fault.code in STRICTER_THAN_BROWSERS and self.status else BrokenResponse


class Transfers:
    """Runs transfers side by side on the event loop. One per process and loop."""

    def __init__(self) -> None:
        self._multi = pycurl.AsyncCurlMulti()

    async def run(self, transfer: Transfer) -> CurlFault | None:
        """Run ``transfer`` to its end. Returns what libcurl found wrong; cancelling stops the transfer at once."""
        try:
            await self._multi.perform(transfer.handle)
            return (
                None if transfer.received.head_ended else CurlFault(CUT_HEAD, "the head of the response is cut short")
            )
        except pycurl.error as error:
            return CurlFault(int(error.args[0]), str(error.args[1]))
        finally:
            transfer.release()

    async def aclose(self) -> None:
        """Cancel what is under way and close every socket."""
        await self._multi.aclose()
