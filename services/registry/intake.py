"""Taking over what an office already has: units, offices, and lists of sites and accounts as filings in force.

Lists are CSV in UTF-8 (a BOM is fine) or GB18030. Every row is checked before any is written; a row at fault is named
with its number and field. Importing the same list again changes nothing.
"""

import contextlib
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar

from services.registry import filing as decisions
from services.registry.alias import Found, Match
from services.registry.app import Registry
from services.registry.desk import Desk, public
from services.registry.filing import Step
from services.registry.refusal import Refused
from services.registry.store import FilingDocument, OfficeDocument, UnitDocument
from services.registry.unit_desk import Units, rule_act, told, unit_id
from services.registry.upload import SENTENCES, Kind, kind_of
from shared.documents import SYSTEM, Document, Documents
from shared.events import Event, is_region, region_tokens, registry
from shared.events.registry import NewMedia, Office, Particulars, Unit, UnitRef, Website
from shared.outbox import say

OFFICE = re.compile(r"[A-Za-z0-9-]{1,40}")
D = TypeVar("D", bound=Document)
SITES = ("code", "name", "address", "unit", "region", "class")
ACCOUNTS = ("platform", "id", "name", "unit", "region", "source")
OPTIONAL = {"accounts": ("verified_as",), "sites": ()}
CLASSES = {"portal": "portal", "门户": "portal", "门户网站": "portal", "department": "department", "部门": "department",
           "部门网站": "department"}  # fmt: skip  # pairs read better side by side


class BadList(Exception):  # noqa: N818 - it is told to a person as it is
    """The file is no list we can read; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row: its line in the file, the field, a sentence."""

    line: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One good row."""

    line: int
    unit: str
    region: str
    filed: Particulars


@dataclass
class Outcome:
    """What an import did."""

    registered: int = 0
    already: int = 0
    faults: list[Fault] = field(default_factory=list)


def text_of(data: bytes) -> str:
    """The text of a list, whatever it is called and in either encoding offices use. Raises BadList."""
    what = kind_of(data)
    if what is not Kind.TEXT:
        raise BadList(SENTENCES[what])
    for encoding in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise BadList("文件不是 UTF-8 或 GB18030 编码的 CSV，请另存为 CSV 后再导入。")


def read(data: bytes, kind: Literal["sites", "accounts"]) -> tuple[list[Entry], list[Fault]]:
    """The rows of a list: the good ones and what is wrong with the others. Raises BadList."""
    columns = SITES if kind == "sites" else ACCOUNTS
    reader = csv.DictReader(io.StringIO(text_of(data), newline=""), strict=True)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise BadList(f"缺少列 {'、'.join(missing)}；表头应为 {','.join(columns)}。")
    entries: list[Entry] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    try:
        for row in reader:
            line = reader.line_num
            try:
                entry = _entry({name: (value or "").strip() for name, value in row.items() if name}, kind, line)
            except Refused as refused:
                faults.append(Fault(line, refused.field, refused.sentence))
                continue
            id_ = decisions.outlet_id(entry.filed)
            if id_ in seen:
                faults.append(Fault(line, columns[0], f"与第 {seen[id_]} 行是同一个对象({id_})"))
                continue
            seen[id_] = line
            entries.append(entry)
    except csv.Error as error:
        raise BadList(f"第 {reader.line_num} 行不是有效的 CSV:{error}") from error
    return entries, faults


def _entry(row: Mapping[str, str], kind: str, line: int) -> Entry:
    region = _region(row["region"])
    if not row["unit"]:
        raise Refused(decisions.Refusal.BAD_FIELD, "主办单位必填", "unit")
    filed: Particulars
    if kind == "sites":
        site_class = CLASSES.get(row["class"])
        if site_class is None:
            raise Refused(decisions.Refusal.BAD_FIELD, f"类别应为 portal 或 department,不能是“{row['class']}”", "class")
        filed = Website(
            code=row["code"],
            name=row["name"],
            url=row["address"],
            site_class="portal" if site_class == "portal" else "department",
        )
    else:
        filed = NewMedia(
            platform=row["platform"],
            account=row["id"],
            name=row["name"],
            verified_as=row.get("verified_as", ""),
            source=row["source"],
        )
    _check(filed)
    return Entry(line, row["unit"], region, filed)


def _check(filed: Particulars) -> None:
    columns = {"url": "address", "account": "id", "site_class": "class"}
    try:
        decisions.check(filed)
    except Refused as refused:
        raise Refused(refused.reason, refused.sentence, columns.get(refused.field, refused.field)) from refused


def _region(text: str) -> str:
    if is_region(text):
        return text
    try:
        return region_tokens(text)
    except ValueError as error:
        sentence = f"行政区划应为 6 位代码(如 410105)或四段路径(如 41.01.05.0)，不能是“{text}”"
        raise Refused(decisions.Refusal.BAD_FIELD, sentence, "region") from error


async def _keep(documents: Documents[D], document: D, event: Event[Any]) -> None:
    """Store ``document``, new or changed; somebody who was faster with the same is fine."""
    if document.version:
        await documents.change(document, [event])
    else:
        await documents.create(document, [event])


class Intake:
    """Writes what an office has into the register."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store
        self._desk = Desk(app)
        self._units = Units(app)

    async def unit(self, name: str, region: str, actor: str, id_: str = "") -> Unit:
        """The unit ``id_``, registered or brought up to date; without an id, the one this name means in the region.

        A name that may be another name of a registered unit becomes a unit of its own, and is put forward there.
        """
        found = Found(Match.NONE) if id_ else await self._units.match(name, region, SYSTEM)
        if found.unit and found.how is not Match.PROPOSED:
            return found.unit
        fixed, id_ = bool(id_), id_ or unit_id(name, region)
        kept = await self._store.units.get(id_, SYSTEM)
        if kept and (not fixed or (kept.body.name, kept.region) == (name, region)):
            return kept.body
        if kept:
            unit = kept.body.model_copy(update={"name": name, "region": region, "revision": kept.body.revision + 1})
            changed = kept.model_copy(update={"body": unit, "region": region})
            await self._store.units.change(changed, told(kept.body, unit, actor, "imported"))
            return unit
        unit = Unit(id=id_, name=name, region=region, revision=1)
        document = UnitDocument(id=id_, region=region, unit=id_, body=unit)
        await self._store.units.create(document, told(None, unit, actor, "imported"))
        if found.unit:
            await self._units.put_forward(found.unit.id, name, "rule", rule_act(self._app, actor))
        return unit

    async def office(self, id_: str, name: str, region: str, looks_after: str, actor: str) -> Office:
        """The office ``id_``, registered or brought up to date. Raises BadList for an id that cannot be one."""
        if not OFFICE.fullmatch(id_):
            raise BadList(f"an office's id is 1 to 40 letters, digits and -, not {id_!r}")
        kept = await self._store.offices.get(id_, SYSTEM)
        revision = kept.body.revision + 1 if kept else 1
        office = Office(id=id_, name=name, region=region, looks_after=looks_after, revision=revision)
        if kept and kept.body == office.model_copy(update={"revision": kept.body.revision}):
            return kept.body
        event = say(registry.OfficeChanged(office=office), subject=id_, region=region, actor=actor, reason="imported")
        document = OfficeDocument(id=id_, region=region, version=kept.version if kept else 0, body=office)
        await _keep(self._store.offices, document, event)
        return office

    async def take(self, entries: Sequence[Entry], actor: str, outcome: Outcome) -> None:
        """Register good rows as filings in force, reason ``imported``."""
        units: dict[tuple[str, str], Unit] = {}
        for entry in entries:
            place = (entry.unit, entry.region)
            if place not in units:
                units[place] = await self.unit(entry.unit, entry.region, actor)
            created = await self._take(entry, units[place], actor, self._app.now())
            outcome.registered += created
            outcome.already += not created

    async def _take(self, entry: Entry, unit: Unit, actor: str, now: datetime) -> bool:
        outlet = decisions.outlet_id(entry.filed)
        id_ = f"f-import-{sha256(outlet.encode()).hexdigest()[:20]}"
        if await self._store.filings.get(id_, SYSTEM) or await self._store.approved(outlet):
            return False
        step = Step(at=now, actor=actor, name=actor, act=decisions.Act.IMPORT, reason="imported")
        filing = decisions.imported(
            number=await self._desk.number(now), unit=UnitRef(id=unit.id, name=unit.name), filed=entry.filed, step=step
        )
        document = FilingDocument.wrap(filing, id_=id_, region=entry.region)
        fact = registry.FilingInForce(filing=public(document))
        event = say(fact, subject=id_, region=entry.region, actor=actor, reason="imported")
        return await self._store.filings.create(document, [event])
