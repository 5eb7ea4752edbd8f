"""``govwatch import`` and ``govwatch export``: lists of sites and accounts, into the register and out of it."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.commands.operator import operator
from services.commands.register import register
from services.registry.app import Registry
from services.registry.intake import Intake, Outcome
from services.registry.known import in_register, units_of
from services.registry.lists import export
from services.registry.lists.compare import Judged, Verdict
from services.registry.lists.files import LARGEST, BadList
from services.registry.lists.returned import returned
from services.registry.lists.rows import Fault, Listed, listed
from services.registry.lists.shapes import KINDS, ColumnMap, Kind
from shared.documents import SYSTEM
from shared.events.region import covers, is_prefix
from shared.settings import Settings

WORDS: dict[str, Kind] = {"sites": "sites", "accounts": "accounts"}
USAGE = 64
SHOWN_CHANGES = 200
TELLS_FROM = 2_000
EVERY = 1.0
"""Seconds between two lines of progress."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    parser = commands.add_parser(
        "import",
        help="register sites and accounts from lists (xlsx, xls, csv), as filings in force",
        usage="%(prog)s [options] sites|accounts FILE\n       %(prog)s [options] SITES [ACCOUNTS]",
    )
    parser.add_argument("what", nargs="+", help="sites or accounts, and the list; or a list of each, the sites first")
    parser.add_argument("--profile", default="", help="read the columns as kept under this name (NAME or OFFICE/NAME)")
    parser.add_argument("--save-profile", default="", metavar="PROFILE", help="keep how the columns are read for later")
    parser.add_argument("--map", action="append", default=[], metavar="HEADING=FIELD", help="FIELD - leaves it out")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="for lists without the column"
    )
    parser.add_argument(
        "--place", action="append", default=[], metavar="NAME=REGION", help="what a name of a region is"
    )
    parser.add_argument("--sheet", default="", help="the sheet of a workbook that has several lists")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and write nothing")
    parser.add_argument("--returned", type=Path, metavar="OUT.xlsx", help="write the list with what to mend marked")
    parser.set_defaults(run=_import)

    parser = commands.add_parser("export", help="the register as a list that can be imported again")
    parser.add_argument("kind", choices=WORDS)
    parser.add_argument("out", type=Path, help="a file ending in .xlsx or .csv")
    parser.add_argument("--region", default="", help="only this region with all below it, for example 41.01")
    parser.set_defaults(run=_export)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    listed: Listed

    def where(self, fault: Fault) -> str:
        cell = self.listed.cell(fault)
        title = self.listed.layout.title(fault.field)
        return f"{self.path}：第 {fault.line} 行 [{title}] {fault.sentence}{f'（{cell}）' if cell else ''}\n"


async def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    try:
        asked = _asked(arguments.what)
        mapping = _mapping(arguments)
        if arguments.returned and len(asked) > 1:
            raise BadList("--returned takes one list at a time")
    except BadList as error:
        sys.stderr.write(f"govwatch import: {error}\n")
        return USAGE
    async with register(settings) as app:
        try:
            files = [await _read(app, kind, path, mapping, arguments) for kind, path in asked]
        except BadList as error:
            sys.stderr.write(f"{error}\n")
            return USAGE
        whole = Outcome()
        for file in files:
            try:
                outcome = await _judge(app, file) if arguments.dry_run else await _take(app, file)
            except BadList as error:
                sys.stderr.write(f"{file.path}: {error}\n")
                return 1
            _tell(file, outcome)
            if arguments.returned:
                arguments.returned.write_bytes(
                    returned(file.listed, [*file.listed.faults, *outcome.faults], outcome.notes)
                )
            whole.add_all(outcome, len({fault.line for fault in file.listed.faults}))
    would = "试算，未写入：将" if arguments.dry_run else ""
    sys.stdout.write(
        f"{would}新登记 {whole.registered} 个，变更 {whole.changed} 个，"
        f"已在册 {whole.already} 个，有误 {whole.rows_at_fault} 行。\n"
    )
    return 1 if whole.rows_at_fault else 0


def _asked(what: Sequence[str]) -> list[tuple[Kind, Path]]:
    """The lists asked for: ``sites FILE``, ``accounts FILE``, or a list of sites and perhaps one of accounts."""
    if what[0] in WORDS:
        if len(what) == 1:
            raise BadList(f"govwatch import {what[0]} FILE")
        if len(what) == 2:  # noqa: PLR2004 - a word and a file
            return [(WORDS[what[0]], Path(what[1]))]
    if len(what) > len(WORDS):
        raise BadList("govwatch import takes sites or accounts and a file, or a list of each")
    return [(kind, Path(path)) for kind, path in zip(WORDS.values(), what, strict=False)]


def _mapping(arguments: argparse.Namespace) -> ColumnMap:
    pairs: dict[str, dict[str, str]] = {"map": {}, "set": {}, "place": {}}
    for option, found in pairs.items():
        for text in getattr(arguments, option):
            left, equals, right = text.partition("=")
            if not (left.strip() and equals and right.strip()):
                raise BadList(f"--{option} takes two words with = between them, not {text!r}")
            found[left.strip()] = right.strip()
    return ColumnMap(columns=pairs["map"], constants=pairs["set"], places=pairs["place"], sheet=arguments.sheet)


async def _read(app: Registry, kind: Kind, path: Path, said: ColumnMap, arguments: argparse.Namespace) -> _File:
    intake = Intake(app)
    mapping = said.over(await intake.profile(kind, arguments.profile)) if arguments.profile else said
    try:
        file = _File(path, listed(_contents(path), kind, mapping))
    except (OSError, BadList) as error:
        raise BadList(f"{path}: {error}") from error
    if arguments.save_profile and not arguments.dry_run:
        await intake.keep_profile(kind, arguments.save_profile, mapping)
    return file


def _contents(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise BadList(f"文件超过 {LARGEST // 1_000_000} MB，请分成几份导入。")
    return path.read_bytes()


async def _take(app: Registry, file: _File) -> Outcome:
    outcome = Outcome()
    await Intake(app).take(file.listed.entries, operator(), outcome, _Progress(len(file.listed.entries)))
    return outcome


async def _judge(app: Registry, file: _File) -> Outcome:
    """Say what would be done."""
    outcome = Outcome()
    layout = file.listed.layout
    read = "、".join(f"{layout.title(field)}→{field}" for field in layout.columns)
    unused = "、".join(layout.unused) or "无"
    sys.stdout.write(f"{file.path}：表头在第 {layout.heading + 1} 行；{read}；未使用：{unused}\n")
    shown = 0
    async for batch in Intake(app).judged(file.listed.entries):
        for one in batch:
            outcome.add(one)
            if one.verdict is Verdict.CHANGED and shown < SHOWN_CHANGES:
                shown += 1
                sys.stdout.write(f"第 {one.entry.line} 行 {_change(one)}\n")
    if outcome.changed > shown:
        sys.stdout.write(f"……另有 {outcome.changed - shown} 行变更\n")
    return outcome


def _change(one: Judged) -> str:
    assert one.standing.in_force is not None  # noqa: S101 - a change changes something
    old, new = one.standing.in_force.filed.model_dump(), one.filed.model_dump()
    differences = "，".join(f"{name} “{old[name]}”→“{new[name]}”" for name in one.fields)
    return f"变更 {one.standing.in_force.id}：{differences}"


def _tell(file: _File, outcome: Outcome) -> None:
    for fault in sorted([*file.listed.faults, *outcome.faults], key=lambda fault: fault.line):
        sys.stderr.write(file.where(fault))
    for note in outcome.notes:
        sys.stderr.write(f"提示 {file.where(note)}")
    if file.listed.left_out:
        lines = "、".join(map(str, file.listed.left_out[:20]))
        sys.stderr.write(f"{file.path}：略过 {len(file.listed.left_out)} 行（重复的表头、合计或签章）：第 {lines} 行\n")


class _Progress:
    """Says on standard error how far a long list is, and how fast: called with how many rows are done."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._began = self._told = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if self._rows < TELLS_FROM or (done < self._rows and now - self._told < EVERY):
            return
        self._told = now
        rate = done / max(now - self._began, 0.001)
        sys.stderr.write(f"已处理 {done:,} / {self._rows:,} 行，每秒 {rate:,.0f} 行\n")
        sys.stderr.flush()


async def _export(arguments: argparse.Namespace, settings: Settings) -> int:
    kind, out = WORDS[arguments.kind], arguments.out
    if out.suffix.lower() not in (".xlsx", ".csv") or not is_prefix(arguments.region):
        sys.stderr.write("govwatch export: the file ends in .xlsx or .csv, --region takes a prefix such as 41.01\n")
        return USAGE
    async with register(settings) as app:
        found = [outlet async for outlet in in_register(app.store, kind, SYSTEM)]
        outlets = [outlet for outlet in found if covers(arguments.region, outlet.region)]
        rows = export.table(kind, outlets, await units_of(app.store, outlets))
    with out.open("wb") as file:
        if out.suffix.lower() == ".xlsx":
            export.workbook(kind, rows, file)
        else:
            export.text(rows, file)
    sys.stdout.write(f"导出{KINDS[kind]} {len(outlets)} 个。\n")
    return 0
