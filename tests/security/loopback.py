"""Servers on loopback that behave as badly as a test asks, and a name server that lies. Used by tests only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
LOOPBACK = ("127.0.0.0/8", "::1/128")
CERTIFICATE = Path(__file__).with_name("self_signed.pem")


@dataclass
class Site:
    """A running server: its port and the requests it got (head and body as sent)."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """An address on this server."""
        return f"{scheme}://{host}:{self.port}{path}"


def page(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP/1.1 response; ``set_cookie="a=1"`` becomes the header ``set-cookie``."""
    raw = body.encode() if isinstance(body, str) else body
    shown = {"content-length": str(len(raw)), "content-type": "text/html", "connection": "close"}
    shown |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in shown.items() if value)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + raw


def answering(response: bytes | str) -> Respond:
    """Answer every request with the same."""
    raw = response if isinstance(response, bytes) else page(response)

    async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return respond


@asynccontextmanager
async def serving(
    respond: Respond | bytes | str, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    """Run a server that reads one request of each connection, lets ``respond`` write, and closes."""
    act = answering(respond) if isinstance(respond, bytes | str) else respond
    tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
    site = Site(0)

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            site.requests.append(await _request(reader))
            await act(site.requests[-1], writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError, TimeoutError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(connection(reader, writer))
        tasks[task] = writer
        task.add_done_callback(lambda done: tasks.pop(done, None))

    server = await asyncio.start_server(accept, host, 0, ssl=tls, limit=2**21)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task, writer in list(tasks.items()):
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


def tls_server(**changes: object) -> ssl.SSLContext:
    """A server context with the self-signed certificate of the tests; ``changes`` are set on it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    for name, value in changes.items():
        setattr(context, name, value)
    return context


class LyingNameServer(asyncio.DatagramProtocol):
    """A name server on loopback. ``names`` maps a name to the answers it gives in turn; the last one stays.

    An answer is a sequence of addresses; an empty one is NXDOMAIN; a name that is not known gets silence. What is no
    address is the name the question's name stands for (CNAME); where it leads comes along as resolvers send it.
    """

    def __init__(self, names: dict[str, Sequence[Sequence[str]]]) -> None:
        self._names = {name: list(answers) for name, answers in names.items()}
        self.asked: list[str] = []
        self.address = ""
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if name not in self._names or self._transport is None:
            return
        answers = self._names[name]
        current = answers[0]
        if kind == "A":
            self.asked.append(name)
            current = answers.pop(0) if len(answers) > 1 else answers[0]
        reply = dns.message.make_response(query)
        owner = question.name
        while len(current) == 1 and current[0] in self._names:
            reply.answer.append(dns.rrset.from_text(owner, 0, "IN", "CNAME", current[0] + "."))
            owner, current = dns.name.from_text(current[0]), self._names[current[0]][0]
        addresses = [address for address in current if (":" in address) == (kind == "AAAA")]
        reply.flags |= dns.flags.AA
        if not current:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if addresses:
            reply.answer.append(dns.rrset.from_text(owner, 0, "IN", kind, *addresses))
        self._transport.sendto(reply.to_wire(), addr)
