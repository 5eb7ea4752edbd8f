"""Hearing: one durable consumer for each line of a service's HEARS table, run by FastStream.

A handler that returns has its message acknowledged. One that raises is tried again after a growing delay that we send
ourselves (a bare nak burns every delivery in milliseconds); after the last try the message goes to ``DEAD`` with the
reason. While a server of ours cannot be reached (``patient_with``) trying again never ends.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsMessage
from faststream.nats.security import NatsNKey
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.bus.alive import alive
from shared.bus.consumers import consumer_config, consumer_name
from shared.bus.hears import Hears
from shared.bus.link import API, Bus, NotStored
from shared.bus.patches import hush, repair
from shared.events import Event, Fact, parse
from shared.privacy import scrub
from shared.telemetry import BATCH, DEAD, HEARD, logger, span

F = TypeVar("F", bound=Fact)
TRIES = 8
FETCH_PATIENCE = 1.0
LONGEST_DELAY = 30.0
PATIENT_DELAY = 5.0
GRACE = 10.0
UNREACHABLE: tuple[type[Exception], ...] = (ConnectionError, TimeoutError, NatsError, NotStored)

repair()


class TryAgain(Exception):  # noqa: N818 - it is a request, not an error
    """Raised by a handler that wants its message again after ``seconds``, however often."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why or f"again in {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Heard(Generic[F]):
    """A message as a handler gets it: ``at`` and ``sequence`` are its place on the stream, ``tries`` counts from 1."""

    event: Event[F]
    at: datetime
    tries: int
    sequence: int = 0

    @property
    def fact(self) -> F:
        """What it says."""
        return self.event.data


class Listener:
    """The consumers of one service."""

    def __init__(self, bus: Bus, url: str, seed: str, *, patient_with: Sequence[type[Exception]] = ()) -> None:
        self.seed = seed
        self._bus = bus
        self._url = url
        self._log = logger(bus.name)
        self._patient_with = (*UNREACHABLE, *patient_with)
        self._failures: Counter[tuple[str, int]] = Counter()
        self._lines: list[tuple[Hears, Any]] = []
        self._broker = self._make(seed)

    def add(self, hears: Hears, app: Any) -> None:
        """Hear one line for ``app``. Call before ``start``; the durable must exist on the server."""
        self._lines.append((hears, app))
        self._subscribe(self._broker, hears, app)

    async def start(self) -> None:
        """Begin to hear."""
        await self._broker.start()

    async def renew(self, seed: str, patience: float = 10.0) -> None:
        """Go on hearing with another seed: a new connection begins before the old one ends.

        Raises TimeoutError when the server does not let us in within ``patience`` seconds; the old one goes on then.
        """
        broker = self._make(seed)
        for hears, app in self._lines:
            self._subscribe(broker, hears, app)
        try:
            async with asyncio.timeout(patience):
                await broker.start()
        except BaseException:
            await broker.stop()
            raise
        old, self._broker, self.seed = self._broker, broker, seed
        await hush(old, GRACE)
        await old.stop()

    async def check(self) -> None:
        """Raise when the listening connection cannot be used now."""
        if not await self._broker.ping(2.0):
            raise ConnectionError("not connected to the bus for listening")

    async def stop(self) -> None:
        """Stop taking messages and let what is under way finish (10 seconds)."""
        await self._broker.stop()

    def _make(self, seed: str) -> NatsBroker:
        return NatsBroker(
            self._url,
            security=NatsNKey.from_seed(seed, ssl_context=self._bus.tls, tls_handshake_first=self._bus.tls is not None)
            if seed
            else None,
            inbox_prefix=f"_INBOX.{self._bus.name}",
            js_options={"prefix": API},
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            graceful_timeout=GRACE,
            decoder=_body,
            apply_types=False,
            logger=None,
        )

    def _subscribe(self, broker: NatsBroker, hears: Hears, app: Any) -> None:
        options: dict[str, Any] = {"max_workers": hears.workers} if hears.workers else {}
        size = hears.batch or min(hears.workers, 10) or 50
        subscriber = broker.subscriber(
            stream=JStream(hears.stream, declare=False),
            durable=consumer_name(self._bus.name, hears),
            config=consumer_config(self._bus.name, hears),
            pull_sub=PullSub(batch_size=size, timeout=FETCH_PATIENCE, batch=bool(hears.batch)),
            ack_policy=AckPolicy.MANUAL,
            inbox_prefix=f"_INBOX.{self._bus.name}.".encode(),
            no_reply=True,
            **options,
        )

        def raw() -> Any:
            return cast("NatsMessage", broker.context.get_local("message")).raw_message

        subscriber(self._receive_batch(hears, app, raw) if hears.batch else self._receive_one(hears, app, raw))

    def _receive_one(self, hears: Hears, app: Any, raw: Callable[[], Msg]) -> Callable[[bytes], Awaitable[None]]:
        async def receive(_body: bytes) -> None:
            message = raw()
            if heard := await self._read(hears, message):
                await self._run(hears, app, message, heard)

        return receive

    def _receive_batch(
        self, hears: Hears, app: Any, raw: Callable[[], list[Msg]]
    ) -> Callable[[list[bytes]], Awaitable[None]]:
        async def receive(_bodies: list[bytes]) -> None:
            messages = raw()
            pairs = [(message, heard) for message in messages if (heard := await self._read(hears, message))]
            if not pairs:
                return
            try:
                with BATCH.labels(self._bus.name, hears.durable).time(), alive(messages, UNREACHABLE):
                    await hears.handler(app, [heard for _, heard in pairs])
            except self._patient_with as error:
                for message, heard in pairs:
                    await self._later(message, heard, _patient_delay(heard), error)
            except Exception as error:  # noqa: BLE001 - one of them may be at fault: each alone decides
                self._log.warning("a batch failed, taking it one by one", consumer=hears.durable, error=repr(error))
                with alive([message for message, _ in pairs], UNREACHABLE):
                    for message, heard in pairs:
                        await self._run(hears, app, message, heard)
            else:
                for message, heard in pairs:
                    await self._done(message, heard)

        return receive

    async def _read(self, hears: Hears, message: Msg) -> "Heard[Any] | None":
        try:
            event = parse(message.data)
        except ValueError as error:
            await self._give_up(hears, message, error)
            return None
        where = message.metadata
        return Heard(event, where.timestamp, where.num_delivered, where.sequence.stream)

    async def _run(self, hears: Hears, app: Any, message: Msg, heard: Heard[Any]) -> None:
        event = heard.event
        with span(f"{self._bus.name} hears {event.type}", event.traceparent, subject=event.subject):
            try:
                with BATCH.labels(self._bus.name, hears.durable).time(), alive([message], UNREACHABLE):
                    await hears.handler(app, [heard] if hears.batch else heard)
            except TryAgain as again:
                await self._later(message, heard, again.seconds, again)
            except self._patient_with as error:
                await self._later(message, heard, _patient_delay(heard), error)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is counted, told and tried again
                await self._failed(hears, message, heard, error)
            else:
                self._failures.pop((hears.durable, heard.sequence), None)
                await self._done(message, heard)

    async def _failed(self, hears: Hears, message: Msg, heard: Heard[Any], error: Exception) -> None:
        # deliveries while a server of ours was away are no failures of the message
        key = (hears.durable, heard.sequence)
        self._failures[key] += 1
        failures = self._failures[key]
        if failures < TRIES:
            await self._later(message, heard, min(LONGEST_DELAY, 0.25 * 2 ** (failures - 1)), error)
        else:
            del self._failures[key]
            await self._give_up(hears, message, error)

    async def _done(self, message: Msg, heard: Heard[Any]) -> None:
        HEARD.labels(self._bus.name, heard.event.type, "done").inc()
        with contextlib.suppress(
            *UNREACHABLE
        ):  # not acknowledged = delivered again, and handlers are safe to run twice
            await message.ack()

    async def _later(self, message: Msg, heard: Heard[Any], seconds: float, why: Exception) -> None:
        HEARD.labels(self._bus.name, heard.event.type, "again").inc()
        level = self._log.info if isinstance(why, TryAgain) else self._log.warning
        level("will try again", fact=heard.event.type, id=heard.event.id, tries=heard.tries, error=repr(why))
        with contextlib.suppress(*UNREACHABLE):
            await message.nak(delay=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreading load, not a secret

    async def _give_up(self, hears: Hears, message: Msg, error: Exception) -> None:
        where = message.metadata
        self._log.error("given up, kept on DEAD", subject=message.subject, consumer=hears.durable, error=repr(error))
        try:
            await self._bus.publish_raw(
                f"dead.{self._bus.name}.{message.subject}",
                message.data,
                f"dead:{where.stream}:{where.sequence.stream}:{where.consumer}",
                {
                    "Govwatch-Error": _header(scrub(f"{type(error).__name__}: {error}")),
                    "Govwatch-Handler": f"{self._bus.name}.{hears.durable}",
                    "Govwatch-Tries": str(where.num_delivered),
                },
            )
        except NotStored as trouble:
            self._log.warning("DEAD cannot take it now, will try again", error=str(trouble))
            with contextlib.suppress(*UNREACHABLE):
                await message.nak(delay=PATIENT_DELAY)
            return
        DEAD.labels(self._bus.name, ".".join(message.subject.split(".")[:2])).inc()
        with contextlib.suppress(*UNREACHABLE):
            await message.term()


def _header(text: str) -> str:
    """``text`` as the value of one header, whatever is in it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:500]


def _patient_delay(heard: Heard[Any]) -> float:
    return min(PATIENT_DELAY, 0.25 * 2.0 ** min(heard.tries - 1, 6))


async def _body(message: NatsMessage) -> Any:
    return message.body
