"""评分: vetoes, deductions, bonuses — a verdict and a range of points. Pure, exact.

国办秘函〔2019〕19号: any veto fails, and nothing is scored; else deductions from 100, those of one indicator never more
than its cap; below 60 fails; above 80 earns bonuses. Accounts, and websites outside the scope of scoring, are judged by
vetoes alone. What could not be told widens the range, and a verdict is given only when both of its ends agree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.scorer.conclusion import NOTHING, Conclusion, Reason
from services.scorer.ruleset import Criterion, Decides, Indicator, Ruleset
from shared.events.registry import Particulars
from shared.events.score import CriterionKind, Verdict

HUNDREDTH = 100
WHO: Mapping[Decides, str] = {
    Decides.INSPECTOR: "须由检查人员判断",
    Decides.CONFIRMATION: "须由检查人员对照留存的页面确认",
    Decides.TWO_PEOPLE: "须由两名检查人员共同认定",
}


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

    @property
    def waits_for_a_person(self) -> bool:
        """Whether nobody has said yet what only people can tell."""
        return self.conclusion.reason is Reason.NEEDS_A_PERSON

    @property
    def exempt(self) -> bool:
        """Whether an office excused the outlet from it: no verdict, nothing lost, and nothing open about it."""
        return self.conclusion.reason is Reason.EXEMPT


@dataclass(frozen=True, slots=True)
class Range:
    """Exact points, at least and at most."""

    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one 一级指标, or of all vetoes or obligations (``name`` is empty, nothing is scored).

    ``points`` is what its rows cost (or earn) together; ``full`` is the sum of the caps.
    """

    kind: CriterionKind
    name: str
    rows: tuple[Row, ...]
    full: Decimal
    points: Range

    @property
    def told(self) -> tuple[Row, ...]:
        """What is judged without waiting for a person, the automatic ones first."""
        told = [row for row in self.rows if not row.waits_for_a_person]
        return tuple(sorted(told, key=lambda row: row.criterion.evaluator is None))

    @property
    def waiting(self) -> tuple[Row, ...]:
        """What waits for a person, in the order of the table."""
        return tuple(row for row in self.rows if row.waits_for_a_person)


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard: ``points`` is None when nothing is scored (a veto, or vetoes only).

    ``without_service`` = the category of services is left out and the rest multiplied.
    """

    ruleset: Ruleset
    rows: tuple[Row, ...]
    result: Result
    basis: Basis
    points: Range | None
    without_service: bool = False

    @property
    def missing(self) -> tuple[Row, ...]:
        """The criteria nothing could be told of."""
        undetermined = (row for row in self.rows if row.conclusion.verdict is Verdict.UNDETERMINED)
        return tuple(row for row in undetermined if not row.exempt)

    @property
    def exempt(self) -> tuple[Row, ...]:
        """The criteria from which the outlet is exempt."""
        return tuple(row for row in self.rows if row.exempt)

    def parts(self) -> tuple[Part, ...]:
        """The rows by part of the table, in its order."""
        grouped: dict[tuple[CriterionKind, str], list[Row]] = {}
        for row in self.rows:
            grouped.setdefault((row.indicator.kind, row.indicator.category or ""), []).append(row)
        return tuple(
            Part(kind, name, tuple(rows), _caps(rows), _sum(rows, _charged(self.rows)))
            for (kind, name), rows in grouped.items()
        )


def scorecard(
    ruleset: Ruleset,
    filed: Particulars,
    conclusions: Mapping[str, Conclusion],
    *,
    serves_public: bool = True,
    government_system: bool = True,
    on: date | None = None,
) -> Card:
    """The card of an outlet filed as ``filed``; ``conclusions`` by criterion id, a missing one could not be told.

    ``serves_public`` False = 没有对外服务职能: where the ruleset's rule for it holds, that category is left out and the
    rest multiplied (×4/3). ``on`` is the day of judging: with it, what waits for a person says since when to look.
    """
    indicators = ruleset.indicators_for(filed, serves_public=serves_public, government_system=government_system)
    without = ruleset.without_service(filed, serves_public=serves_public)
    rows = tuple(
        Row(indicator, criterion, conclusions.get(criterion.id) or not_judged(indicator, criterion, on))
        for indicator in indicators
        for criterion in indicator.criteria
    )
    vetoes = {row.conclusion.verdict for row in rows if row.indicator.kind is CriterionKind.VETO and not row.exempt}
    if Verdict.VIOLATED in vetoes:
        return Card(ruleset, rows, Result.FAILED, Basis.VETO, None, without)
    scored = any(indicator.kind is CriterionKind.DEDUCTION for indicator in indicators)
    points = _points(ruleset, rows, without_service=without) if scored else None
    result, basis = _verdict(ruleset, points, vetoes_told=Verdict.UNDETERMINED not in vetoes)
    return Card(ruleset, rows, result, basis, points, without)


def not_judged(indicator: Indicator, criterion: Criterion, on: date | None = None) -> Conclusion:
    """The conclusion on a criterion nobody has looked at: who must look at what, and what it may cost or earn."""
    most = criterion.most(indicator.cap)
    if criterion.decides is None:
        return Conclusion(Verdict.UNDETERMINED, Reason.NOT_SEEN, "尚未检查。", at_most=most)
    why = f"{WHO[criterion.decides]}：{criterion.needs}"
    if criterion.sample is not None:
        fewer = "，不足的全部检查" if criterion.sample.all_if_fewer else ""
        why += f"抽查{criterion.sample.of}{criterion.sample.n}个{fewer}。"
    if criterion.window is not None and on is not None:
        why += f"查看{criterion.window.first_day(on)}至{on}。"
    return Conclusion(Verdict.UNDETERMINED, Reason.NEEDS_A_PERSON, why, at_most=most)


def shown(points: Fraction) -> str:
    """Exact points with at most two decimals, rounded half up, as people read them: ``83.33``."""
    hundredths = (points.numerator * HUNDREDTH * 2 + points.denominator) // (points.denominator * 2)
    whole, rest = divmod(hundredths, HUNDREDTH)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def _points(ruleset: Ruleset, rows: tuple[Row, ...], *, without_service: bool) -> Range:
    scoring = ruleset.scoring
    factor = scoring.without_external_service.multiply if without_service else Fraction(1)
    full = Fraction(scoring.full) / factor
    charged = _charged(rows)
    lost = _sum([row for row in rows if row.indicator.kind is CriterionKind.DEDUCTION], charged)
    carried = _caps([row for row in rows if row.indicator.kind is CriterionKind.DEDUCTION])
    unknown = Fraction(0) if ruleset.table.complete else full - Fraction(carried)
    low = max(Fraction(0), full - lost.high - unknown) * factor
    high = (full - lost.low) * factor
    earned = _sum([row for row in rows if row.indicator.kind is CriterionKind.BONUS], charged)
    above = Fraction(scoring.bonus_above)
    return Range(low + (earned.low if low > above else 0), high + (earned.high if high > above else 0))


def _caps(rows: Iterable[Row]) -> Decimal:
    """What the indicators of ``rows`` can cost (or earn) together."""
    return sum({row.indicator.id: row.indicator.cap or NOTHING for row in rows}.values(), NOTHING)


def _charged(rows: Iterable[Row]) -> dict[str, set[str]]:
    """What each indicator has charged for, by indicator."""
    charged: dict[str, set[str]] = {}
    for row in rows:
        charged.setdefault(row.indicator.id, set()).update(row.conclusion.charges)
    return charged


def _sum(rows: Iterable[Row], charged: Mapping[str, set[str]]) -> Range:
    """What ``rows`` cost (or earn): each indicator at least and at most, never more than its cap."""
    by_indicator: dict[str, list[Row]] = {}
    for row in rows:
        if row.indicator.cap is not None:
            by_indicator.setdefault(row.indicator.id, []).append(row)
    low = sum((_of(each, charged, _established) for each in by_indicator.values()), NOTHING)
    high = sum((_of(each, charged, _possible) for each in by_indicator.values()), NOTHING)
    return Range(Fraction(low), Fraction(high))


def _of(rows: Sequence[Row], charged: Mapping[str, set[str]], points: Callable[[Conclusion], Decimal]) -> Decimal:
    """What one indicator costs by ``points`` of its rows: of a tier the greatest, nothing twice, at most the cap."""
    indicator = rows[0].indicator
    elsewhere = set().union(*(charged.get(name, set()) for name in indicator.not_again))
    tiers: dict[str, Decimal] = {}
    total = NOTHING
    for row in rows:
        again = sum((cost for what, cost in row.conclusion.charges.items() if what in elsewhere), NOTHING)
        value = max(NOTHING, points(row.conclusion) - again)
        if tier := row.criterion.tier_of:
            tiers[tier] = max(value, tiers.get(tier, NOTHING))
        else:
            total += value
    return min(indicator.cap or NOTHING, total + sum(tiers.values(), NOTHING))


def _established(conclusion: Conclusion) -> Decimal:
    return conclusion.points


def _possible(conclusion: Conclusion) -> Decimal:
    return max(conclusion.points, conclusion.at_most)


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
