"""A card of a hundred criteria stays readable and honest: by part, what is judged first, what waits counted and said.

What waits for people costs no document: it is read from the ruleset.
"""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI

from services.scorer.ruleset.criterion import Method
from shared.documents import SYSTEM
from shared.events.registry import Website
from shared.events.score import Verdict
from shared.identity import Identity
from tests.scorer.given import FENGDU, NOON, PORTAL, TODAY, look, marks, profile, visits
from tests.scorer.reading import reader
from tests.scorer.stage import Stage, outlet

CARD = "/scorer/outlets/w-1"
API = "/scorer/api/outlets/w-1/card"
COUNTY = "50.02.30.0"
DEPARTMENT = PORTAL.model_copy(update={"site_class": "department"})
WHOLE = dict.fromkeys(("party_mark", "site_code", "icp", "police", "organiser", "contact"), "present")
WITHOUT_CODE = {**WHOLE, "site_code": "absent"}


async def test_what_only_people_can_tell_is_never_stored(stage: Stage) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    await stage.look(*visits(TODAY - timedelta(days=1), 24), marks(WITHOUT_CODE, 3), marks(WITHOUT_CODE, 2))
    await stage.later(days=1)
    kept = await stage.app.store.findings.find(SYSTEM)
    machine = [c.id for i in FENGDU.indicators_for(PORTAL) for c in i.criteria if c.method is Method.AUTOMATIC]
    assert sorted(found.criterion.id for found in kept) == sorted(machine)
    assert len(machine) == 10


async def test_the_card_is_in_the_parts_of_the_table_and_counts_what_waits(
    stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    await stage.look(marks(WITHOUT_CODE, 3), marks(WITHOUT_CODE, 2))
    county = await reader(web, "50.02.30")
    text = await county.text(CARD)
    live, _, waiting = text.partition('aria-labelledby="waiting"')
    assert re.findall(r'<h3 id="part-\d+">(.*?)</h3>', live) == ["单项否决", "扣分：发布解读", "扣分：功能设计"]
    assert "待人工判断（83 条）" in waiting
    assert re.findall(r"<summary>(.*?)</summary>", waiting) == [
        "单项否决：15 条",
        "扣分：发布解读：14 条",
        "扣分：办事服务：13 条",
        "扣分：互动交流：9 条",
        "扣分：功能设计：13 条",
        "加分：信息发布：5 条",
        "加分：办事服务：5 条",
        "加分：互动交流：4 条",
        "加分：功能设计：4 条",
        "加分：创新发展：1 条",
    ]
    assert "<details open" not in waiting
    assert "2.5 至 129.5" in live
    assert "两端之差来自暂不能判定的 92 条细则，其中 83 条须由检查人员判断" in live
    told = await county.json(API)
    assert sum(part["told"] + part["waiting"] for part in told["parts"]) == len(told["rows"]) == 93
    design = next(part for part in told["parts"] if (part["kind"], part["name"]) == ("deduction", "功能设计"))
    assert design == {
        "kind": "deduction",
        "name": "功能设计",
        "full": "21",
        "points": {"low": "0.5", "high": "18.5"},
        "told": 5,
        "waiting": 13,
    }


async def test_each_waiting_row_says_who_must_look_at_what_and_what_it_may_cost(
    stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    county = await reader(web, "50.02.30")
    waiting = [row for row in (await county.json(API))["rows"] if row["decides"]]
    assert len(waiting) == 83
    for row in waiting:
        assert (row["verdict"], row["reason"], row["points"]) == ("undetermined", "needs_a_person", "0")
        assert row["needs"] in row["why"]
        assert (row["decides"] == "two_people") == (row["kind"] == "veto")
        assert (row["at_most"] == "0") == (row["kind"] == "veto")
    text = await county.text(CARD)
    assert "须由检查人员判断：核对办事统计数据的更新时间。查看2026-10-23至2026-11-22。" in text
    assert "0 至 −0.5" in text


async def test_what_people_confirm_comes_with_the_last_page_that_was_kept(
    stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    await stage.look(marks(WHOLE, 3, evidence="a" * 64), marks(WHOLE, 2, evidence="b" * 64))
    county = await reader(web, "50.02.30")
    rows = {row["criterion"]: row for row in (await county.json(API))["rows"]}
    for name in ("D-401-b", "D-401-c"):
        assert (rows[name]["method"], rows[name]["verdict"]) == ("assisted", Verdict.UNDETERMINED)
        assert [exhibit["sha256"] for exhibit in rows[name]["evidence"]] == ["b" * 64]
    waiting = (await county.text(CARD)).partition('aria-labelledby="waiting"')[2]
    assert waiting.count(f"/prober/evidence/{'b' * 64}?outlet=w-1") == 2


@pytest.mark.parametrize(
    ("filed", "region", "offered"),
    [(DEPARTMENT, COUNTY, True), (PORTAL, COUNTY, False), (DEPARTMENT, "41.01.05.0", False)],
)
async def test_a_department_that_serves_nobody_is_scored_without_services(
    filed: Website, region: str, offered: bool, stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(filed, region=region))
    somebody = await reader(web, "")
    assert ("按没有对外服务职能计算" in await somebody.text(CARD)) is offered
    told = await somebody.json(f"{API}?external_service=no")
    assert told["without_external_service"] is offered
    services = [row["criterion"] for row in told["rows"] if row["criterion"].startswith(("V-S6", "D-2", "B-2"))]
    if offered:
        assert services == []
        assert told["points"] == {"low": "0", "high": "124"}
        text = await somebody.text(f"{CARD}?external_service=no")
        assert "其余得分乘以 4/3" in text
        assert "按有对外服务职能计算" in text


async def test_an_account_has_a_card_without_points(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet(region=COUNTY))
    await stage.look(profile(NOON - timedelta(hours=5), 1))
    county = await reader(web, "50.02.30")
    told = await county.json(API)
    assert (told["result"], told["basis"], told["points"]) == ("undetermined", "veto_undetermined", None)
    assert {row["kind"] for row in told["rows"]} == {"veto"}
    assert "待人工判断（6 条）" in await county.text(CARD)


async def test_the_front_page_counts_what_waits_for_people(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    text = await (await reader(web, "50.02.30")).text("/scorer/")
    assert "待人工判断" in text
    assert '<td class="number">83</td>' in text


async def test_the_page_of_a_ruleset_carries_everything_beside_the_card(web: tuple[FastAPI, Identity]) -> None:
    somebody = await reader(web, "")
    fengdu = await somebody.text(f"/scorer/rulesets/{FENGDU.id}")
    for words in (
        "100 ＝ 发布解读 31 ＋ 办事服务 25 ＋ 互动交流 23 ＋ 功能设计 21",
        "原文第3项为本县所加，全国指标没有。",
        "两名检查人员共同认定",
        "抽查：解读稿3个，不足的全部检查",
        "不合格超过（含）2个",
        "政务新媒体每周更新不少于3次。",
    ):
        assert words in fengdu
    zhengzhou = await somebody.text("/scorer/rulesets/cn-410100-zhengzhou")
    assert "账号变更须执行提前报备程序。" in zhengzhou


async def test_what_a_probe_saw_helps_those_who_decide_and_accuses_nobody(
    stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(PORTAL, region=COUNTY))
    empty = [
        {
            "name": name,
            "url": f"https://x/{name}/",
            "outcome": "answered",
            "blank": True,
            "items": 0,
            "evidence": "c" * 64,
        }
        for name in "甲乙丙丁戊"
    ]
    measured = {"columns": empty, "columns_found": 5, "columns_tried": 5}
    await stage.look(look("content", NOON - timedelta(hours=1), measured=measured))
    county = await reader(web, "50.02.30")
    row = next(row for row in (await county.json(API))["rows"] if row["criterion"] == "V-S4-3")
    assert (row["verdict"], row["reason"]) == (Verdict.UNDETERMINED, "needs_a_person")
    assert row["why"].startswith("须由两名检查人员共同认定：逐个打开栏目，确认其中没有任何内容。机器查看所见，供参考：")
    assert "空白栏目5个：“甲”、“乙”、“丙”、“丁”、“戊”" in row["why"]
    assert [exhibit["sha256"] for exhibit in row["evidence"]] == ["c" * 64] * 5
    assert "V-S4-3" not in {found.criterion.id for found in await stage.app.store.findings.find(SYSTEM)}
