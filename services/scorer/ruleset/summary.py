"""What a ruleset comes to: how many indicators of each kind, who judges them, and what their points add up to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import JsonValue

from services.scorer.ruleset.criterion import NOTHING, Criterion, Method
from services.scorer.ruleset.exact import Params, strictly
from services.scorer.ruleset.model import Ruleset
from shared.events.score import CriterionKind

WINDOW, WITHIN, SAMPLE = "查看范围", "期限", "抽查"


@dataclass(frozen=True, slots=True)
class Kind:
    """The indicators of one kind: ``named`` by official name, ``rows`` as they stand in the table, ``criteria`` in all.

    ``parts`` is the sum of the caps of each 一级指标, in the order of the table; empty for what has no points.
    """

    kind: CriterionKind
    named: int
    rows: int
    criteria: int
    by_method: Mapping[Method, int]
    parts: Mapping[str, Decimal]

    @property
    def points(self) -> Decimal:
        """What all parts add up to."""
        return sum(self.parts.values(), NOTHING)


def kinds(ruleset: Ruleset) -> list[Kind]:
    """The kinds that ``ruleset`` has indicators of."""
    found = []
    for kind in CriterionKind:
        indicators = [indicator for indicator in ruleset.indicators if indicator.kind is kind]
        if not indicators:
            continue
        parts: dict[str, Decimal] = {}
        for indicator in indicators:
            if indicator.category is not None and indicator.cap is not None:
                parts[indicator.category] = parts.get(indicator.category, NOTHING) + indicator.cap
        rows_apart = {(indicator.category, indicator.name) for indicator in indicators if indicator.row is not None}
        criteria = [criterion for indicator in indicators for criterion in indicator.criteria]
        found.append(
            Kind(
                kind,
                len([indicator for indicator in indicators if indicator.row is None]) + len(rows_apart),
                len(indicators),
                len(criteria),
                Counter(criterion.method for criterion in criteria),
                parts,
            )
        )
    return found


def numbers(criterion: Criterion, evaluators: Mapping[str, type[Params]]) -> list[tuple[str, str]]:
    """Every number of a criterion but its points, each with its name in Chinese."""
    found = []
    if criterion.window is not None:
        found.append((WINDOW, f"监测时间点前{criterion.window}"))
    if criterion.within is not None:
        found.append((WITHIN, str(criterion.within)))
    if criterion.sample is not None:
        fewer = "，不足的全部检查" if criterion.sample.all_if_fewer else ""
        found.append((SAMPLE, f"{criterion.sample.of}{criterion.sample.n}个{fewer}"))
    if criterion.evaluator is not None:
        params = strictly(evaluators[criterion.evaluator], criterion.params)
        fields = type(params).model_fields
        found += [
            (fields[name].title or name, _value(value, getattr(params, name)))
            for name, value in criterion.params.items()
        ]
    return found


def _value(written: JsonValue, read: object) -> str:
    """A number as it is written in the ruleset; what is more than a number, as it was read."""
    if isinstance(read, dict):
        return "、".join(str(name if isinstance(each, tuple) else each) for name, each in read.items())
    return "、".join(map(str, read)) if isinstance(read, tuple) else str(read if isinstance(written, dict) else written)
