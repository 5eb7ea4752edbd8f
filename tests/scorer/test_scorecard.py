"""评分 is exact, follows the table, and gives a verdict only when both ends of the range agree."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import load
from services.scorer.ruleset.model import Extent
from services.scorer.scorecard import Basis, Result, scorecard, shown
from shared.events.score import Verdict
from tests.scorer.given import ACCOUNT, PORTAL, ZHENGZHOU, cases, title

TABLE = load({"small.yaml": (Path(__file__).with_name("cases") / "small.ruleset").read_text("utf-8")}, PARAMS)
SMALL = TABLE.by_id["small"]
DEPARTMENT = PORTAL.model_copy(update={"site_class": "department"})
CRITERIA = ("V-1", "D-1", "D-2", "D-3", "D-4", "B-1", "B-2")


def told(verdict: Verdict = Verdict.CLEAR, points: Any = 0, doubt: Any = 0) -> Conclusion:
    points, doubt = Decimal(points), Decimal(doubt)
    if doubt:
        verdict = Verdict.UNDETERMINED
    return Conclusion(verdict, Reason.NOT_SEEN, "…", points=points, at_most=points + doubt)


def conclusions(case: dict[str, Any]) -> dict[str, Conclusion]:
    points = {**case.get("lost", {}), **case.get("earned", {})}
    doubt = case.get("doubt", {})
    return {
        **{name: told(points=points.get(name, 0), doubt=doubt.get(name, 0)) for name in CRITERIA[1:]},
        "V-1": told(Verdict(case.get("veto", "clear"))),
    }


@pytest.mark.parametrize("case", cases("scorecard"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    card = scorecard(SMALL, PORTAL, conclusions(case), serves_public=case.get("serves_public", True))
    assert card.result == case["result"], card.basis
    points = [shown(card.points.low), shown(card.points.high)] if card.points else None
    assert points == case["points"]


def test_an_account_is_judged_by_vetoes_alone() -> None:
    clear = scorecard(SMALL, ACCOUNT, {"V-2": told()})
    assert (clear.result, clear.basis, clear.points) == (Result.PASSED, Basis.NO_VETO, None)
    assert scorecard(SMALL, ACCOUNT, {"V-2": told(Verdict.VIOLATED)}).result is Result.FAILED
    assert scorecard(SMALL, ACCOUNT, {}).result is Result.UNDETERMINED


def test_a_website_outside_the_scope_of_scoring_has_no_score() -> None:
    card = scorecard(SMALL, DEPARTMENT, {"V-1": told()})
    assert (card.result, card.points) == (Result.PASSED, None)
    assert [row.criterion.id for row in card.rows] == ["V-1"]


def test_an_obligation_never_touches_the_verdict() -> None:
    before = scorecard(ZHENGZHOU, ACCOUNT, {"V-A2-1": told()})
    after = scorecard(ZHENGZHOU, ACCOUNT, {"V-A2-1": told(), "filing_violation": told(Verdict.VIOLATED)})
    assert (before.result, before.points) == (after.result, after.points)


def test_what_a_table_does_not_carry_is_not_taken_for_good() -> None:
    carried = tuple(indicator for indicator in SMALL.indicators if indicator.id != "D-4")
    part = SMALL.model_copy(update={"indicators": carried, "table": Extent(complete=False)})
    card = scorecard(part, PORTAL, dict.fromkeys(CRITERIA, told()))
    assert (card.result, card.basis) == (Result.UNDETERMINED, Basis.TABLE_INCOMPLETE)
    assert card.points is not None
    assert (shown(card.points.low), shown(card.points.high)) == ("80", "100")
    assert scorecard(part, PORTAL, {"V-1": told(Verdict.VIOLATED)}).result is Result.FAILED


def test_a_criterion_nobody_looked_at_is_missing_and_may_cost_everything() -> None:
    card = scorecard(SMALL, PORTAL, {"V-1": told(), **{name: told() for name in ("D-1", "D-2", "D-3", "B-1", "B-2")}})
    assert card.points is not None
    assert (shown(card.points.low), shown(card.points.high)) == ("80", "100")
    assert [(row.criterion.id, row.conclusion.reason) for row in card.missing] == [("D-4", Reason.NEEDS_A_PERSON)]


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (Fraction(100), "100"),
        (Fraction(4, 3) * 60, "80"),
        (Fraction(4, 3) * Fraction("44.9"), "59.87"),
        (Fraction("83.335"), "83.34"),
        (Fraction("0.004"), "0"),
        (Fraction("0.005"), "0.01"),
        (Fraction("90.5"), "90.5"),
    ],
)
def test_points_are_shown_with_two_decimals_rounded_half_up(points: Fraction, text: str) -> None:
    assert shown(points) == text


World = dict[str, tuple[Decimal, Decimal, Decimal]]
Serves = Literal["public", "inside"]
tenths = st.integers(0, 400).map(lambda number: Decimal(number) / 10)
worlds = st.fixed_dictionaries({name: st.tuples(tenths, tenths, tenths) for name in CRITERIA[1:]})


def card_of(world: World, part: str, *, serves_public: bool) -> Any:
    """The card before anything is known (``doubt``), or after everything is (``truth``)."""
    found: dict[str, Conclusion] = {"V-1": told()}
    for name, (sure, more, really) in world.items():
        extra = min(more, really)
        found[name] = told(points=sure, doubt=more) if part == "doubt" else told(points=sure + extra)
    return scorecard(SMALL, PORTAL, found, serves_public=serves_public)


@given(worlds, st.sampled_from(("public", "inside")))
def test_whatever_turns_out_lies_in_the_range_that_was_given(world: World, serves: Serves) -> None:
    before = card_of(world, "doubt", serves_public=serves == "public")
    after = card_of(world, "truth", serves_public=serves == "public")
    assert after.points.low == after.points.high
    assert before.points.low <= after.points.low <= before.points.high


@given(worlds, st.sampled_from(("public", "inside")))
def test_a_verdict_once_given_is_not_overturned_by_what_was_missing(world: World, serves: Serves) -> None:
    before = card_of(world, "doubt", serves_public=serves == "public")
    after = card_of(world, "truth", serves_public=serves == "public")
    assert before.result in (after.result, Result.UNDETERMINED)


@given(worlds, st.sampled_from(("public", "inside")))
def test_a_score_is_never_below_zero_nor_above_full_and_bonus(world: World, serves: Serves) -> None:
    card = card_of(world, "doubt", serves_public=serves == "public")
    assert 0 <= card.points.low <= card.points.high <= 110


@given(worlds, tenths, st.sampled_from(("D-1", "D-2", "D-3", "D-4")))
def test_losing_more_never_scores_more(world: World, more: Decimal, name: str) -> None:
    worse = {**world, name: (world[name][0] + more, *world[name][1:])}
    before = card_of(world, "truth", serves_public=True)
    assert card_of(worse, "truth", serves_public=True).points.high <= before.points.high
