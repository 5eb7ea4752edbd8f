"""豁免 as pure decisions, comply or explain: who may be excused from which criterion, why, by whom and until when.

An inspector or the unit asks, an office of the region decides, never who asked. Nothing is renewed: who still needs an
exemption when one runs out asks again.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.events import registry
from shared.events.registry import UnitRef
from shared.privacy import Personal

CRITERION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
SHA256 = re.compile(r"[0-9a-f]{64}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SPACE = re.compile(r"\s")
LONGEST_REASON = 500
LONGEST_URL = 2000
A_DAY = timedelta(days=1)


class State(StrEnum):
    """Where an exemption stands."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Act(StrEnum):
    """What may be done to one that was asked for."""

    GRANT = "grant"
    REFUSE = "refuse"
    EXPIRE = "expire"
    REVOKE = "revoke"


TRANSITIONS: dict[tuple[State, Act], State] = {
    (State.ASKED, Act.GRANT): State.GRANTED,
    (State.ASKED, Act.REFUSE): State.REFUSED,
    (State.GRANTED, Act.EXPIRE): State.EXPIRED,
    (State.GRANTED, Act.REVOKE): State.REVOKED,
}


class Refusal(StrEnum):
    """Why something asked about an exemption is not done."""

    BAD_FIELD = "bad_field"
    BAD_TERM = "bad_term"
    NO_REASON = "no_reason"
    NO_EVIDENCE = "no_evidence"
    ANOTHER_ASKED = "another_asked"
    KEY_USED = "key_used"
    OWN_REQUEST = "own_request"
    TERM_PASSED = "term_passed"
    NOT_OVER = "not_over"
    WRONG_STATE = "wrong_state"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long an exemption may last, and how many days before its end it is brought to mind."""

    longest_days: int = 366
    reminded_days: int = 30


TERMS = Terms()


class Step(BaseModel):
    """One act: who, when, what, why."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: Literal["ask", "grant", "refuse", "expire", "revoke"]
    reason: str = ""


class Wanted(BaseModel):
    """What is asked for. ``column`` is the address of the one column it is about; empty: all of the criterion.

    ``evidence`` is the SHA-256 of kept evidence, ``evidence_url`` an address; one of the two is needed. It counts from
    ``since`` to the end of ``until``, days in Asia/Shanghai.
    """

    model_config = ConfigDict(frozen=True)

    criterion: str
    column: str = ""
    reason: str
    evidence: str = ""
    evidence_url: str = ""
    since: date
    until: date


class Exemption(BaseModel):
    """An exemption of an outlet (``outlet`` empty: of its whole unit), with everything that was done about it.

    ``office`` is the name of the office that granted it.
    """

    model_config = ConfigDict(frozen=True)

    outlet: str = ""
    outlet_name: str = ""
    unit: UnitRef
    wanted: Wanted
    office: str = ""
    state: State = State.ASKED
    steps: tuple[Step, ...]

    def asked_by(self, actor: str) -> bool:
        """Whether ``actor`` asked for it: a person with two roles is still one person."""
        return self.steps[0].actor == actor

    def ends_soon(self, today: date, terms: Terms = TERMS) -> bool:
        """Whether it is in force and about to run out."""
        return self.state is State.GRANTED and today <= self.wanted.until < today + A_DAY * terms.reminded_days


def ask(
    wanted: Wanted,
    *,
    unit: UnitRef,
    step: Step,
    today: date,
    outlet: str = "",
    outlet_name: str = "",
    terms: Terms = TERMS,
) -> Exemption:
    """A request for an exemption of an outlet, or of a unit as a whole. Raises Refused, naming the field."""
    if not CRITERION.fullmatch(wanted.criterion):
        raise _bad("criterion", "指标编号只能用字母、数字、“-”和“_”，例如 V-S4-1")
    if wanted.column:
        if not outlet:
            raise _bad("column", "只有单个对象的申请可以指明栏目")
        _check_url("column", wanted.column, "栏目地址")
    _check_reason(wanted.reason)
    if wanted.evidence and not SHA256.fullmatch(wanted.evidence):
        raise _bad("evidence", "证据编号应为 64 位十六进制数")
    if wanted.evidence_url:
        _check_url("evidence_url", wanted.evidence_url, "依据的地址")
    if not wanted.evidence and not wanted.evidence_url:
        raise Refused(Refusal.NO_EVIDENCE, "请填写依据：留存证据的编号，或者说明材料的地址。", "evidence_url")
    _check_term(wanted, today, terms)
    return Exemption(outlet=outlet, outlet_name=outlet_name, unit=unit, wanted=wanted, steps=(step,))


def grant(exemption: Exemption, step: Step, *, today: date, office: str) -> Exemption:
    """Grant what was asked for, from today on at the earliest. Raises Refused."""
    granted = _decide(exemption, Act.GRANT, step)
    if exemption.wanted.until < today:
        raise Refused(Refusal.TERM_PASSED, "申请的期限已经过去，不能再批准；仍需豁免的，请重新申请。")
    wanted = exemption.wanted.model_copy(update={"since": max(exemption.wanted.since, today)})
    return granted.model_copy(update={"wanted": wanted, "office": office})


def refuse(exemption: Exemption, step: Step) -> Exemption:
    """Refuse what was asked for, saying why. Raises Refused."""
    refused = _decide(exemption, Act.REFUSE, step)
    _check_reason(step.reason)
    return refused


def revoke(exemption: Exemption, step: Step) -> Exemption:
    """Take back an exemption at once, saying why. Raises Refused."""
    revoked = _move(exemption, Act.REVOKE, step)
    _check_reason(step.reason)
    return revoked


def expire(exemption: Exemption, step: Step, *, today: date) -> Exemption:
    """End an exemption whose last day is over. Raises Refused."""
    expired = _move(exemption, Act.EXPIRE, step)
    if today <= exemption.wanted.until:
        raise Refused(Refusal.NOT_OVER, "豁免的期限还没有结束。")
    return expired


def public(id_: str, exemption: Exemption) -> registry.Exemption:
    """The exemption as others hear of it: nothing personal. Each act on it is a revision."""
    wanted = exemption.wanted
    return registry.Exemption(
        id=id_,
        outlet=exemption.outlet,
        unit=exemption.unit,
        criterion=wanted.criterion,
        column=wanted.column,
        reason=wanted.reason,
        evidence=wanted.evidence or None,
        office=exemption.office,
        since=wanted.since,
        until=wanted.until,
        revision=len(exemption.steps),
    )


def forget(exemption: Exemption, actor: str, name: str) -> Exemption:
    """``exemption`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    steps = tuple(step.model_copy(update=renamed) if step.actor == actor else step for step in exemption.steps)
    return exemption.model_copy(update={"steps": steps})


def _decide(exemption: Exemption, act: Act, step: Step) -> Exemption:
    decided = _move(exemption, act, step)
    if exemption.asked_by(step.actor):
        raise Refused(Refusal.OWN_REQUEST, "不能审批自己提出的豁免申请，请由其他审批人员办理。")
    return decided


def _move(exemption: Exemption, act: Act, step: Step) -> Exemption:
    after = TRANSITIONS.get((exemption.state, act))
    if after is None:
        raise Refused(Refusal.WRONG_STATE, "这件豁免已经办理过，请刷新后查看。")
    return exemption.model_copy(update={"state": after, "steps": (*exemption.steps, step)})


def _check_term(wanted: Wanted, today: date, terms: Terms) -> None:
    if wanted.since < today:
        raise Refused(Refusal.BAD_TERM, "开始日不能早于今天：豁免不追溯。", "since")
    if wanted.until < wanted.since:
        raise Refused(Refusal.BAD_TERM, "到期日不能早于开始日。", "until")
    if wanted.until - wanted.since >= A_DAY * terms.longest_days:
        raise Refused(Refusal.BAD_TERM, f"一次最长 {terms.longest_days} 天，到期后仍需豁免的另行申请。", "until")


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON or CONTROL.search(reason):
        raise Refused(Refusal.NO_REASON, f"请写明理由，不超过 {LONGEST_REASON} 字。", "reason")


def _check_url(field: str, value: str, title: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or CONTROL.search(value) or SPACE.search(value) or "@" in value or len(value) > LONGEST_URL:
        raise _bad(field, f"{title}应以 http:// 或 https:// 开头，不能是“{value[:80]}”")


def _bad(field: str, sentence: str) -> Refused:
    return Refused(Refusal.BAD_FIELD, sentence, field)
