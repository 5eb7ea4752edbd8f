"""Carries imports on: checks what was sent and writes what shall be written, whoever looks on and whatever ends before.

An import is a document with a lease: one replica works on it, and when that one dies another goes on after the lease.
Checking again and writing again are harmless: what is written already is there already.
"""

import asyncio
from collections.abc import AsyncIterator

from services.registry.app import Registry
from services.registry.intake import Intake, Outcome
from services.registry.lists.compare import Judged, Verdict
from services.registry.lists.files import BadList
from services.registry.lists.rows import Listed, listed
from services.registry.lists.shapes import ColumnMap, Kind, Layout, proposed
from services.registry.lists.sheets import Sheet, sheets
from services.registry.lists.task import LEASE, MOST_SHOWN, WORKING, Counts, Shown, Stage, shown, within
from services.registry.particulars import TITLES, worded
from services.registry.records import ImportDocument
from shared.documents import SYSTEM, UNAVAILABLE, Stale
from shared.telemetry import logger

log = logger("registry")
GIVEN_UP = (
    "系统处理这份清单时出错，未能完成；已写入的各行有效，再次导入不会重复。请重新核对，仍不行请联系系统维护人员。"
)
FORGOTTEN = "这份清单已过保存期限，请重新上传。"


async def carry_on(app: Registry) -> None:
    """Work on every import that waits, one after the other."""
    where = {"task.stage": {"$in": [stage.value for stage in WORKING]}}
    for kept in await app.store.imports.find(SYSTEM, where, sort=[("task.asked_at", 1)]):
        if kept.task.free(app.now()):
            carrier = _Carrier(app, kept)
            try:
                await carrier.work()
            except Stale:
                continue  # another replica has it
            except UNAVAILABLE:
                raise
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one list, the others are to go on
                await carrier.give_up(error)


class _Carrier:
    """One import being worked on."""

    def __init__(self, app: Registry, document: ImportDocument) -> None:
        self._app = app
        self._document = document
        self._outcome = Outcome()
        self._changes: list[Shown] = []

    async def work(self) -> None:
        await self._save()
        task = self._document.task
        data = await self._app.store.list_file(task.file)
        if data is None:
            await self._finish(Stage.REFUSED, refused=FORGOTTEN)
            return
        try:
            found = await asyncio.to_thread(listed, data, task.kind, task.mapping)
        except BadList as error:
            layout = await asyncio.to_thread(_proposed, data, task.kind, task.mapping)
            await self._finish(Stage.REFUSED, refused=str(error), **layout)
            return
        try:
            await self._go_through(found)
        except BadList as error:
            await self._finish(Stage.REFUSED, refused=str(error))

    async def give_up(self, error: Exception) -> None:
        """End an import that raised what nobody expected, with a sentence; the same would come again and again."""
        log.error("an import failed", id=self._document.id, exc_info=error)
        try:
            await self._finish(Stage.REFUSED, refused=GIVEN_UP)
        except Stale:
            log.warning("an import goes on elsewhere", id=self._document.id)

    async def _go_through(self, found: Listed) -> None:
        task = self._document.task
        entries, outside = within(found.entries, task.regions)
        faults = [*found.faults, *outside]
        at_fault = len({fault.line for fault in faults})
        await self._save(rows=len(entries))
        intake = Intake(self._app)
        if task.stage is Stage.TAKING:
            steps = intake.taken(entries, task.actor, self._outcome, task.regions)
        else:
            steps = self._checked(intake.judged(entries, task.regions))
        async for done in steps:
            await self._save(done=done, counts=self._counts(at_fault))
        await self._finish(
            Stage.DONE if task.stage is Stage.TAKING else Stage.CHECKED,
            counts=self._counts(at_fault),
            faults=shown(found, [*faults, *self._outcome.faults]),
            notes=shown(found, self._outcome.notes),
            changes=tuple(self._changes),
            **_layout(found.sheet, found.layout),
        )

    async def _checked(self, batches: AsyncIterator[list[Judged]]) -> AsyncIterator[int]:
        done = 0
        async for batch in batches:
            for one in batch:
                self._outcome.add(one)
                if one.verdict is Verdict.CHANGED and len(self._changes) < MOST_SHOWN:
                    self._changes.append(Shown(line=one.entry.line, cell="", sentence=_change(one)))
            done += len(batch)
            yield done

    def _counts(self, at_fault: int) -> Counts:
        outcome = self._outcome
        return Counts(
            registered=outcome.registered,
            changed=outcome.changed,
            already=outcome.already,
            at_fault=at_fault + outcome.rows_at_fault,
        )

    async def _save(self, **changed: object) -> None:
        """Keep how far it is, and the lease. Raises Stale when somebody else has it now."""
        update = {"leased_until": self._app.now() + LEASE, **changed}
        document = self._document.model_copy(update={"task": self._document.task.model_copy(update=update)})
        self._document = await self._app.store.imports.change(document)

    async def _finish(self, stage: Stage, **changed: object) -> None:
        await self._save(stage=stage, finished_at=self._app.now(), **changed)


def _change(one: Judged) -> str:
    assert one.standing.in_force is not None  # noqa: S101 - a change changes something
    old, new = worded(one.standing.in_force.filed), dict.fromkeys(one.fields, "") | worded(one.filed)
    return "，".join(f"{TITLES[name]}“{old.get(name, '')}”改为“{new[name]}”" for name in one.fields)


def _proposed(data: bytes, kind: Kind, mapping: ColumnMap) -> dict[str, object]:
    try:
        found = sheets(data)
    except BadList:
        return {}
    return {**_layout(*proposed(found, kind, mapping)), "sheets": tuple(sheet.name for sheet in found if sheet.name)}


def _layout(sheet: Sheet, layout: Layout) -> dict[str, object]:
    row = sheet.rows[layout.heading] if sheet.rows else ()
    return {
        "headings": tuple(str(cell).strip() for cell in row),
        "columns": {str(column): field for field, column in layout.columns.items()},
    }
