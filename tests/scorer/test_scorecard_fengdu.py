"""The whole table of Fengdu: exact sums, nothing charged twice, and an honest range while people have not looked."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.scorecard import Basis, Card, Result, scorecard, shown
from shared.events.score import CriterionKind, Verdict
from tests.scorer.given import ACCOUNT, FENGDU, NATIONAL, PORTAL, TODAY, cases, title

DEPARTMENT = PORTAL.model_copy(update={"site_class": "department"})
CRITERIA = {c.id: (i, c) for i in FENGDU.indicators for c in i.criteria}
SCORED = sorted(name for name, (indicator, _) in CRITERIA.items() if indicator.cap is not None)


def told(points: Any = 0, at_most: Any = 0, verdict: Verdict = Verdict.CLEAR, **charges: int) -> Conclusion:
    at_most = max(Decimal(points), Decimal(at_most))
    what = {name: Decimal(cost) for name, cost in charges.items()}
    return Conclusion(verdict, Reason.ABSENT, "…", points=Decimal(points), at_most=at_most, charges=what)


def everything(**but: Conclusion) -> dict[str, Conclusion]:
    """Every criterion judged and clear, ``but`` these (with _ for -)."""
    return dict.fromkeys(CRITERIA, told()) | {name.replace("_", "-"): found for name, found in but.items()}


def ends(card: Card) -> tuple[str, str]:
    assert card.points is not None
    return shown(card.points.low), shown(card.points.high)


@pytest.mark.parametrize("case", cases("fengdu"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    earned = case.get("earned", {})
    if earned == "all":
        earned = {n: c.most(i.cap) for n, (i, c) in CRITERIA.items() if i.kind is CriterionKind.BONUS}
    found = everything() | {name: told(points) for name, points in {**case.get("lost", {}), **earned}.items()}
    filed = PORTAL if case.get("serves_public", True) else DEPARTMENT
    card = scorecard(FENGDU, filed, found, serves_public=case.get("serves_public", True))
    assert (card.result, ends(card)) == (case["result"], (case["points"], case["points"]))


def test_before_anybody_looked_everything_is_open_and_nothing_is_said_against_it() -> None:
    card = scorecard(FENGDU, PORTAL, {})
    assert (card.result, card.basis, ends(card)) == (Result.UNDETERMINED, Basis.VETO_UNDETERMINED, ("0", "130"))
    assert len(card.missing) == len(card.rows)
    assert {part.points.low for part in card.parts()} == {0}
    full = {(part.kind, part.name): part.full for part in card.parts()}
    assert all(part.points.high == full[part.kind, part.name] for part in card.parts())


@pytest.mark.parametrize("veto", ["V-S1-1", "V-S2", "V-S6-3"])
def test_a_veto_stops_the_scoring_whatever_else_was_found(veto: str) -> None:
    found = everything() | {veto: told(verdict=Verdict.VIOLATED), "D-402": told(3)}
    card = scorecard(FENGDU, PORTAL, found)
    assert (card.result, card.basis, card.points) == (Result.FAILED, Basis.VETO, None)


def test_a_veto_on_services_is_not_asked_of_who_serves_nobody() -> None:
    found = everything() | {"V-S6-1": told(verdict=Verdict.VIOLATED)}
    assert scorecard(FENGDU, DEPARTMENT, found, serves_public=False).result is Result.PASSED
    assert scorecard(FENGDU, DEPARTMENT, found).result is Result.FAILED


def test_an_account_passes_when_all_its_vetoes_are_clear_and_has_no_score() -> None:
    card = scorecard(FENGDU, ACCOUNT, everything())
    assert (card.result, card.basis, card.points) == (Result.PASSED, Basis.NO_VETO, None)
    assert scorecard(FENGDU, ACCOUNT, everything(V_A3_2=told(verdict=Verdict.VIOLATED))).result is Result.FAILED


def test_a_table_that_was_not_compared_with_its_original_passes_nobody() -> None:
    card = scorecard(NATIONAL, PORTAL, dict.fromkeys(CRITERIA, told()))
    assert (card.result, card.basis, ends(card)) == (Result.UNDETERMINED, Basis.TABLE_INCOMPLETE, ("100", "100"))
    silent = everything(V_S2=told(verdict=Verdict.VIOLATED))
    assert scorecard(NATIONAL, PORTAL, silent).result is Result.FAILED


def test_the_range_is_exact_in_tenths_and_thirds() -> None:
    found = everything(D_402=told("0.5", "1"), D_403_a=told("0.2", "0.6"), D_304_a=told(0, 7))
    card = scorecard(FENGDU, DEPARTMENT, found, serves_public=False)
    assert card.points is not None
    assert (card.points.low, card.points.high) == (
        Fraction(664, 10) * Fraction(4, 3),
        Fraction(743, 10) * Fraction(4, 3),
    )
    assert ends(card) == ("88.53", "99.07")


def test_a_column_is_charged_once_and_the_others_beside_it() -> None:
    others = told(2, news=1, notices=1)
    assert ends(scorecard(FENGDU, PORTAL, everything(D_109_b=others))) == ("98", "98")
    stale = everything(D_109_b=others, D_104_b=told(5, news=5))
    assert ends(scorecard(FENGDU, PORTAL, stale)) == ("94", "94")
    elsewhere = everything(D_109_b=others, D_201=told(3, news=3))
    assert ends(scorecard(FENGDU, PORTAL, elsewhere)) == ("95", "95"), "D-201 is not in the list of D-109"


def test_of_two_stages_the_worse_counts_even_where_no_cap_would_hide_the_sum() -> None:
    indicators = [i.model_copy(update={"cap": Decimal(9)}) if i.id == "D-203" else i for i in FENGDU.indicators]
    roomy = FENGDU.model_copy(update={"indicators": tuple(indicators)})
    month, quarter = told(1), told(2)
    assert ends(scorecard(roomy, PORTAL, everything(D_203_b=month, D_203_c=quarter))) == ("98", "98")
    assert ends(scorecard(roomy, PORTAL, everything(D_203_a=told(2), D_203_b=month, D_203_c=quarter))) == ("96", "96")
    assert ends(scorecard(roomy, PORTAL, everything(D_203_b=month, D_203_c=told(0, 2)))) == ("98", "99")


@pytest.mark.parametrize(
    ("name", "at_most", "why"),
    [
        ("V-S1-1", "0", "须由两名检查人员共同认定：对照权威表述"),
        ("D-203-b", "1", "须由检查人员判断：核对办事统计数据的更新时间。查看2026-10-23至2026-11-22。"),
        ("D-405-a", "3", "查看2026-05-23至2026-11-22。"),
        ("D-108-a", "1.5", "抽查解读稿3个，不足的全部检查。"),
        ("D-206", "2", "抽查办事指南2个。"),
        ("D-204-a", "20", "抽查办事服务事项5个，不足的全部检查。"),
        ("D-409", "2", "须由检查人员判断"),
        ("D-401-b", "1", "须由检查人员对照留存的页面确认"),
        ("D-402", "3", "尚未检查。"),
        ("B-41-c", "2", "抽查本地区、本部门下级网站上信息或服务的标题2个。"),
    ],
)
def test_what_nobody_looked_at_says_who_must_look_at_what_and_what_it_may_cost(
    name: str, at_most: str, why: str
) -> None:
    row = next(row for row in scorecard(FENGDU, PORTAL, {}, on=TODAY).rows if row.criterion.id == name)
    assert why in row.conclusion.why
    assert (row.conclusion.points, row.conclusion.at_most) == (Decimal(0), Decimal(at_most))
    assert row.waits_for_a_person is (name != "D-402")


def test_the_parts_of_a_card_are_those_of_the_table_and_automatic_rows_come_first() -> None:
    card = scorecard(FENGDU, PORTAL, {"D-408-b": told(), "D-402": told("0.5")}, on=date(2026, 11, 22))
    parts = {(part.kind.value, part.name): part for part in card.parts()}
    assert list(parts) == [
        ("veto", ""),
        *(("deduction", name) for name in ("发布解读", "办事服务", "互动交流", "功能设计")),
        *(("bonus", name) for name in ("信息发布", "办事服务", "互动交流", "功能设计", "创新发展")),
    ]
    design = parts["deduction", "功能设计"]
    assert [row.criterion.id for row in design.told] == ["D-402", "D-403-a", "D-404-a", "D-408-a", "D-408-b"]
    assert len(design.waiting) == len(design.rows) - 5
    assert (shown(design.points.low), shown(design.points.high)) == ("0.5", "18")


tenths = st.integers(0, 80).map(lambda number: Decimal(number) / 10)
worlds = st.dictionaries(st.sampled_from(SCORED), st.tuples(tenths, tenths), max_size=30)


@given(worlds, worlds)
def test_whatever_people_find_lies_in_the_range_that_was_shown_before(
    known: dict[str, Any], rest: dict[str, Any]
) -> None:
    before = {name: told(points) for name, (points, _) in known.items()}
    found = {name: told(min(points, c.most(i.cap))) for name, (points, _) in rest.items() for i, c in [CRITERIA[name]]}
    after = dict.fromkeys(CRITERIA, told()) | found | before
    wide, exact = scorecard(FENGDU, PORTAL, before), scorecard(FENGDU, PORTAL, after)
    assert wide.points is not None
    assert exact.points is not None
    assert wide.points.low <= exact.points.low == exact.points.high <= wide.points.high
    assert wide.result in (exact.result, Result.UNDETERMINED)
