"""What people decide about a filing until it is approved or taken back. Pure; everything raises Refused."""

from collections.abc import Collection, Mapping

from services.registry.filing.asked import Asked, Standing
from services.registry.filing.checks import LONGEST_TEXT, bad, changed_fields, check, outlet_id
from services.registry.filing.due import day_of, decided_by, in_term, too_late
from services.registry.filing.fitting import fields_of, fits, remarks_of, settled
from services.registry.filing.machine import after
from services.registry.filing.record import Act, Filing, FilingState, Refusal, Step
from services.registry.refusal import Refused
from services.registry.rules import Pinned
from shared.events.registry import FilingKind, Particulars, UnitRef, Website

OWN = "不能审批自己提交的备案，请由其他审批人员办理。"
OVER = "申请的临时下线期限已过，不能再批准；请退回，由单位补正期限或撤回。"
TWICE = "前一级已由您审批，这一级请由其他审批人员办理。"
LEVELS = {
    "office": "主管单位",
    "county": "县级主管单位",
    "city": "市级主管单位",
    "province": "省级主管单位",
    "country": "国家主管单位",
}
CLOSURE, ALIVE = "closure", "alive"
COVERS: Mapping[FilingKind, str] = {
    FilingKind.SUSPEND: CLOSURE,
    FilingKind.MERGE: CLOSURE,
    FilingKind.CLOSE: CLOSURE,
    FilingKind.CANCEL: CLOSURE,
    FilingKind.OFFLINE: CLOSURE,
    FilingKind.RESUME: ALIVE,
    FilingKind.OPEN: ALIVE,
}
"""What a filing covers beside its fields: that the outlet is gone, or that it runs. See ``existence.Field``."""


def draft(asked: Asked, *, unit: UnitRef, step: Step) -> Filing:
    """What a unit has begun to write. Nothing but its form is checked; nobody else acts on it."""
    _short("purpose", asked.purpose, "说明")
    return Filing(
        number="",
        kind=asked.kind,
        outlet=outlet_id(asked.filed),
        unit=unit,
        state=FilingState.DRAFT,
        steps=(step,),
        **_said(asked),
    )


def submit(
    asked: Asked, *, number: str, unit: UnitRef, step: Step, standing: Standing, pinned: Pinned, begun: Filing | None
) -> Filing:
    """A filing, submitted, fresh or from the draft ``begun``.

    One of what was already found unfiled is late: a field that changed, an outlet that runs, or one that is gone unless
    the rule gives a term after it was done, and the term is kept.
    """
    state = after(begun, Act.SUBMIT) if begun else FilingState.SUBMITTED
    check(asked.filed)
    _short("purpose", asked.purpose, "说明")
    today = day_of(step.at)
    fields = fields_of(asked, unit, standing, pinned.rule)
    asked = settled(asked, standing, pinned.rule, today)
    remarks = remarks_of(asked, standing, pinned, today)
    filing = Filing(
        number=number,
        kind=asked.kind,
        outlet=outlet_id(asked.filed),
        unit=unit,
        fields=fields,
        state=state,
        steps=(*(begun.steps if begun else ()), step),
        rule=pinned,
        **_said(asked),
    )
    covers = COVERS.get(asked.kind, "")
    if covers == CLOSURE and in_term(filing, pinned.rule, today, standing.gone_since):
        covers = ""
    late = bool(standing.open_fields & {*fields, covers})
    broken = tuple(too_late(filing, pinned.rule, today))
    told = (*remarks, *(one.what for one in broken))
    due_on = decided_by(filing, step.at)
    return filing.model_copy(update={"late": late, "broken": broken, "remarks": told, "due_on": due_on})


def resubmit(filing: Filing, asked: Asked, step: Step, standing: Standing, pinned: Pinned) -> Filing:
    """The unit mends a returned filing, whatever of it needs mending, and submits it again."""
    state = after(filing, Act.RESUBMIT)
    check(asked.filed)
    _short("purpose", asked.purpose, "说明")
    if asked.kind is not filing.kind or outlet_id(asked.filed) != filing.outlet:
        field = "code" if isinstance(asked.filed, Website) else "account"
        raise bad(field, "补正不能更换备案对象和事项，请另行提交。")
    today = day_of(step.at)
    fields = fields_of(asked, filing.unit, standing, pinned.rule)
    asked = settled(asked, standing, pinned.rule, today)
    remarks = remarks_of(asked, standing, pinned, today)
    update = {**_said(asked), "state": state, "fields": fields, "rule": pinned, "steps": (*filing.steps, step)}
    mended = filing.model_copy(update=update)
    said = {(one.rule, one.due_on) for one in filing.broken}
    fresh = tuple(one for one in too_late(mended, pinned.rule, today) if (one.rule, one.due_on) not in said)
    told = (*remarks, *(one.what for one in (*filing.broken, *fresh)))
    due_on = decided_by(mended, step.at)
    return mended.model_copy(update={"broken": (*filing.broken, *fresh), "remarks": told, "due_on": due_on})


def withdraw(filing: Filing, step: Step) -> Filing:
    """The unit takes it back before it counts."""
    state = after(filing, Act.WITHDRAW)
    _short("reason", step.reason, "理由")
    return filing.model_copy(update={"state": state, "due_on": None, "steps": (*filing.steps, step)})


def accept(filing: Filing, step: Step) -> Filing:
    """The office takes it in: it is complete, and will be decided."""
    state = after(filing, Act.ACCEPT)
    _not_ones_own(filing, step)
    _not_over(filing, step)
    _short("reason", step.reason, "意见")
    return filing.model_copy(update={"state": state, "steps": (*filing.steps, step)})


def approve(filing: Filing, step: Step, standing: Standing, *, region: str, tokens: int) -> Filing:
    """The level that has to agree next agrees; ``tokens`` is how high the approver's widest grant over ``region`` is.

    Nobody approves what they submitted or mended, and nobody two levels of one filing.
    """
    level = filing.waits_for
    act = Act.APPROVE if len(filing.agreed) + 1 >= len(filing.levels) else Act.AGREE
    state = after(filing, act)
    _not_ones_own(filing, step)
    if level is not None and not level.reached(region, tokens):
        raise Refused(Refusal.LEVEL_TOO_LOW, f"这一步由{LEVELS[level]}审批。")
    if step.actor in {one.actor for one in filing.agreed}:
        raise Refused(Refusal.SAME_PERSON, TWICE)
    fits(filing.kind, filing.filed, filing.unit, standing.in_force)
    _not_over(filing, step)
    if act is Act.APPROVE:
        _waited(filing, standing.counted, waited_for=standing.waited_for)
    _short("reason", step.reason, "意见")
    acted = step.model_copy(update={"act": act, "level": level})
    update = {"state": state, "steps": (*filing.steps, acted)}
    agreed = filing.model_copy(update=update)
    return agreed.model_copy(update={"due_on": decided_by(agreed, step.at)})


def send_back(filing: Filing, step: Step) -> Filing:
    """The office, and nobody who submitted it, returns it and says what to mend (the step's reason)."""
    state = after(filing, Act.RETURN)
    _not_ones_own(filing, step)
    if not step.reason.strip():
        raise Refused(Refusal.NO_REASON, "退回时请写明需要补正的内容。", "reason")
    _short("reason", step.reason, "意见")
    returned = filing.model_copy(update={"state": state, "steps": (*filing.steps, step)})
    return returned.model_copy(update={"due_on": decided_by(returned, step.at)})


def imported(*, number: str, unit: UnitRef, filed: Particulars, step: Step, standing: Standing | None = None) -> Filing:
    """A filing already in force, taken over from an office's list: an opening, or a change of what is in force."""
    check(filed)
    in_force = standing.in_force if standing else None
    fields = changed_fields(in_force.filed, filed) if in_force else ()
    return Filing(
        number=number,
        kind=FilingKind.CHANGE if in_force else FilingKind.OPEN,
        outlet=outlet_id(filed),
        unit=unit,
        filed=filed,
        fields=fields,
        late=bool(standing and standing.open_fields & set(fields)),
        state=FilingState.ARCHIVED,
        steps=(step,),
        in_force_at=step.at,
    )


def _waited(filing: Filing, counted: Collection[FilingKind], *, waited_for: bool) -> None:
    if filing.after and not waited_for:
        raise Refused(Refusal.WAITS_FOR_ANOTHER, "这件备案须等所依据的另一件备案生效后才能批准。")
    needs = filing.rule.rule.after if filing.rule else ()
    if needs and not set(needs) & set(counted):
        raise Refused(Refusal.WAITS_FOR_ANOTHER, "按规定须先办理的备案还没有生效，暂不能批准。")


def _said(asked: Asked) -> dict[str, object]:
    names = ("filed", "purpose", "effective_on", "done_on", "until", "into", "after", "attached")
    return {name: getattr(asked, name) for name in names}


def _not_ones_own(filing: Filing, step: Step) -> None:
    if filing.submitted_by(step.actor):
        raise Refused(Refusal.OWN_FILING, OWN)


def _not_over(filing: Filing, step: Step) -> None:
    """A suspension decided after its last day would be overdue as soon as it counts, by no fault of the unit."""
    if filing.kind is FilingKind.SUSPEND and filing.until is not None and filing.until < day_of(step.at):
        raise Refused(Refusal.TERM_OVER, OVER)


def _short(field: str, text: str, title: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise bad(field, f"{title}不能超过 {LONGEST_TEXT} 字")
