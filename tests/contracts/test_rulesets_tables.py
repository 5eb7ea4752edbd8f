"""The tables we ship say what their documents say; ``fengdu_2019.csv`` was written from the document by itself.

They differ from the national one only where the document does, and each criterion says where it stands and who can
tell.
"""

import csv
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.prober.probes import PROBES
from services.scorer.evaluators import EVALUATORS, PARAMS
from services.scorer.evaluators.availability import AvailabilityParams
from services.scorer.observations import PROFILE
from services.scorer.ruleset import (
    PACKAGED,
    Criterion,
    Decides,
    Indicator,
    Method,
    Params,
    Period,
    Ruleset,
    Status,
    load_directories,
    plain,
    strictly,
)
from services.scorer.ruleset.summary import kinds
from shared.events.registry import NewMedia, Particulars, Website
from shared.events.score import CriterionKind

RULESETS = load_directories([PACKAGED], PARAMS)
NATIONAL, FENGDU, ZHENGZHOU, CHUXIONG = (
    RULESETS.by_id[name]
    for name in ("cn-national-2019-19", "cn-500230-fengdu-2019", "cn-410100-zhengzhou", "cn-532300-chuxiong-2019")
)
ALL = list(RULESETS.by_id.values())
PORTAL = Website(code="4101000001", name="某市政府", url="https://www.example.gov.cn/", site_class="portal")
DEPARTMENT = PORTAL.model_copy(update={"site_class": "department"})
MINISTRY = PORTAL.model_copy(update={"code": "bm55000001"})
ACCOUNT = NewMedia(platform="weibo", account="1", name="某网警")
APP = NewMedia(platform="app", account="1", name="某客户端")
AUTOMATIC = {
    *("V-S2", "V-S3-1", "V-A2-1"),
    *("D-104-b", "D-105-b", "D-106-b", "D-402", "D-403-a", "D-404-a", "D-408-a", "D-408-b"),
}
PARTS = "一、单项否决 |二、扣分指标 |三、加分指标 "
WHERE = re.compile(rf"({PARTS})\S*?(“[^”]+”(第[一二]行)?(第\d项|第[一二]句)?)?")


def criterion(ruleset: Ruleset, name: str) -> Criterion:
    found = [c for i in ruleset.indicators for c in i.criteria if c.id == name]
    assert len(found) == 1
    return found[0]


def indicator(ruleset: Ruleset, name: str) -> Indicator:
    return next(i for i in ruleset.indicators if i.id == name)


def ids(ruleset: Ruleset, filed: Particulars, **unit: Any) -> set[str]:
    return {c.id for i in ruleset.indicators_for(filed, **unit) for c in i.criteria}


def short(period: Period | None) -> str:
    if period is None:
        return ""
    units = {"d": period.days, "mo": period.months, "wd": period.working_days}
    return next(f"{number}{unit}" for unit, number in units.items() if number is not None)


def written(ruleset: Ruleset) -> list[dict[str, str]]:
    return [
        {
            "criterion": c.id,
            "kind": i.kind.value,
            "category": i.category or "",
            "name": i.name,
            "row": i.row or "",
            "cap": "" if i.cap is None else plain(i.cap),
            "points": "" if c.points is None else plain(c.points),
            "per": c.per or "",
            "window": short(c.window),
            "within": short(c.within),
            "sample": str(c.sample.n) if c.sample else "",
        }
        for i in ruleset.indicators
        for c in i.criteria
    ]


def test_fengdu_is_its_document_row_by_row() -> None:
    table = Path(__file__).with_name("fengdu_2019.csv").read_text(encoding="utf-8")
    assert written(FENGDU) == list(csv.DictReader(table.splitlines()))


def test_fengdu_has_9_vetoes_28_deductions_in_29_rows_and_10_bonuses() -> None:
    counted = {each.kind.value: (each.named, each.rows, each.criteria) for each in kinds(FENGDU)}
    assert counted == {"veto": (9, 9, 25), "deduction": (28, 29, 57), "bonus": (10, 10, 19)}


@pytest.mark.parametrize("ruleset", ALL, ids=lambda ruleset: ruleset.id)
def test_the_parts_add_up_to_100_and_30(ruleset: Ruleset) -> None:
    sums = {each.kind: ([int(points) for points in each.parts.values()], each.points) for each in kinds(ruleset)}
    assert sums[CriterionKind.DEDUCTION] == ([31, 25, 23, 21], Decimal(100))
    assert sums[CriterionKind.BONUS] == ([7, 6, 8, 6, 3], Decimal(30))
    assert {category.points for category in ruleset.table.categories} == {31, 25, 23, 21, 7, 6, 8, 3}


def test_only_the_table_that_was_compared_with_its_original_is_whole() -> None:
    assert [ruleset.id for ruleset in ALL if ruleset.table.complete] == [FENGDU.id]
    assert {c.status for i in NATIONAL.indicators for c in i.criteria} == {Status.UNVERIFIED}
    assert {c.status for i in FENGDU.indicators for c in i.criteria} == {Status.VERIFIED}


@pytest.mark.parametrize("ruleset", ALL, ids=lambda ruleset: ruleset.id)
def test_every_criterion_can_be_looked_up_and_says_who_can_tell(ruleset: Ruleset) -> None:
    for each in ruleset.indicators:
        for one in each.criteria:
            assert one.citation.document
            assert re.fullmatch(r"[A-Za-z0-9_-]+", one.id), "it travels in subjects and ids"
            if one.citation.document in (NATIONAL.document.cite, FENGDU.document.cite):
                assert WHERE.fullmatch(one.citation.where), one.citation.where
            if one.evaluator:
                assert one.evaluator in EVALUATORS
            assert set(one.probes) <= {*PROBES, PROFILE}, "somebody measures it"
            assert (one.method is Method.AUTOMATIC) == (one.needs is None)
            assert (one.method is Method.MANUAL) == (not one.probes)


@pytest.mark.parametrize("ruleset", [NATIONAL, FENGDU], ids=lambda ruleset: ruleset.id)
def test_what_no_machine_decides_is_decided_by_people_and_vetoes_by_two(ruleset: Ruleset) -> None:
    by_people = {c.id: (i.kind, c.decides) for i in ruleset.indicators for c in i.criteria if c.decides is not None}
    assert set(by_people) == {c.id for i in ruleset.indicators for c in i.criteria} - AUTOMATIC
    for name, (kind, decides) in by_people.items():
        assert (kind is CriterionKind.VETO) == (decides is Decides.TWO_PEOPLE), name


@pytest.mark.parametrize("params", PARAMS.values(), ids=lambda params: params.__name__)
def test_every_number_has_a_name_in_chinese_and_no_value_in_code(params: type[Params]) -> None:
    assert params.probes
    for field in params.model_fields.values():
        assert field.title
        assert field.is_required()


def test_a_site_is_unreachable_by_the_numbers_of_the_table() -> None:
    params = strictly(AvailabilityParams, dict(criterion(NATIONAL, "V-S2").params))
    assert (params.window_days, params.visits_per_day) == (7, 20)
    assert (params.too_slow_seconds, params.fails_at) == (Decimal(15), Fraction(1, 20))


def test_the_footer_has_six_marks_at_half_a_point_and_three_at_most() -> None:
    marks = criterion(NATIONAL, "D-402").params["marks"]
    assert isinstance(marks, dict)
    assert list(marks.values()) == [
        "党政机关网站标识",
        "网站标识码",
        "ICP备案编号",
        "公安机关备案标识",
        "网站主办单位",
        "联系方式",
    ]
    assert (indicator(NATIONAL, "D-402").cap, criterion(NATIONAL, "D-402").points) == (Decimal(3), Decimal("0.5"))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("V-S3-1", "2周"),
        ("V-S4-1", "2周"),
        ("V-S4-1", "6个月"),
        ("V-S4-1", "累计超过（含）5个"),
        ("V-S4-2", "超过（含）10个"),
        ("V-S4-3", "超过（含）5个"),
        ("V-S5-2", "超过3个月"),
        ("V-S6-2", "缺失4类及以上"),
        ("V-S6-2", "超过（含）5个"),
        ("V-S6-3", "不足5个"),
        ("B-22-1", "3项及以上"),
        ("B-22-2", "1至2项"),
        ("B-32-a", "超过（含）6次"),
    ],
)
def test_numbers_that_stand_in_sentences_are_those_of_the_table(name: str, number: str) -> None:
    assert number in criterion(FENGDU, name).text


@pytest.mark.parametrize(("ruleset", "days"), [(NATIONAL, 14), (ZHENGZHOU, 14), (CHUXIONG, 14), (FENGDU, 7)])
def test_an_account_may_be_silent_two_weeks_and_one_in_fengdu(ruleset: Ruleset, days: int) -> None:
    assert criterion(ruleset, "V-A2-1").params["window_days"] == days


def test_an_account_is_judged_by_vetoes_alone_and_apps_by_one_more() -> None:
    assert {i.kind for i in FENGDU.indicators_for(ACCOUNT)} == {CriterionKind.VETO}
    assert ids(FENGDU, APP) - ids(FENGDU, ACCOUNT) == {"V-A2-2"}
    assert ids(FENGDU, ACCOUNT, government_system=False) == set()


def test_websites_other_than_portals_are_scored_in_fengdu_only() -> None:
    assert [ruleset.id for ruleset in ALL if "D-402" in ids(ruleset, DEPARTMENT)] == [FENGDU.id]
    assert all("D-402" in ids(ruleset, PORTAL) for ruleset in ALL)


@pytest.mark.parametrize(
    ("ruleset", "filed", "without"),
    [
        (NATIONAL, PORTAL, False),
        (NATIONAL, DEPARTMENT, False),
        (NATIONAL, MINISTRY, True),
        (FENGDU, DEPARTMENT, True),
        (FENGDU, PORTAL, False),
    ],
)
def test_who_may_lack_services_for_the_public(ruleset: Ruleset, filed: Website, without: bool) -> None:
    assert ruleset.without_service(filed, serves_public=False) is without
    gone = ids(ruleset, filed) - ids(ruleset, filed, serves_public=False)
    services = {name for name in ids(ruleset, filed) if name.startswith(("V-S6", "D-20", "B-2"))}
    assert gone == (services if without else set())


def test_a_column_charged_elsewhere_is_not_charged_again_with_the_other_columns() -> None:
    listed = {"V-S4", "D-101", "D-102", "D-103", "D-104", "D-105", "D-106", "D-107", "D-203", "D-303"}
    assert {i.id: set(i.not_again) for i in FENGDU.indicators if i.not_again} == {"D-109": listed}


def test_stages_of_one_thing_count_once() -> None:
    tiers = {c.id: c.tier_of for i in FENGDU.indicators for c in i.criteria if c.tier_of}
    assert set(tiers) == {"D-203-b", "D-203-c", "B-11-a-1", "B-11-a-2", "B-22-1", "B-22-2"}


def test_fengdu_says_why_it_differs_and_where_else_it_is_the_national_table() -> None:
    assert all(change.reason.endswith("。") for change in FENGDU.changes)
    ignored = {"citation", "status", "note"}
    before = {c.id: c.model_dump(exclude=ignored) for i in NATIONAL.indicators for c in i.criteria}
    after = {c.id: c.model_dump(exclude=ignored) for i in FENGDU.indicators for c in i.criteria}
    assert {name for name in after if after[name] != before.get(name)} == {"V-S1-6", "V-A2-1", "D-304-c"}
    assert set(before) <= set(after)
    assert "包括政府系统公开信箱" in criterion(FENGDU, "V-S1-6").text
    assert "公开信箱" not in criterion(NATIONAL, "V-S1-6").text


def test_an_unfiled_change_is_an_obligation_of_zhengzhou_and_of_nobody_else() -> None:
    assert [ruleset.id for ruleset in ALL if "filing_violation" in ids(ruleset, ACCOUNT)] == [ZHENGZHOU.id]
    found = indicator(ZHENGZHOU, "filing_violation")
    assert (found.kind, found.cap) == (CriterionKind.OBLIGATION, None)
    assert "2023年第四季度" in found.criteria[0].citation.document


def test_chuxiong_asks_departments_for_the_domain_of_the_portal() -> None:
    assert "portal_domain" in ids(CHUXIONG, DEPARTMENT)
    assert "portal_domain" not in ids(CHUXIONG, PORTAL)
    assert "楚雄州" in criterion(CHUXIONG, "V-A2-1").citation.document
    assert criterion(CHUXIONG, "V-A2-1").status is Status.VERIFIED


def test_the_annual_assessment_is_three_vetoes_in_fengdu_and_known_in_part_for_the_nation() -> None:
    assert FENGDU.annual is not None
    assert FENGDU.annual.complete
    assert [(rule.kind, rule.points) for rule in FENGDU.annual.rules] == [(CriterionKind.VETO, None)] * 3
    assert NATIONAL.annual is not None
    assert not NATIONAL.annual.complete
    assert {rule.status for rule in NATIONAL.annual.rules} == {Status.UNVERIFIED}
    assert NATIONAL.annual.scoring is not None
    assert (NATIONAL.annual.scoring.full, NATIONAL.annual.scoring.bonus_full) == (Decimal(100), Decimal(20))


def test_what_fengdu_asks_beside_the_table_is_carried_with_who_must_do_it() -> None:
    duties = {duty.id: duty.who for duty in FENGDU.duties}
    assert len(duties) == 19
    assert {name for name, who in duties.items() if who == "office"} == {
        "daily_scan",
        "quarterly_check",
        "results_published",
        "security",
    }
    assert all(duty.citation.document == FENGDU.document.cite for duty in FENGDU.duties)
