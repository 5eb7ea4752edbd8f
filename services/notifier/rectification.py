"""整改闭环 as a state machine: notice → receipt → reply → closed, with overdue as a mark. Pure.

``TABLE`` says for every input in every state where it leads, or why it is refused. The functions below it apply one
input each and return either the changed notice with the fact to say, or the refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.notifier.case import Rectification, Reply, Step, notice_id
from shared import workdays
from shared.events import Fact
from shared.events.notice import Closed, Issued, Notice, NoticeState, Overdue, Received, Replied
from shared.events.score import Finding, Verdict

LONGEST_TEXT = 2000
SYSTEM_NAME = "系统"


class Input(StrEnum):
    """What can happen to a notice after it is issued."""

    RECEIPT = "receipt"
    REPLY = "reply"
    CLEAR = "clear"
    REVIEW = "review"
    DEADLINE = "deadline"
    WITHDRAW = "withdraw"


class Refusal(StrEnum):
    """Why an input changes nothing."""

    ALREADY_RECEIVED = "already_received"
    NOT_RECEIVED = "not_received"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    NOT_PASSED = "not_passed"
    ALREADY_PASSED = "already_passed"
    ALREADY_OVERDUE = "already_overdue"
    NOT_DUE = "not_due"
    WAITS_FOR_REVIEW = "waits_for_review"
    NO_MEASURES = "no_measures"
    TOO_LONG = "too_long"
    DONE_IN_FUTURE = "done_in_future"
    OWN_REPLY = "own_reply"


WORDS: Mapping[Refusal, str] = {
    Refusal.ALREADY_RECEIVED: "该通知已经签收，无需重复签收。",
    Refusal.NOT_RECEIVED: "请先签收该通知，再提交反馈。",
    Refusal.CLOSED: "该通知已经销号，不再接受签收、反馈或复核。",
    Refusal.WITHDRAWN: "该通知已经撤回，无需再作处理。",
    Refusal.NOT_PASSED: "系统复核尚未通过，暂不能销号。",
    Refusal.ALREADY_PASSED: "系统复核已经通过，正在等待人工复核。",
    Refusal.ALREADY_OVERDUE: "该通知已经标记为逾期。",
    Refusal.NOT_DUE: "整改期限尚未届满。",
    Refusal.WAITS_FOR_REVIEW: "系统复核已经通过，等待人工复核期间不计逾期。",
    Refusal.NO_MEASURES: "请填写整改措施。",
    Refusal.TOO_LONG: f"文字过长：不得超过{LONGEST_TEXT}字。",
    Refusal.DONE_IN_FUTURE: "完成日期不能晚于今天。",
    Refusal.OWN_REPLY: "不能复核自己反馈的整改，请由其他复核人员办理。",
}

_S = NoticeState
_SETTLED = {_S.CLOSED: Refusal.CLOSED, _S.WITHDRAWN: Refusal.WITHDRAWN}
_STAYS = {_S.ISSUED: _S.ISSUED, _S.RECEIVED: _S.RECEIVED, _S.REPLIED: _S.REPLIED}
TABLE: Mapping[Input, Mapping[NoticeState, NoticeState | Refusal]] = {
    Input.RECEIPT: {
        _S.ISSUED: _S.RECEIVED,
        _S.RECEIVED: Refusal.ALREADY_RECEIVED,
        _S.REPLIED: Refusal.ALREADY_RECEIVED,
        **_SETTLED,
    },
    Input.REPLY: {_S.ISSUED: Refusal.NOT_RECEIVED, _S.RECEIVED: _S.REPLIED, _S.REPLIED: _S.REPLIED, **_SETTLED},
    Input.CLEAR: {_S.ISSUED: _S.CLOSED, _S.RECEIVED: _S.CLOSED, _S.REPLIED: _S.CLOSED, **_SETTLED},
    Input.REVIEW: {_S.ISSUED: _S.CLOSED, _S.RECEIVED: _S.CLOSED, _S.REPLIED: _S.CLOSED, **_SETTLED},
    Input.DEADLINE: {**_STAYS, **_SETTLED},
    Input.WITHDRAW: {_S.ISSUED: _S.WITHDRAWN, _S.RECEIVED: _S.WITHDRAWN, _S.REPLIED: _S.WITHDRAWN, **_SETTLED},
}


@dataclass(frozen=True, slots=True)
class Done:
    """The changed notice; ``says`` is the fact about it, None when only a mark changed; ``why`` names the reason."""

    case: Rectification
    says: Fact | None
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed, and why."""

    refusal: Refusal

    @property
    def words(self) -> str:
        """The refusal for the person who asked."""
        return WORDS[self.refusal]


Decision = Done | Refused


def issue(finding: Finding, *, number: str, now: datetime, term: int) -> Done:
    """Open the notice of a raised finding, with ``term`` working days to put it right."""
    due_at, provisional = workdays.deadline(now, term)
    notice = Notice(
        id=notice_id(finding),
        number=number,
        target=finding.target,
        target_name=finding.target_name,
        unit=finding.unit,
        finding=finding.id,
        episode=finding.episode,
        criterion=finding.criterion,
        why=finding.why,
        state=NoticeState.ISSUED,
        issued_at=now,
        due_at=due_at,
        provisional=provisional,
    )
    case = Rectification(
        notice=notice,
        evidence=finding.evidence,
        found_at=finding.as_of,
        term=term,
        history=(Step(at=now, what="issue", by=SYSTEM_NAME, why=finding.why),),
    )
    return Done(case, Issued(notice=notice), "finding_raised")


def receive(case: Rectification, *, by: str, now: datetime) -> Decision:
    """签收 by a person called ``by``."""
    target = TABLE[Input.RECEIPT][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    after = _step(case, Input.RECEIPT, target, at=now, by=by, why="责任单位签收")
    return Done(after, Received(notice=after.notice), "signed_for")


def reply(case: Rectification, *, by: str, actor: str, measures: str, done_on: date, now: datetime) -> Decision:
    """反馈 by a person called ``by``, the account ``actor``. It leaves the notice open and asks for a look at once."""
    target = TABLE[Input.REPLY][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    measures = measures.strip()
    if problem := _problem(measures, done_on, now):
        return Refused(problem)
    why = f"反馈整改措施，完成日期{done_on:%Y-%m-%d}"
    after = _step(case, Input.REPLY, target, at=now, by=by, why=why)
    said = Reply(at=now, by=by, actor=actor, measures=measures, done_on=done_on)
    after = after.model_copy(update={"replies": (*case.replies, said)})
    return Done(after, Replied(notice=after.notice, probes=case.notice.criterion.probes), "measures_reported")


def clear(case: Rectification, finding: Finding, *, now: datetime) -> Decision:
    """The criterion is clear, or judged no more (exempt, say): closes the notice, or has it wait for a person.

    It waits where the ruleset wants a person to look.
    """
    target = TABLE[Input.CLEAR][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    judged_no_more = finding.verdict is Verdict.UNDETERMINED
    said, why = ("不再判断本项", "judged_no_more") if judged_no_more else ("系统复核通过", "recheck_passed")
    if case.notice.criterion.close == "automatic":
        how = f"{said}：{finding.why}"
        after = _step(case, Input.CLEAR, target, at=now, by=SYSTEM_NAME, why=how)
        return Done(after, Closed(notice=after.notice, how=how), why)
    if case.passed_at:
        return Refused(Refusal.ALREADY_PASSED)
    how = f"{said}，等待人工复核：{finding.why}"
    waiting = _step(case, Input.CLEAR, case.notice.state, at=now, by=SYSTEM_NAME, why=how)
    return Done(waiting.model_copy(update={"passed_at": now}), None, f"{why}_waits_for_review")


def review(case: Rectification, *, by: str, actor: str, remark: str, now: datetime) -> Decision:
    """复核 by a reviewer called ``by``, the account ``actor``, after the re-check passed: closes the notice.

    Nobody reviews what they replied themselves.
    """
    target = TABLE[Input.REVIEW][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    if case.replied(actor):
        return Refused(Refusal.OWN_REPLY)
    if case.passed_at is None:
        return Refused(Refusal.NOT_PASSED)
    if len(remark) > LONGEST_TEXT:
        return Refused(Refusal.TOO_LONG)
    how = "人工复核通过" + (f"：{remark.strip()}" if remark.strip() else "")
    after = _step(case, Input.REVIEW, target, at=now, by=by, why=how)
    return Done(after, Closed(notice=after.notice, how=how), "reviewed")


def pass_deadline(case: Rectification, *, now: datetime) -> Decision:
    """The term may be over: marks an open notice overdue, once."""
    target = TABLE[Input.DEADLINE][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    if case.overdue_at:
        return Refused(Refusal.ALREADY_OVERDUE)
    if now <= case.notice.due_at:
        return Refused(Refusal.NOT_DUE)
    if case.passed_at:
        return Refused(Refusal.WAITS_FOR_REVIEW)
    after = _step(case, Input.DEADLINE, target, at=now, by=SYSTEM_NAME, why="整改期限届满，尚未销号")
    after = after.model_copy(update={"overdue_at": now})
    return Done(after, Overdue(notice=after.notice), "deadline_passed")


def withdraw(case: Rectification, *, by: str, why: str, now: datetime) -> Decision:
    """撤回: the notice should not have been sent."""
    target = TABLE[Input.WITHDRAW][case.notice.state]
    if isinstance(target, Refusal):
        return Refused(target)
    return Done(_step(case, Input.WITHDRAW, target, at=now, by=by, why=why), None, "withdrawn")


def settle_deadline(case: Rectification, *, now: datetime) -> Done | None:
    """Count a provisional term again; the changed notice when its year has been announced meanwhile."""
    if not (case.is_open and case.notice.provisional) or case.overdue_at:
        return None
    due_at, provisional = workdays.deadline(case.notice.issued_at, case.term)
    if (due_at, provisional) == (case.notice.due_at, case.notice.provisional):
        return None
    why = "年度放假安排公布，整改期限重新计算"
    after = _step(case, Input.DEADLINE, case.notice.state, at=now, by=SYSTEM_NAME, why=why)
    notice = after.notice.model_copy(update={"due_at": due_at, "provisional": provisional})
    return Done(after.model_copy(update={"notice": notice}), None, "year_announced")


def _problem(measures: str, done_on: date, now: datetime) -> Refusal | None:
    if not measures:
        return Refusal.NO_MEASURES
    if len(measures) > LONGEST_TEXT:
        return Refusal.TOO_LONG
    if done_on > now.astimezone(workdays.SHANGHAI).date():
        return Refusal.DONE_IN_FUTURE
    return None


def _step(case: Rectification, what: Input, state: NoticeState, *, at: datetime, by: str, why: str) -> Rectification:
    return case.model_copy(
        update={
            "notice": case.notice.model_copy(update={"state": state}),
            "closed_at": at if state is NoticeState.CLOSED else case.closed_at,
            "history": (*case.history, Step(at=at, what=what.value, by=by, why=why)),
        }
    )
