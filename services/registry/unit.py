"""Units as pure decisions: what may stand in their fields, who changed what and why, and whether a form is stale."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.events import is_region
from shared.events.registry import Unit
from shared.privacy import Personal

LONGEST_NAME = 100
LONGEST_REASON = 500
FIELDS = (
    "name",
    "level",
    "unit_kind",
    "in_government",
    "external_service",
    "credit_code",
    "parent",
    "office",
)
"""What an administrator may change of a unit. Its region is changed by a move, its aliases one by one."""
CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015 第 5 条: digits and capitals without I, O, S, V, Z."""


class Refusal(StrEnum):
    """Why a unit is not registered, changed or moved."""

    BAD_FIELD = "bad_field"
    NO_REASON = "no_reason"
    NOTHING_CHANGED = "nothing_changed"
    EXISTS = "unit_exists"
    CODE_TAKEN = "credit_code_taken"
    NO_PARENT = "no_such_parent"
    IN_A_CIRCLE = "parent_in_a_circle"
    NO_OFFICE = "no_such_office"
    STALE = "changed_meanwhile"
    SAME_REGION = "same_region"
    NO_PROPOSAL = "no_such_proposal"
    REJECTED_BEFORE = "rejected_before"
    ALIAS_OF_ANOTHER = "alias_of_another"


class FieldChange(BaseModel):
    """One field before and after, as text; empty is not stated."""

    model_config = ConfigDict(frozen=True)

    field: str
    before: str
    after: str


class UnitAct(BaseModel):
    """One act on a unit: who, when, what, why, and which fields it changed.

    ``revision`` is the one it made, ``on`` the day a move counts from.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: Literal["create", "change", "move", "propose", "confirm", "reject"]
    reason: str = ""
    on: date | None = None
    revision: int = 0
    changes: tuple[FieldChange, ...] = ()


def check(unit: Unit) -> None:
    """Refuse what cannot stand in a unit. Raises Refused with the field."""
    if not unit.name.strip() or len(unit.name) > LONGEST_NAME:
        raise Refused(Refusal.BAD_FIELD, f"单位名称必填，不超过 {LONGEST_NAME} 字。", "name")
    if not is_region(unit.region):
        raise Refused(Refusal.BAD_FIELD, "行政区划应为四段路径，例如 41.01.05.0。", "region")
    if unit.credit_code and not credit_code_is_right(unit.credit_code):
        raise Refused(Refusal.BAD_FIELD, "统一社会信用代码应为 18 位，且末位校验码相符；请核对。", "credit_code")


def credit_code_is_right(code: str) -> bool:
    """Whether ``code`` is a 统一社会信用代码: 18 of the 31 characters, the last one right (GB 32100-2015 附录 A)."""
    if not re.fullmatch(f"[{CREDIT_DIGITS}]{{18}}", code):
        return False
    total = sum(CREDIT_DIGITS.index(digit) * pow(3, place, 31) for place, digit in enumerate(code[:17]))
    return CREDIT_DIGITS[-total % 31] == code[17]


def changed(before: Unit, wanted: Mapping[str, Any], act: UnitAct) -> tuple[Unit, UnitAct]:
    """``before`` with the ``wanted`` fields, and the act with what it changed. Raises Refused."""
    _check_reason(act)
    after = before.model_copy(update={**wanted, "revision": before.revision + 1})
    check(after)
    return after, noted(before, after, act)


def noted(before: Unit, after: Unit, act: UnitAct) -> UnitAct:
    """``act`` with every field that differs. Raises Refused when none does."""
    act = act.model_copy(update={"changes": differences(before, after), "revision": after.revision})
    if not act.changes:
        raise Refused(Refusal.NOTHING_CHANGED, "没有改动任何内容。")
    return act


def differences(before: Unit, after: Unit) -> tuple[FieldChange, ...]:
    """Every field a person may have changed, before and after."""
    return tuple(
        FieldChange(field=name, before=_text(getattr(before, name)), after=_text(getattr(after, name)))
        for name in (*FIELDS, "region", "aliases")
        if getattr(before, name) != getattr(after, name)
    )


def moved(before: Unit, region: str, act: UnitAct, today: date) -> tuple[Unit, UnitAct]:
    """``before`` in another ``region`` at once, and the act; its day may not be to come. Raises Refused."""
    _check_reason(act)
    if act.on is None or act.on > today:
        raise Refused(Refusal.BAD_FIELD, "划转日期不能晚于今天；请到当天再办理。", "on")
    if region == before.region:
        raise Refused(Refusal.SAME_REGION, "该单位已经在这个行政区划。", "region")
    after = before.model_copy(update={"region": region, "revision": before.revision + 1})
    check(after)
    return after, noted(before, after, act)


def check_parent(unit: Unit, above: Sequence[str]) -> None:
    """Refuse a parent that is missing or below the unit; ``above`` are the ids from the parent upwards, as found."""
    if not unit.parent:
        return
    if not above:
        raise Refused(Refusal.NO_PARENT, "没有登记这个上级单位，请核对其编号。", "parent")
    if unit.id in above:
        raise Refused(Refusal.IN_A_CIRCLE, "上级单位不能是本单位，也不能是本单位的下级。", "parent")


def check_fresh(revision: int, history: Sequence[UnitAct]) -> None:
    """Refuse a form made from ``revision`` when somebody changed the unit since, and tell who did what."""
    later = [act for act in history if act.revision > revision]
    if later:
        what = "；".join(_told(act) for act in later)
        raise Refused(Refusal.STALE, f"您打开表单以后，该单位的信息已被改动（{what}）。请重新打开，核对后再提交。")


def forget(history: Sequence[UnitAct], actor: str, name: str) -> tuple[UnitAct, ...]:
    """``history`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    return tuple(act.model_copy(update=renamed) if act.actor == actor else act for act in history)


FIELD_NAMES: Mapping[str, str] = {
    "name": "名称",
    "level": "层级",
    "unit_kind": "性质",
    "in_government": "是否属于政府系统",
    "external_service": "是否有对外服务职能",
    "credit_code": "统一社会信用代码",
    "parent": "上级单位",
    "office": "主管单位",
    "region": "行政区划",
    "aliases": "别名",
}


def _told(act: UnitAct) -> str:
    return "、".join(FIELD_NAMES[change.field] for change in act.changes)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "、".join(value) if isinstance(value, tuple) else str(value)


def _check_reason(act: UnitAct) -> None:
    if not act.reason.strip() or len(act.reason) > LONGEST_REASON:
        raise Refused(Refusal.NO_REASON, f"请写明理由，不超过 {LONGEST_REASON} 字。", "reason")
