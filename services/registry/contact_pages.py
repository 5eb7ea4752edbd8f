"""值守联络人: the page and the API where who works with a unit sees whom to call, and the unit keeps it right."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.contact import LONGEST_NAME, Duty, DutyContact
from services.registry.contact_desk import Contacts
from services.registry.records import ContactDocument
from services.registry.refusal import Refused
from shared.events.registry import UnitRef
from shared.identity import Action, Person, may
from shared.privacy import Personal
from shared.web import IfMatch, SignedIn, Strict, api_router, filled, matching, page, tagged

DUTIES: Mapping[str, str] = {Duty.HEAD: "主要负责人", Duty.LEADER: "分管领导", Duty.STAFF: "工作人员"}
Number = Annotated[str, Field(max_length=30)]


class ContactAsked(Strict):
    """Somebody who stands for the unit. ``key`` tells one form from another."""

    duty: Duty
    name: str = Field(max_length=LONGEST_NAME)
    phone: Number = ""
    mobile: Number = ""
    email: str = Field("", max_length=200)
    since: date
    key: str = Field("", max_length=100)

    def contact(self) -> DutyContact:
        """The contact."""
        return DutyContact(
            duty=self.duty,
            name=Personal(self.name),
            phone=Personal(self.phone),
            mobile=Personal(self.mobile),
            email=Personal(self.email),
            since=self.since,
        )


class ContactMended(ContactAsked):
    """The same, changed from what it was at ``version``."""

    version: int = Field(ge=1, le=2**31)


class LeaveAsked(Strict):
    """A contact leaves on a day; ``successor`` is the id of the contact who takes over, if anybody does."""

    leaves_on: date
    successor: str = Field("", max_length=64)
    version: int = Field(ge=1, le=2**31)


class ContactShown(DutyContact):
    """A contact as who works with the unit sees it."""

    id: str
    version: int


class ContactsShown(BaseModel):
    """The contacts of a unit."""

    unit: UnitRef
    contacts: list[ContactShown]


def router(contacts: Contacts) -> APIRouter:
    """The pages."""
    routes = APIRouter(prefix="/registry", include_in_schema=False)

    @routes.get("/units/{id_}/contacts")
    async def shown(request: Request, person: SignedIn, id_: str) -> Response:
        return await _shown(request, contacts, person, id_, {}, {})

    @routes.post("/units/{id_}/contacts")
    async def name(request: Request, person: SignedIn, id_: str) -> Response:
        sent = await filled(request, ContactAsked)
        errors = dict(sent.errors)
        if sent.model:
            try:
                with telling(but_refusals=True):
                    await contacts.name(person, id_, sent.model.contact(), sent.model.key or uuid4().hex)
            except Refused as refused:
                errors = {refused.field or "name": refused.sentence}
            else:
                return _back(id_)
        return await _shown(request, contacts, person, id_, sent.values, errors)

    @routes.post("/units/{id_}/contacts/{contact}/leave")
    async def leave(request: Request, person: SignedIn, id_: str, contact: str) -> Response:
        sent = await filled(request, LeaveAsked)
        errors = dict(sent.errors)
        if sent.model:
            asked = sent.model
            try:
                with telling(but_refusals=True):
                    await contacts.leave(person, id_, contact, asked.leaves_on, asked.successor, asked.version)
            except Refused as refused:
                errors = {refused.field or "leaves_on": refused.sentence}
            else:
                return _back(id_)
        return await _shown(request, contacts, person, id_, {}, errors, row=contact)

    return routes


def api(app: Registry, contacts: Contacts) -> APIRouter:
    """The API."""
    routes = api_router("registry", kept=app.store.once)

    @routes.get("/api/units/{id_}/contacts")
    async def shown(person: SignedIn, id_: str) -> ContactsShown:
        """The duty contacts of a unit one works with. Each look is on record."""
        with telling():
            unit, found = await contacts.look(person, id_)
        return ContactsShown(unit=UnitRef(id=unit.id, name=unit.body.name), contacts=[_shown_one(one) for one in found])

    @routes.post("/api/units/{id_}/contacts", status_code=201, response_model=ContactShown)
    async def name(
        request: Request,
        person: SignedIn,
        id_: str,
        asked: ContactAsked,
        idempotency_key: Annotated[str, Header(max_length=100)] = "",
    ) -> Response:
        """Name one more contact. The same Idempotency-Key again gives the same contact, and no second one."""
        key = idempotency_key or asked.key or uuid4().hex
        with telling():
            kept = await contacts.name(person, id_, asked.contact(), key)
        return tagged(request, _shown_one(kept), kept.version, 201)

    @routes.post("/api/units/{id_}/contacts/{contact}/change", response_model=ContactShown)
    async def change(
        request: Request, person: SignedIn, id_: str, contact: str, asked: ContactMended, seen: IfMatch
    ) -> Response:
        """Change how a contact is reached, or their duty."""
        with telling(), matching(seen):
            kept = await contacts.change(person, id_, contact, asked.contact(), asked.version, seen)
        return tagged(request, _shown_one(kept), kept.version)

    @routes.post("/api/units/{id_}/contacts/{contact}/leave", response_model=ContactShown)
    async def leave(
        request: Request, person: SignedIn, id_: str, contact: str, asked: LeaveAsked, seen: IfMatch
    ) -> Response:
        """A contact leaves on a day, naming a successor or nobody."""
        with telling(), matching(seen):
            kept = await contacts.leave(person, id_, contact, asked.leaves_on, asked.successor, asked.version, seen)
        return tagged(request, _shown_one(kept), kept.version)

    return routes


async def _shown(
    request: Request,
    contacts: Contacts,
    person: Person,
    id_: str,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    row: str = "",
) -> Response:
    with telling():
        unit, found = await contacts.look(person, id_)
    today = contacts.today()
    acts = (Action.ADMINISTER, Action.FILE)
    return page(
        request,
        "contacts.html",
        status=422 if errors else 200,
        unit=unit.body,
        contacts=[(one, one.contact.in_post(today)) for one in found],
        names={one.id: one.contact.name for one in found},
        duties=DUTIES,
        values={"since": today.isoformat(), "key": uuid4().hex, **values},
        today=today.isoformat(),
        errors={} if row else errors,
        row=row,
        row_errors=errors if row else {},
        may_keep=any(may(person, action, region=unit.region, unit=unit.unit) for action in acts),
    )


def _shown_one(kept: ContactDocument) -> ContactShown:
    return ContactShown(id=kept.id, version=kept.version, **dict(kept.contact))


def _back(id_: str) -> Response:
    return RedirectResponse(f"/registry/units/{id_}/contacts", 303, {"Cache-Control": "no-store"})
