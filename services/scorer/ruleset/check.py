"""What a resolved tree must be: the shape of the model, names that exist, numbers that add up."""

import re
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from services.scorer.ruleset.criterion import Criterion
from services.scorer.ruleset.document import Block, Place, RulesetError, place_of
from services.scorer.ruleset.exact import Params, strictly
from services.scorer.ruleset.model import Ruleset
from shared.events.region import prefix_of, region_tokens
from shared.events.score import CriterionKind

Path = tuple[str | int, ...]
LOCAL = re.compile(r"cn-(\d{6})(-|$)")
SCORED = (CriterionKind.DEDUCTION, CriterionKind.BONUS)


def checked(tree: Block, evaluators: Mapping[str, type[Params]]) -> Ruleset:
    """The ruleset a resolved ``tree`` says. Raises RulesetError at the place of the first thing that is wrong."""
    try:
        ruleset = strictly(Ruleset, tree)
    except ValidationError as error:
        raise _refusal(tree, error) from None
    _region(tree, ruleset)
    _unique(tree, ruleset)
    _names(tree, ruleset)
    for path, criterion in _criteria(ruleset):
        _evaluated(tree, path, criterion, evaluators)
    _sums(tree, ruleset)
    return ruleset


def _region(tree: Block, ruleset: Ruleset) -> None:
    """An id that carries a region code is for that region."""
    code = LOCAL.match(ruleset.id)
    if code and (meant := prefix_of(region_tokens(code[1]))) != ruleset.region:
        at = place_of(tree, ["region"])
        raise RulesetError(at, f"{ruleset.id} is for {meant}, not for {ruleset.region!r}", "correct one of the two")


def _unique(tree: Block, ruleset: Ruleset) -> None:
    seen: set[tuple[str, str]] = set()
    named: list[tuple[str, str, Path]] = [("scope", scope.id, ("scopes", i)) for i, scope in enumerate(ruleset.scopes)]
    for i, indicator in enumerate(ruleset.indicators):
        named.append(("indicator", indicator.id, ("indicators", i)))
        named += [
            ("criterion", criterion.id, ("indicators", i, "criteria", j))
            for j, criterion in enumerate(indicator.criteria)
        ]
    named += [("duty", duty.id, ("duties", i)) for i, duty in enumerate(ruleset.duties)]
    rules = ruleset.annual.rules if ruleset.annual else ()
    named += [("annual rule", rule.id, ("annual", "rules", i)) for i, rule in enumerate(rules)]
    for kind, name, path in named:
        if (kind, name) in seen:
            raise RulesetError(place_of(tree, [*path, "id"]), f"two are called {kind} {name}", "rename or remove one")
        seen.add((kind, name))


def _names(tree: Block, ruleset: Ruleset) -> None:
    """Every scope and every indicator that something names is there."""
    scopes = {scope.id for scope in ruleset.scopes}
    indicators = {indicator.id for indicator in ruleset.indicators}
    asked: list[tuple[str, Path]] = []
    for i, indicator in enumerate(ruleset.indicators):
        asked.append((indicator.applies, ("indicators", i, "applies")))
        for j, name in enumerate(indicator.not_again):
            if name not in indicators:
                at = place_of(tree, ["indicators", i, "not_again", j])
                raise RulesetError(at, f"there is no indicator {name!r}", "correct 'not_again'")
    asked += [(c.applies, (*path, "applies")) for path, c in _criteria(ruleset) if c.applies is not None]
    if rest := ruleset.scoring.without_external_service.applies:
        asked.append((rest, ("scoring", "without_external_service", "applies")))
    for name, path in asked:
        if name not in scopes:
            raise RulesetError(place_of(tree, path), f"there is no scope {name!r}", "name one of 'scopes'")


def _criteria(ruleset: Ruleset) -> Iterable[tuple[Path, Criterion]]:
    for i, indicator in enumerate(ruleset.indicators):
        for j, criterion in enumerate(indicator.criteria):
            yield ("indicators", i, "criteria", j), criterion


def _evaluated(tree: Block, path: Path, criterion: Criterion, evaluators: Mapping[str, type[Params]]) -> None:
    """The evaluator exists and takes these params, and the probes are some that evaluators can read."""
    if criterion.evaluator is not None and criterion.evaluator not in evaluators:
        at = place_of(tree, [*path, "evaluator"])
        remedy = f"use one of {', '.join(sorted(evaluators))}"
        raise RulesetError(at, f"there is no evaluator {criterion.evaluator!r}", remedy)
    if criterion.evaluator is not None:
        try:
            strictly(evaluators[criterion.evaluator], criterion.params)
        except ValidationError as error:
            raise _refusal(tree, error, (*path, "params")) from None
        for name in sorted(evaluators[criterion.evaluator].asks):
            if getattr(criterion, name) is None:
                remedy = f"add it: {criterion.evaluator} judges by it"
                raise RulesetError(place_of(tree, path), f"{name!r} is missing", remedy)
    known = {probe for params in evaluators.values() for probe in params.probes}
    for k, probe in enumerate(criterion.probes):
        if probe not in known:
            at = place_of(tree, [*path, "probes", k])
            raise RulesetError(at, f"there is no probe {probe!r}", f"use some of {', '.join(sorted(known))}")


def _sums(tree: Block, ruleset: Ruleset) -> None:
    """What a table claims must add up: each category, the 100, the bonus, and the rule for the rest."""
    if not ruleset.table.complete and not ruleset.table.categories:
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
    for kind, stated in zip(SCORED, (scoring.full, scoring.bonus_full), strict=True):
        claim(f"all of {kind}", stated, sum(c.points for c in ruleset.table.categories if c.kind is kind))
        claim(f"every {kind} indicator", stated, sum(i.cap or 0 for i in ruleset.indicators if i.kind is kind))
    rest = scoring.without_external_service
    dropped = sum(
        c.points for c in ruleset.table.categories if (c.kind, c.name) == (CriterionKind.DEDUCTION, rest.drop)
    )
    kept = scoring.full - dropped
    claim(f"{rest.multiply} of the rest", scoring.full * rest.multiply.denominator, kept * rest.multiply.numerator)


def _refusal(tree: Block, error: ValidationError, under: Path = ()) -> RulesetError:
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


def _key_place(tree: Block, path: Path) -> Place | None:
    here: object = tree
    for step in path[:-1]:
        here = here[step]  # type: ignore[index]  # the path came from validating this very tree
    return here.keys_at.get(str(path[-1])) if isinstance(here, Block) else None
