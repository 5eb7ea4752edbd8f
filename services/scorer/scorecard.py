"""评分: vetoes, deductions, bonuses — a verdict and a range of points. Pure, exact.

国办秘函〔2019〕19号: any veto fails, and nothing is scored; else deductions from 100, those of one indicator never more
than its cap; below 60 fails; above 80 earns bonuses. Accounts, and websites outside the scope of scoring, are judged by
vetoes alone. What could not be told widens the range, and a verdict is given only when both of its ends agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.scorer.conclusion import NOTHING, Conclusion, Reason
from services.scorer.ruleset import Criterion, Indicator, Ruleset
from shared.events.registry import Particulars
from shared.events.score import CriterionKind, Verdict

HUNDREDTH = 100


class Result(StrEnum):
    """What a card says of an outlet."""

    PASSED = "passed"
    FAILED = "failed"
    UNDETERMINED = "undetermined"


class Basis(StrEnum):
    """Why the result is what it is."""

    VETO = "veto"
    VETO_UNDETERMINED = "veto_undetermined"
    TABLE_INCOMPLETE = "table_incomplete"
    NO_VETO = "no_veto"
    BELOW_LIMIT = "below_limit"
    NOT_BELOW_LIMIT = "not_below_limit"
    RANGE_TOO_WIDE = "range_too_wide"


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion of the card."""

    indicator: Indicator
    criterion: Criterion
    conclusion: Conclusion


@dataclass(frozen=True, slots=True)
class Range:
    """Exact points, at least and at most."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard: ``points`` is None when nothing is scored (a veto, or vetoes only)."""

    ruleset: Ruleset
    rows: tuple[Row, ...]
    result: Result
    basis: Basis
    points: Range | None

    @property
    def missing(self) -> tuple[Row, ...]:
        """The criteria nothing could be told of."""
        return tuple(row for row in self.rows if row.conclusion.verdict is Verdict.UNDETERMINED)


def scorecard(
    ruleset: Ruleset, filed: Particulars, conclusions: Mapping[str, Conclusion], *, serves_public: bool = True
) -> Card:
    """The card of an outlet filed as ``filed``; ``conclusions`` by criterion id, a missing one could not be told.

    ``serves_public`` False = 没有对外服务职能: that category is left out and the rest multiplied (×4/3).
    """
    indicators = ruleset.indicators_for(filed)
    dropped = None if serves_public else ruleset.scoring.without_external_service.drop
    rows = tuple(
        Row(indicator, criterion, conclusions.get(criterion.id) or not_judged(indicator, criterion))
        for indicator in indicators
        if dropped is None or indicator.category != dropped
        for criterion in indicator.criteria
    )
    vetoes = {row.conclusion.verdict for row in rows if row.indicator.kind is CriterionKind.VETO}
    if Verdict.VIOLATED in vetoes:
        return Card(ruleset, rows, Result.FAILED, Basis.VETO, None)
    scored = any(indicator.kind is CriterionKind.DEDUCTION for indicator in indicators)
    points = _points(ruleset, rows, serves_public=serves_public) if scored else None
    result, basis = _verdict(ruleset, points, vetoes_told=Verdict.UNDETERMINED not in vetoes)
    return Card(ruleset, rows, result, basis, points)


def not_judged(indicator: Indicator, criterion: Criterion) -> Conclusion:
    """The conclusion on a criterion nobody has looked at."""
    each = criterion.points or NOTHING
    most = each if criterion.per is None else (indicator.cap or each)
    why = "本项须由检查人员判断，尚无结论。" if criterion.evaluator is None else "尚未检查。"
    reason = Reason.NEEDS_A_PERSON if criterion.evaluator is None else Reason.NOT_SEEN
    return Conclusion(Verdict.UNDETERMINED, reason, why, at_most=most)


def shown(points: Fraction) -> str:
    """Exact points with at most two decimals, rounded half up, as people read them: ``83.33``."""
    hundredths = (points.numerator * HUNDREDTH * 2 + points.denominator) // (points.denominator * 2)
    whole, rest = divmod(hundredths, HUNDREDTH)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def _points(ruleset: Ruleset, rows: tuple[Row, ...], *, serves_public: bool) -> Range:
    scoring = ruleset.scoring
    rest = scoring.without_external_service
    full, factor = Fraction(scoring.full), Fraction(1)
    if not serves_public:
        factor = rest.multiply
        full = full / factor
    lost = _by_indicator(rows, CriterionKind.DEDUCTION)
    carried = sum({row.indicator.id: Fraction(row.indicator.cap or 0) for row in rows if _lossy(row)}.values())
    unknown = Fraction(0) if ruleset.table.complete else full - carried
    low = max(Fraction(0), full - lost.high - unknown) * factor
    high = (full - lost.low) * factor
    earned = _by_indicator(rows, CriterionKind.BONUS)
    above = Fraction(scoring.bonus_above)
    return Range(low + (earned.low if low > above else 0), high + (earned.high if high > above else 0))


def _lossy(row: Row) -> bool:
    return row.indicator.kind is CriterionKind.DEDUCTION


def _by_indicator(rows: Iterable[Row], kind: CriterionKind) -> Range:
    """The sums over all indicators of a kind, each clamped at its cap."""
    low: dict[str, Decimal] = {}
    high: dict[str, Decimal] = {}
    for row in rows:
        if row.indicator.kind is kind and row.indicator.cap is not None:
            name, cap = row.indicator.id, row.indicator.cap
            low[name] = min(cap, low.get(name, NOTHING) + row.conclusion.points)
            high[name] = min(cap, high.get(name, NOTHING) + max(row.conclusion.points, row.conclusion.at_most))
    return Range(Fraction(sum(low.values())), Fraction(sum(high.values())))


def _verdict(ruleset: Ruleset, points: Range | None, *, vetoes_told: bool) -> tuple[Result, Basis]:
    limit = Fraction(ruleset.scoring.fails_below)
    if points is not None and points.high < limit:
        return Result.FAILED, Basis.BELOW_LIMIT
    if not vetoes_told:
        return Result.UNDETERMINED, Basis.VETO_UNDETERMINED
    if not ruleset.table.complete:
        return Result.UNDETERMINED, Basis.TABLE_INCOMPLETE
    if points is None:
        return Result.PASSED, Basis.NO_VETO
    if points.low >= limit:
        return Result.PASSED, Basis.NOT_BELOW_LIMIT
    return Result.UNDETERMINED, Basis.RANGE_TOO_WIDE
