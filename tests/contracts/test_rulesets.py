"""The rulesets we ship say what their documents say, and differ from the national one only where the document does."""

import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from services.scorer.evaluators import EVALUATORS, PARAMS
from services.scorer.evaluators.availability import AvailabilityParams
from services.scorer.ruleset import (
    PACKAGED,
    Criterion,
    Params,
    Ruleset,
    Rulesets,
    Status,
    load,
    load_directories,
    strictly,
)
from shared.events.registry import NewMedia, Website
from shared.events.score import CriterionKind

RULESETS = load_directories([PACKAGED], PARAMS)
NATIONAL, FENGDU, ZHENGZHOU = "cn-national-2019-19", "cn-500230-fengdu-2019", "cn-410100-zhengzhou"
PORTAL = Website(code="4101000001", name="某市政府", url="https://www.example.gov.cn/", site_class="portal")
DEPARTMENT = PORTAL.model_copy(update={"site_class": "department"})
ACCOUNT = NewMedia(platform="weibo", account="1", name="某网警")
FILES = {path.name: path.read_text(encoding="utf-8") for path in PACKAGED.glob("*.yaml")}


def criterion(ruleset: str, name: str) -> Criterion:
    found = [c for i in RULESETS.by_id[ruleset].indicators for c in i.criteria if c.id == name]
    assert len(found) == 1
    return found[0]


def ids(ruleset: str, filed: Website | NewMedia) -> set[str]:
    return {c.id for i in RULESETS.by_id[ruleset].indicators_for(filed) for c in i.criteria}


@pytest.mark.parametrize("ruleset", RULESETS.by_id.values(), ids=lambda ruleset: ruleset.id)
def test_every_criterion_can_be_looked_up(ruleset: Ruleset) -> None:
    for indicator in ruleset.indicators:
        for each in indicator.criteria:
            assert each.citation.document
            assert each.citation.where
            assert each.evaluator in EVALUATORS
            assert re.fullmatch(r"[A-Za-z0-9_-]+", each.id), "it travels in subjects and ids"


@pytest.mark.parametrize("params", PARAMS.values(), ids=lambda params: params.__name__)
def test_every_number_has_a_name_in_chinese_and_no_value_in_code(params: type[Params]) -> None:
    for field in params.model_fields.values():
        assert field.title
        assert field.is_required()


def test_a_site_is_unreachable_by_the_numbers_of_the_table() -> None:
    params = strictly(AvailabilityParams, dict(criterion(NATIONAL, "V-S2").params))
    assert (params.window_days, params.visits_per_day) == (7, 20)
    assert (params.too_slow_seconds, params.fails_at) == (Decimal(15), Fraction(1, 20))


def test_the_footer_has_six_marks_at_half_a_point_and_three_at_most() -> None:
    indicator = next(i for i in RULESETS.by_id[NATIONAL].indicators if i.id == "D-402")
    marks = indicator.criteria[0].params["marks"]
    assert isinstance(marks, dict)
    assert list(marks.values()) == [
        "党政机关网站标识",
        "网站标识码",
        "ICP备案编号",
        "公安机关备案标识",
        "网站主办单位",
        "联系方式",
    ]
    assert (indicator.cap, indicator.criteria[0].points) == (Decimal(3), Decimal("0.5"))


@pytest.mark.parametrize(("ruleset", "days"), [(NATIONAL, 14), (ZHENGZHOU, 14), (FENGDU, 7)])
def test_an_account_may_be_silent_two_weeks_and_one_in_fengdu(ruleset: str, days: int) -> None:
    assert criterion(ruleset, "V-A2-1").params["window_days"] == days


def test_websites_other_than_portals_are_scored_in_fengdu_only() -> None:
    assert {name: "D-402" in ids(name, DEPARTMENT) for name in RULESETS.by_id} == {
        NATIONAL: False,
        ZHENGZHOU: False,
        FENGDU: True,
    }
    assert all("D-402" in ids(name, PORTAL) for name in RULESETS.by_id)


def test_an_unfiled_change_is_an_obligation_of_zhengzhou_and_of_nobody_else() -> None:
    assert {name for name in RULESETS.by_id if "filing_violation" in ids(name, ACCOUNT)} == {ZHENGZHOU}
    indicator = next(i for i in RULESETS.by_id[ZHENGZHOU].indicators if i.id == "filing_violation")
    assert (indicator.kind, indicator.cap) == (CriterionKind.OBLIGATION, None)
    assert "2023年第四季度" in indicator.criteria[0].citation.document


def test_fengdu_restates_the_table_and_is_cited_itself() -> None:
    for name in ("V-S2", "V-A2-1", "D-402"):
        assert "丰都县" in criterion(FENGDU, name).citation.document
        assert criterion(FENGDU, name).status is Status.VERIFIED
        assert "国办秘函〔2019〕19号" in criterion(ZHENGZHOU, name).citation.document
        assert criterion(ZHENGZHOU, name).status is Status.UNVERIFIED


def test_no_table_claims_to_be_whole_before_it_is() -> None:
    assert not any(ruleset.table.complete for ruleset in RULESETS.by_id.values())


@pytest.mark.parametrize(
    ("region", "day", "chosen"),
    [
        ("41.01.05.0", "2026-01-01", ZHENGZHOU),
        ("41.01.00.0", "2023-11-27", ZHENGZHOU),
        ("41.01.05.0", "2023-11-26", NATIONAL),
        ("41.02.01.0", "2026-01-01", NATIONAL),
        ("50.02.30.0", "2026-01-01", FENGDU),
        ("50.02.30.101", "2026-01-01", FENGDU),
        ("50.02.31.0", "2026-01-01", NATIONAL),
        ("11.00.00.0", "2019-04-01", NATIONAL),
        ("11.00.00.0", "2019-03-31", None),
    ],
)
def test_the_nearest_ruleset_in_force_is_chosen(region: str, day: str, chosen: str | None) -> None:
    found = RULESETS.choose(region, date.fromisoformat(day))
    assert (found.id if found else None) == chosen


def loaded(**changes: tuple[str, str]) -> Rulesets:
    files = dict(FILES)
    for name, (old, new) in changes.items():
        file = {"national": f"{NATIONAL}.yaml", "fengdu": f"{FENGDU}.yaml"}[name]
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    return load(files, PARAMS)


def test_the_digest_is_of_what_is_said_and_not_of_how_it_is_written() -> None:
    rewritten = loaded(national=("cap: 3\n", 'cap: "3.0"   # a note\n'))
    assert rewritten.by_id[NATIONAL].digest == RULESETS.by_id[NATIONAL].digest


def test_the_digest_changes_with_a_number_also_of_those_who_inherit_it() -> None:
    changed = loaded(national=("visits_per_day: 20", "visits_per_day: 21"))
    for name, ruleset in RULESETS.by_id.items():
        assert changed.by_id[name].digest != ruleset.digest


def test_the_canonical_form_is_json_with_exact_numbers_as_text() -> None:
    ruleset = RULESETS.by_id[FENGDU]
    told = json.loads(ruleset.canonical())
    assert ruleset.canonical() == json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert told["scoring"]["full"] == "100"
    assert told["scoring"]["without_external_service"]["multiply"] == "4/3"


def test_an_office_adds_its_own_overlay_without_code(tmp_path: Path) -> None:
    (tmp_path / "cn-410200-kaifeng.yaml").write_text(
        """\
ruleset: cn-410200-kaifeng
version: "1"
extends: cn-410100-zhengzhou
region: "41.02"
effective: {from: 2024-01-01}
document: {cite: 《某市办法》, issuer: 某市办公厅, issued_on: 2024-01-01, status: verified}
overrides:
  - {id: V-A2-1, op: replace, reason: 本市更严。, set: {citation: 第五条, params: {window_days: 10}}}
  - {id: D-402, op: replace, reason: 本市只查一次。, set: {citation: 第六条, cap: 2, points: 1, params: {looks: 1}}}
  - {id: V-S2, op: remove, reason: 本市另行检查。}
  - id: everybody
    op: add
    reason: 义务也及于网站。
    scope: {outlets: [website, new_media]}
  - {id: filing_violation, op: replace, reason: 义务也及于网站。, set: {applies: everybody}}
  - id: D-402-2
    op: add
    to: D-402
    reason: 标识须可点击。
    criterion:
      {text: 标识不能点击的，扣1分。, citation: 第七条, method: manual, points: 1, close: reviewed, severity: ordinary}
""",
        encoding="utf-8",
    )
    rulesets = load_directories([PACKAGED, tmp_path], PARAMS)
    found = rulesets.choose("41.02.05.0", date(2024, 1, 1))
    assert found is rulesets.by_id["cn-410200-kaifeng"]
    by_id = {c.id: (i, c) for i in found.indicators for c in i.criteria}
    assert set(by_id) == {"V-A2-1", "D-402", "D-402-2", "filing_violation"}
    assert str(by_id["V-A2-1"][1].citation) == "《某市办法》 第五条"
    assert by_id["V-A2-1"][1].params == {"window_days": 10, "observed_days": 2, "looks": 2}
    assert (by_id["D-402"][0].cap, by_id["D-402"][1].points) == (Decimal(2), Decimal(1))
    assert found.scope(by_id["filing_violation"][0].applies).includes(PORTAL)
    assert "郑州" in by_id["filing_violation"][1].citation.document
    assert loaded().by_id[ZHENGZHOU].digest == rulesets.by_id[ZHENGZHOU].digest, "the base is left as it was"
