"""What people do about imports on pages: send a list, say how its columns are read, have it carried out."""

import asyncio
import re
import zlib
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from uuid import uuid4

from services.registry.app import Registry
from services.registry.desk import NotAllowed, NotThere, actor
from services.registry.extranet import region_of
from services.registry.intake import Intake, Outcome
from services.registry.lists.files import BadList, checked
from services.registry.lists.returned import returned
from services.registry.lists.rows import listed
from services.registry.lists.shapes import AUTOMATIC, ColumnMap, Kind
from services.registry.lists.task import Stage, Task, again, within
from services.registry.records import ImportDocument, ListFileDocument, ListProfileDocument
from services.registry.refusal import Refused
from shared.documents import SYSTEM
from shared.identity import Action, Person, scope

PROFILE = re.compile(r"[^/\x00-\x1f\x7f]{1,40}")
LONGEST_NAME = 100


class Refusal(StrEnum):
    """Why something asked of an import is not done."""

    BAD_LIST = "bad_list"
    BAD_PROFILE = "bad_profile"
    WRONG_STAGE = "wrong_stage"
    FORGOTTEN = "forgotten"


class Importing:
    """The decisions. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    async def send(self, person: Person, kind: Kind, name: str, data: bytes, profile: str) -> ImportDocument:
        """Keep a list that was sent, and have it checked."""
        regions = _regions(person)
        mapping = AUTOMATIC
        if profile:
            kept = await self._store.list_profiles.get(profile, scope(person, Action.IMPORT))
            if kept is None or kept.kind != kind:
                raise Refused(Refusal.BAD_PROFILE, "没有这个列对应方案，请重新选择。", "profile")
            mapping = kept.mapping
        try:
            await asyncio.to_thread(checked, data)
        except BadList as error:
            raise Refused(Refusal.BAD_LIST, str(error), "file") from error
        digest = sha256(data).hexdigest()
        await self._keep(digest, data, _region(regions))
        task = Task(
            kind=kind,
            file=digest,
            name=name[:LONGEST_NAME] or "清单",
            actor=actor(person),
            regions=regions,
            asked_at=self._app.now(),
            mapping=mapping,
        )
        document = ImportDocument(id=f"i-{uuid4().hex[:16]}", region=_region(regions), version=1, task=task)
        await self._store.imports.create(document)
        return document

    async def one(self, person: Person, id_: str) -> ImportDocument:
        """An import of one's region."""
        _regions(person)
        kept = await self._store.imports.get(id_, scope(person, Action.IMPORT))
        if kept is None:
            raise NotThere
        return kept

    async def read_as(self, person: Person, id_: str, mapping: ColumnMap, profile: str) -> None:
        """Check the list again, its columns read as ``mapping`` says; keep that under the name ``profile``, if any."""
        kept = await self.one(person, id_)
        if kept.task.stage not in (Stage.CHECKED, Stage.REFUSED):
            raise Refused(Refusal.WRONG_STAGE, "这份清单正在处理或已经导入，不能再改列对应关系。")
        if profile:
            await self._keep_profile(kept, mapping, profile)
        task = again(kept.task, Stage.CHECKING, mapping=mapping, actor=actor(person), regions=_regions(person))
        await self._store.imports.change(kept.model_copy(update={"task": task}))

    async def carry_out(self, person: Person, id_: str) -> None:
        """Have a list that was checked written into the register, as far as ``person`` may write it."""
        kept = await self.one(person, id_)
        if kept.task.stage is not Stage.CHECKED:
            raise Refused(Refusal.WRONG_STAGE, "这份清单还没有核对完，或已经导入；请刷新后再看。")
        task = again(kept.task, Stage.TAKING, actor=actor(person), regions=_regions(person))
        await self._store.imports.change(kept.model_copy(update={"task": task}))

    async def returned(self, person: Person, id_: str) -> bytes:
        """The list as a workbook with what to mend marked, as the register is now."""
        task = (await self.one(person, id_)).task
        regions = _regions(person)
        data = await self._store.list_file(task.file)
        if data is None:
            raise Refused(Refusal.FORGOTTEN, "这份清单已过保存期限，请重新上传。")
        try:
            found = await asyncio.to_thread(listed, data, task.kind, task.mapping)
        except BadList as error:
            raise Refused(Refusal.BAD_LIST, str(error)) from error
        entries, outside = within(found.entries, regions)
        outcome = Outcome()
        async for batch in Intake(self._app).judged(entries, regions):
            for one in batch:
                outcome.add(one)
        faults = [*found.faults, *outside, *outcome.faults]
        return await asyncio.to_thread(returned, found, faults, outcome.notes)

    async def _keep(self, digest: str, data: bytes, region: str) -> None:
        packed = await asyncio.to_thread(zlib.compress, data)
        document = ListFileDocument(id=digest, region=region, version=1, packed=packed, sent_at=self._app.now())
        if not await self._store.list_files.create(document):
            kept = await self._store.list_files.get(digest, SYSTEM)
            if kept is not None:
                await self._store.list_files.change(kept.model_copy(update={"sent_at": self._app.now()}))

    async def _keep_profile(self, kept: ImportDocument, mapping: ColumnMap, name: str) -> None:
        if not PROFILE.fullmatch(name):
            raise Refused(Refusal.BAD_PROFILE, "方案名称为 1 至 40 个字，不能含“/”。", "profile")
        id_ = f"{kept.task.kind}:{kept.region}/{name}"
        before = await self._store.list_profiles.get(id_, SYSTEM)
        document = ListProfileDocument(
            id=id_, region=kept.region, version=before.version if before else 1, kind=kept.task.kind, mapping=mapping
        )
        if before is None:
            await self._store.list_profiles.create(document)
        elif before.mapping != mapping:
            await self._store.list_profiles.change(document)


def _regions(person: Person) -> tuple[str, ...]:
    regions = scope(person, Action.IMPORT).regions
    if not regions:
        raise NotAllowed("清单由本地区的系统管理员导入。")
    return regions


def _region(regions: Sequence[str]) -> str:
    """The region an import belongs to: the widest of those of who sent it."""
    return region_of(min(regions, key=len))
