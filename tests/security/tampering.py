"""Ways to tamper with an audit chain, drawn at random; each says which record is the first that is not as it was."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from shared.audit import Anchor, Deed, Entry, Record, Thing, genesis, link, noted

SERVICE = "registry"
LONG_AGO = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WORDS = ("submit", "approve", "退回补正", "", 'Ω\u2028"\\', "a" * 500)


class Tampered(NamedTuple):
    """A chain as it was left behind, and the sequence of the first record that is not what and where it was."""

    records: list[Record]
    first: int


def entries(draw: Random, number: int) -> list[Entry]:
    """Entries of all kinds."""
    return [
        noted(
            draw.choice(list(Deed)),
            Thing(draw.choice(("filing", "outlet")), f"f-{n}", draw.choice(("41.01.05.0", "00.00.00.0")), "u-1"),
            actor=f"person:p-{draw.randrange(5)}",
            reason=draw.choice(WORDS),
            details={name: draw.choice(WORDS) for name in ("number", "words") if draw.random() < 0.5},
            at=LONG_AGO + timedelta(microseconds=draw.randrange(10**12)),
        )
        for n in range(number)
    ]


def chain(draw: Random, number: int, service: str = SERVICE) -> list[Record]:
    """A sound chain."""
    return list(link(entries(draw, number), service, 0, genesis(service)))


def anchors(records: Sequence[Record], every: int = 20) -> list[Anchor]:
    """What others remember: every twentieth record, and the last."""
    return [
        Anchor(one.sequence, one.hash, one.at, "a witness")
        for one in records
        if one.sequence % every == 0 or one is records[-1]
    ]


def altered(draw: Random, records: list[Record]) -> Tampered:
    """One field of one record, or its hash, reads differently."""
    at = draw.randrange(len(records))
    changed = _otherwise(draw, records[at], draw.choice((*CHANGES, "previous", "hash")))
    return Tampered([*records[:at], changed, *records[at + 1 :]], at + 1)


def hashed_anew(draw: Random, records: list[Record]) -> Tampered:
    """One record reads differently and its hash fits."""
    at = draw.randrange(len(records))
    changed = _sealed(_otherwise(draw, records[at], draw.choice(tuple(CHANGES))))
    return Tampered([*records[:at], changed, *records[at + 1 :]], at + 1)


def rewritten(draw: Random, records: list[Record]) -> Tampered:
    """One record reads differently and everything after it was hashed anew."""
    at = draw.randrange(len(records))
    changed = _sealed(_otherwise(draw, records[at], draw.choice(tuple(CHANGES))))
    return Tampered([*records[:at], changed, *_again(changed, records[at + 1 :])], at + 1)


def taken_out(draw: Random, records: list[Record]) -> Tampered:
    """One or more records are gone."""
    at = draw.randrange(len(records))
    return Tampered([*records[:at], *records[at + draw.randrange(1, 4) :]], at + 1)


def taken_out_and_rewritten(draw: Random, records: list[Record]) -> Tampered:
    """One record is gone, those after it moved up and were hashed anew."""
    at = draw.randrange(1, len(records))
    return Tampered([*records[:at], *_again(records[at - 1], records[at + 1 :])], at + 1)


def cut_off(draw: Random, records: list[Record]) -> Tampered:
    """The end is gone, perhaps everything."""
    at = draw.randrange(len(records))
    return Tampered(records[:at], at + 1)


def exchanged(draw: Random, records: list[Record]) -> Tampered:
    """Two records stand in each other's place."""
    one, other = sorted(draw.sample(range(len(records)), 2))
    left = list(records)
    left[one] = records[other].model_copy(update={"sequence": one + 1})
    left[other] = records[one].model_copy(update={"sequence": other + 1})
    return Tampered(left, one + 1)


def renumbered(draw: Random, records: list[Record]) -> Tampered:
    """One record has another sequence, perhaps one that is there already."""
    at = draw.randrange(len(records))
    sequence = draw.choice([n for n in range(1, len(records) + 20) if n != at + 1])
    changed = records[at].model_copy(update={"sequence": sequence})
    return Tampered(_in_order([*records[:at], changed, *records[at + 1 :]]), min(at + 1, sequence))


def repeated(draw: Random, records: list[Record]) -> Tampered:
    """A record is there twice, under its own sequence or at the end."""
    copied = draw.choice(records)
    if draw.random() < 0.5:
        return Tampered(_in_order([*records, copied]), copied.sequence)
    end = len(records) + 1
    return Tampered([*records, copied.model_copy(update={"sequence": end})], end)


def pasted(draw: Random, records: list[Record]) -> Tampered:
    """A record of another service's chain stands in the place of ours."""
    at = draw.randrange(len(records))
    other = chain(draw, at + 1, "scorer")[at]
    return Tampered([*records[:at], other, *records[at + 1 :]], at + 1)


WAYS: tuple[Callable[[Random, list[Record]], Tampered], ...] = (
    altered,
    hashed_anew,
    rewritten,
    taken_out,
    taken_out_and_rewritten,
    cut_off,
    exchanged,
    renumbered,
    repeated,
    pasted,
)
CHANGES: dict[str, Callable[[Record], Any]] = {
    "id": lambda one: one.id + "0",
    "at": lambda one: one.at + timedelta(milliseconds=1),
    "actor": lambda one: one.actor + "x",
    "deed": lambda one: next(deed for deed in Deed if deed is not one.deed),
    "kind": lambda one: one.kind + "x",
    "object": lambda one: one.object + "x",
    "region": lambda _: "41.02.00.0",
    "unit": lambda one: one.unit + "x",
    "reason": lambda one: one.reason + " ",
    "details": lambda one: {**one.details, "more": ""},
    "address": lambda _: "10.0.0.1",
    "trace": lambda _: "0" * 32,
    "service": lambda _: "scorer",
}
"""How each field a record is about can read otherwise."""


def _otherwise(draw: Random, record: Record, field: str) -> Record:
    if field in ("previous", "hash"):
        return record.model_copy(update={field: f"{draw.getrandbits(256):064x}"})
    return record.model_copy(update={field: CHANGES[field](record)})


def _sealed(record: Record) -> Record:
    return record.model_copy(update={"hash": record.digest()})


def _again(last: Record, records: Sequence[Record]) -> list[Record]:
    """``records`` hashed anew behind ``last``."""
    redone = []
    for record in records:
        last = _sealed(record.model_copy(update={"sequence": last.sequence + 1, "previous": last.hash}))
        redone.append(last)
    return redone


def _in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.sequence)
