"""A real mail relay on loopback whose answers can be chosen, and which remembers what it took."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.channels.means import Means
from shared.egress import Egress
from shared.settings import Settings

OK = "250 OK"


@dataclass
class Relay:
    """``answers`` gives the answer to RCPT or DATA, by command; ``taken`` is every mail accepted."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    taken: list[EmailMessage] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        answer = self.answers.get("RCPT", OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - see above
        """Say goodbye, or leave without a word."""
        if self.hangs_up and server.transport:
            server.transport.close()
        return "221 Bye"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        """Take or refuse a mail."""
        answer = self.answers.get("DATA", OK)
        if answer == OK:
            self.taken.append(message_from_bytes(cast("bytes", envelope.content), policy=default))
            self.arrived.set()
        return answer

    def settings(self) -> Settings:
        """Settings that name this relay."""
        return Settings(
            smtp_host="127.0.0.1",
            smtp_port=self.port,
            smtp_from="jianguan@zz.example",
            egress_allow=["127.0.0.0/8"],
        )

    def means(self) -> Means:
        """What the mail channel needs to use this relay."""
        return means(self.settings())

    def to(self, address: str) -> list[EmailMessage]:
        """What was taken for one address."""
        return [mail for mail in self.taken if address in str(mail["To"])]


def means(settings: Settings) -> Means:
    """What a channel works with under ``settings``; the gate is not used by mail."""
    return Means(settings, Egress(), lambda: datetime.now(UTC))


@asynccontextmanager
async def relaying() -> AsyncIterator[Relay]:
    """A relay at work."""
    relay = Relay()
    loop = asyncio.get_running_loop()
    connections: list[SMTP] = []

    def connection() -> SMTP:
        connections.append(SMTP(relay, hostname="relay.example", loop=loop))
        return connections[-1]

    server = await loop.create_server(connection, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await server.wait_closed()
        for one in connections:
            if one.transport:
                one.transport.close()
        await asyncio.sleep(0)
