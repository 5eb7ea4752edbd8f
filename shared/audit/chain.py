"""The chain: how records are linked, and how the first that was altered, taken away or moved is found. Pure.

Somebody who may write everything can hash the rest of a chain anew, or cut off its end. Only what others remember of
it, the anchors, tells: every check takes them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from shared.audit.record import Entry, Record


class Kind(StrEnum):
    """What is wrong with a chain."""

    ALTERED = "altered"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    FORGED = "forged"


class Fault(NamedTuple):
    """The first thing wrong: record ``sequence``; where only a range can be told, somewhere up to ``until``."""

    kind: Kind
    sequence: int
    why: str
    until: int = 0


class Anchor(NamedTuple):
    """What somebody remembers of a chain: record ``sequence`` had this ``hash`` at ``at``, says ``source``."""

    sequence: int
    hash: str
    at: datetime
    source: str


def genesis(service: str) -> str:
    """What the first record of a service's chain names as the hash before it."""
    return sha256(f"govwatch audit {service}".encode()).hexdigest()


def link(entries: Iterable[Entry], service: str, sequence: int, previous: str) -> Iterator[Record]:
    """``entries`` as the records that follow record ``sequence``, whose hash is ``previous``."""
    for number, entry in enumerate(entries, start=sequence + 1):
        open_ = Record(**entry.model_dump(), sequence=number, service=service, previous=previous)
        record = open_.model_copy(update={"hash": open_.digest()})
        yield record
        previous = record.hash


def verify(records: Sequence[Record], service: str, anchors: Iterable[Anchor] = ()) -> Fault | None:
    """The first fault of ``records``, sorted by their sequence; None when they are sound and fit the ``anchors``."""
    checker = Checker(service, anchors, length=len(records))
    for record in records:
        if fault := checker.next(record):
            return fault
    return checker.end()


class Checker:
    """Looks at a chain record by record, in the order of their sequences.

    A record whose link does not fit is judged by the one that follows it: whoever altered a record and hashed it anew
    is disowned by the next. ``length`` is how many records there are, to tell a record that was moved.
    """

    def __init__(self, service: str, anchors: Iterable[Anchor] = (), *, length: int = 0) -> None:
        self.sequence = 0
        self.head = genesis(service)
        self._length = length
        self._anchors: defaultdict[int, list[Anchor]] = defaultdict(list)
        for anchor in anchors:
            self._anchors[anchor.sequence].append(anchor)
        self._fits_to = 0
        self._stranger: Record | None = None
        self._forged: Fault | None = None

    def next(self, record: Record) -> Fault | None:
        """The first fault, as soon as it is certain, when ``record`` comes next."""
        if self._stranger:
            return self._rewritten(self._stranger, trusted=record.previous == self._stranger.hash)
        fault = self._by_itself(record)
        if self._forged:
            return self._forged if fault or record.previous == self.head else self._altered_last()
        if fault:
            return fault
        if record.previous != self.head:
            return self._does_not_follow(record)
        self._accept(record)
        return None

    def unreadable(self, why: str) -> Fault:
        """The first fault when what comes next is no record at all."""
        return self._pending() or Fault(Kind.ALTERED, self.sequence + 1, f"it is no record any more: {why}")

    def end(self) -> Fault | None:
        """The first fault when no record follows."""
        beyond = max(self._anchors, default=0)
        if self._pending() or beyond <= self.sequence:
            return self._pending()
        alone = f"; nothing vouches for those from {self._fits_to + 1} on" if self.sequence > self._fits_to else ""
        why = f"the end is cut off: {_remembers(self._anchors[beyond][0])}{alone}"
        return Fault(Kind.TRUNCATED, self.sequence + 1, why, beyond)

    def _by_itself(self, record: Record) -> Fault | None:
        """What is wrong with a record, whatever hash it follows."""
        expected = self.sequence + 1
        if record.sequence < expected:
            return Fault(Kind.REORDERED, record.sequence, "there are two records of this sequence")
        if record.sequence > expected:
            gone = record.sequence - expected
            why = f"{gone} record{'s are' if gone > 1 else ' is'} gone"
            return Fault(Kind.MISSING, expected, why, record.sequence - 1)
        if record.digest() == record.hash:
            return None
        places = range(1, self._length + 2)
        place = next((place for place in places if record.digest(place) == record.hash), 0)
        if place:
            return Fault(Kind.REORDERED, expected, f"here stands what was record {place}")
        return Fault(Kind.ALTERED, expected, "its content does not give its hash")

    def _does_not_follow(self, record: Record) -> Fault | None:
        """A sound record that follows another than the one before it: the next one is asked which of the two it was."""
        if self.sequence == 0:
            return Fault(Kind.FORGED, 1, "the first record does not begin the chain of this service")
        if self.sequence == self._fits_to:
            return self._rewritten(record, trusted=False)
        self._stranger = record
        return None

    def _rewritten(self, stranger: Record, *, trusted: bool) -> Fault:
        """``stranger`` is original when it is ``trusted``, and then the record before it is not."""
        if trusted:
            return self._altered_last()
        return Fault(Kind.ALTERED, stranger.sequence, "it was hashed anew: it does not follow the record before it")

    def _altered_last(self) -> Fault:
        back = f", perhaps with others, back to {self._fits_to + 1}" if self.sequence > self._fits_to + 1 else ""
        why = f"it was altered and hashed anew{back}: the next record follows another one"
        return Fault(Kind.ALTERED, self.sequence, why)

    def _pending(self) -> Fault | None:
        """What is wrong though nothing that follows could say which record it is."""
        if self._stranger:
            why = "this record or the next was altered and hashed anew: they do not fit"
            return Fault(Kind.ALTERED, self.sequence, why, self.sequence + 1)
        return self._forged

    def _accept(self, record: Record) -> None:
        self.sequence, self.head = record.sequence, record.hash
        for anchor in self._anchors.get(record.sequence, ()):
            if anchor.hash != record.hash:
                why = f"records up to {record.sequence} were altered and hashed anew: {_remembers(anchor)}"
                self._forged = Fault(Kind.FORGED, self._fits_to + 1, why, record.sequence)
                return
            self._fits_to = record.sequence


def _remembers(anchor: Anchor) -> str:
    at = f"{anchor.at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{anchor.source} remembers record {anchor.sequence} of {at} with the hash {anchor.hash[:16]}"
