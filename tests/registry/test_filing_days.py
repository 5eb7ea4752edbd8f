"""The days of a filing: what is late, what is due by when, and when to look again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.registry import filing as decisions
from services.registry.filing import Act, Asked, Filing, FilingState, Refusal, overdue, wakes_on
from services.registry.refusal import Refused
from shared.events.registry import FilingKind
from tests.registry.filings import ACCOUNT, NOW, TODAY, approve, in_force, later, step, submit

OLD = ACCOUNT.model_copy(update={"name": "旧名"})
FIVE = {"days": 5}
"""Five working days."""
TEN = {"days": 10, "unit": "calendar"}
ANNOUNCING = {"id": "announce", "title": "公告", "proof": "url", "announces": True, "within": FIVE}


def at(day: date) -> datetime:
    """Noon in Beijing."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def change(on: date = TODAY, **options: Any) -> Filing:
    return submit(kind=FilingKind.CHANGE, in_force=in_force(OLD), step=step(at=at(on)), **options)


def counting(on: date = TODAY, **options: Any) -> Filing:
    """A change that counts since ``on``."""
    approved = decisions.approve(
        change(on, **options), step("person:office", Act.APPROVE, at=at(on)), _standing(), region="41.01.05.0", tokens=3
    )
    return decisions.take_effect(approved, step("service:registry", Act.TAKE_EFFECT, at=at(on)))


def _standing() -> decisions.Standing:
    return decisions.Standing(in_force=in_force(OLD))


def broken(filing: Filing) -> list[tuple[str, str]]:
    return [(one.rule, one.due_on.isoformat()) for one in filing.broken]


@pytest.mark.parametrize(
    ("on", "effective", "said"),
    [
        # the National Day holiday of 2026 is 1 to 7 October, 10 October (a Saturday) is a working day
        (date(2026, 9, 30), date(2026, 10, 13), []),
        (date(2026, 9, 30), date(2026, 10, 12), [("change.before", "2026-09-30")]),
        (date(2026, 9, 14), date(2026, 9, 18), [("change.before", "2026-09-14")]),
        (date(2026, 9, 14), date(2026, 9, 20), []),  # 20 September, a Sunday, makes up
    ],
)
def test_what_shall_take_effect_is_filed_so_long_before(on: date, effective: date, said: list[tuple[str, str]]) -> None:
    assert broken(change(on, before=FIVE, effective_on=effective)) == said


def test_who_asks_for_no_day_gets_the_first_that_keeps_the_limit() -> None:
    filing = change(date(2026, 9, 30), before=FIVE)
    assert (filing.effective_on, filing.broken) == (date(2026, 10, 13), ())
    assert change(date(2026, 9, 30)).effective_on is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"first": True}, []),
        ({"first": True, "effective_on": TODAY}, []),
        ({"first": True, "done_on": TODAY}, [("change.first", "2026-11-22")]),
        ({"first": True, "done_on": TODAY - timedelta(days=3)}, [("change.first", "2026-11-19")]),
        ({"first": False, "done_on": TODAY}, []),
    ],
)
def test_what_must_be_filed_first_is_late_once_it_is_done(options: dict[str, Any], said: list[tuple[str, str]]) -> None:
    assert broken(change(**options)) == said


@pytest.mark.parametrize(
    ("done", "on", "said"),
    [
        (date(2026, 9, 30), date(2026, 10, 13), []),
        (date(2026, 9, 30), date(2026, 10, 14), [("change.within", "2026-10-13")]),
        (date(2026, 10, 3), date(2026, 10, 13), []),  # done in the holiday: 8, 9, 10, 12, 13 October
        (date(2026, 10, 3), date(2026, 10, 14), [("change.within", "2026-10-13")]),
    ],
)
def test_what_was_done_is_filed_within_working_days_over_the_national_day(
    done: date, on: date, said: list[tuple[str, str]]
) -> None:
    assert broken(change(on, within=FIVE, done_on=done)) == said


def test_a_late_filing_says_so_to_who_decides() -> None:
    filing = change(within=FIVE, done_on=date(2026, 11, 2))
    assert filing.remarks == ("变更应在5个工作日内备案，已经超过",)


def test_offices_decide_and_units_mend_each_within_their_term() -> None:
    filing = change(date(2026, 9, 30), decide=FIVE, mend=TEN, levels=("county", "city"))
    assert filing.due_on == date(2026, 10, 13)
    agreed = decisions.approve(
        filing,
        step("person:county", Act.APPROVE, at=at(date(2026, 10, 8))),
        _standing(),
        region="41.01.05.0",
        tokens=3,
    )
    assert (agreed.state, agreed.due_on) == (FilingState.ACCEPTED, date(2026, 10, 14))
    returned = decisions.send_back(agreed, step("person:city", Act.RETURN, "写全称", at=at(date(2026, 10, 9))))
    assert returned.due_on == date(2026, 10, 19)
    assert returned.rule is not None
    again = decisions.resubmit(
        returned,
        Asked(returned.kind, returned.filed),
        step(act=Act.RESUBMIT, at=at(date(2026, 10, 10))),
        _standing(),
        returned.rule,
    )
    assert again.due_on == date(2026, 10, 16)
    assert decisions.withdraw(again, step(act=Act.WITHDRAW)).due_on is None


def test_taking_in_does_not_give_the_office_more_time() -> None:
    filing = change(date(2026, 9, 30), decide=FIVE)
    taken = decisions.accept(filing, step("person:office", Act.ACCEPT, at=at(date(2026, 10, 10))))
    assert taken.due_on == filing.due_on


def test_where_no_document_sets_a_day_nothing_is_ever_overdue() -> None:
    filing = change()
    returned = decisions.send_back(filing, step("person:office", Act.RETURN, "写全称"))
    for one in (filing, returned, counting()):
        assert (one.due_on, wakes_on(one), overdue(one, date(2030, 1, 1))) == (None, None, [])


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 10, 13), []),
        (date(2026, 10, 14), [("change.decide", "变更备案未按期审批")]),
        (date(2027, 1, 4), [("change.decide", "变更备案未按期审批")]),
    ],
)
def test_a_day_that_passed_is_noticed_on_the_day_after(on: date, said: list[tuple[str, str]]) -> None:
    filing = change(date(2026, 9, 30), decide=FIVE)
    assert wakes_on(filing) == date(2026, 10, 14)
    assert [(one.rule, one.what) for one in overdue(filing, on)] == said


def test_what_was_said_is_not_said_again_and_nobody_looks_for_it_again() -> None:
    filing = change(date(2026, 9, 30), decide=FIVE)
    told = filing.model_copy(update={"broken": tuple(overdue(filing, date(2026, 10, 14)))})
    assert overdue(told, date(2026, 10, 20)) == []
    assert wakes_on(told) is None


def test_the_unit_that_does_not_mend_in_time_is_noticed() -> None:
    filing = decisions.send_back(change(mend=TEN), step("person:office", Act.RETURN, "写全称"))
    assert wakes_on(filing) == TODAY + timedelta(days=11)
    assert [one.rule for one in overdue(filing, TODAY + timedelta(days=11))] == ["change.mend"]


def test_duties_run_from_the_day_it_counts_and_only_what_is_not_done_is_overdue() -> None:
    moving = {"id": "move", "title": "迁移", "within": TEN}
    filing = counting(date(2026, 9, 30), duties=(ANNOUNCING, moving, {"id": "other", "title": "其他"}))
    assert [(duty.id, duty.due_on) for duty in filing.duties] == [
        ("announce", date(2026, 10, 13)),
        ("move", date(2026, 10, 10)),
        ("other", None),
    ]
    assert wakes_on(filing) == date(2026, 10, 11)
    assert [one.rule for one in overdue(filing, date(2026, 10, 14))] == ["change.duty.announce", "change.duty.move"]
    done = decisions.fulfil(filing, "move", "已迁移", step(act=Act.FULFIL))
    assert wakes_on(done) == date(2026, 10, 14)
    assert [one.rule for one in overdue(done, date(2026, 10, 14))] == ["change.duty.announce"]


def test_a_duty_of_some_fields_is_none_when_others_change() -> None:
    about = {**ANNOUNCING, "when": ("verified_as",)}
    assert counting(duties=(about,)).duties == ()
    assert counting(duties=(about,)).state is FilingState.ARCHIVED
    assert [duty.id for duty in counting(duties=({**about, "when": ("name", "operator")},)).duties] == ["announce"]


def test_a_suspension_wakes_the_day_after_its_last_and_is_overdue_only_while_it_lasts() -> None:
    filing = submit(kind=FilingKind.SUSPEND, in_force=in_force(), until=TODAY + timedelta(days=9), duties=())
    approved = approve(filing, standing=decisions.Standing(in_force=in_force()))
    suspended = decisions.take_effect(approved, step("service:registry", Act.TAKE_EFFECT))
    after = TODAY + timedelta(days=10)
    assert (wakes_on(approved), wakes_on(suspended)) == (None, after)
    assert overdue(suspended, after - timedelta(days=1), still_suspended=True) == []
    [said] = overdue(suspended, after, still_suspended=True)
    assert (said.rule, said.what, said.due_on) == ("suspend.until", "临时下线到期后没有恢复", filing.until)
    assert overdue(suspended, after, still_suspended=False) == []


def test_a_suspension_is_not_approved_after_its_last_day() -> None:
    filing = submit(kind=FilingKind.SUSPEND, in_force=in_force(), until=TODAY + timedelta(days=4), duties=())
    standing = decisions.Standing(in_force=in_force())
    assert approve(filing, standing=standing, at=later(4)).state is FilingState.APPROVED
    with pytest.raises(Refused, match="请退回") as refused:
        decisions.accept(filing, step("person:office", Act.ACCEPT, at=later(5)))
    assert refused.value.reason is Refusal.TERM_OVER
    with pytest.raises(Refused, match="请退回"):
        approve(filing, standing=standing, at=later(5))
    back = decisions.send_back(filing, step("person:office", Act.RETURN, "期限已过", later(5)))
    assert back.state is FilingState.RETURNED


def test_the_sooner_of_two_days_is_looked_at_first() -> None:
    asked = TODAY + timedelta(days=2)
    filing = approve(change(effective_on=asked, decide=FIVE), standing=_standing())
    assert (filing.due_on, wakes_on(filing)) == (None, asked)
    assert not decisions.is_due(filing, later(1))
    assert decisions.is_due(filing, datetime(2026, 11, 24, 16, tzinfo=UTC))  # midnight in Beijing


@pytest.mark.parametrize(
    ("woken", "counts"),
    [
        (datetime(2026, 11, 24, 16, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC)),
        (later(2), datetime(2026, 11, 24, 16, tzinfo=UTC)),
        (later(30), datetime(2026, 11, 24, 16, tzinfo=UTC)),
    ],
)
def test_however_late_we_come_it_counts_from_the_beginning_of_its_day(woken: datetime, counts: datetime) -> None:
    approved = approve(change(effective_on=TODAY + timedelta(days=2), duties=(ANNOUNCING,)), standing=_standing())
    filing = decisions.take_effect(approved, step("service:registry", Act.TAKE_EFFECT, at=woken))
    assert filing.in_force_at == counts
    assert [duty.due_on for duty in filing.duties] == [date(2026, 12, 2)]


def test_what_is_approved_after_the_day_it_asked_for_never_counts_before_its_approval() -> None:
    approved = approve(change(effective_on=TODAY), standing=_standing(), at=later(3))
    filing = decisions.take_effect(approved, step("service:registry", Act.TAKE_EFFECT, at=later(4)))
    assert filing.in_force_at == later(3) + timedelta(milliseconds=1)
    assert filing.in_force_at > NOW
