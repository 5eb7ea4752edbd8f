"""值守联络人: the page and the API where who works with a unit sees whom to call, and the unit keeps it right."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.registry.answers import telling
from services.registry.contact import LONGEST_NAME, Duty, DutyContact
from services.registry.contact_desk import Contacts
from services.registry.records import ContactDocument
from services.registry.refusal import Refused
from shared.identity import Action, Person, may
from shared.privacy import Personal
from shared.web import SignedIn, Strict, filled, page

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


def router(contacts: Contacts) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry")
    _pages(routes, contacts)
    _api(routes, contacts)
    return routes


def _pages(routes: APIRouter, contacts: Contacts) -> None:
    @routes.get("/units/{id_}/contacts", include_in_schema=False)
    async def shown(request: Request, person: SignedIn, id_: str) -> Response:
        return await _shown(request, contacts, person, id_, {}, {})

    @routes.post("/units/{id_}/contacts", include_in_schema=False)
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

    @routes.post("/units/{id_}/contacts/{contact}/leave", include_in_schema=False)
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


def _api(routes: APIRouter, contacts: Contacts) -> None:
    @routes.get("/api/units/{id_}/contacts", tags=["registry"])
    async def shown(person: SignedIn, id_: str) -> dict[str, Any]:
        """The duty contacts of a unit one works with. Each look is on record."""
        with telling():
            unit, found = await contacts.look(person, id_)
        return {"unit": {"id": unit.id, "name": unit.body.name}, "contacts": [_json(one) for one in found]}

    @routes.post("/api/units/{id_}/contacts", tags=["registry"], status_code=201)
    async def name(
        person: SignedIn,
        id_: str,
        asked: ContactAsked,
        idempotency_key: Annotated[str, Header(max_length=100)] = "",
    ) -> dict[str, Any]:
        """Name one more contact. The same Idempotency-Key again gives the same contact, and no second one."""
        key = idempotency_key or asked.key or uuid4().hex
        with telling():
            return _json(await contacts.name(person, id_, asked.contact(), key))

    @routes.post("/api/units/{id_}/contacts/{contact}/change", tags=["registry"])
    async def change(person: SignedIn, id_: str, contact: str, asked: ContactMended) -> dict[str, Any]:
        """Change how a contact is reached, or their duty."""
        with telling():
            return _json(await contacts.change(person, id_, contact, asked.contact(), asked.version))

    @routes.post("/api/units/{id_}/contacts/{contact}/leave", tags=["registry"])
    async def leave(person: SignedIn, id_: str, contact: str, asked: LeaveAsked) -> dict[str, Any]:
        """A contact leaves on a day, naming a successor or nobody."""
        with telling():
            kept = await contacts.leave(person, id_, contact, asked.leaves_on, asked.successor, asked.version)
        return _json(kept)


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


def _json(kept: ContactDocument) -> dict[str, Any]:
    return {"id": kept.id, "version": kept.version, **kept.contact.model_dump(mode="json")}


def _back(id_: str) -> Response:
    return RedirectResponse(f"/registry/units/{id_}/contacts", 303, {"Cache-Control": "no-store"})
