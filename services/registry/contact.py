"""值守联络人 as pure decisions: who stands for a unit on a day, when nobody does, and when a name is forgotten."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.privacy import Personal

PHONE = re.compile(r"[0-9+() -]{5,20}(?:转[0-9]{1,6})?")
MOBILE = re.compile(r"1[3-9][0-9]{9}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_NAME = 50
KEPT = timedelta(days=365)
"""How long who was a contact is known after they left (《个人信息保护法》第十九条: no longer than needed)."""


class Duty(StrEnum):
    """What a contact is to the unit: 主要负责人, 分管领导, 工作人员."""

    HEAD = "head"
    LEADER = "leader"
    STAFF = "staff"


class Missing(StrEnum):
    """What a unit had and has no more."""

    CONTACT = "contact"
    ADMINISTRATOR = "administrator"


class Refusal(StrEnum):
    """Why a contact is not named or does not leave."""

    BAD_FIELD = "bad_field"
    LEFT_ALREADY = "left_already"
    NO_SUCCESSOR = "no_such_successor"


class DutyContact(BaseModel):
    """Somebody a unit named. ``leaves_on`` is the first day they stand for it no more; ``successor`` a contact's id."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    duty: Duty
    name: Personal
    phone: Personal = Personal("")
    mobile: Personal = Personal("")
    email: Personal = Personal("")
    since: date
    leaves_on: date | None = None
    successor: str = ""

    def in_post(self, day: date) -> bool:
        """Whether they stand for the unit on ``day``."""
        return self.leaves_on is None or day < self.leaves_on


def check(contact: DutyContact) -> None:
    """Refuse a contact nobody could reach. Raises Refused with the field."""
    name, phone, mobile, email = (one.plain for one in (contact.name, contact.phone, contact.mobile, contact.email))
    if not name or len(name) > LONGEST_NAME:
        raise Refused(Refusal.BAD_FIELD, f"姓名必填，不超过 {LONGEST_NAME} 字。", "name")
    if not phone and not mobile:
        raise Refused(Refusal.BAD_FIELD, "办公电话和手机至少填写一项。", "phone")
    if phone and not PHONE.fullmatch(phone):
        raise Refused(Refusal.BAD_FIELD, "办公电话只含数字、空格、括号、加号和短横，可加“转”分机。", "phone")
    if mobile and not MOBILE.fullmatch(mobile):
        raise Refused(Refusal.BAD_FIELD, "手机号应为 11 位。", "mobile")
    if email and not MAIL.fullmatch(email):
        raise Refused(Refusal.BAD_FIELD, "电子邮箱格式不对。", "email")


def leave(contact: DutyContact, on: date, today: date, successor: str, colleagues: Sequence[str]) -> DutyContact:
    """``contact`` leaves on a day, handing over to one of ``colleagues`` (ids) or to nobody. Raises Refused."""
    if not contact.in_post(today):
        raise Refused(Refusal.LEFT_ALREADY, "该联络人已经离任。")
    if on < contact.since:
        raise Refused(Refusal.BAD_FIELD, "离任日不能早于任职日。", "leaves_on")
    if successor and successor not in colleagues:
        raise Refused(Refusal.NO_SUCCESSOR, "接任人应是本单位在任的另一位联络人；请先登记接任人。", "successor")
    return contact.model_copy(update={"leaves_on": on, "successor": successor})


def lacking(
    *, reported: bool, had_administrator: bool, contacts: Iterable[DutyContact], administrators: int, today: date
) -> frozenset[Missing]:
    """What a unit lacks on a day: only what it had can be missing, else it was simply never reported."""
    found = set[Missing]()
    if reported and not any(contact.in_post(today) for contact in contacts):
        found.add(Missing.CONTACT)
    if had_administrator and administrators == 0:
        found.add(Missing.ADMINISTRATOR)
    return frozenset(found)


def forgotten(contact: DutyContact) -> DutyContact:
    """``contact`` without who it was: the duty and its days stay."""
    nothing = Personal("")
    return contact.model_copy(
        update={"name": Personal("（已清除）"), "phone": nothing, "mobile": nothing, "email": nothing}
    )
