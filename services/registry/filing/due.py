"""The days of a filing: what is due when, what was not kept, and when to look at it again. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from services.registry.filing.machine import UNDER_WAY
from services.registry.filing.record import IN_FORCE, Broken, DutyDone, Filing, FilingState
from services.registry.life import KINDS
from services.registry.rules import KindRule
from shared.events.registry import FilingKind
from shared.workdays import SHANGHAI

A_DAY = timedelta(days=1)


def day_of(at: datetime) -> date:
    """The calendar day of ``at`` (aware) in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).date()


def too_late(filing: Filing, rule: KindRule, today: date) -> Iterator[Broken]:
    """The limits that submitting ``filing`` ``today`` does not keep."""
    kind = KINDS[filing.kind]
    done, asked = filing.done_on, filing.effective_on
    if rule.first and done is not None and done <= today:
        yield Broken(rule=f"{filing.kind}.first", what=f"{kind}应事先备案，{done}已先行实施", due_on=done - A_DAY)
    if rule.within is not None and done is not None and today > (last := rule.within.last_day(done)):
        yield Broken(rule=f"{filing.kind}.within", what=f"{kind}应在{rule.within}内备案，已经超过", due_on=last)
    if rule.before is not None and asked is not None and asked < rule.before.last_day(today):
        what = f"{kind}应提前{rule.before}备案，拟于{asked}生效，时间不足"
        yield Broken(rule=f"{filing.kind}.before", what=what, due_on=today)


def in_term(filing: Filing, rule: KindRule, today: date, seen_on: date | None) -> bool:
    """Whether what was done already is filed within its term; it was done on ``seen_on`` at the latest, if seen."""
    if rule.within is None or filing.done_on is None:
        return False
    return today <= rule.within.last_day(min(filing.done_on, seen_on or filing.done_on))


def decided_by(filing: Filing, now: datetime) -> date | None:
    """The last day for the step ``filing`` waits for since ``now``; None when no document sets one."""
    rule = filing.rule.rule if filing.rule else None
    if rule is None:
        return None
    term = rule.mend if filing.state is FilingState.RETURNED else rule.decide
    waits = filing.state in {FilingState.SUBMITTED, FilingState.ACCEPTED, FilingState.RETURNED}
    return term.last_day(day_of(now)) if term and waits else None


def duties_of(filing: Filing, since: date) -> tuple[DutyDone, ...]:
    """What the unit has to do once ``filing`` is in force from ``since`` on."""
    rule = filing.rule.rule if filing.rule else None
    return tuple(
        DutyDone(id=duty.id, title=duty.title, due_on=duty.within.last_day(since) if duty.within else None)
        for duty in (rule.duties if rule else ())
        if not duty.when or set(duty.when) & set(filing.fields)
    )


def overdue(filing: Filing, today: date, *, still_suspended: bool = False) -> list[Broken]:
    """What was not kept by ``today`` and has not been said yet."""
    said = {(broken.rule, broken.due_on) for broken in filing.broken}
    return [
        broken
        for broken in _limits(filing, still_suspended=still_suspended)
        if broken.due_on < today and (broken.rule, broken.due_on) not in said
    ]


def wakes_on(filing: Filing, after: date = date.min) -> date | None:
    """The next day later than ``after`` on which ``filing`` needs to be looked at without anybody asking."""
    said = {(broken.rule, broken.due_on) for broken in filing.broken}
    limits = _limits(filing, still_suspended=True)
    days = [broken.due_on + A_DAY for broken in limits if (broken.rule, broken.due_on) not in said]
    if filing.state is FilingState.APPROVED and filing.effective_on is not None:
        days.append(filing.effective_on)
    return min((day for day in days if day > after), default=None)


def _limits(filing: Filing, *, still_suspended: bool) -> Iterator[Broken]:
    kind = KINDS[filing.kind]
    if filing.due_on is not None:
        if filing.state is FilingState.RETURNED:
            yield Broken(rule=f"{filing.kind}.mend", what=f"{kind}备案退回后未按期补正", due_on=filing.due_on)
        elif filing.state in UNDER_WAY - {FilingState.APPROVED}:
            yield Broken(rule=f"{filing.kind}.decide", what=f"{kind}备案未按期审批", due_on=filing.due_on)
    if filing.state in IN_FORCE:
        for duty in filing.duties:
            if duty.done_at is None and duty.due_on is not None:
                what = f"{kind}备案生效后未按期完成：{duty.title}"
                yield Broken(rule=f"{filing.kind}.duty.{duty.id}", what=what, due_on=duty.due_on)
        if filing.kind is FilingKind.SUSPEND and filing.until is not None and still_suspended:
            yield Broken(rule="suspend.until", what="临时下线到期后没有恢复", due_on=filing.until)
