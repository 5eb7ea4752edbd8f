"""What the page of a filing shows: what changes, who acts next and until when, and what this person may do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.registry.filing import UNDER_WAY, Act, Filing, FilingState, Step, left
from services.registry.filing.deciding import LEVELS
from services.registry.filing.machine import TRANSITIONS
from services.registry.particulars import TITLES, worded
from services.registry.records import FilingDocument
from services.registry.rules import KindRule, Term, Unit
from shared.events.registry import Particulars
from shared.identity import Action, Person, height, may
from shared.workdays import official


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a filing, before and after."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Next:
    """Who has to do what next, until when; ``provisional``: the holidays of that year are not announced yet."""

    who: str
    what: str
    due_on: date | None = None
    overdue: bool = False
    provisional: bool = False


def differences(filing: Filing, before: Particulars | None) -> list[Difference]:
    """What a filing changes, old and new, field by field."""
    if before is None:
        return []
    old, new = worded(before), worded(filing.filed)
    return [Difference(TITLES.get(name, name), old.get(name, ""), new.get(name, "")) for name in filing.fields]


def next_of(filing: Filing, today: date) -> Next | None:
    """Who acts next; None when nothing is left to do."""
    who, what = _who(filing)
    if not who:
        return None
    rule = filing.rule.rule if filing.rule else None
    due_on = filing.due_on
    if filing.state in {FilingState.IN_FORCE, FilingState.ANNOUNCED}:
        due_on = min((duty.due_on for duty in left(filing) if duty.due_on), default=None)
    overdue = due_on is not None and due_on < today
    return Next(who, what, due_on, overdue, provisional(due_on, _term(filing, rule)))


def provisional(due_on: date | None, term: Term | None) -> bool:
    """Whether a last day may still move: working days of a year whose holidays are not announced."""
    by_working_days = term is None or term.unit is Unit.WORKING
    return due_on is not None and by_working_days and due_on.year not in official().announced


def may_do(kept: FilingDocument, person: Person, actor: str) -> frozenset[Act]:
    """What ``person`` may do to a filing as it stands: the buttons of its page."""
    filing = kept.filing
    place = {"region": kept.region, "unit": kept.unit}
    files = may(person, Action.FILE, **place)
    decides = may(person, Action.APPROVE, **place) and not filing.submitted_by(actor)
    archives = may(person, Action.APPROVE, **place) and not left(filing)
    may_be = {
        Act.ACCEPT: decides,
        Act.APPROVE: decides and _of_level(filing, person, kept.region, actor),
        Act.RETURN: decides,
        Act.RESUBMIT: files,
        Act.WITHDRAW: files,
        Act.FULFIL: files and bool(left(filing)),
        Act.ARCHIVE: archives,
    }
    return frozenset(act for act, may_ in may_be.items() if may_ and (filing.state, act) in TRANSITIONS)


def since(filing: Filing, steps: int) -> Sequence[Step]:
    """What was done to a filing after somebody saw ``steps`` steps of it."""
    return filing.steps[steps:] if 0 < steps < len(filing.steps) else ()


def terms_of(rule: KindRule) -> Mapping[str, str]:
    """The terms a rule sets, in words."""
    found = {
        "提交": f"提前{rule.before}" if rule.before else "事先备案" if rule.first else "",
        "事后": f"实际实施后{rule.within}内" if rule.within else "",
        "审批": f"每一级{rule.decide}内" if rule.decide else "",
        "补正": f"退回后{rule.mend}内" if rule.mend else "",
    }
    return {what: words for what, words in found.items() if words}


def _who(filing: Filing) -> tuple[str, str]:
    unit = filing.unit.name
    match filing.state:
        case FilingState.SUBMITTED | FilingState.ACCEPTED if filing.waits_for is not None:
            number, of = len(filing.agreed) + 1, len(filing.levels)
            which = f"（第{number}级，共{of}级）" if of > 1 else ""
            return LEVELS[filing.waits_for], f"审批{which}"
        case FilingState.RETURNED:
            return unit, "按审批意见补正后重新提交，或者撤回"
        case FilingState.APPROVED:
            return "系统", "在生效日期当天使其生效"
        case FilingState.IN_FORCE | FilingState.ANNOUNCED:
            undone = "、".join(duty.title for duty in left(filing))
            return (unit, f"办理：{undone}") if undone else (LEVELS["office"], "归档")
        case _:
            return "", ""


def _term(filing: Filing, rule: KindRule | None) -> Term | None:
    if rule is None:
        return None
    if filing.state is FilingState.RETURNED:
        return rule.mend
    if filing.state in UNDER_WAY:
        return rule.decide
    undone = {duty.id for duty in left(filing)}
    return next((duty.within for duty in rule.duties if duty.id in undone and duty.within), None)


def _of_level(filing: Filing, person: Person, region: str, actor: str) -> bool:
    level, tokens = filing.waits_for, height(person, Action.APPROVE, region=region)
    if level is None or tokens is None or actor in {one.actor for one in filing.agreed}:
        return False
    return level.reached(region, tokens)
