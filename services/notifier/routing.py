"""Who is told. Pure.

The unit's administrators and the people of the offices that look after the region are told alike. A unit nobody
registered a contact for is not passed over: its offices are told to pass it on, and when there is nobody at all, that
is a result of its own that the page shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from shared.privacy import Personal


class Contact(Protocol):
    """Somebody who can be written to; ``email`` may be empty."""

    @property
    def name(self) -> str:
        """What the person is called."""
        ...

    @property
    def email(self) -> str:
        """Where the person reads mail."""
        ...

    @property
    def person(self) -> str:
        """The person's id."""
        ...


class Side(StrEnum):
    """As what somebody is told."""

    UNIT = "unit"
    OFFICE = "office"


class Gap(StrEnum):
    """Who could not be found."""

    UNIT_WITHOUT_CONTACT = "unit_without_contact"
    OFFICE_WITHOUT_CONTACT = "office_without_contact"
    NOBODY = "nobody"


GAP_WORDS: Mapping[Gap, str] = {
    Gap.UNIT_WITHOUT_CONTACT: "责任单位没有登记可用的联系人，已转请主管单位转达。",
    Gap.OFFICE_WITHOUT_CONTACT: "主管单位没有登记可用的联系人，仅通知了责任单位。",
    Gap.NOBODY: "责任单位和主管单位都没有登记可用的联系人，未能送达任何人。",
}


GAPS: Mapping[frozenset[Side], Gap | None] = {
    frozenset({Side.UNIT, Side.OFFICE}): None,
    frozenset({Side.OFFICE}): Gap.UNIT_WITHOUT_CONTACT,
    frozenset({Side.UNIT}): Gap.OFFICE_WITHOUT_CONTACT,
    frozenset(): Gap.NOBODY,
}


class Recipient(BaseModel):
    """One person to tell, as what, and where; ``person`` is who that is for good (an id)."""

    model_config = ConfigDict(frozen=True)

    side: Side
    name: Personal
    address: Personal
    person: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Everybody to tell, each address once, and who is missing."""

    recipients: tuple[Recipient, ...]
    gap: Gap | None


def route(unit: Iterable[Contact], offices: Iterable[Contact]) -> Route:
    """Whom to tell, given the contacts of the unit and of the offices that look after its region."""
    chosen: dict[str, Recipient] = {}
    found: set[Side] = set()
    for side, contacts in ((Side.UNIT, unit), (Side.OFFICE, offices)):
        for contact in contacts:
            address = contact.email.strip()
            if address:
                found.add(side)
                told = Recipient(
                    side=side, name=Personal(contact.name), address=Personal(address), person=contact.person
                )
                chosen.setdefault(address.casefold(), told)
    return Route(tuple(chosen.values()), GAPS[frozenset(found)])
