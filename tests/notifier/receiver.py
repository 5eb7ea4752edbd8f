"""An office's receiver on loopback: it checks what arrives with the official library, and answers as a test asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from services.notifier.endpoint import Endpoint, Secret
from services.notifier.signing import new_secret
from shared.events.registry import Office
from tests.security.loopback import page, serving

OFFICE = Office(id="o-jinshui", name="金水区政务公开办", region="41.01.05.0", looks_after="41.01.05", revision=1)


@dataclass(frozen=True)
class Arrived:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """``answers`` are given in turn, then ``otherwise``; an answer that is a function writes by itself."""

    url: str = ""
    secret: str = field(default_factory=new_secret)
    answers: list[bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]] = field(default_factory=list)
    otherwise: Callable[[Arrived], bytes] = lambda _: page(b"taken")
    arrived: list[Arrived] = field(default_factory=list)

    async def respond(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.arrived.append(Arrived(headers, body))
        answer = self.answers.pop(0) if self.answers else self.otherwise(self.arrived[-1])
        if callable(answer):
            await answer(writer)
            return
        writer.write(answer)
        await writer.drain()

    def verified(self, secret: str = "", *, first: int = 0) -> list[Any]:
        """The events that arrived (from the ``first`` on), each checked by the official library."""
        return [Webhook(secret or self.secret).verify(one.body, one.headers) for one in self.arrived[first:]]

    def endpoint(self, office: Office = OFFICE, **changes: Any) -> Endpoint:
        """An endpoint of ``office`` at this receiver."""
        secrets = (Secret(value=self.secret),)
        created = datetime(2026, 1, 1, tzinfo=UTC)
        return Endpoint(office=office, url=self.url, secrets=secrets, created_at=created).model_copy(update=changes)


@asynccontextmanager
async def receiving(**options: Any) -> AsyncIterator[Receiver]:
    """A receiver at work."""
    receiver = Receiver(**options)
    async with serving(receiver.respond) as site:
        receiver.url = site.url("/govwatch?key=in-the-address")
        yield receiver


def status(line: str, **headers: str) -> bytes:
    """An answer with this status line, for example ``410 Gone``."""
    return page(b"", line, **headers)
