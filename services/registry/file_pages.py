"""The form to file: fresh, from a draft, of an outlet, or to mend what was returned."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.attaching import Attaching
from services.registry.attachment import entry, received, within
from services.registry.desk import Desk
from services.registry.drafting import Drafting
from services.registry.file_sheet import UNSEEN, Sheet, caught_up, drawn, target
from services.registry.filing import Asked, Attached, FilingState, Refusal
from services.registry.filing_form import FilingSent, asked_of, right, values_of
from services.registry.life import KINDS, WORDS, kinds_of
from services.registry.particulars import written
from services.registry.proposal import with_proposals
from services.registry.proposing import proposed
from services.registry.records import FilingDocument, OutletDocument
from services.registry.refusal import Refused
from services.registry.standing import folded_by
from shared import web
from shared.documents import Stale
from shared.events.registry import FilingKind, Website
from shared.identity import Action, Person, scope
from shared.web import Filled, SignedIn, Strict, filled, saw, with_files

OF_NOTHING = frozenset({FilingKind.OPEN, FilingKind.CONSTRUCT})
"""Kinds that are of nothing in force."""


class Discarded(Strict):
    """What is sent to throw a draft away."""

    version: int | None = Field(None)


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _filing(routes, app)
    _discarding(routes, app)
    _mending(routes, app)
    return routes


def _filing(routes: APIRouter, app: Registry) -> None:
    @routes.get("/registry/file")
    async def form(
        request: Request,
        person: SignedIn,
        kind: FilingKind = FilingKind.OPEN,
        what: Annotated[str, Query(pattern="^(website|new_media)$")] = "website",
        outlet: str = "",
        draft: str = "",
        columns: Annotated[str, Query(pattern="^(proposed)?$")] = "",
    ) -> Response:
        if draft:
            kept = await app.store.drafts.get(draft, scope(person, Action.FILE))
            if kept is None:
                raise HTTPException(404)
            return await drawn(request, app, person, await _of_filing(app, person, kept, begun=kept.id))
        of = await _outlet(app, person, outlet)
        if of is None and kind not in OF_NOTHING:
            raise HTTPException(404)
        if of is not None and kind not in kinds_of(of.outlet.state, of.outlet.filed.kind):
            with telling():
                now = WORDS[of.outlet.state]
                raise Refused(Refusal.NOT_FROM_HERE, f"该对象现为“{now}”，不能提交{KINDS[kind]}备案。")
        what = "new_media" if kind is FilingKind.CONSTRUCT else what
        values = values_of(of.outlet.filed) if of else {"kind": what}
        if kind is FilingKind.CONSTRUCT:
            values["platform"] = "app"
        if of is not None and kind is FilingKind.CHANGE and columns:
            values |= await _proposed(app, person, of)
        return await drawn(request, app, person, Sheet(kind, values, uuid4().hex, outlet=of))

    @routes.post("/registry/file")
    async def submit(request: Request, person: SignedIn) -> Response:
        return await _sent(request, app, person, *await with_files(request, FilingSent, files="file", many="attached"))


def _discarding(routes: APIRouter, app: Registry) -> None:
    @routes.post("/registry/drafts/{id_}/discard")
    async def discard(request: Request, person: SignedIn, id_: str) -> Response:
        form = await filled(request, Discarded)
        if form.model is None:
            raise web.Refused(Refusal.BAD_FIELD, "没有删除：请打开草稿，用页面上的按钮删除。", 422, form.errors)
        with telling():
            await Drafting(app).discard(person, id_, saw(form.model.version))
        return RedirectResponse("/registry/inbox", 303)


def _mending(routes: APIRouter, app: Registry) -> None:
    @routes.get("/registry/filings/{id_}/mend")
    async def mend_form(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await app.store.filing(id_, scope(person, Action.FILE))
        if kept is None or kept.filing.state is not FilingState.RETURNED:
            raise HTTPException(404)
        return await drawn(request, app, person, await _of_filing(app, person, kept, mends=kept))

    @routes.post("/registry/filings/{id_}/mend")
    async def mend(request: Request, person: SignedIn, id_: str) -> Response:
        kept = await app.store.filing(id_, scope(person, Action.SEE))
        if kept is None:
            raise HTTPException(404)
        sent = await with_files(request, FilingSent, files="file", many="attached")
        return await _sent(request, app, person, *sent, mends=kept)


async def _of_filing(
    app: Registry, person: Person, kept: FilingDocument, *, begun: str = "", mends: FilingDocument | None = None
) -> Sheet:
    filing = kept.filing
    said = {name: getattr(filing, name) for name in ("purpose", "effective_on", "done_on", "until", "into", "after")}
    values = values_of(filing.filed, Asked(kind=filing.kind, filed=filing.filed, **said))
    values |= {"unit": kept.unit, "outlet": filing.outlet}
    sheet = Sheet(filing.kind, values, begun=begun, mends=mends, version=kept.version, steps=len(filing.steps))
    sheet = replace(sheet, attached=filing.attached)
    of = None if filing.kind in OF_NOTHING else await app.store.outlet(filing.outlet, scope(person, Action.FILE))
    if of is None:
        return sheet
    return replace(sheet, outlet=of, folded=await folded_by(app, of, filing.asked_at or filing.steps[-1].at))


async def _proposed(app: Registry, person: Person, of: OutletDocument) -> dict[str, str]:
    """The columns that are filed, with what was seen of them; nothing when nothing was."""
    filed = of.outlet.filed
    _, found = await proposed(app, of, scope(person, Action.FILE))
    if not found or not isinstance(filed, Website):
        return {}
    return {"columns": written(filed.model_copy(update={"columns": with_proposals(filed.columns, found)}))["columns"]}


async def _outlet(app: Registry, person: Person, id_: str) -> OutletDocument | None:
    if not id_:
        return None
    kept = await app.store.outlet(id_, scope(person, Action.FILE))
    if kept is None:
        raise HTTPException(404)
    return kept


@dataclass(frozen=True, slots=True)
class _Asking:
    """One sending of the form."""

    app: Registry
    person: Person
    sent: FilingSent
    asked: Asked
    mends: FilingDocument | None

    async def done(self) -> FilingDocument:
        """Submit it, mend with it, or keep it as a draft."""
        sent, seen = self.sent, saw(self.sent.version)
        if self.mends is not None:
            return await Desk(self.app).resubmit(self.person, self.mends.id, self.asked, seen)
        if sent.act == "draft":
            drafts = Drafting(self.app)
            return await drafts.keep(self.person, sent.unit, self.asked, sent.key, begun=sent.begun, seen=seen)
        return await Desk(self.app).submit(self.person, sent.unit, self.asked, sent.key, begun=sent.begun, seen=seen)


async def _sent(
    request: Request,
    app: Registry,
    person: Person,
    form: Filled[FilingSent],
    files: Sequence[tuple[str, str, bytes]],
    named: Sequence[str],
    *,
    mends: FilingDocument | None = None,
) -> Response:
    sheet = _typed(form, mends)
    sent = form.model
    try:
        with telling(but_refusals=True):
            sheet = replace(sheet, outlet=await _outlet(app, person, form.values.get("outlet", "")))
            for more in ((), files):
                sheet = replace(sheet, attached=await _attached(app, person, sheet, more, named))
            sent = right(form)
            if fresh := await caught_up(app, sheet):
                return await drawn(request, app, person, fresh)
            asking = _Asking(app, person, sent, await _asked(app, person, sent, sheet), mends)
            if sent.act == "look":
                preview = await Drafting(app).preview(person, sent.unit, asking.asked, mends.id if mends else "")
                return await drawn(request, app, person, replace(sheet, preview=preview))
            kept = await asking.done()
    except Refused as refused:
        return await drawn(request, app, person, replace(sheet, refused=refused))
    except Stale:
        return await drawn(request, app, person, await _moved_on(app, person, sheet))
    if sent.act == "draft" and mends is None:
        return RedirectResponse(f"/registry/file?draft={kept.id}", 303)
    return RedirectResponse(f"/registry/filings/{kept.id}", 303)


def _typed(form: Filled[FilingSent], mends: FilingDocument | None) -> Sheet:
    values: Mapping[str, str] = form.values
    kind = form.model.filing_kind if form.model else _kind(values.get("filing_kind", ""))
    return Sheet(
        mends.filing.kind if mends else kind,
        values,
        values.get("key", ""),
        begun=values.get("begun", ""),
        mends=mends,
        version=_number(values.get("version", "")),
        steps=_number(values.get("steps", "")) or 0,
        folded=_number(values.get("folded", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _kind(text: str) -> FilingKind:
    return FilingKind(text) if text in set(FilingKind) else FilingKind.OPEN


async def _asked(app: Registry, person: Person, sent: FilingSent, sheet: Sheet) -> Asked:
    if sheet.mends is not None:
        sent = sent.model_copy(update={"filing_kind": sheet.mends.filing.kind})
    before = sheet.outlet.outlet.filed if sheet.outlet else sheet.mends.filing.filed if sheet.mends else None
    into = await target(app, person, sent.into, before) if sent.filing_kind is FilingKind.MERGE else None
    return asked_of(sent, before, into=into, attached=sheet.attached)


async def _attached(
    app: Registry, person: Person, sheet: Sheet, files: Sequence[tuple[str, str, bytes]], named: Sequence[str]
) -> tuple[Attached, ...]:
    """What comes with the form: kept first, so that nobody has to choose it again when something else is wrong."""
    if not files and not named:
        return ()
    unit = await Desk(app).unit_of(person, sheet.mends.unit if sheet.mends else sheet.values.get("unit", ""))
    attaching = Attaching(app.store)
    again = await attaching.again(unit.id, [entry(one) for one in named])
    fresh = [
        (received(name, data, field.removeprefix("file-").removeprefix("files")), data) for field, name, data in files
    ]
    found = within([*again, *(one for one, _ in fresh)])
    await attaching.keep(unit.id, fresh)
    return found


async def _moved_on(app: Registry, person: Person, sheet: Sheet) -> Sheet:
    seen = scope(person, Action.FILE)
    store = app.store
    kept = await (store.filing(sheet.mends.id, seen) if sheet.mends else store.drafts.get(sheet.begun, seen))
    if kept is None:
        raise HTTPException(404)
    steps = kept.filing.steps
    return replace(
        sheet,
        refused=Refused(Refusal.WRONG_STATE, UNSEEN),
        meanwhile=steps[sheet.steps :] or steps[-1:],
        version=kept.version,
        steps=len(steps),
    )
