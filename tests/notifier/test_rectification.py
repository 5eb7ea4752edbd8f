"""A notice goes 签收 → 反馈 → 销号, each step once, and every refusal has a reason a person can read."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.notifier.case import OPEN, Rectification, notice_id
from services.notifier.rectification import (
    LONGEST_TEXT,
    TABLE,
    WORDS,
    Decision,
    Done,
    Input,
    Refusal,
    Refused,
    clear,
    issue,
    pass_deadline,
    receive,
    reply,
    review,
    settle_deadline,
    withdraw,
)
from shared.events.notice import Closed, Issued, NoticeState, Overdue, Received, Replied
from shared.events.score import Verdict
from shared.workdays import YEARS, Calendar, read
from tests.notifier.made import NOW, case, finding

LI = "person:li"
DONE_ON = date(2026, 11, 20)
LATER = NOW + timedelta(hours=1)
AFTER_DUE = datetime(2026, 12, 4, 16, 0, tzinfo=UTC)
CLEARED = finding(verdict=Verdict.CLEAR, why="已补办变更备案。")


def apply(what: Input, before: Rectification, now: datetime = LATER) -> Decision:
    """Give ``before`` one input."""
    match what:
        case Input.RECEIPT:
            return receive(before, by="李四", now=now)
        case Input.REPLY:
            return reply(before, by="李四", actor=LI, measures="已补办备案", done_on=DONE_ON, now=now)
        case Input.CLEAR:
            return clear(before, CLEARED, now=now)
        case Input.REVIEW:
            return review(before, by="王五", actor="person:wang", remark="属实", now=now)
        case Input.DEADLINE:
            return pass_deadline(before, now=now)
        case Input.WITHDRAW:
            return withdraw(before, by="王五", why="误发", now=now)


def walked(*inputs: Input, close: str = "automatic") -> Rectification:
    """A notice after ``inputs``, none of them refused."""
    current = case(close="reviewed" if close == "reviewed" else "automatic")
    for what in inputs:
        decision = apply(what, current, AFTER_DUE if what is Input.DEADLINE else LATER)
        assert isinstance(decision, Done), what
        current = decision.case
    return current


ISSUED = walked()
RECEIVED = walked(Input.RECEIPT)
REPLIED = walked(Input.RECEIPT, Input.REPLY)
CLOSED = walked(Input.CLEAR)
WITHDRAWN = walked(Input.WITHDRAW)
PASSED = walked(Input.RECEIPT, Input.CLEAR, close="reviewed")


@pytest.mark.parametrize(
    ("verdict", "said", "why"),
    [
        (Verdict.CLEAR, "系统复核通过", "recheck_passed"),
        (Verdict.UNDETERMINED, "不再判断本项", "judged_no_more"),
    ],
)
def test_what_is_judged_no_more_is_not_said_to_have_passed(verdict: Verdict, said: str, why: str) -> None:
    excused = finding(verdict=verdict, why="经某办批准豁免。")
    closed = clear(ISSUED, excused, now=LATER)
    assert isinstance(closed, Done)
    assert (closed.case.history[-1].why, closed.why) == (f"{said}：经某办批准豁免。", why)
    waits = clear(walked(close="reviewed"), excused, now=LATER)
    assert isinstance(waits, Done)
    assert waits.case.passed_at == LATER
    assert (waits.case.history[-1].why, waits.why) == (
        f"{said}，等待人工复核：经某办批准豁免。",
        f"{why}_waits_for_review",
    )


def test_the_table_answers_every_input_in_every_state() -> None:
    assert {(what, state) for what, row in TABLE.items() for state in row} == set(product(Input, NoticeState))
    assert set(WORDS) == set(Refusal)


@pytest.mark.parametrize(
    ("before", "what", "outcome"),
    [
        (ISSUED, Input.RECEIPT, NoticeState.RECEIVED),
        (RECEIVED, Input.RECEIPT, Refusal.ALREADY_RECEIVED),
        (REPLIED, Input.RECEIPT, Refusal.ALREADY_RECEIVED),
        (CLOSED, Input.RECEIPT, Refusal.CLOSED),
        (WITHDRAWN, Input.RECEIPT, Refusal.WITHDRAWN),
        (ISSUED, Input.REPLY, Refusal.NOT_RECEIVED),
        (RECEIVED, Input.REPLY, NoticeState.REPLIED),
        (REPLIED, Input.REPLY, NoticeState.REPLIED),
        (CLOSED, Input.REPLY, Refusal.CLOSED),
        (WITHDRAWN, Input.REPLY, Refusal.WITHDRAWN),
        (ISSUED, Input.CLEAR, NoticeState.CLOSED),
        (REPLIED, Input.CLEAR, NoticeState.CLOSED),
        (CLOSED, Input.CLEAR, Refusal.CLOSED),
        (WITHDRAWN, Input.CLEAR, Refusal.WITHDRAWN),
        (PASSED, Input.CLEAR, Refusal.ALREADY_PASSED),
        (PASSED, Input.REVIEW, NoticeState.CLOSED),
        (REPLIED, Input.REVIEW, Refusal.NOT_PASSED),
        (CLOSED, Input.REVIEW, Refusal.CLOSED),
        (RECEIVED, Input.WITHDRAW, NoticeState.WITHDRAWN),
        (CLOSED, Input.WITHDRAW, Refusal.CLOSED),
        (ISSUED, Input.DEADLINE, Refusal.NOT_DUE),
        (CLOSED, Input.DEADLINE, Refusal.CLOSED),
    ],
)
def test_one_input_in_one_state(before: Rectification, what: Input, outcome: NoticeState | Refusal) -> None:
    decision = apply(what, before)
    if isinstance(outcome, Refusal):
        assert decision == Refused(outcome)
        return
    assert isinstance(decision, Done)
    assert decision.case.notice.state is outcome
    assert decision.case.history[:-1] == before.history


def test_the_same_finding_opens_the_same_notice_and_another_episode_another() -> None:
    assert notice_id(finding()) == notice_id(finding(why="说法不同"))
    others = [finding(episode=2), finding(target="m-2"), finding(criterion="other")]
    assert len({notice_id(one) for one in (finding(), *others)}) == 4


def test_a_notice_carries_the_rule_the_evidence_and_a_deadline_in_working_days() -> None:
    opened = issue(finding(), number="整改〔2026〕12号", now=NOW, term=10)
    assert isinstance(opened.says, Issued)
    notice = opened.says.notice
    assert (notice.number, notice.state, notice.criterion) == (
        "整改〔2026〕12号",
        NoticeState.ISSUED,
        finding().criterion,
    )
    assert (notice.due_at, notice.provisional) == (datetime(2026, 12, 4, 15, 59, 59, tzinfo=UTC), False)
    assert opened.case.evidence == finding().evidence
    assert opened.case.history[0].why == finding().why


def test_a_reply_alone_leaves_it_open_and_names_the_probes_that_shall_look_again() -> None:
    decision = apply(Input.REPLY, RECEIVED)
    assert isinstance(decision, Done)
    assert isinstance(decision.says, Replied)
    assert decision.says.probes == ("profile",)
    assert decision.case.is_open
    assert decision.case.replies[-1].measures == "已补办备案"


@pytest.mark.parametrize(
    ("measures", "done_on", "refusal"),
    [
        ("", DONE_ON, Refusal.NO_MEASURES),
        (" \n\t", DONE_ON, Refusal.NO_MEASURES),
        ("改" * (LONGEST_TEXT + 1), DONE_ON, Refusal.TOO_LONG),
        ("已改", date(2026, 11, 21), Refusal.DONE_IN_FUTURE),
    ],
)
def test_a_reply_says_what_was_done_by_today(measures: str, done_on: date, refusal: Refusal) -> None:
    assert reply(RECEIVED, by="李四", actor=LI, measures=measures, done_on=done_on, now=LATER) == Refused(refusal)


def test_today_is_the_day_in_shanghai() -> None:
    just_after_midnight = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
    said = reply(RECEIVED, by="李四", actor=LI, measures="已改", done_on=date(2026, 11, 21), now=just_after_midnight)
    assert isinstance(said, Done)


@pytest.mark.parametrize("before", [ISSUED, RECEIVED, REPLIED])
def test_where_the_ruleset_says_automatic_a_clear_finding_closes_it_with_the_reason(before: Rectification) -> None:
    decision = apply(Input.CLEAR, before)
    assert isinstance(decision, Done)
    assert isinstance(decision.says, Closed)
    assert "已补办变更备案。" in decision.says.how
    assert decision.says.notice.state is NoticeState.CLOSED
    assert decision.case.closed_at == LATER


def test_nobody_reviews_what_they_replied_themselves() -> None:
    both = walked(Input.RECEIPT, Input.REPLY, Input.CLEAR, close="reviewed")
    for since in (both, walked(Input.RECEIPT, Input.REPLY, close="reviewed")):
        assert review(since, by="李四", actor=LI, remark="属实", now=LATER) == Refused(Refusal.OWN_REPLY)
    again = reply(both, by="赵六", actor="person:zhao", measures="再次补正", done_on=DONE_ON, now=LATER)
    assert isinstance(again, Done)
    for actor, closes in ((LI, False), ("person:zhao", False), ("person:wang", True)):
        assert isinstance(review(again.case, by="某人", actor=actor, remark="", now=LATER), Done) is closes


def test_where_the_ruleset_says_reviewed_it_waits_for_a_person_and_is_not_overdue_meanwhile() -> None:
    passed = apply(Input.CLEAR, walked(Input.RECEIPT, close="reviewed"))
    assert isinstance(passed, Done)
    assert passed.says is None
    assert passed.case.passed_at == LATER
    assert passed.case.is_open
    assert "等待人工复核" in passed.case.history[-1].why
    assert apply(Input.DEADLINE, passed.case, AFTER_DUE) == Refused(Refusal.WAITS_FOR_REVIEW)
    closed = apply(Input.REVIEW, passed.case)
    assert isinstance(closed, Done)
    assert isinstance(closed.says, Closed)
    assert closed.says.how == "人工复核通过：属实"


@pytest.mark.parametrize("before", [ISSUED, RECEIVED, REPLIED])
def test_an_open_notice_is_marked_overdue_once_after_its_last_second(before: Rectification) -> None:
    assert pass_deadline(before, now=before.notice.due_at) == Refused(Refusal.NOT_DUE)
    marked = pass_deadline(before, now=before.notice.due_at + timedelta(seconds=1))
    assert isinstance(marked, Done)
    assert isinstance(marked.says, Overdue)
    assert marked.case.notice.state is before.notice.state
    assert pass_deadline(marked.case, now=AFTER_DUE + timedelta(days=1)) == Refused(Refusal.ALREADY_OVERDUE)
    assert isinstance(receive(case(), by="李四", now=AFTER_DUE), Done)


def test_a_provisional_deadline_is_counted_again_when_its_year_is_announced() -> None:
    open_ended = case(now=datetime(2026, 12, 25, 2, 0, tzinfo=UTC))
    assert open_ended.notice.provisional
    assert settle_deadline(open_ended, now=AFTER_DUE) is None
    years = read(YEARS)
    announced = years[2027].model_copy(update={"notices": ("made up for this test",), "work": (date(2027, 1, 9),)})
    with patch("shared.workdays.official", lambda: Calendar.of({**years, 2027: announced})):
        moved = settle_deadline(open_ended, now=AFTER_DUE)
    assert moved is not None
    assert (moved.case.notice.due_at, moved.case.notice.provisional) == (
        datetime(2027, 1, 9, 15, 59, 59, tzinfo=UTC),
        False,
    )
    assert "重新计算" in moved.case.history[-1].why
    assert settle_deadline(moved.case, now=AFTER_DUE) is None


class NoticeLife(RuleBasedStateMachine):
    """Whatever happens, in whatever order, a notice tells one consistent story."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.current = case()
        self.facts: list[str] = ["notice.issued"]

    @rule(close=st.sampled_from(["automatic", "reviewed"]))
    @precondition(lambda self: len(self.current.history) == 1)
    def begin(self, close: str) -> None:
        self.current = case(close="reviewed" if close == "reviewed" else "automatic")

    @rule(what=st.sampled_from(list(Input)), hours=st.integers(0, 24 * 20))
    def happen(self, what: Input, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.current
        decision = apply(what, before, self.now)
        if isinstance(decision, Refused):
            assert decision.words.endswith("。")
            return
        self.current = decision.case
        self.facts += [type(decision.says).type] if decision.says else []
        assert decision.case.history[:-1] == before.history
        assert before.is_open
        assert decision.case.replies[: len(before.replies)] == before.replies

    @invariant()
    def each_change_of_state_is_said_once(self) -> None:
        for fact in (Received, Closed, Overdue):
            assert self.facts.count(fact.type) <= 1
        assert (Closed.type in self.facts) == (self.current.notice.state is NoticeState.CLOSED)
        assert (Overdue.type in self.facts) == (self.current.overdue_at is not None)
        assert self.facts.count(Replied.type) == len(self.current.replies)

    @invariant()
    def what_needs_a_person_is_closed_by_a_person(self) -> None:
        if self.current.notice.criterion.close == "reviewed" and self.current.closed_at:
            assert self.current.history[-1].what == Input.REVIEW
        assert self.current.is_open == (self.current.notice.state in OPEN)


TestNoticeLife = NoticeLife.TestCase
TestNoticeLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
