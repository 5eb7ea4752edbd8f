"""What people and programs see of the scorer: their own region, and each conclusion with its reason."""

import httpx
from fastapi import FastAPI

from services.scorer import handlers
from shared.events import registry
from shared.events.registry import OutletState
from shared.identity import Identity
from tests.scorer.given import NOON, PORTAL, TODAY, marks, visits
from tests.scorer.reading import reader
from tests.scorer.stage import Stage, outlet, settled, unfiled

EVIDENCE = "e" * 64
CARD = "/scorer/outlets/w-1"
API = "/scorer/api/outlets/w-1/card"


async def test_the_card_says_each_conclusion_why_by_which_rule_and_where_the_evidence_is(
    stage: Stage, web: tuple[FastAPI, Identity]
) -> None:
    await stage.open(outlet(PORTAL))
    absent = {
        "site_code": "absent",
        **dict.fromkeys(("party_mark", "icp", "police", "organiser", "contact"), "present"),
    }
    await stage.look(marks(absent, 3, evidence=EVIDENCE), marks(absent, 2, evidence=EVIDENCE))
    await stage.look(*visits(TODAY, failed=5))
    zhengzhou = await reader(web, "41.01")
    text = await zhengzhou.text(CARD)
    assert "页面底部缺少“网站标识码”，共1项。" in text
    assert "国办秘函〔2019〕19号《政府网站与政务新媒体检查指标》 二、扣分指标 功能设计“网站标识”" in text
    assert f"/prober/evidence/{EVIDENCE}?outlet=w-1" in text
    assert "−0.5" in text
    assert "最早2026-11-29可以判定" in text
    assert "暂不能判定" in text
    told = await zhengzhou.json(API)
    assert told["ruleset"]["id"] == "cn-410100-zhengzhou"
    assert told["ruleset"]["digest"] in text
    rows = {row["criterion"]: row for row in told["rows"]}
    assert (rows["D-402"]["verdict"], rows["D-402"]["points"]) == ("violated", "0.5")
    assert rows["D-402"]["finding"] == {"open": True, "episode": 1}
    assert (rows["V-S2"]["verdict"], rows["V-S2"]["reason"]) == ("undetermined", "too_few_samples")
    assert (told["result"], told["points"]) == ("undetermined", {"low": "2.5", "high": "129.5"})


async def test_the_front_page_counts_and_lists_what_is_wrong(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    zhengzhou = await reader(web, "41.01")
    text = await zhengzhou.text("/scorer/")
    assert "账号名称备案为“某网警”" in text
    assert '<td class="number">1</td>' in text
    [finding] = (await zhengzhou.json("/scorer/api/findings?open=true"))["findings"]
    assert (finding["id"], finding["episode"]) == ("w-1:filing_violation", 1)
    await stage.hear(handlers.on_unfiled, settled())
    assert "目前没有发现问题" in await zhengzhou.text("/scorer/")
    assert (await zhengzhou.json("/scorer/api/findings?open=true"))["findings"] == []
    assert len((await zhengzhou.json("/scorer/api/findings?outlet=w-1"))["findings"]) == 2


async def test_another_city_sees_nothing_of_it(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    kaifeng = await reader(web, "41.02")
    await kaifeng.text(CARD, status=404)
    assert (await kaifeng.client.get(API)).status_code == 404
    text = await kaifeng.text("/scorer/")
    assert "某网警" not in text
    assert "还没有可评分的对象" in text
    assert (await kaifeng.json("/scorer/api/findings"))["findings"] == []


async def test_nobody_unknown_sees_anything(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet())
    stranger = httpx.AsyncClient(transport=httpx.ASGITransport(app=web[0]), base_url="http://127.0.0.1")
    for path in ("/scorer/", CARD, "/scorer/rulesets/cn-national-2019-19"):
        assert (await stranger.get(path)).status_code in (302, 303)
    for path in (API, "/scorer/api/findings", "/scorer/api/rulesets", "/scorer/api/rulesets/cn-national-2019-19"):
        assert (await stranger.get(path)).status_code == 401


async def test_a_doubt_after_a_finding_is_shown_as_what_it_is(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks({"icp": "absent"}, 4), marks({"icp": "absent"}, 3))
    await stage.look(marks({"icp": "unknown"}, 2))
    zhengzhou = await reader(web, "41.01")
    assert "此前的问题尚未看到改正，继续保留。" in await zhengzhou.text(CARD)
    assert "尚未看到已经改正的证据，问题继续保留。" in await zhengzhou.text("/scorer/")


async def test_an_outlet_that_is_closed_says_so_instead_of_a_card(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    gone = outlet(state=OutletState.CLOSED)
    await stage.hear(handlers.on_registry, registry.Closed(outlet=gone, filing="f-2"))
    zhengzhou = await reader(web, "41.01")
    assert "该对象已按备案关停，不再检查。" in await zhengzhou.text(CARD)
    assert "已关停，不再检查" in await zhengzhou.text("/scorer/")
    assert (await zhengzhou.json(API))["judged"] is False


async def test_before_any_ruleset_is_in_force_nothing_is_judged(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    stage.clock.at = NOON.replace(year=2018)
    await stage.open(outlet())
    zhengzhou = await reader(web, "41.01")
    assert "目前没有生效的检查指标" in await zhengzhou.text(CARD)
    assert await stage.said() == []


async def test_more_outlets_than_a_page_are_walked_through(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    for number in range(52):
        await stage.open(outlet(PORTAL.model_copy(update={"name": f"网站{number:02d}号"}), id_=f"w-{number:02d}"))
    zhengzhou = await reader(web, "41.01")
    first = await zhengzhou.text("/scorer/")
    assert "网站49号" in first
    assert "网站50号" not in first
    assert "/scorer/?after=w-49" in first
    second = await zhengzhou.text("/scorer/?after=w-49")
    assert "网站51号" in second
    assert "网站49号" not in second


async def test_a_ruleset_can_be_read_with_its_numbers(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    zhengzhou = await reader(web, "41.01")
    text = await zhengzhou.text("/scorer/rulesets/cn-500230-fengdu-2019")
    assert "监测时间点前1周内没有更新。" in text
    assert "监测天数：7" in text
    assert "打不开的占比限度：5/100" in text
    assert "党政机关网站标识、网站标识码" in text
    assert stage.app.rulesets.by_id["cn-500230-fengdu-2019"].digest in text
    assert "尚未与原文核对" in await zhengzhou.text("/scorer/rulesets/cn-national-2019-19")
    told = await zhengzhou.json("/scorer/api/rulesets/cn-national-2019-19")
    assert told["effective"] == {"from": "2019-04-01", "to": None}
    assert len((await zhengzhou.json("/scorer/api/rulesets"))["rulesets"]) == 4
    await zhengzhou.text("/scorer/rulesets/nobody", status=404)
    assert (await zhengzhou.client.get("/scorer/api/rulesets/nobody")).status_code == 404


async def test_names_are_shown_as_they_are_written(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet(PORTAL.model_copy(update={"name": "<script>alert(1)</script>"})))
    zhengzhou = await reader(web, "41.01")
    for path in ("/scorer/", CARD):
        text = await zhengzhou.text(path)
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


async def test_the_live_part_of_a_page_can_be_asked_for_alone(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet())
    zhengzhou = await reader(web, "41.01")
    for path in ("/scorer/", CARD):
        answer = await zhengzhou.client.get(path, headers={"X-Fragment": "live"})
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert "某网警" in answer.text
