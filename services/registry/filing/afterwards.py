"""What happens to an approved filing: it takes effect, its duties are done, it is announced and put away. Pure."""

from datetime import UTC, datetime, time, timedelta

from services.registry.filing.checks import LONGEST_TEXT, bad, check_url
from services.registry.filing.due import day_of, duties_of
from services.registry.filing.machine import after
from services.registry.filing.record import Act, DutyDone, Filing, FilingState, Refusal, Step
from services.registry.refusal import Refused
from services.registry.rules import Duty
from shared.workdays import SHANGHAI

LONGEST_PROOF = 500


def is_due(filing: Filing, now: datetime) -> bool:
    """Whether the day of an approved filing has come."""
    return filing.state is FilingState.APPROVED and (filing.effective_on is None or filing.effective_on <= day_of(now))


def take_effect(filing: Filing, step: Step) -> Filing:
    """It counts from now on, or from the beginning of its day when we come late. Raises Refused.

    One that leaves the unit nothing to do is put away at once.
    """
    state = after(filing, Act.TAKE_EFFECT)
    at = step.at
    if filing.effective_on is not None and filing.approved_at is not None:
        day = datetime.combine(filing.effective_on, time(), SHANGHAI).astimezone(UTC)
        at = min(at, max(filing.approved_at + timedelta(milliseconds=1), day))
    duties = duties_of(filing, day_of(at))
    update = {"state": state, "in_force_at": at, "duties": duties, "due_on": None, "steps": (*filing.steps, step)}
    counting = filing.model_copy(update=update)
    return counting if duties else counting.model_copy(update={"state": after(counting, Act.ARCHIVE)})


def fulfil(filing: Filing, duty: str, proof: str, step: Step) -> Filing:
    """A duty is done: ``proof`` is the address of the announcement, or words. Raises Refused."""
    asked = _asked(filing, duty)
    announces = asked.announces and filing.state is FilingState.IN_FORCE
    state = after(filing, Act.ANNOUNCE if announces else Act.FULFIL)
    if any(one.id == duty and one.done_at for one in filing.duties):
        raise Refused(Refusal.NO_SUCH_DUTY, "这一项已经办理过，请刷新后再看。")
    if asked.proof == "url":
        check_url("proof", proof, "公告网址")
    elif not proof.strip() or len(proof) > LONGEST_PROOF:
        raise bad("proof", f"请写明办理情况，不超过 {LONGEST_PROOF} 字")
    done = {"proof": proof.strip(), "done_at": step.at}
    duties = tuple(one.model_copy(update=done) if one.id == duty else one for one in filing.duties)
    acted = step.model_copy(update={"act": Act.ANNOUNCE if announces else Act.FULFIL, "reason": asked.title})
    return filing.model_copy(update={"state": state, "duties": duties, "steps": (*filing.steps, acted)})


def archive(filing: Filing, step: Step) -> Filing:
    """The office puts it away: everything is done. Raises Refused."""
    state = after(filing, Act.ARCHIVE)
    if left := [duty.title for duty in filing.duties if duty.done_at is None]:
        raise Refused(Refusal.DUTIES_LEFT, f"还有未办理的事项：{'；'.join(left)}。")
    if len(step.reason) > LONGEST_TEXT:
        raise bad("reason", f"意见不能超过 {LONGEST_TEXT} 字")
    return filing.model_copy(update={"state": state, "steps": (*filing.steps, step)})


def left(filing: Filing) -> tuple[DutyDone, ...]:
    """The duties that are not done."""
    return tuple(duty for duty in filing.duties if duty.done_at is None)


def _asked(filing: Filing, duty: str) -> Duty:
    rule = filing.rule.rule if filing.rule else None
    found = next((one for one in (rule.duties if rule else ()) if one.id == duty), None)
    if found is None or all(one.id != duty for one in filing.duties):
        raise Refused(Refusal.NO_SUCH_DUTY, "这件备案没有这一项要求。")
    return found
