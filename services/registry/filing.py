"""备案 as pure decisions: what a filing must say, who may move it on, and the state machine as one table."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.events.registry import FilingKind, Outlet, Particulars, UnitRef, Website
from shared.privacy import Personal

CODE = re.compile(r"bm\d{8}|\d{10}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_NAME = 100
LONGEST_TEXT = 2000
OWN = "不能审批自己提交的备案，请由其他审批人员办理。"


class FilingState(StrEnum):
    """Where a filing stands."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Act(StrEnum):
    """What may be done to a filing."""

    APPROVE = "approve"
    RETURN = "return"
    RESUBMIT = "resubmit"


TRANSITIONS: dict[tuple[FilingState, Act], FilingState] = {
    (FilingState.SUBMITTED, Act.APPROVE): FilingState.APPROVED,
    (FilingState.SUBMITTED, Act.RETURN): FilingState.RETURNED,
    (FilingState.RETURNED, Act.RESUBMIT): FilingState.SUBMITTED,
}


class Refusal(StrEnum):
    """Why something asked of the registry is not done."""

    BAD_FIELD = "bad_field"
    ALREADY_OPEN = "already_open"
    NOT_IN_FORCE = "not_in_force"
    NOTHING_CHANGES = "nothing_changes"
    ANOTHER_UNDER_WAY = "another_under_way"
    WRONG_STATE = "wrong_state"
    OWN_FILING = "own_filing"
    NO_REASON = "no_reason"
    KEY_USED = "key_used"
    OTHER_UNIT = "other_unit"


class Step(BaseModel):
    """One act on a filing: who, when, what, why."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: Literal["submit", "approve", "return", "resubmit", "import"]
    reason: str = ""


class Filing(BaseModel):
    """A filing: ``filed`` is what shall be in force, whole; ``fields`` names what a change changes."""

    model_config = ConfigDict(frozen=True)

    number: str
    kind: FilingKind
    outlet: str
    unit: UnitRef
    filed: Particulars
    fields: tuple[str, ...] = ()
    purpose: str = ""
    late: bool = False
    state: FilingState
    steps: tuple[Step, ...]

    def submitted_by(self, actor: str) -> bool:
        """Whether ``actor`` submitted or mended it: a person with two roles is still one person."""
        return any(step.actor == actor and step.act in ("submit", "resubmit") for step in self.steps)

    @property
    def approved_at(self) -> datetime | None:
        """When it was approved (or imported as already in force)."""
        return next((step.at for step in self.steps if step.act in ("approve", "import")), None)


def forget(filing: Filing, actor: str, name: str) -> Filing:
    """``filing`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    steps = tuple(step.model_copy(update=renamed) if step.actor == actor else step for step in filing.steps)
    return filing.model_copy(update={"steps": steps})


def outlet_id(filed: Particulars) -> str:
    """The id of the outlet: ``w-<网站标识码>``, or ``a-<platform>-<account>``: one name on two platforms is two."""
    if isinstance(filed, Website):
        return f"w-{filed.code}"
    return f"a-{filed.platform}-{filed.account}"


def check(filed: Particulars) -> None:
    """Refuse particulars that cannot be filed, naming the field. A 网站标识码 is ten digits, or bm and eight."""
    _text("name", filed.name, "名称")
    if isinstance(filed, Website):
        if not CODE.fullmatch(filed.code):
            raise _bad("code", f"网站标识码应为 10 位数字，或 bm 加 8 位数字，不能是“{filed.code}”")
        _url("url", filed.url, "网站地址")
        return
    for field, value, title in (("platform", filed.platform, "平台代码"), ("account", filed.account, "账号标识")):
        if not TOKEN.fullmatch(value):
            raise _bad(field, f"{title}只能用字母、数字、“-”和“_”，最长 64 位，不能是“{value}”")
    if CONTROL.search(filed.verified_as) or len(filed.verified_as) > LONGEST_NAME:
        raise _bad("verified_as", f"认证主体不能超过 {LONGEST_NAME} 字，也不能含控制字符")
    if filed.source:
        how, _, locator = filed.source.partition(":")
        if not TOKEN.fullmatch(how) or not locator:
            raise _bad("source", f"读取方式应写成“方式：地址”，例如 json_feed:https://…,不能是“{filed.source}”")
        _url("source", locator, "读取地址")


def changed_fields(before: Particulars, after: Particulars) -> tuple[str, ...]:
    """The names of the fields that differ."""
    old, new = before.model_dump(), after.model_dump()
    return tuple(name for name in new if old.get(name) != new[name])


@dataclass(frozen=True, slots=True)
class Standing:
    """How an outlet stands when something is filed for it.

    ``in_force`` is the outlet, None when it was never opened; ``under_way`` counts its filings not yet decided;
    ``open_fields`` are the fields of which an unfiled change is already known.
    """

    in_force: Outlet | None = None
    under_way: int = 0
    open_fields: frozenset[str] = frozenset()


def submit(
    *, kind: FilingKind, number: str, unit: UnitRef, filed: Particulars, purpose: str, step: Step, standing: Standing
) -> Filing:
    """A new filing, submitted. One of a field already found changed is late. Raises Refused."""
    check(filed)
    in_force = standing.in_force
    if in_force is not None and in_force.unit.id != unit.id:
        raise Refused(Refusal.OTHER_UNIT, "该标识码或账号已由其他单位备案，请与主管单位核对。")
    if len(purpose) > LONGEST_TEXT:
        raise _bad("purpose", f"说明不能超过 {LONGEST_TEXT} 字")
    fields = _fields(kind, filed, standing)
    return Filing(
        number=number,
        kind=kind,
        outlet=outlet_id(filed),
        unit=unit,
        filed=filed,
        fields=fields,
        purpose=purpose,
        late=bool(standing.open_fields & set(fields)),
        state=FilingState.SUBMITTED,
        steps=(step,),
    )


def _fields(kind: FilingKind, filed: Particulars, standing: Standing) -> tuple[str, ...]:
    in_force = standing.in_force
    if standing.under_way:
        raise Refused(Refusal.ANOTHER_UNDER_WAY, "该对象另有一件备案正在办理，办结后再提交。")
    if kind is FilingKind.OPEN:
        if in_force is not None:
            raise Refused(Refusal.ALREADY_OPEN, f"“{in_force.name}”（{in_force.id}）已经备案，请改提变更备案。")
        return ()
    if in_force is None:
        raise Refused(Refusal.NOT_IN_FORCE, "该对象尚未开设备案，不能提交变更。")
    fields = changed_fields(in_force.filed, filed)
    if kind is FilingKind.CHANGE and not fields:
        raise Refused(Refusal.NOTHING_CHANGES, "与在案信息完全相同，没有需要变更的内容。")
    return fields


def still_fits(filing: Filing, in_force: Outlet | None) -> None:
    """Refuse what no longer fits what is in force: another unit has opened the outlet meanwhile, say."""
    if in_force is not None and in_force.unit.id != filing.unit.id:
        raise Refused(Refusal.OTHER_UNIT, "该标识码或账号已由其他单位备案，请与主管单位核对。")
    if filing.kind is FilingKind.OPEN and in_force is not None:
        raise Refused(Refusal.ALREADY_OPEN, f"“{in_force.name}”（{in_force.id}）已经备案，这件开设备案不能再办理。")
    if filing.kind is not FilingKind.OPEN and in_force is None:
        raise Refused(Refusal.NOT_IN_FORCE, "该对象尚未开设备案，这件备案不能办理。")


def approve(filing: Filing, step: Step, in_force: Outlet | None) -> Filing:
    """The office agrees. Nobody approves what they submitted or mended themselves. Raises Refused."""
    state = _next(filing, Act.APPROVE)
    _not_ones_own(filing, step)
    still_fits(filing, in_force)
    _reason(step)
    return filing.model_copy(update={"state": state, "steps": (*filing.steps, step)})


def send_back(filing: Filing, step: Step) -> Filing:
    """The office, and nobody who submitted it, returns it and says what to mend (the step's reason). Raises Refused."""
    state = _next(filing, Act.RETURN)
    _not_ones_own(filing, step)
    if not step.reason.strip():
        raise Refused(Refusal.NO_REASON, "退回时请写明需要补正的内容。", "reason")
    _reason(step)
    return filing.model_copy(update={"state": state, "steps": (*filing.steps, step)})


def resubmit(filing: Filing, filed: Particulars, step: Step, in_force: Outlet | None) -> Filing:
    """The unit mends a returned filing and submits it again. Raises Refused."""
    state = _next(filing, Act.RESUBMIT)
    still_fits(filing, in_force)
    check(filed)
    if outlet_id(filed) != filing.outlet:
        raise _bad("code" if isinstance(filed, Website) else "account", "补正不能更换备案对象，请另行提交。")
    fields = changed_fields(in_force.filed, filed) if in_force else ()
    update = {"state": state, "filed": filed, "fields": fields, "steps": (*filing.steps, step)}
    return filing.model_copy(update=update)


def imported(*, number: str, unit: UnitRef, filed: Particulars, step: Step, standing: Standing | None = None) -> Filing:
    """A filing already in force, taken over from an office's list: an opening, or a change of what stands in force.

    Raises Refused.
    """
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
        state=FilingState.APPROVED,
        steps=(step,),
    )


def _next(filing: Filing, act: Act) -> FilingState:
    state = TRANSITIONS.get((filing.state, act))
    if state is None:
        words = {FilingState.SUBMITTED: "待审批", FilingState.RETURNED: "已退回", FilingState.APPROVED: "已批准"}
        raise Refused(Refusal.WRONG_STATE, f"这件备案现在是“{words[filing.state]}”，不能这样办理；请刷新后再看。")
    return state


def _not_ones_own(filing: Filing, step: Step) -> None:
    if filing.submitted_by(step.actor):
        raise Refused(Refusal.OWN_FILING, OWN)


def _reason(step: Step) -> None:
    if len(step.reason) > LONGEST_TEXT:
        raise _bad("reason", f"意见不能超过 {LONGEST_TEXT} 字")


def _bad(field: str, sentence: str) -> Refused:
    return Refused(Refusal.BAD_FIELD, sentence, field)


def _text(field: str, value: str, title: str) -> None:
    if not value.strip() or len(value) > LONGEST_NAME or CONTROL.search(value):
        raise _bad(field, f"{title}必填，不超过 {LONGEST_NAME} 字，不能含控制字符")


def _url(field: str, value: str, title: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or CONTROL.search(value) or " " in value or len(value) > LONGEST_TEXT or "@" in value:
        raise _bad(field, f"{title}应以 http:// 或 https:// 开头，不能是“{value[:80]}”")
