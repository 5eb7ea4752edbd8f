"""Z6: whatever is done to a chain is found, and the first record named; a chain nobody touched is never accused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit import Anchor, Deed, Fault, Kind, Record, Thing, genesis, link, noted, verify
from tests.security.tampering import (
    CHANGES,
    LONG_AGO,
    SERVICE,
    WAYS,
    anchors,
    chain,
    cut_off,
    entries,
    hashed_anew,
    rewritten,
    taken_out_and_rewritten,
)
from tests.world import seed

LENGTH = 60


def names(fault: Fault | None, first: int) -> bool:
    """Whether ``fault`` names record ``first``, exactly or by the range it can tell."""
    return fault is not None and fault.sequence <= first <= max(fault.until, fault.sequence)


def vouched_to(known: Sequence[Anchor], records: Sequence[Record]) -> int:
    """The last record an anchor fits, 0 when none does."""
    hashes = {record.sequence: record.hash for record in records}
    return max((anchor.sequence for anchor in known if hashes.get(anchor.sequence) == anchor.hash), default=0)


def test_each_of_a_thousand_random_tamperings_is_found_and_the_first_record_named() -> None:
    draw = Random(seed())
    sound = chain(draw, LENGTH)
    known = anchors(sound)
    exact = 0
    for number in range(1000):
        way = WAYS[number % len(WAYS)]
        left, first = way(draw, sound)
        fault = verify(left, SERVICE, known)
        assert fault is not None, (way.__name__, first)
        if way is taken_out_and_rewritten and fault.kind is Kind.TRUNCATED:
            assert vouched_to(known, left) < first, "what was hashed anew behind the last anchor that fits"
        else:
            assert names(fault, first), (way.__name__, first, fault)
        exact += fault.sequence == first
    assert exact > 700, "only what was hashed anew to the end leaves a range"


@pytest.mark.parametrize("way", [way for way in WAYS if way not in (cut_off, rewritten)], ids=lambda way: way.__name__)
def test_without_anchors_everything_is_found_but_a_new_end(way: object) -> None:
    draw = Random(seed())
    sound = chain(draw, LENGTH)
    for _ in range(50):
        left, first = way(draw, sound)  # type: ignore[operator]  # a row of the table above
        ends_soundly = left and left == sound[: len(left)]
        fits = _links(left)
        if not (ends_soundly or fits):
            assert names(verify(left, SERVICE), first), (first, verify(left, SERVICE))


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_is_covered_by_the_hash(field: str) -> None:
    [record] = chain(Random(1), 1)
    changed = record.model_copy(update={field: CHANGES[field](record)})
    assert set(CHANGES) | {"sequence", "previous", "hash"} == set(Record.model_fields)
    assert changed.digest() != record.digest()


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(0, 80), st.integers(1, 40))
def test_a_sound_chain_is_never_accused(number: int, length: int, every: int) -> None:
    records = chain(Random(number), length)
    read_back = [Record.model_validate_json(one.model_dump_json()) for one in records]
    assert verify(read_back, SERVICE, anchors(records, every) if records else ()) is None


@settings(deadline=None, max_examples=50)
@given(st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_any_text_is_hashed_the_same_after_it_was_kept(actor: str, reason: str, details: dict[str, str]) -> None:
    entry = noted(Deed.SIGNED_IN, Thing("person", "p"), actor=actor, reason=reason, details=details)
    [record] = link([entry], SERVICE, 0, genesis(SERVICE))
    assert Record(**record.model_dump()).digest() == record.hash


@pytest.mark.parametrize(
    ("what", "kind", "sequence"),
    [
        ("the third is gone", Kind.MISSING, 3),
        ("the third reads differently", Kind.ALTERED, 3),
        ("the third was hashed anew", Kind.ALTERED, 3),
        ("the third and the fifth changed places", Kind.REORDERED, 3),
        ("the third is there twice", Kind.REORDERED, 3),
        ("the end is gone", Kind.TRUNCATED, 4),
        ("everything is gone", Kind.TRUNCATED, 1),
        ("it begins with another one", Kind.FORGED, 1),
    ],
)
def test_a_fault_is_called_what_it_is(what: str, kind: Kind, sequence: int) -> None:
    one, two, three, four, five, six = sound = chain(Random(7), 6)
    other = three.model_copy(update={"reason": "other"})
    left = {
        "the third is gone": [one, two, four, five, six],
        "the third reads differently": [one, two, other, four, five, six],
        "the third was hashed anew": [one, two, other.model_copy(update={"hash": other.digest()}), four, five, six],
        "the third and the fifth changed places": [
            one,
            two,
            five.model_copy(update={"sequence": 3}),
            four,
            three.model_copy(update={"sequence": 5}),
            six,
        ],
        "the third is there twice": [one, two, three, three, four, five, six],
        "the end is gone": [one, two, three],
        "everything is gone": [],
        "it begins with another one": chain(Random(7), 6, "scorer"),
    }[what]
    fault = verify(left, SERVICE, anchors(sound))
    assert fault is not None
    assert (fault.kind, fault.sequence) == (kind, sequence)


def test_only_what_others_remember_tells_a_chain_that_was_hashed_anew() -> None:
    draw = Random(seed())
    sound = chain(draw, LENGTH)
    left, first = rewritten(draw, sound)
    assert verify(left, SERVICE) is None
    fault = verify(left, SERVICE, anchors(sound))
    assert fault is not None
    assert fault.kind is Kind.FORGED
    assert fault.sequence <= first <= fault.until


def test_an_anchor_narrows_down_which_of_two_records_was_hashed_anew() -> None:
    sound = chain(Random(3), 4)
    changed = sound[3].model_copy(update={"previous": "0" * 64})
    left = [*sound[:3], changed.model_copy(update={"hash": changed.digest()})]
    loose, tight = verify(left, SERVICE), verify(left, SERVICE, [Anchor(3, sound[2].hash, LONG_AGO, "a witness")])
    assert loose is not None
    assert tight is not None
    assert (loose.sequence, loose.until, tight.sequence) == (3, 4, 4)


def test_a_record_hashed_anew_is_disowned_by_the_next_one_even_where_an_anchor_stands() -> None:
    draw = Random(seed())
    sound = chain(draw, LENGTH)
    for _ in range(100):
        left, first = hashed_anew(draw, sound)
        fault = verify(left, SERVICE, anchors(sound, 1))
        assert fault is not None
        assert (fault.kind, fault.sequence) == ((Kind.FORGED if first == LENGTH else Kind.ALTERED), first)


def test_times_are_kept_to_the_millisecond_in_utc() -> None:
    [entry] = entries(Random(1), 1)
    assert entry.at.microsecond % 1000 == 0
    local = datetime.fromisoformat("2026-11-22T16:00:00.123456+08:00")
    kept = noted(entry.deed, Thing("filing", "f"), actor="a", reason="r", at=local).at
    assert (kept, kept.tzinfo) == (datetime(2026, 11, 22, 8, 0, 0, 123000, tzinfo=UTC), UTC)
    assert local - kept < timedelta(milliseconds=1)


def _links(records: list[Record]) -> bool:
    """Whether these were linked so that nothing in themselves can tell."""
    previous = genesis(SERVICE)
    for number, record in enumerate(records, start=1):
        if (record.sequence, record.previous, record.hash) != (number, previous, record.digest()):
            return False
        previous = record.hash
    return True
