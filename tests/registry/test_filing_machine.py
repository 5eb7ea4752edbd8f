"""Whatever is tried in whatever order by whomever, filings and outlets only make the moves of their tables."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.registry import filing as decisions
from services.registry.filing import IN_FORCE, TRANSITIONS, Act, Asked, Filing, FilingState, Standing, Step, day_of
from services.registry.life import LIFE, kinds_of
from services.registry.outlet import Approved, fold, in_order
from services.registry.refusal import Refused
from shared.events.registry import FilingKind, NewMedia, Outlet, OutletState, Particulars
from tests.registry.filings import ACCOUNT, CITY, COUNTY, NOW, REGION, UNIT, in_force, pinned, step

ID = decisions.outlet_id(ACCOUNT)
OTHER = in_force(ACCOUNT.model_copy(update={"account": "other"}))
DUTIES = ({"id": "announce", "title": "公告", "proof": "url", "announces": True}, {"id": "data", "title": "迁移数据"})
OFFICERS = {"person:county": COUNTY, "person:colleague": COUNTY, "person:city": CITY, "person:unit": CITY}
OFFICER = st.sampled_from(sorted(OFFICERS))
SETTLED = frozenset({FilingState.ARCHIVED, FilingState.WITHDRAWN})
NAME = st.sampled_from(["郑州网警", "郑州网络安全", "郑州公安"])


class Office(RuleBasedStateMachine):
    """One account, its filings one after the other, and everybody who may touch them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.done: list[Filing] = []
        self.filing: Filing | None = None
        self.late = False

    # -- what the tables say must happen, and what does

    def attempt(self, act: Act, change: Callable[[], Filing], acts: frozenset[Act] = frozenset()) -> None:
        """Try something; it may be refused for many reasons, but never works where the table has no line."""
        before = self.filing.state if self.filing else None
        allowed = {state for each in (acts or {act}) if (state := TRANSITIONS.get((before, each)))}
        try:
            after = change()
        except Refused:
            return
        steps = len(self.filing.steps) if self.filing else 0
        assert after.state in allowed | ({FilingState.ARCHIVED} if act is Act.TAKE_EFFECT else set())
        assert len(after.steps) > steps
        self.filing = after

    def in_force(self) -> Outlet | None:
        filings = [*self.done, *([self.filing] if self.filing else [])]
        counting = [
            Approved(id=f"f{number}", region=REGION, filing=one, at=one.in_force_at)
            for number, one in enumerate(filings)
            if one.in_force_at is not None
        ]
        outlets = fold(in_order(tuple(one.id for one in counting), counting), ID)
        return outlets[-1] if outlets else None

    # -- the unit

    @precondition(lambda self: self.filing is None or self.filing.state in SETTLED)
    @rule(pick=st.integers(0, 20), name=NAME, days=st.sampled_from([None, None, 0, 3]), late=st.booleans())
    def submit(self, pick: int, name: str, days: int | None, late: bool) -> None:
        if self.filing is not None:
            self.done.append(self.filing)
            self.filing = None
        before = self.in_force()
        state = before.state if before else None
        fitting = kinds_of(state, "new_media")
        kind = [*fitting, *fitting, *FilingKind][pick % (2 * len(fitting) + len(FilingKind))]
        today = day_of(self.now)
        asked = Asked(
            kind=kind,
            filed=ACCOUNT.model_copy(update={"name": name}),
            effective_on=None if days is None else today + timedelta(days=days),
            until=today + timedelta(days=20) if kind is FilingKind.SUSPEND else None,
            into=OTHER.id if kind is FilingKind.MERGE else None,
        )
        standing = Standing(in_force=before, target=OTHER, open_fields=frozenset({"name"} if late else ()))

        def change() -> Filing:
            return decisions.submit(
                asked,
                number="1",
                unit=UNIT,
                step=step(at=self.now),
                standing=standing,
                pinned=pinned(kind, levels=("office", "city"), duties=DUTIES, longest=None),
                begun=None,
            )

        self.attempt(Act.SUBMIT, change)
        if self.stands(FilingState.SUBMITTED):
            assert (state, kind) in LIFE
            self.late = self.known.late

    @precondition(lambda self: self.stands(FilingState.RETURNED))
    @rule(name=NAME)
    def resubmit(self, name: str) -> None:
        filed = ACCOUNT.model_copy(update={"name": name})
        self.attempt(
            Act.RESUBMIT,
            lambda: self.mended(filed, step(act=Act.RESUBMIT, at=self.now)),
        )

    @precondition(lambda self: self.filing)
    @rule(really=st.sampled_from([False, False, False, True]))
    def withdraw(self, really: bool) -> None:
        if really:
            self.attempt(Act.WITHDRAW, lambda: decisions.withdraw(self.known, step(act=Act.WITHDRAW, at=self.now)))

    @precondition(lambda self: self.stands(*IN_FORCE))
    @rule(
        duty=st.sampled_from(["announce", "data", "nothing"]), proof=st.sampled_from(["https://x.gov.cn/1", "", "已办"])
    )
    def fulfil(self, duty: str, proof: str) -> None:
        by = step(act=Act.FULFIL, at=self.now)
        both = frozenset({Act.FULFIL, Act.ANNOUNCE})
        self.attempt(Act.FULFIL, lambda: decisions.fulfil(self.known, duty, proof, by), both)

    @precondition(lambda self: self.stands(FilingState.IN_FORCE))
    @rule()
    def do_everything(self) -> None:
        self.fulfil("announce", "https://x.gov.cn/1")
        self.fulfil("data", "已办")
        self.archive("person:county")

    # -- the offices

    @precondition(lambda self: self.stands(FilingState.SUBMITTED, FilingState.ACCEPTED))
    @rule(actor=OFFICER)
    def accept(self, actor: str) -> None:
        self.attempt(Act.ACCEPT, lambda: decisions.accept(self.known, step(actor, Act.ACCEPT, at=self.now)))

    @precondition(lambda self: self.stands(FilingState.SUBMITTED, FilingState.ACCEPTED))
    @rule(actor=OFFICER)
    def approve(self, actor: str) -> None:
        by = step(actor, Act.APPROVE, at=self.now)
        standing = Standing(in_force=self.in_force())

        def change() -> Filing:
            return decisions.approve(self.known, by, standing, region=REGION, tokens=OFFICERS[actor])

        self.attempt(Act.APPROVE, change, frozenset({Act.AGREE, Act.APPROVE}))

    @precondition(lambda self: self.stands(FilingState.SUBMITTED, FilingState.ACCEPTED))
    @rule(actor=OFFICER, words=st.sampled_from(["请写全称", "名称有误", " "]))
    def send_back(self, actor: str, words: str) -> None:
        by = step(actor, Act.RETURN, words, self.now)
        self.attempt(Act.RETURN, lambda: decisions.send_back(self.known, by))

    @precondition(lambda self: self.stands(*IN_FORCE))
    @rule(actor=OFFICER)
    def archive(self, actor: str) -> None:
        self.attempt(Act.ARCHIVE, lambda: decisions.archive(self.known, step(actor, Act.ARCHIVE, at=self.now)))

    @precondition(lambda self: self.stands(FilingState.SUBMITTED))
    @rule()
    def decide(self) -> None:
        for actor in ("person:county", "person:city"):
            self.approve(actor)
        self.now += timedelta(days=4)
        if decisions.is_due(self.known, self.now):
            self.take_effect()

    # -- time

    @rule(days=st.integers(0, 4))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days, minutes=1)

    @precondition(lambda self: self.filing is not None and decisions.is_due(self.filing, self.now))
    @rule()
    def take_effect(self) -> None:
        by = step("service:registry", Act.TAKE_EFFECT, at=self.now)
        self.attempt(Act.TAKE_EFFECT, lambda: decisions.take_effect(self.known, by))

    @precondition(lambda self: self.filing)
    @rule(actor=OFFICER, act=st.sampled_from([Act.ACCEPT, Act.RETURN, Act.RESUBMIT, Act.ARCHIVE, Act.APPROVE]))
    def out_of_turn(self, actor: str, act: Act) -> None:
        by = step(actor, act, "请补正", self.now)
        tried: dict[Act, Callable[[], Filing]] = {
            Act.ACCEPT: lambda: decisions.accept(self.known, by),
            Act.RETURN: lambda: decisions.send_back(self.known, by),
            Act.RESUBMIT: lambda: self.mended(self.known.filed, by),
            Act.ARCHIVE: lambda: decisions.archive(self.known, by),
            Act.APPROVE: lambda: decisions.approve(
                self.known, by, Standing(in_force=self.in_force()), region=REGION, tokens=OFFICERS[actor]
            ),
        }
        self.attempt(act, tried[act], frozenset({act, Act.AGREE} if act is Act.APPROVE else {act}))

    # -- what is always true

    def mended(self, filed: Particulars, by: Step) -> Filing:
        known = self.known
        asked = Asked(known.kind, filed, effective_on=known.effective_on, until=known.until, into=known.into)
        standing = Standing(in_force=self.in_force(), target=OTHER)
        assert known.rule is not None
        return decisions.resubmit(known, asked, by, standing, known.rule)

    def stands(self, *states: FilingState) -> bool:
        return self.filing is not None and self.filing.state in states

    @property
    def known(self) -> Filing:
        assert self.filing is not None
        return self.filing

    @invariant()
    def it_counts_exactly_while_it_is_in_force(self) -> None:
        if self.filing:
            assert (self.filing.in_force_at is not None) == (self.filing.state in IN_FORCE)

    @invariant()
    def what_counts_was_agreed_by_every_level_and_by_nobody_twice(self) -> None:
        if self.filing and self.filing.state in IN_FORCE | {FilingState.APPROVED}:
            actors = [one.actor for one in self.filing.agreed]
            assert [one.level for one in self.filing.agreed] == ["office", "city"]
            assert len(set(actors)) == len(actors)
            assert not any(self.filing.submitted_by(actor) for actor in actors)
            assert OFFICERS[actors[-1]] <= CITY

    @invariant()
    def nothing_counts_before_its_day_or_its_approval(self) -> None:
        filing = self.filing
        if filing and filing.in_force_at is not None and filing.approved_at is not None:
            assert filing.in_force_at >= filing.approved_at
            assert filing.effective_on is None or day_of(filing.in_force_at) >= filing.effective_on

    @invariant()
    def what_is_put_away_leaves_nothing_to_do(self) -> None:
        if self.filing and self.filing.state is FilingState.ARCHIVED:
            assert decisions.left(self.filing) == ()

    @invariant()
    def late_stays_late(self) -> None:
        if self.filing:
            assert self.filing.late is self.late

    @invariant()
    def the_outlet_follows_its_table(self) -> None:
        state: OutletState | None = None
        for filing in [*self.done, *([self.filing] if self.filing else [])]:
            if filing.in_force_at is not None:
                assert (state, filing.kind) in LIFE
                state = LIFE[(state, filing.kind)]
        outlet = self.in_force()
        assert (outlet.state if outlet else None) == state
        assert outlet is None or isinstance(outlet.filed, NewMedia)


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)


def test_the_tables_have_no_dead_end_and_nothing_out_of_reach() -> None:
    reached: set[Any] = {None}
    while new := {after for (before, _), after in TRANSITIONS.items() if before in reached} - reached:
        reached |= new
    assert reached == {None, *FilingState}
    goes_on = {before for before, _ in TRANSITIONS}
    assert set(FilingState) - goes_on == SETTLED
    assert {after for after in LIFE.values() if after} == set(OutletState)
    assert {kind for _, kind in LIFE} == set(FilingKind)


@pytest.mark.parametrize("state", FilingState)
@pytest.mark.parametrize("act", [Act.ACCEPT, Act.ARCHIVE, Act.WITHDRAW, Act.RESUBMIT, Act.TAKE_EFFECT])
def test_an_act_the_table_has_not_is_refused_and_says_where_the_filing_stands(state: FilingState, act: Act) -> None:
    if (state, act) in TRANSITIONS:
        assert decisions.after(_in(state), act) is TRANSITIONS[(state, act)]
        return
    with pytest.raises(Refused, match=f"现在是“{decisions.WORDS[state]}”"):
        decisions.after(_in(state), act)


def _in(state: FilingState) -> Filing:
    filed = in_force().filed
    return Filing(number="1", kind=FilingKind.OPEN, outlet=ID, unit=UNIT, filed=filed, state=state, steps=(step(),))
