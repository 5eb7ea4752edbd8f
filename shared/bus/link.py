"""A service's own connection for saying things. Every publish waits for the stream's answer."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import nats
from nats.aio.client import Client as NatsClient
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamInfo

from shared.bus.streams import stream_of
from shared.events import Event
from shared.events.envelope import CONTENT_TYPE
from shared.telemetry import PUBLISHED, logger

API = "BUS.API"  # in the account of a service `$JS.API` is the server's own, which says that there is no JetStream
PUBLISH_PATIENCE = 5.0


class NotStored(Exception):  # noqa: N818 - it reads as what happened
    """The stream did not acknowledge: the event may or may not be there, and must be sent again with the same id."""


class Stored(NamedTuple):
    """A stream's answer: the event's sequence, and whether it was ``new``, not one it had already."""

    sequence: int
    new: bool


class Bus:
    """Publish, plan and look. Made by ``connect``."""

    def __init__(self, connection: NatsClient, name: str, url: str, seed: str, tls: ssl.SSLContext | None) -> None:
        self.connection = connection
        self.js: JetStreamContext = connection.jetstream(prefix=API, timeout=PUBLISH_PATIENCE)
        self.name = name
        self.seed = seed
        self.tls = tls
        self._url = url

    @classmethod
    async def connect(cls, url: str, name: str, seed: str, *, patience: float = 30.0, ca: Path | None = None) -> Self:
        """Connect as ``name`` with its nkey ``seed``; reconnects for ever once connected.

        With ``ca`` (a PEM file) the server must prove by a certificate of this authority that it is the host of
        ``url``, before the first word. Raises TimeoutError when no server lets us in within ``patience`` seconds.
        """
        tls = ssl.create_default_context(cafile=ca) if ca else None
        return cls(await _open(url, name, seed, tls, patience), name, url, seed, tls)

    async def renew(self, seed: str, patience: float = 10.0) -> None:
        """Go on with another seed: a new connection takes over; the old one is closed when its answers are in.

        Raises TimeoutError when the server does not let us in within ``patience`` seconds; the old one goes on then.
        """
        new = await _open(self._url, self.name, seed, self.tls, patience)
        old, self.connection, self.seed = self.connection, new, seed
        self.js = new.jetstream(prefix=API, timeout=PUBLISH_PATIENCE)
        try:
            await asyncio.sleep(PUBLISH_PATIENCE)
        finally:
            await old.close()

    async def publish(self, event: Event[Any]) -> int:
        """Put ``event`` on its stream and return its sequence there. Raises NotStored."""
        sequence = await self.publish_raw(event.address, event.encode(), event.id)
        logger(self.name).debug("said", fact=event.type, subject=event.subject, reason=event.reason, id=event.id)
        return sequence

    async def publish_raw(self, address: str, body: bytes, id_: str, headers: dict[str, str] | None = None) -> int:
        """Put ``body`` on the stream of ``address``, deduplicated by ``id_``; returns its sequence there."""
        return (await self.store(address, body, id_, headers)).sequence

    async def store(self, address: str, body: bytes, id_: str, headers: dict[str, str] | None = None) -> "Stored":
        """Like ``publish_raw``; returns the stream's whole answer."""
        try:
            ack = await self.js.publish(
                address,
                body,
                stream=stream_of(address),
                headers={"Nats-Msg-Id": id_, "content-type": CONTENT_TYPE, **(headers or {})},
            )
        except (NatsError, OSError, TimeoutError) as error:
            raise NotStored(f"{address}: {type(error).__name__} {error}".strip()) from error
        PUBLISHED.labels(self.name, ".".join(address.split(".")[:2])).inc()
        return Stored(ack.seq, new=not ack.duplicate)

    async def plan(self, event: Event[Any], schedule: str, *, ttl: int | None = None) -> None:
        """Have the server publish ``event`` (work) by ``schedule``, instead of any earlier plan for its subject.

        ``schedule`` is six-field cron (seconds first) in UTC, or ``@at <RFC 3339>``; what is not taken within
        ``ttl`` seconds expires. The message published is the same each time: its place in time is when it was stored.
        """
        headers = {"Nats-Schedule": schedule, "Nats-Schedule-Target": event.address, "content-type": CONTENT_TYPE}
        if ttl:
            headers["Nats-Schedule-TTL"] = f"{ttl}s"
        try:
            await self.js.publish(
                _plan_address(event.type, event.subject), event.encode(), stream=stream_of(event.type), headers=headers
            )
        except (NatsError, OSError, TimeoutError) as error:
            raise NotStored(f"{event.address}: {type(error).__name__} {error}".strip()) from error

    async def plan_at(self, event: Event[Any], at: datetime) -> None:
        """Have the server publish ``event`` (work) once, at ``at``; at once when that has passed."""
        await self.plan(event, f"@at {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")

    async def unplan(self, event_type: str, key: str) -> None:
        """Cancel a plan; cancelling one that is not there is fine."""
        address = _plan_address(event_type, key)
        headers = {"Nats-Schedule-Next": "purge", "Nats-Scheduler": address, "Nats-TTL": "1s"}
        await self.js.publish(f"work.{_service(event_type)}.cancel", stream=stream_of(event_type), headers=headers)

    async def planned(self, event_type: str) -> set[str]:
        """The keys that have a plan now."""
        prefix = _plan_address(event_type, "")
        info = await self.js.stream_info(stream_of(event_type), subjects_filter=prefix + "*")
        return {subject.removeprefix(prefix) for subject in info.state.subjects or {}}

    async def stream(self, name: str) -> StreamInfo:
        """The state of a stream."""
        return await self.js.stream_info(name)

    async def until_ready(self, patience: float = 10.0) -> None:
        """Return when JetStream answers: it does not for a moment after the server was given other users."""
        async with asyncio.timeout(patience):
            while True:
                try:
                    await self.js.account_info()
                except (NatsError, TimeoutError):
                    await asyncio.sleep(0.05)
                else:
                    return

    async def check(self) -> None:
        """Raise when the bus cannot be reached now."""
        await self.connection.flush(timeout=2)

    async def close(self) -> None:
        """Send what is under way and leave."""
        if not self.connection.is_closed:
            await self.connection.close()


async def _open(url: str, name: str, seed: str, tls: ssl.SSLContext | None, patience: float) -> NatsClient:
    log = logger(name)

    async def on_error(error: Exception) -> None:
        log.warning("the bus says", error=str(error) or type(error).__name__)

    async with asyncio.timeout(patience):
        return await nats.connect(
            url,
            name=name,
            nkeys_seed_str=seed or None,
            inbox_prefix=f"_INBOX.{name}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.3,
            error_cb=on_error,
            tls=tls,
            tls_handshake_first=tls is not None,
        )


def _plan_address(event_type: str, key: str) -> str:
    return f"{event_type.removesuffix('.due')}.plan.{key}"


def _service(event_type: str) -> str:
    return event_type.split(".")[1]
