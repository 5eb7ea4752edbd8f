"""Pages on which lists go into the register, and out of it: send, check, change how columns are read, carry out."""

import asyncio
import io
from typing import Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.desk import NotAllowed
from services.registry.importing import Importing
from services.registry.known import in_register, units_of
from services.registry.lists import export
from services.registry.lists.shapes import FIELDS, IGNORE, KINDS, ColumnMap, Kind, apart
from services.registry.lists.task import WORKING, Task
from services.registry.records import ImportDocument
from services.registry.refusal import Refused
from services.registry.search import holding
from shared.documents import NOTHING
from shared.events.registry import Outlet, Unit
from shared.identity import Action, Person, scope
from shared.web import SignedIn, page, with_file

HERE = "/registry/import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
COLUMN, CONSTANT = "column-", "constant-"
LONGEST = 200


def router(app: Registry) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    _sending(routes, app)
    _one(routes, app)
    _export(routes, app)
    return routes


def _sending(routes: APIRouter, app: Registry) -> None:
    importing = Importing(app)

    @routes.get("/registry/import")
    async def imports(request: Request, person: SignedIn) -> Response:
        return await _shown(request, app, person, {}, {})

    @routes.post("/registry/import")
    async def send(request: Request, person: SignedIn) -> Response:
        with telling():
            _require(person)
        values, name, data = await with_file(request, "file")
        kind: Kind = "accounts" if values.get("kind") == "accounts" else "sites"
        try:
            with telling(but_refusals=True):
                kept = await importing.send(person, kind, name, data, values.get("profile", ""))
        except Refused as refused:
            return await _shown(request, app, person, values, {refused.field: refused.sentence})
        return RedirectResponse(f"{HERE}/{kept.id}", 303)


def _one(routes: APIRouter, app: Registry) -> None:
    importing = Importing(app)

    @routes.get("/registry/import/{id_}")
    async def one(request: Request, person: SignedIn, id_: str) -> Response:
        with telling():
            kept = await importing.one(person, id_)
        return _page(request, kept, {})

    @routes.post("/registry/import/{id_}/columns")
    async def columns(request: Request, person: SignedIn, id_: str) -> Response:
        with telling():
            kept = await importing.one(person, id_)
        async with request.form() as form:
            sent = {name: value.strip()[:LONGEST] for name, value in form.items() if isinstance(value, str)}
        mapping = _mapping(kept.task, sent)
        try:
            with telling(but_refusals=True):
                await importing.read_as(person, id_, mapping, sent.get("profile", ""))
        except Refused as refused:
            if not refused.field:
                with telling():
                    raise
            return _page(request, kept, {refused.field: refused.sentence})
        return RedirectResponse(f"{HERE}/{id_}", 303)

    @routes.post("/registry/import/{id_}/take")
    async def take(person: SignedIn, id_: str) -> Response:
        with telling():
            await importing.carry_out(person, id_)
        return RedirectResponse(f"{HERE}/{id_}", 303)

    @routes.get("/registry/import/{id_}/returned")
    async def returned(person: SignedIn, id_: str) -> Response:
        with telling():
            kept = await importing.one(person, id_)
            data = await importing.returned(person, id_)
        return _download(data, f"{kept.task.name.rpartition('.')[0] or kept.task.name}-核对.xlsx", XLSX)


def _export(routes: APIRouter, app: Registry) -> None:
    @routes.get("/registry/export")
    async def exported(
        person: SignedIn, what: Kind = "sites", form: Literal["xlsx", "csv"] = "xlsx", q: str = ""
    ) -> Response:
        seen = scope(person, Action.SEE)
        where = {"$and": found} if (found := holding(q)) else {}
        outlets = [outlet async for outlet in in_register(app.store, what, seen, where)]
        units = await units_of(app.store, outlets)
        data = await asyncio.to_thread(_written, what, form, outlets, units)
        return _download(data, f"{KINDS[what]}清单.{form}", XLSX if form == "xlsx" else CSV)


def _written(kind: Kind, form: str, outlets: list[Outlet], units: dict[str, Unit]) -> bytes:
    file = io.BytesIO()
    rows = export.table(kind, outlets, units)
    if form == "xlsx":
        export.workbook(kind, rows, file)
    else:
        export.text(rows, file)
    return file.getvalue()


def _download(data: bytes, name: str, content_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=content_type, headers=headers)


def _require(person: Person) -> None:
    if scope(person, Action.IMPORT) == NOTHING:
        raise NotAllowed("清单由本地区的系统管理员导入。")


async def _shown(
    request: Request, app: Registry, person: Person, values: dict[str, str], errors: dict[str, str]
) -> Response:
    with telling():
        _require(person)
    seen = scope(person, Action.IMPORT)
    profiles = await app.store.list_profiles.find(seen, sort=[("_id", 1)], limit=LONGEST)
    return page(
        request,
        "import.html",
        status=422 if errors else 200,
        imports=await app.store.imports_in(seen),
        kinds=list(KINDS.items()),
        profiles=[(one.id, f"{KINDS[one.kind]}：{one.id.partition('/')[2]}") for one in profiles],
        values=values,
        errors=errors,
    )


def _page(request: Request, kept: ImportDocument, errors: dict[str, str]) -> Response:
    task = kept.task
    chosen = set(task.columns.values())
    missing = [one for one in FIELDS[task.kind] if one.needed and one.name not in chosen]
    return page(
        request,
        "import-one.html",
        status=422 if errors else 200,
        id=kept.id,
        task=task,
        working=task.stage in WORKING,
        kind=KINDS[task.kind],
        fields=[(field.name, field.title) for field in FIELDS[task.kind]],
        columns=[(f"{COLUMN}{number}", title, task.columns.get(str(number), "")) for number, title in _named(task)],
        missing=[
            (f"{CONSTANT}{field.name}", field.title, task.mapping.constants.get(field.name, "")) for field in missing
        ],
        sheets=[(name, name) for name in task.sheets],
        errors=errors,
    )


def _named(task: Task) -> list[tuple[int, str]]:
    return [(number, title) for number, title in enumerate(task.headings) if title]


def _mapping(task: Task, sent: dict[str, str]) -> ColumnMap:
    """How the columns are read as a form says it; fields it does not know are left out."""
    known = {field.name for field in FIELDS[task.kind]}
    names = apart(task.headings)
    columns = {
        names[number]: field if (field := sent.get(f"{COLUMN}{number}", "")) in known else IGNORE
        for number, _ in _named(task)
    }
    constants = {name: value for name in sorted(known) if (value := sent.get(f"{CONSTANT}{name}", ""))}
    sheet = sent.get("sheet", "")
    return ColumnMap(
        columns=columns if sheet == task.mapping.sheet or not task.sheets else {},
        constants=constants,
        places=task.mapping.places,
        sheet=sheet,
    )
