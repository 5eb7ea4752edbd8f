"""The rest of what programs do with filings: attach, take in or back, mend, show a duty done, put away; drafts."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry.answers import telling
from services.registry.api import Decided, FilingAsked, FilingShown, asked_of, shown_filing
from services.registry.app import Registry
from services.registry.attaching import Attaching
from services.registry.attachment import received
from services.registry.desk import Desk
from services.registry.drafting import Drafting
from services.registry.filing import LONGEST_NAME, LONGEST_TEXT, Attached
from services.registry.records import FilingDocument
from shared.identity import Action, scope
from shared.web import IfMatch, SignedIn, Strict, api_router, matching, tagged

Key = Annotated[str, Header(max_length=LONGEST_NAME)]

BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Proof(Strict):
    """What shows that a duty was done: the address of the announcement, or words."""

    proof: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class Drafts(BaseModel):
    """What the units of somebody have begun to write, the latest first; at most 200."""

    drafts: list[FilingShown]


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = api_router("registry", "/api", app.store.once)
    _deciding(routes, Desk(app))
    _own(routes, app)
    _drafts(routes, app)
    _attachments(routes, app)
    return routes


def _deciding(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/filings/{id_}/accept", response_model=FilingShown)
    async def accept(request: Request, person: SignedIn, id_: str, decided: Decided, seen: IfMatch) -> Response:
        """Take a filing in: it is complete, and will be decided."""
        with telling(), matching(seen):
            return _shown(request, await desk.accept(person, id_, decided.reason, seen))

    @routes.post("/filings/{id_}/archive", response_model=FilingShown)
    async def archive(request: Request, person: SignedIn, id_: str, decided: Decided, seen: IfMatch) -> Response:
        """Put a filing away whose duties are done."""
        with telling(), matching(seen):
            return _shown(request, await desk.archive(person, id_, decided.reason, seen))


def _own(routes: APIRouter, app: Registry) -> None:
    desk = Desk(app)

    @routes.post("/filings/{id_}/withdraw", response_model=FilingShown)
    async def withdraw(request: Request, person: SignedIn, id_: str, decided: Decided, seen: IfMatch) -> Response:
        """Take a filing back before it counts."""
        with telling(), matching(seen):
            return _shown(request, await desk.withdraw(person, id_, decided.reason, seen))

    @routes.post("/filings/{id_}/mend", response_model=FilingShown)
    async def mend(request: Request, person: SignedIn, id_: str, mended: FilingAsked, seen: IfMatch) -> Response:
        """Mend a returned filing and submit it again; ``unit`` and ``kind`` stay what they are."""
        kept = await app.store.filing(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        with telling(), matching(seen):
            asked = await asked_of(app, person, mended, kept.unit)
            return _shown(request, await desk.resubmit(person, id_, asked, seen))

    @routes.post("/filings/{id_}/duties/{duty}", response_model=FilingShown)
    async def fulfil(request: Request, person: SignedIn, id_: str, duty: str, proof: Proof, seen: IfMatch) -> Response:
        """Show that a duty of a filing in force was done."""
        with telling(), matching(seen):
            return _shown(request, await desk.fulfil(person, id_, duty, proof.proof, seen))


def _drafts(routes: APIRouter, app: Registry) -> None:
    @routes.get("/drafts")
    async def drafts(person: SignedIn) -> Drafts:
        """What the units of somebody have begun to write."""
        return Drafts(drafts=[shown_filing(one) for one in await app.store.drafts_of(scope(person, Action.FILE))])

    @routes.get("/drafts/{id_}", response_model=FilingShown)
    async def draft(request: Request, person: SignedIn, id_: str) -> Response:
        """One draft, with the ETag that ``If-Match`` asks for."""
        kept = await app.store.drafts.get(id_, scope(person, Action.FILE))
        if kept is None:
            raise HTTPException(404)
        return _shown(request, kept)

    @routes.post("/drafts", status_code=201, response_model=FilingShown)
    async def keep(
        request: Request, person: SignedIn, asked: FilingAsked, seen: IfMatch, idempotency_key: Key = ""
    ) -> Response:
        """Keep a draft, or with ``begun`` what has become of one; submitting with ``begun`` makes it a filing."""
        with telling(), matching(seen):
            key = idempotency_key or uuid4().hex
            asking = await asked_of(app, person, asked)
            kept = await Drafting(app).keep(person, asked.unit, asking, key, begun=asked.begun, seen=seen)
        return _shown(request, kept, 201)

    @routes.post("/drafts/{id_}/discard", status_code=204)
    async def discard(person: SignedIn, id_: str, seen: IfMatch) -> Response:
        """Throw a draft away."""
        with telling(), matching(seen):
            await Drafting(app).discard(person, id_, seen)
        return Response(status_code=204)


def _attachments(routes: APIRouter, app: Registry) -> None:
    @routes.post("/attachments", status_code=201, openapi_extra=BYTES)
    async def attach(
        request: Request,
        person: SignedIn,
        unit: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)],
        name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)],
    ) -> Attached:
        """Send a file that will come with a filing of ``unit``: the body is the file, ``name`` what it is called.

        The filing names it by the ``sha256`` and ``name`` of the answer. The same file again is the same file.
        """
        with telling():
            of = await Desk(app).unit_of(person, unit)
            data = await request.body()
            kept = received(name, data)
            await Attaching(app.store).keep(of.id, [(kept, data)])
        return kept


def _shown(request: Request, kept: FilingDocument, status: int = 200) -> Response:
    return tagged(request, shown_filing(kept), kept.version, status)
