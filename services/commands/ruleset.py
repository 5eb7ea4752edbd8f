"""``govwatch ruleset``: check a ruleset of your own before it is used; see those that judge here. Starts nothing."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import (
    PACKAGED,
    Method,
    Ruleset,
    RulesetError,
    Rulesets,
    load,
    load_directories,
    plain,
    read_directories,
    read_file,
)
from services.scorer.ruleset.document import read
from services.scorer.ruleset.guide import chapter
from services.scorer.ruleset.summary import Kind, kinds
from shared.settings import Settings

REFUSED, USAGE = 1, 64


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("ruleset", help="official tables as data: check, list, show")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("check", help="read rulesets as the scorer would; every refusal with line and column")
    act.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a ruleset (*.yaml); its base is found beside")
    act.set_defaults(run=_check)

    act = acts.add_parser("list", help="the rulesets that judge here, each below the one it extends")
    act.set_defaults(run=_list)

    act = acts.add_parser("show", help="one ruleset with every criterion, as in docs/indicators.md")
    act.add_argument("id", metavar="ID")
    act.add_argument("--json", action="store_true", help="the canonical form its digest is made of")
    act.set_defaults(run=_show)


async def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    """0 when every file is accepted, 1 when one is refused, 64 when one cannot be read."""
    worst = 0
    for path in arguments.files:
        found = {path.name: path}
        try:
            files = with_its_bases(path, read_directories(_directories(settings)), found)
            rulesets = load(files, PARAMS)
        except OSError as error:
            sys.stderr.write(f"{path}: this cannot be read ({error.strerror})\n")
            worst = max(worst, USAGE)
        except RulesetError as error:
            at = error.place
            where = found.get(at.file, at.file)
            sys.stderr.write(f"{where}:{at.line}:{at.column}: {error.problem}; {error.remedy}\n")
            worst = max(worst, REFUSED)
        else:
            sys.stdout.write("\n".join(_told(rulesets, path.stem)) + "\n")
    return worst


async def _list(_arguments: argparse.Namespace, settings: Settings) -> int:
    rulesets = load_directories(_directories(settings), PARAMS)
    sys.stdout.write("".join(f"{line}\n" for line in _tree(rulesets, None, 0)))
    return 0


async def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    rulesets = load_directories(_directories(settings), PARAMS)
    if arguments.id not in rulesets.by_id:
        known = ", ".join(sorted(rulesets.by_id))
        sys.stderr.write(f"there is no ruleset {arguments.id!r}; there are {known}\n")
        return REFUSED
    ruleset = rulesets.by_id[arguments.id]
    sys.stdout.write((ruleset.canonical() if arguments.json else chapter(rulesets, ruleset.id, PARAMS)) + "\n")
    return 0


def _directories(settings: Settings) -> list[Path]:
    return [PACKAGED, *([settings.ruleset_dir] if settings.ruleset_dir else [])]


def with_its_bases(path: Path, known: Mapping[str, str], found: dict[str, Path]) -> dict[str, str]:
    """``known`` with the file and what it extends; a base beside the file comes before one of the same name we ship.

    ``found`` gets the path of every file that was read.
    """
    files = {**known, path.name: read_file(path)}
    extended = read(path.name, files[path.name]).get("extends")
    while isinstance(extended, str) and f"{extended}.yaml" not in found:
        name = f"{extended}.yaml"
        beside = path.with_name(name)
        if beside.is_file():
            files[name] = read_file(beside)
        elif name not in files:
            break
        found[name] = beside if beside.is_file() else Path(name)
        extended = read(name, files[name]).get("extends")
    return files


def _told(rulesets: Rulesets, name: str) -> Iterator[str]:
    """What a ruleset comes to, a line each."""
    ruleset = rulesets.by_id[name]
    heirs = sorted(each.id for each in rulesets.by_id.values() if each.extends == name)
    ops = Counter(change.op for change in ruleset.changes)
    rules = len(ruleset.annual.rules) if ruleset.annual else 0
    yield f"{ruleset.id}, version {ruleset.version}: accepted"
    yield f"  document     {ruleset.document.cite}, {ruleset.document.status}"
    yield f"  in force     {_where(ruleset)}, {_when(ruleset)}"
    yield f"  inherits     {' -> '.join(each.id for each in rulesets.chain(name))}"
    yield f"  inherited by {', '.join(heirs) or 'none'}"
    yield f"  overrides    {', '.join(f'{op} {count}' for op, count in sorted(ops.items())) or 'none'}"
    yield f"  table        {'whole' if ruleset.table.complete else 'not known to be whole: passes nobody'}"
    for each in kinds(ruleset):
        yield f"  {each.kind:12} {_counted(each)}"
    yield f"  beside       duties {len(ruleset.duties)}, annual rules {rules}"
    yield f"  digest       {ruleset.digest}"


def _counted(kind: Kind) -> str:
    rows = f" (in rows: {kind.rows})" if kind.rows != kind.named else ""
    methods = ", ".join(f"{method} {kind.by_method[method]}" for method in Method if kind.by_method.get(method))
    sums = f"; points {plain(kind.points)} = {' + '.join(plain(points) for points in kind.parts.values())}"
    return f"indicators {kind.named}{rows}, criteria {kind.criteria}: {methods}{sums if kind.parts else ''}"


def _tree(rulesets: Rulesets, base: str | None, depth: int) -> Iterator[str]:
    for each in sorted(rulesets.by_id.values(), key=lambda ruleset: ruleset.id):
        if each.extends == base:
            criteria = sum(len(indicator.criteria) for indicator in each.indicators)
            yield (
                f"{'  ' * depth + each.id:36} version {each.version:4} {_where(each):12} {_when(each):16} "
                f"{each.document.status:11} criteria {criteria:4}  {each.digest[:12]}"
            )
            yield from _tree(rulesets, each.id, depth + 1)


def _where(ruleset: Ruleset) -> str:
    return ruleset.region or "everywhere"


def _when(ruleset: Ruleset) -> str:
    until = f" to {ruleset.effective.until}" if ruleset.effective.until else ""
    return f"from {ruleset.effective.since}{until}"
