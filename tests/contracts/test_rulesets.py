"""The nearest ruleset in force judges; a local one is the national one and its differences, without any Python."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, Method, Ruleset, Rulesets, Status, Window, load, load_directories
from shared.events.registry import Website

RULESETS = load_directories([PACKAGED], PARAMS)
NATIONAL, FENGDU, ZHENGZHOU = "cn-national-2019-19", "cn-500230-fengdu-2019", "cn-410100-zhengzhou"
CHUXIONG = "cn-532300-chuxiong-2019"
PORTAL = Website(code="4101000001", name="某市政府", url="https://www.example.gov.cn/", site_class="portal")
FILES = {path.name: path.read_text(encoding="utf-8") for path in PACKAGED.glob("*.yaml")}


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
        ("53.23.01.0", "2019-06-27", CHUXIONG),
        ("53.23.01.0", "2019-06-26", NATIONAL),
        ("53.01.02.0", "2026-01-01", NATIONAL),
        ("11.00.00.0", "2019-04-01", NATIONAL),
        ("11.00.00.0", "2019-03-31", None),
    ],
)
def test_the_nearest_ruleset_in_force_is_chosen(region: str, day: str, chosen: str | None) -> None:
    found = RULESETS.choose(region, date.fromisoformat(day))
    assert (found.id if found else None) == chosen


def test_nearer_beats_newer_and_the_last_day_counts() -> None:
    files = dict(FILES)
    newer = (
        FILES[f"{NATIONAL}.yaml"].replace(NATIONAL, "cn-national-2030").replace("from: 2019-04-01", "from: 2030-01-01")
    )
    files["cn-national-2030.yaml"] = newer
    old = f"{ZHENGZHOU}.yaml"
    files[old] = FILES[old].replace("from: 2023-11-27", "from: 2023-11-27\n  to: 2031-12-31")
    rulesets = load(files, PARAMS)

    def chosen(region: str, day: str) -> str:
        found = rulesets.choose(region, date.fromisoformat(day))
        assert found is not None
        return found.id

    assert chosen("41.01.05.0", "2031-12-31") == ZHENGZHOU
    assert chosen("41.01.05.0", "2032-01-01") == "cn-national-2030"
    assert chosen("41.02.05.0", "2029-12-31") == NATIONAL
    assert chosen("41.02.05.0", "2030-01-01") == "cn-national-2030"


def test_a_criterion_given_to_another_evaluator_leaves_its_old_numbers_behind() -> None:
    files = dict(FILES)
    files["cn-42.yaml"] = """\
ruleset: cn-42
version: "1"
extends: cn-national-2019-19
region: "42"
effective: {from: 2024-01-01}
document: {cite: 《某省办法》, issuer: 某省办公厅, issued_on: 2024-01-01, status: verified}
overrides:
  - id: V-A2-1
    op: replace
    reason: 本省以变更报备代替。
    set:
      citation: 第五条
      evaluator: filing
      params: {observed_days: 3, fields: {name: 账号名称}}
"""
    national = load(files, PARAMS).by_id["cn-42"]
    changed = next(c for i in national.indicators for c in i.criteria if c.id == "V-A2-1")
    assert changed.params == {"observed_days": 3, "fields": {"name": "账号名称"}}
    assert changed.status is Status.VERIFIED


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
  - {id: table, op: replace, reason: 本市各项分值之和不是一百分。, set: {categories: []}}
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
      {text: 标识不能点击。, citation: 第七条, method: manual, decides: inspector, needs: 逐个点击标识。, points: 1}
""",
        encoding="utf-8",
    )
    rulesets = load_directories([PACKAGED, tmp_path], PARAMS)
    found = rulesets.choose("41.02.05.0", date(2024, 1, 1))
    assert found is rulesets.by_id["cn-410200-kaifeng"]
    by_id = {c.id: (i, c) for i in found.indicators for c in i.criteria}
    zhengzhou = {c.id for i in RULESETS.by_id[ZHENGZHOU].indicators for c in i.criteria}
    assert set(by_id) == zhengzhou - {"V-S2"} | {"D-402-2"}
    assert str(by_id["V-A2-1"][1].citation) == "《某市办法》 第五条"
    assert by_id["V-A2-1"][1].params == {"window_days": 10, "observed_days": 2, "looks": 2}
    assert (by_id["D-402"][0].cap, by_id["D-402"][1].points) == (Decimal(2), Decimal(1))
    assert found.scope(by_id["filing_violation"][0].applies).includes(PORTAL)
    assert "郑州" in by_id["filing_violation"][1].citation.document
    assert loaded().by_id[ZHENGZHOU].digest == rulesets.by_id[ZHENGZHOU].digest, "the base is left as it was"


def locally(overrides: str) -> Ruleset:
    """The national ruleset with these overrides of a province."""
    head = """\
ruleset: cn-420000-province
version: "1"
extends: cn-national-2019-19
region: "42"
effective: {from: 2024-01-01}
document: {cite: 《某省办法》, issuer: 某省办公厅, issued_on: 2024-01-01, status: verified}
overrides:
"""
    return load({**FILES, "cn-420000-province.yaml": head + overrides}, PARAMS).by_id["cn-420000-province"]


def test_an_overlay_sets_duties_and_the_annual_assessment_with_its_own_citations() -> None:
    found = locally("""\
  - {id: patrol, op: add, reason: 本省要求。, duty: {who: unit, text: 每日巡查。, citation: 第四条}}
  - id: annual
    op: replace
    reason: 本省另行考核。
    set:
      assesses: 各市州
      complete: true
      scoring: null
      rules: [{id: Y-V1, kind: veto, text: 弄虚作假。, citation: 第五条}]
""")
    assert found.annual is not None
    cited = [(each.citation, each.status) for each in (*found.duties, *found.annual.rules)]
    assert [str(citation) for citation, _ in cited] == ["《某省办法》 第四条", "《某省办法》 第五条"]
    assert {status for _, status in cited} == {Status.VERIFIED}
    assert [(change.id, change.op) for change in found.changes] == [
        ("patrol", "add"),
        ("annual", "replace"),
    ]


def test_a_machine_takes_over_what_people_decided_by_the_yaml_alone() -> None:
    found = locally("""\
  - id: V-A2-2
    op: replace
    reason: 本省以探测判断。
    set:
      citation: 第六条
      method: automatic
      evaluator: freshness
      probes: [profile]
      params: {window_days: 30, observed_days: 2, looks: 1}
""")
    criterion = next(c for i in found.indicators for c in i.criteria if c.id == "V-A2-2")
    assert (criterion.method, criterion.decides, criterion.needs) == (Method.AUTOMATIC, None, None)
    assert criterion.applies == "apps"


@pytest.mark.parametrize(
    ("window", "last", "first"),
    [
        (Window(days=14), "2026-11-22", "2026-11-09"),
        (Window(days=1), "2026-11-22", "2026-11-22"),
        (Window(months=1), "2026-11-22", "2026-10-23"),
        (Window(months=6), "2026-11-22", "2026-05-23"),
        (Window(months=6), "2026-08-31", "2026-03-01"),
        (Window(months=6), "2028-08-31", "2028-03-01"),
        (Window(months=12), "2028-02-29", "2027-03-01"),
        (Window(months=1), "2026-01-15", "2025-12-16"),
        (Window(months=36), "2026-12-31", "2024-01-01"),
    ],
)
def test_a_window_is_whole_days_or_calendar_months_up_to_the_day_of_judging(
    window: Window, last: str, first: str
) -> None:
    assert str(window.first_day(date.fromisoformat(last))) == first
