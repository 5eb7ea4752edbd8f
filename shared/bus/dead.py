"""The DEAD stream as an administrator works on it: what was given up is listed, shown, played again, or dropped.

A message may be given up by several consumers, and then lies on DEAD once for each. It is played again once: its body
goes back to its own subject, where every consumer of that subject hears it (handlers are safe to run twice), and all
its entries leave DEAD. A consumer that fails again makes a fresh entry.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from shared.bus.link import Bus, NotStored
from shared.bus.reading import Kept, Part, count, read

STREAM = "DEAD"
ONLY_ON_EMPTY_SUBJECT = {"Nats-Expected-Last-Subject-Sequence": "0"}
NOT_EMPTY = 10071


class Replayed(StrEnum):
    """How playing a message again ended."""

    DONE = "done"
    WAITING_ALREADY = "waiting_already"
    NOT_STORED = "not_stored"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry of DEAD. ``subject`` is the one it was on, ``message`` says which it was: ``<stream>:<sequence>``.

    ``handler`` is ``<service>.<durable>``. ``body`` is as it was sent, and left out of lists.
    """

    sequence: int
    at: datetime
    service: str
    subject: str
    handler: str
    tries: int
    error: str
    message: str
    body: bytes = b""

    @property
    def fact(self) -> str:
        """The name of the fact its subject promises."""
        return ".".join(self.subject.split(".")[: 3 if self.subject.startswith("work.") else 2])


@dataclass(frozen=True, slots=True)
class Which:
    """The entries meant: of a service, of a fact or on one subject, given up since then. Empty means any."""

    service: str = ""
    fact: str = ""
    subject: str = ""
    since: datetime | None = None

    def part(self, after: int) -> Part:
        """Where they are, beyond the sequence ``after``."""
        rest = self.subject or (f"{self.fact}.>" if self.fact else ">")
        return Part(STREAM, f"dead.{self.service or '*'}.{rest}", after, self.since)


ANY = Which()


class DeadDesk:
    """Work on DEAD through the connection of an administrator."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def count(self, which: Which = ANY, *, after: int = 0) -> int:
        """How many entries there are beyond the sequence ``after``."""
        return await count(self._bus, which.part(after))

    async def letters(self, which: Which = ANY, *, after: int = 0, limit: int = 0) -> AsyncIterator[DeadLetter]:
        """Entries beyond the sequence ``after``, the oldest first, without bodies; ``limit`` 0 is all there are now."""
        async for kept in read(self._bus, which.part(after), limit=limit, headers_only=True):
            yield _letter(kept)

    async def get(self, sequence: int) -> DeadLetter | None:
        """One entry with its body, or None when there is none of this sequence."""
        try:
            kept = await self._bus.js.get_msg(STREAM, sequence, direct=True)
        except NotFoundError:
            return None
        if kept.time is None or kept.subject is None:
            raise ValueError(f"{STREAM} {sequence} came without its time or subject")
        return _letter(Kept(sequence, kept.time, kept.subject, kept.headers or {}, kept.data or b""))

    async def entries(self, letter: DeadLetter) -> list[int]:
        """The sequences of all entries of the message that ``letter`` is an entry of, in order."""
        found = [one async for one in self.letters(Which(subject=letter.subject))]
        return [one.sequence for one in found if one.message == letter.message]

    async def replay(self, letter: DeadLetter, entries: Sequence[int]) -> Replayed:
        """Put the body of ``letter`` back on its subject, then take ``entries``, all of its message, off DEAD.

        Work goes back only while none waits on its subject, because it would replace that. Dying between the two
        steps and doing it again within the window of deduplication stores it once.
        """
        headers = ONLY_ON_EMPTY_SUBJECT if letter.subject.startswith("work.") else None
        try:
            await self._bus.publish_raw(letter.subject, letter.body, f"replay:{letter.message}:{entries[0]}", headers)
        except NotStored as trouble:
            cause = trouble.__cause__
            taken = isinstance(cause, APIError) and cause.err_code == NOT_EMPTY
            return Replayed.WAITING_ALREADY if taken else Replayed.NOT_STORED
        for sequence in entries:
            await self.drop(sequence)
        return Replayed.DONE

    async def drop(self, sequence: int) -> bool:
        """Take one entry off DEAD; False when it is not there."""
        try:
            return bool(await self._bus.js.delete_msg(STREAM, sequence))
        except NatsError:
            if await self.get(sequence) is None:
                return False
            raise


def _letter(kept: Kept) -> DeadLetter:
    _, service, original = kept.subject.split(".", 2)
    stream, number = [*kept.headers.get("Nats-Msg-Id", "").split(":"), "", ""][1:3]
    return DeadLetter(
        sequence=kept.sequence,
        at=kept.at,
        service=service,
        subject=original,
        handler=kept.headers.get("Govwatch-Handler", ""),
        tries=int(kept.headers.get("Govwatch-Tries", "0")),
        error=kept.headers.get("Govwatch-Error", ""),
        message=f"{stream}:{number}",
        body=kept.body,
    )
