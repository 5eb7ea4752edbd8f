"""Exemptions as decisions: who may be excused from what, for how long, and what may follow what."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.registry.exemption import (
    TERMS,
    TRANSITIONS,
    Act,
    Exemption,
    State,
    Step,
    Wanted,
    ask,
    expire,
    forget,
    grant,
    public,
    refuse,
    revoke,
)
from services.registry.refusal import Refused
from shared.events.registry import UnitRef

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
UNIT = UnitRef(id="hr", name="某市人社局")
WANTED = Wanted(
    criterion="V-S4-1",
    column="http://hr.example/renshi/",
    reason="全年没有人事变动，已人工核实。",
    evidence_url="http://hr.example/note.pdf",
    since=TODAY,
    until=date(2027, 5, 31),
)


def step(act: Any, actor: str = "person:office", reason: str = "经核实") -> Step:
    """One act of somebody."""
    return Step(at=NOON, actor=actor, name=actor, act=act, reason=reason)


def asked(outlet: str = "w-1", **changed: Any) -> Exemption:
    """A request, with something otherwise."""
    wanted = WANTED.model_copy(update=changed)
    return ask(wanted, unit=UNIT, step=step("ask", "person:unit", ""), today=TODAY, outlet=outlet, outlet_name="某网站")


def granted(**changed: Any) -> Exemption:
    """One that is in force."""
    return grant(asked(**changed), step("grant"), today=TODAY, office="某市政务公开办")


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("bad_field", "criterion", {"criterion": "第四项"}),
    ("bad_field", "criterion", {"criterion": ""}),
    ("bad_field", "column", {"column": "javascript:alert(1)"}),
    ("bad_field", "column", {"column": "http://hr.example/a b"}),
    ("bad_field", "column", {"outlet": ""}),
    ("no_reason", "reason", {"reason": "  "}),
    ("no_reason", "reason", {"reason": "长" * 501}),
    ("no_reason", "reason", {"reason": "\x07"}),
    ("bad_field", "evidence", {"evidence": "abc"}),
    ("bad_field", "evidence_url", {"evidence_url": "ftp://hr.example/"}),
    ("no_evidence", "evidence_url", {"evidence_url": ""}),
    ("bad_term", "since", {"since": TODAY - timedelta(days=1)}),
    ("bad_term", "until", {"until": TODAY - timedelta(days=1)}),
    ("bad_term", "until", {"until": TODAY + timedelta(days=366)}),
]


@pytest.mark.parametrize(("reason", "field", "changed"), REFUSED)
def test_what_cannot_be_asked_for_is_refused_at_its_field(reason: str, field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        asked(**changed)
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_the_longest_term_is_a_year_and_a_day_counted_with_both_ends() -> None:
    assert TERMS.longest_days == 366
    assert asked(until=TODAY + timedelta(days=365)).state is State.ASKED
    assert asked(since=TODAY, until=TODAY).state is State.ASKED


def test_evidence_by_hash_is_enough() -> None:
    assert asked(evidence="a" * 64, evidence_url="").wanted.evidence == "a" * 64


def test_nothing_counts_before_the_day_it_is_granted() -> None:
    later = TODAY + timedelta(days=9)
    late = grant(asked(), step("grant"), today=later, office="办")
    assert (late.wanted.since, late.wanted.until) == (later, WANTED.until)
    from_may = grant(asked(since=date(2027, 5, 1)), step("grant"), today=later, office="办")
    assert from_may.wanted.since == date(2027, 5, 1)


@pytest.mark.parametrize(("days", "reason"), [(0, None), (1, "term_passed")])
def test_what_would_be_over_already_cannot_be_granted(days: int, reason: str | None) -> None:
    one_day, today = asked(until=TODAY), TODAY + timedelta(days=days)
    if reason is None:
        assert grant(one_day, step("grant"), today=today, office="").state is State.GRANTED
        return
    with pytest.raises(Refused) as refused:
        grant(one_day, step("grant"), today=today, office="")
    assert refused.value.reason == reason


def test_nobody_decides_on_their_own_request() -> None:
    mine = step("grant", "person:unit")
    acts: list[Callable[[], Exemption]] = [
        lambda: grant(asked(), mine, today=TODAY, office=""),
        lambda: refuse(asked(), mine),
    ]
    for decide in acts:
        with pytest.raises(Refused) as refused:
            decide()
        assert refused.value.reason == "own_request"


def test_whoever_refuses_or_takes_back_says_why() -> None:
    acts: list[Callable[[], Exemption]] = [
        lambda: refuse(asked(), step("refuse", reason="")),
        lambda: revoke(granted(), step("revoke", reason=" ")),
    ]
    for decide in acts:
        with pytest.raises(Refused) as refused:
            decide()
        assert refused.value.reason == "no_reason"


@pytest.mark.parametrize(("today", "over"), [(date(2027, 5, 31), False), (date(2027, 6, 1), True)])
def test_the_last_day_counts_to_its_end(today: date, over: bool) -> None:
    if over:
        assert expire(granted(), step("expire"), today=today).state is State.EXPIRED
        return
    with pytest.raises(Refused) as refused:
        expire(granted(), step("expire"), today=today)
    assert refused.value.reason == "not_over"


@pytest.mark.parametrize(
    ("days", "soon"), [(-1, False), (0, True), (29, True), (30, False)], ids=["over", "last day", "in time", "not yet"]
)
def test_what_is_about_to_run_out_is_brought_to_mind(days: int, soon: bool) -> None:
    today = WANTED.until - timedelta(days=days)
    assert granted().ends_soon(today) is soon
    assert not asked().ends_soon(today)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_only_the_table_moves_an_exemption(state: State, act: Act) -> None:
    before = asked().model_copy(update={"state": state})
    over = WANTED.until + timedelta(days=1)
    acts = {
        Act.GRANT: lambda: grant(before, step("grant"), today=TODAY, office=""),
        Act.REFUSE: lambda: refuse(before, step("refuse")),
        Act.EXPIRE: lambda: expire(before, step("expire"), today=over),
        Act.REVOKE: lambda: revoke(before, step("revoke")),
    }
    if (after := TRANSITIONS.get((state, act))) is not None:
        assert acts[act]().state is after
        return
    with pytest.raises(Refused) as refused:
        acts[act]()
    assert refused.value.reason == "wrong_state"


def test_others_hear_what_it_is_about_and_of_nobody() -> None:
    told = public("e-1", granted())
    assert (told.outlet, told.criterion, told.column, told.office) == ("w-1", "V-S4-1", WANTED.column, "某市政务公开办")
    assert (told.since, told.until, told.revision) == (TODAY, WANTED.until, 2)
    assert "person:" not in told.model_dump_json()


def test_forgetting_somebody_keeps_what_was_done() -> None:
    forgotten = forget(granted(), "person:office", "某人-1")
    assert [step.name.plain for step in forgotten.steps] == ["person:unit", "某人-1"]
    assert [step.act for step in forgotten.steps] == ["ask", "grant"]
