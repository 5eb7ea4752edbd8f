"""The rest of what programs do with filings: take in, take back, mend, show that a duty is done, put away; drafts."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from services.registry.answers import telling
from services.registry.api import Decided, FilingAsked, asked_of
from services.registry.app import Registry
from services.registry.desk import Desk
from services.registry.drafting import Drafting
from services.registry.filing import LONGEST_TEXT, Filing
from services.registry.store import FilingDocument
from shared.identity import Action, scope
from shared.web import SignedIn, Strict


class Acted(Decided):
    """An act with its reason, on the ``version`` of the filing that was seen; without one, on whichever there is."""

    version: int | None = None


class Proof(Strict):
    """What shows that a duty was done: the address of the announcement, or words."""

    proof: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    version: int | None = None


class Mended(FilingAsked):
    """A returned filing as it shall be; ``unit`` and ``kind`` stay what they are."""

    version: int | None = None


class Shown(Filing):
    """A filing or a draft as programs see it."""

    id: str
    region: str
    version: int


class Drafts(BaseModel):
    """What the units of somebody have begun to write, the latest first."""

    drafts: list[Shown]


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/registry/api", tags=["registry"])
    _deciding(routes, Desk(app))
    _own(routes, Desk(app))
    _drafts(routes, app)
    return routes


def _deciding(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/filings/{id_}/accept")
    async def accept(person: SignedIn, id_: str, acted: Acted) -> Shown:
        """Take a filing in: it is complete, and will be decided."""
        with telling():
            return shown(await desk.accept(person, id_, acted.reason, acted.version))

    @routes.post("/filings/{id_}/archive")
    async def archive(person: SignedIn, id_: str, acted: Acted) -> Shown:
        """Put a filing away whose duties are done."""
        with telling():
            return shown(await desk.archive(person, id_, acted.reason, acted.version))


def _own(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/filings/{id_}/withdraw")
    async def withdraw(person: SignedIn, id_: str, acted: Acted) -> Shown:
        """Take a filing back before it counts."""
        with telling():
            return shown(await desk.withdraw(person, id_, acted.reason, acted.version))

    @routes.post("/filings/{id_}/mend")
    async def mend(person: SignedIn, id_: str, mended: Mended) -> Shown:
        """Mend a returned filing and submit it again."""
        with telling():
            return shown(await desk.resubmit(person, id_, asked_of(mended), mended.version))

    @routes.post("/filings/{id_}/duties/{duty}")
    async def fulfil(person: SignedIn, id_: str, duty: str, proof: Proof) -> Shown:
        """Show that a duty of a filing in force was done."""
        with telling():
            return shown(await desk.fulfil(person, id_, duty, proof.proof, proof.version))


def _drafts(routes: APIRouter, app: Registry) -> None:
    @routes.get("/drafts")
    async def drafts(person: SignedIn) -> Drafts:
        """What the units of somebody have begun to write."""
        return Drafts(drafts=[shown(one) for one in await app.store.drafts_of(scope(person, Action.FILE))])

    @routes.post("/drafts", status_code=201)
    async def keep(
        person: SignedIn, asked: FilingAsked, idempotency_key: Annotated[str, Header(max_length=100)] = ""
    ) -> Shown:
        """Keep a draft. The same Idempotency-Key again replaces it; submitting with that key makes it a filing."""
        with telling():
            key = idempotency_key or uuid4().hex
            return shown(await Drafting(app).keep(person, asked.unit, asked_of(asked), key))

    @routes.post("/drafts/{id_}/discard", status_code=204)
    async def discard(person: SignedIn, id_: str) -> Response:
        """Throw a draft away."""
        with telling():
            await Drafting(app).discard(person, id_)
        return Response(status_code=204)


def shown(kept: FilingDocument) -> Shown:
    """A filing or a draft as the API shows it."""
    return Shown(id=kept.id, region=kept.region, version=kept.version, **dict(kept.filing))
