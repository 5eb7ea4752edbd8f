"""The figures of a period: what stands at its end, what was filed in it, and sums that hold at every level."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.filing import Act
from services.registry.statistics import (
    Count,
    DeedRow,
    FilingRow,
    Group,
    Key,
    OutletRow,
    Period,
    Tally,
    count,
    stood,
    tally,
)
from services.registry.statistics_pages import harmless
from shared.events.region import covers, prefix_of
from shared.events.registry import FilingKind, OutletState

QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))
BEGINS = datetime(2026, 6, 30, 16, tzinfo=UTC)
ENDS = datetime(2026, 9, 30, 16, tzinfo=UTC)
INSIDE = datetime(2026, 8, 3, 4, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
CITY = "41.01.00.0"
CODES = ("00", "41", "01", "05", "90")
REGIONS = st.sampled_from(["00.00.00.0", *(f"41.{b}.{c}.{d}" for b in CODES for c in CODES for d in ("0", "gx"))])


def filing(kind: FilingKind = FilingKind.OPEN, **known: Any) -> FilingRow:
    about = {"id": "f1", "outlet": "a-weibo-x", "region": CITY, "of": "new_media", "steps": ((Act.SUBMIT, INSIDE),)}
    return FilingRow(**{**about, "kind": kind, **known})


def outlet(state: OutletState = OutletState.RUNNING, of: str = "new_media", **known: Any) -> OutletRow:
    what = "department" if of == "website" else "weibo"
    return OutletRow(**{"id": "a-weibo-x", "region": CITY, "of": of, "what": what, "state": state, **known})


def figures(*rows: FilingRow, period: Period = QUARTER) -> Counter[Key]:
    return tally([], rows, [], period).total("")


def counts(*rows: FilingRow, kind: FilingKind = FilingKind.OPEN) -> dict[str, int]:
    found = figures(*rows)
    return {how.value: many for how in Count if (many := count(found, Group.FILINGS, what=(kind,), how=how))}


def steps(*done: tuple[Act, datetime]) -> dict[str, Any]:
    return {"steps": done}


@pytest.mark.parametrize(
    ("at", "holds"),
    [(BEGINS - MOMENT, False), (BEGINS, True), (ENDS - MOMENT, True), (ENDS, False), (None, False)],
)
def test_a_period_is_whole_days_in_beijing(at: datetime | None, holds: bool) -> None:
    assert QUARTER.holds(at) is holds


AFTER, BEFORE = ENDS + MOMENT, BEGINS - MOMENT


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (steps((Act.SUBMIT, INSIDE)), {"applied": 1, "on_time": 1}),
        (steps((Act.SUBMIT, BEFORE), (Act.APPROVE, INSIDE)), {"approved": 1}),
        ({**steps((Act.SUBMIT, BEFORE), (Act.APPROVE, BEFORE)), "in_force_at": INSIDE}, {"effective": 1}),
        ({**steps((Act.SUBMIT, INSIDE), (Act.APPROVE, AFTER)), "in_force_at": AFTER}, {"applied": 1, "on_time": 1}),
        (steps((Act.SUBMIT, BEFORE), (Act.AGREE, INSIDE)), {}),
        (
            steps((Act.SUBMIT, BEFORE), (Act.RETURN, INSIDE), (Act.RESUBMIT, INSIDE), (Act.RETURN, INSIDE)),
            {"returned": 2},
        ),
        (steps((Act.SUBMIT, INSIDE), (Act.WITHDRAW, INSIDE)), {"applied": 1, "on_time": 1, "withdrawn": 1}),
        (steps((Act.DRAFT, INSIDE), (Act.WITHDRAW, INSIDE)), {}),
        (steps((Act.DRAFT, INSIDE)), {}),
        ({"late": True}, {"applied": 1, "late": 1}),
        ({"broken": (("open.within", date(2026, 1, 1)),)}, {"applied": 1, "late": 1}),
        ({"broken": (("open.decide", date(2026, 8, 10)),)}, {"applied": 1, "on_time": 1}),
        ({**steps((Act.IMPORT, INSIDE)), "in_force_at": INSIDE}, {}),
    ],
)
def test_what_is_applied_for_approved_and_effective_is_counted_apart(
    known: dict[str, Any], found: dict[str, int]
) -> None:
    assert counts(filing(**known)) == found


def test_changes_are_counted_by_field_when_they_count() -> None:
    change = filing(FilingKind.CHANGE, fields=("name", "verified_as"), in_force_at=INSIDE)
    assert count(figures(change), Group.CHANGED) == 2
    assert figures(change)[Key(Group.CHANGED, "new_media", "name")] == 1
    assert count(figures(filing(FilingKind.CHANGE, fields=("name",))), Group.CHANGED) == 0


@pytest.mark.parametrize(
    ("due_on", "many"),
    [
        (date(2026, 6, 30), 0),
        (date(2026, 7, 1), 1),
        (date(2026, 9, 30), 1),
        (date(2026, 10, 1), 0),
    ],
)
def test_a_limit_is_broken_in_the_period_its_last_day_lies_in(due_on: date, many: int) -> None:
    found = figures(filing(broken=(("close.duty.announce", due_on),)))
    assert found[Key(Group.BROKEN, "new_media", "duty")] == many


def test_what_is_permanently_offline_is_not_among_what_runs() -> None:
    sites = [outlet(of="website", id=f"w-{n}") for n in range(93)]
    gone = [outlet(OutletState.CLOSED, of="website", id=f"w-1{n}") for n in range(5)]
    accounts = [outlet(id=f"a-{n}") for n in range(1937)] + [outlet(OutletState.CLOSED, id=f"b-{n}") for n in range(63)]
    found = tally([*sites, *gone, *accounts], [], [], QUARTER).total("")
    stock = {
        (of, state): count(found, Group.STOCK, of, how=state)
        for of in ("website", "new_media")
        for state in ("running", "closed")
    }
    assert stock == {
        ("website", "running"): 93,
        ("website", "closed"): 5,
        ("new_media", "running"): 1937,
        ("new_media", "closed"): 63,
    }


@pytest.mark.parametrize(
    ("filings", "state"),
    [
        ([(FilingKind.OPEN, BEFORE), (FilingKind.CLOSE, AFTER)], OutletState.RUNNING),
        ([(FilingKind.OPEN, BEFORE), (FilingKind.CLOSE, INSIDE), (FilingKind.OPEN, AFTER)], OutletState.CLOSED),
        ([(FilingKind.OPEN, BEFORE), (FilingKind.SUSPEND, INSIDE), (FilingKind.RESUME, AFTER)], OutletState.SUSPENDED),
        ([(FilingKind.OPEN, BEFORE), (FilingKind.HEALTH, INSIDE), (FilingKind.MERGE, AFTER)], OutletState.RUNNING),
        (
            [(FilingKind.OPEN, BEFORE), (FilingKind.CANCEL, BEFORE + MOMENT), (FilingKind.CLOSE, INSIDE)],
            OutletState.CLOSED,
        ),
        ([(FilingKind.OPEN, ENDS)], None),
        ([(FilingKind.CONSTRUCT, INSIDE)], None),
    ],
)
def test_an_outlet_stands_as_its_filings_made_it_by_the_end(
    filings: list[tuple[FilingKind, datetime]], state: OutletState | None
) -> None:
    rows = [filing(kind, id=f"f{n}", in_force_at=at) for n, (kind, at) in enumerate(filings)]
    found = stood(outlet(OutletState.CLOSED), reversed(rows), QUARTER)
    assert (found.state if found else None) == state


def test_a_site_moves_to_the_shared_platform_by_its_filings_and_only_running_ones_are_counted() -> None:
    moves = [
        filing(FilingKind.OPEN, id="f1", of="website", in_force_at=BEFORE, migration="none"),
        filing(FilingKind.CHANGE, id="f2", of="website", in_force_at=INSIDE, migration="migrating"),
        filing(FilingKind.DOMAIN, id="f3", of="website", in_force_at=INSIDE, migration="none", fields=("url",)),
        filing(FilingKind.CHANGE, id="f4", of="website", in_force_at=AFTER, migration="migrated"),
    ]
    then = stood(outlet(of="website", migration="migrated"), moves, QUARTER)
    assert then
    assert then.migration == "migrating"
    found = tally([then, outlet(OutletState.CLOSED, of="website"), outlet()], [], [], QUARTER).total("")
    assert {key.what: many for key, many in found.items() if key.group is Group.MIGRATION} == {"migrating": 1}


OUTLETS = st.builds(
    outlet,
    state=st.sampled_from(OutletState),
    of=st.sampled_from(["website", "new_media"]),
    region=REGIONS,
    migration=st.sampled_from(["none", "planned"]),
)
MOMENTS = st.sampled_from([BEFORE, INSIDE, AFTER])
FILINGS = st.builds(
    filing,
    kind=st.sampled_from(FilingKind),
    region=REGIONS,
    late=st.booleans(),
    in_force_at=st.none() | MOMENTS,
    steps=st.tuples(st.tuples(st.sampled_from([Act.SUBMIT, Act.IMPORT, Act.DRAFT]), MOMENTS)),
)
DEEDS = st.builds(DeedRow, region=REGIONS, deed=st.sampled_from(["unfiled_confirmed", "unfiled_settled"]))


@given(st.lists(OUTLETS, max_size=25), st.lists(FILINGS, max_size=25), st.lists(DEEDS, max_size=8))
@settings(deadline=None, max_examples=150)
def test_every_region_is_the_sum_of_its_parts_and_of_its_own_level(
    outlets: list[OutletRow], filings: list[FilingRow], deeds: list[DeedRow]
) -> None:
    found = tally(outlets, filings, deeds, QUARTER)
    assert count(found.total(""), Group.STOCK) == len(outlets)
    assert count(found.total(""), Group.UNFILED) == len(deeds)
    applied = count(found.total(""), Group.FILINGS, how=Count.APPLIED)
    assert applied == sum(count(found.total(""), Group.FILINGS, how=how) for how in (Count.ON_TIME, Count.LATE))
    _holds(found, "")
    for prefix in {prefix_of(row.region) for row in outlets}:
        inside = [row for row in outlets if covers(prefix, prefix_of(row.region))]
        assert count(found.total(prefix), Group.STOCK) == len(inside)


def _holds(found: Tally, prefix: str) -> None:
    parts = found.parts(prefix)
    summed = found.own(prefix)
    for part in parts:
        assert part.count(".") == (prefix.count(".") + 1 if prefix else 0)
        summed.update(found.total(part))
        _holds(found, part)
    assert summed == found.total(prefix)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f" {cell}") == f" {cell}"
