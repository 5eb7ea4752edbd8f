"""What a stream acknowledged and does not hold any more is published again from the documents.

A stream may be gone and made again (wiped), or come back from a backup as it was earlier (set back). The
administrator, who alone may look at streams, notices both with ``notice`` after each ``streams apply``, and whoever
publishes notices a set back one by the answer: a new event got a sequence that was given before. The services send
again what they said: ``reconcile``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.js.errors import NotFoundError

from shared.bus import STREAMS, Bus
from shared.documents import Database, Lost, Mark
from shared.telemetry import logger

Answer = tuple[str, int, str, bool]
"""A stream's answer to one event: the stream, the sequence, the event's id, whether it was new there."""


async def remember(database: Database, before: Mapping[str, Mark], answers: Sequence[Answer]) -> None:
    """Raise the marks by ``answers``; ``before`` are the marks as they were before any of these was published."""
    for stream in {answer[0] for answer in answers}:
        new = [(sequence, id_) for of, sequence, id_, is_new in answers if of == stream and is_new]
        if not new:
            continue
        mark = before.get(stream, Mark())
        (lowest, _), (highest, id_) = min(new), max(new)
        if lowest <= mark.sequence:
            logger("outbox").warning("a stream was set back", stream=stream, was=mark.sequence, now=lowest)
            lost = Lost(after=lowest - 1, until=mark.sequence)
            await database.mark_lost(stream, lost, goes_on_from=lowest - 1)
        await database.raise_mark(stream, highest, id_)


async def notice(database: Database, bus: Bus) -> list[str]:
    """Compare what is remembered of each stream with what is there, as the administrator; names those that lost."""
    losing = []
    marks = await database.marks()
    for stream in STREAMS:
        mark = marks.get(stream, Mark())
        info = await bus.stream(stream)
        created = _moment(info.created)
        wiped = mark.created is not None and created != mark.created
        last = info.state.last_seq
        if wiped or last < mark.sequence or await _is_another(bus, stream, mark, info.state.first_seq):
            overtaken = wiped or last >= mark.sequence
            lost = Lost(after=0 if overtaken else last, until=mark.sequence)
            await database.mark_lost(stream, lost, goes_on_from=max(last, mark.sequence) if wiped else last)
            losing.append(stream)
        if created is not None:
            await database.mark_created(stream, created)
    return losing


async def _is_another(bus: Bus, stream: str, mark: Mark, first: int) -> bool:
    """Whether at the highest sequence we know there is another event than the one that was acknowledged as it."""
    if mark.event is None or mark.sequence < first or STREAMS[stream].work:
        return False
    try:
        kept = await bus.js.get_msg(stream, mark.sequence)
    except NotFoundError:
        return False
    return (kept.headers or {}).get("Nats-Msg-Id") != mark.event


def is_lost(sequence: int, at: datetime, lost: Lost, *, kept: timedelta | None, now: datetime) -> bool:
    """Whether an event acknowledged as ``sequence`` should be on its stream and is not.

    ``kept``: how long the stream keeps a message (None: until done).
    """
    if kept is not None and at < now - kept:
        return False
    return lost.after < sequence <= lost.until


async def reconcile(database: Database, now: datetime) -> int:
    """Put what streams lost back into the outboxes; returns how many events."""
    again = 0
    for stream, mark in (await database.marks()).items():
        if mark.lost is None or stream not in STREAMS:
            continue
        for collection in database.collections:
            async for id_, waiting, where, sequence in collection.sent():
                kept = STREAMS[stream].kept
                if where == stream and is_lost(sequence, waiting.at, mark.lost, kept=kept, now=now):
                    await collection.send_again(id_, waiting)
                    again += 1
        await database.mark_sent_again(stream, mark.lost)
    return again


def _moment(text: Any) -> datetime | None:
    """A stream's creation time to the millisecond, as MongoDB keeps it."""
    if text is None:
        return None
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text)[:23] + "+00:00")
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
