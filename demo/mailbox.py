"""The mail server of the city: it keeps every mail for every address, and can be made to misbehave.

Behaviours: ``accept``; ``451`` (try again later) and ``550`` (never) refuse and keep nothing; ``slow:<seconds>`` keeps
the mail at once and says 250 only after that time, so that an impatient sender cannot know that it arrived.
"""

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import AwareDatetime, BaseModel, ConfigDict

from demo.door import ADDRESS
from demo.state import State

MAX_SLOW_SECONDS = 120.0
REFUSALS = {"451": "451 4.3.0 The mailbox is busy, try again later", "550": "550 5.1.1 No such mailbox"}


class Mail(BaseModel):
    """A mail as it arrived. ``to`` are the addresses of the envelope."""

    model_config = ConfigDict(frozen=True)

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    received_at: AwareDatetime


def slowness(behaviour: str) -> float:
    """The seconds a behaviour waits before 250. Raises ValueError when there is no such behaviour."""
    if behaviour == "accept" or behaviour in REFUSALS:
        return 0.0
    name, _, seconds = behaviour.partition(":")
    if name != "slow" or not 0 < float(seconds or 0) <= MAX_SLOW_SECONDS:
        raise ValueError(f"a mailbox can accept, 451, 550 or slow:<seconds up to {MAX_SLOW_SECONDS:.0f}>")
    return float(seconds)


class Mailbox:
    """Receives mail on loopback and keeps it in a JSON-lines file. ``port`` is known after ``start``."""

    def __init__(self, state: State, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.port = 0
        self._state = state
        self._file = file
        self._now = now
        self._mails: list[Mail] = []
        self._server: asyncio.Server | None = None
        self._open: set[_Session] = set()

    async def start(self, port: int) -> None:
        """Read what came in earlier runs and listen on ``port`` (0 = a free one). Raises OSError when it is taken."""
        self._mails = _read(self._file)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self, self._open), ADDRESS, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and leave every sender, also one who is waiting for 250."""
        if self._server is not None:
            self._server.close()
        for session in list(self._open):
            session.leave()
        await asyncio.sleep(0)

    def mails(self, to: str = "", contains: str = "") -> list[Mail]:
        """The mails for an address, with a text in subject or body, as they came."""
        return [
            mail
            for mail in self._mails
            if (not to or to in mail.to) and (contains in mail.subject or contains in mail.text)
        ]

    @property
    def behaviour(self) -> str:
        """How the mailbox behaves now."""
        return self._state.mailbox

    def behave(self, behaviour: str) -> None:
        """Behave so from now on. Raises ValueError when there is no such behaviour."""
        slowness(behaviour)
        self._state.mailbox = behaviour

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """The hook of aiosmtpd for a complete mail: keep it, or refuse."""
        behaviour = self.behaviour
        if behaviour in REFUSALS:
            return REFUSALS[behaviour]
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self._keep(_mail(content, envelope.mail_from or "", tuple(envelope.rcpt_tos), self._now()))
        await asyncio.sleep(slowness(behaviour))
        return "250 2.0.0 Kept"

    def _keep(self, mail: Mail) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(mail.model_dump_json() + "\n")
            out.flush()
            os.fsync(out.fileno())
        self._mails.append(mail)


def as_json(mails: list[Mail]) -> bytes:
    """Mails as a JSON array."""
    return json.dumps([mail.model_dump(mode="json") for mail in mails], ensure_ascii=False).encode()


class _Session(SMTP):
    """One connection, known to the mailbox as long as it is open."""

    def __init__(self, handler: Mailbox, connections: set["_Session"]) -> None:
        super().__init__(handler, hostname="mail.demo", ident="demo mailbox", enable_SMTPUTF8=True)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def leave(self) -> None:
        """Break the connection off, whatever it waits for."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)


def _read(file: Path) -> list[Mail]:
    """The mails in ``file``; half a line that a killed city left at its end is cut off (it was never answered 250)."""
    if not file.exists():
        return []
    whole, _, half = file.read_bytes().rpartition(b"\n")
    if half:
        with file.open("r+b") as out:
            out.truncate(len(whole) + 1 if whole else 0)
    return [Mail.model_validate_json(line) for line in whole.splitlines()]


def _mail(content: bytes, sender: str, to: tuple[str, ...], received_at: datetime) -> Mail:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    body = message.get_body(("plain", "html"))
    return Mail(
        message_id=str(message.get("Message-ID", "")),
        sender=sender,
        to=to,
        subject=str(message.get("Subject", "")),
        text=body.get_content() if body is not None else "",
        received_at=received_at,
    )
