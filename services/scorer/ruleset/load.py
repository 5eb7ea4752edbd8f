"""Load rulesets: read, resolve, validate, and choose the one for a region and a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from pydantic import ValidationError

from services.scorer.ruleset.document import Block, Place, RulesetError, place_of, read
from services.scorer.ruleset.inherit import resolve
from services.scorer.ruleset.model import Params, Ruleset, strictly
from shared.events.score import CriterionKind

PACKAGED = Path(__file__).parent.parent / "rulesets"


@dataclass(frozen=True)
class Rulesets:
    """All rulesets of one start, by id."""

    by_id: Mapping[str, Ruleset]

    def choose(self, region: str, on: date) -> Ruleset | None:
        """The ruleset for a region (four tokens) on a day: the longest prefix, then the latest start."""
        fitting = [each for each in self.by_id.values() if each.holds(region, on)]
        return max(fitting, key=lambda each: (len(each.region), each.effective.since), default=None)


def load_directories(directories: Iterable[Path], evaluators: Mapping[str, type[Params]]) -> Rulesets:
    """Every ``*.yaml`` of the directories. Raises RulesetError for the first that is refused."""
    files: dict[str, str] = {}
    for directory in directories:
        start = Place(str(directory), 1, 1)
        if not directory.is_dir():
            raise RulesetError(start, "there is no such directory", "correct the setting that names it")
        for path in sorted(directory.glob("*.yaml")):
            here = Place(path.name, 1, 1)
            if path.name in files:
                raise RulesetError(here, f"{directory} has a ruleset that exists already", "give yours its own name")
            try:
                files[path.name] = path.read_text("utf-8")
            except UnicodeDecodeError:
                raise RulesetError(here, "this is not UTF-8", "save the file as UTF-8") from None
    return load(files, evaluators)


def load(files: Mapping[str, str], evaluators: Mapping[str, type[Params]]) -> Rulesets:
    """The rulesets written in ``files`` (name -> text); ``evaluators`` are the known names and their params."""
    trees: dict[str, Block] = {}
    for file, text in files.items():
        tree = read(file, text)
        if tree.get("ruleset") != Path(file).stem:
            at = place_of(tree, ["ruleset"])
            raise RulesetError(at, "a ruleset has the name of its file", f"begin with 'ruleset: {Path(file).stem}'")
        trees[Path(file).stem] = tree
    loaded = {name: _ruleset(resolve(name, trees), evaluators) for name in trees}
    for one, other in combinations(loaded.values(), 2):
        if one.region == other.region and one.effective.since == other.effective.since:
            at = place_of(trees[other.id], ["region"])
            problem = f"{one.id} and {other.id} are for the same region from the same day"
            raise RulesetError(at, problem, "let one of them start later")
    return Rulesets(loaded)


def _ruleset(tree: Block, evaluators: Mapping[str, type[Params]]) -> Ruleset:
    try:
        ruleset = strictly(Ruleset, tree)
    except ValidationError as error:
        raise _refusal(tree, error) from None
    _unique(tree, ruleset)
    for i, indicator in enumerate(ruleset.indicators):
        if indicator.applies not in {scope.id for scope in ruleset.scopes}:
            at = place_of(tree, ["indicators", i, "applies"])
            raise RulesetError(at, f"there is no scope {indicator.applies!r}", "name one of 'scopes'")
        for j, criterion in enumerate(indicator.criteria):
            if criterion.evaluator is None:
                continue
            path = ("indicators", i, "criteria", j)
            if criterion.evaluator not in evaluators:
                at = place_of(tree, [*path, "evaluator"])
                known = ", ".join(sorted(evaluators))
                raise RulesetError(at, f"there is no evaluator {criterion.evaluator!r}", f"use one of {known}")
            try:
                strictly(evaluators[criterion.evaluator], criterion.params)
            except ValidationError as error:
                raise _refusal(tree, error, (*path, "params")) from None
    _sums(tree, ruleset)
    return ruleset


def _unique(tree: Block, ruleset: Ruleset) -> None:
    seen: set[tuple[str, str]] = set()
    named: list[tuple[str, str, tuple[str | int, ...]]] = [
        ("scope", scope.id, ("scopes", i)) for i, scope in enumerate(ruleset.scopes)
    ]
    for i, indicator in enumerate(ruleset.indicators):
        named.append(("indicator", indicator.id, ("indicators", i)))
        named += [
            ("criterion", criterion.id, ("indicators", i, "criteria", j))
            for j, criterion in enumerate(indicator.criteria)
        ]
    for kind, name, path in named:
        if (kind, name) in seen:
            raise RulesetError(place_of(tree, [*path, "id"]), f"two are called {kind} {name}", "rename or remove one")
        seen.add((kind, name))


def _sums(tree: Block, ruleset: Ruleset) -> None:
    """What a whole table claims must add up: each category, the 100, the bonus, and the rule for the rest."""
    if not ruleset.table.complete:
        return
    scoring, at = ruleset.scoring, place_of(tree, ["table"])
    if at.file != tree.place.file:
        at = tree.place

    def claim(what: str, stated: object, found: object) -> None:
        if stated != found:
            raise RulesetError(at, f"{what}: {stated} is stated, {found} is the sum", "correct the table")

    for category in ruleset.table.categories:
        caps = [i.cap or 0 for i in ruleset.indicators if (i.kind, i.category) == (category.kind, category.name)]
        claim(f"{category.kind} {category.name}", category.points, sum(caps))
    for kind, stated in ((CriterionKind.DEDUCTION, scoring.full), (CriterionKind.BONUS, scoring.bonus_full)):
        claim(f"all of {kind}", stated, sum(c.points for c in ruleset.table.categories if c.kind is kind))
        claim(f"every {kind} indicator", stated, sum(i.cap or 0 for i in ruleset.indicators if i.kind is kind))
    rest = scoring.without_external_service
    dropped = sum(
        c.points for c in ruleset.table.categories if (c.kind, c.name) == (CriterionKind.DEDUCTION, rest.drop)
    )
    kept = scoring.full - dropped
    claim(f"{rest.multiply} of the rest", scoring.full * rest.multiply.denominator, kept * rest.multiply.numerator)


def _refusal(tree: Block, error: ValidationError, under: tuple[str | int, ...] = ()) -> RulesetError:
    first = error.errors(include_url=False)[0]
    path = (*under, *first["loc"])
    if first["type"] == "missing":
        return RulesetError(place_of(tree, path[:-1]), f"{path[-1]!r} is missing", "add it")
    if first["type"] == "extra_forbidden":
        at = _key_place(tree, path) or place_of(tree, path[:-1])
        return RulesetError(at, f"{path[-1]!r} is not a key here", "remove it or correct its spelling")
    problem = first["msg"].removeprefix("Value error, ")
    if path and isinstance(path[-1], str):
        problem = f"{path[-1]!r}: {problem}"
    remedy = 'write it like "41.01", or "" for the whole country' if path == ("region",) else "correct it"
    return RulesetError(place_of(tree, path), problem, remedy)


def _key_place(tree: Block, path: tuple[str | int, ...]) -> Place | None:
    here: object = tree
    for step in path[:-1]:
        here = here[step]  # type: ignore[index]  # the path came from validating this very tree
    return here.keys_at.get(str(path[-1])) if isinstance(here, Block) else None
