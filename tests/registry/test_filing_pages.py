"""Filings from the first page to the last, on real servers: people read pages and send the forms on them."""

from datetime import UTC, date, datetime, timedelta

import httpx

from services.registry import filing as decisions
from services.registry.filing import Standing
from services.registry.records import NO_DAY, FilingDocument
from shared.events import registry
from shared.events.registry import FilingKind
from shared.workdays import SHANGHAI
from tests.registry.clicks import FILE, again, do, file, press, said
from tests.registry.filings import REGION, approve, in_force, step, submit
from tests.registry.stage import ACCOUNT, OTHER_NAME, Desk, until

OUTLET = "a-weibo-zzwj"
SITE = {"code": "4101000001", "name": "郑州市公安局网站", "url": "https://gaj.zz.gov.cn/", "site_class": "department"}
OTHER = {"code": "4101000002", "name": "郑州市政府网站", "url": "https://www.zz.gov.cn/", "site_class": "portal"}
NOTICE = "https://www.zz.gov.cn/notice/1.html"


def day(days: int) -> str:
    return (datetime.now(UTC).astimezone(SHANGHAI).date() + timedelta(days=days)).isoformat()


async def outlet_says(client: httpx.AsyncClient, outlet: str, *words: str) -> None:
    async def shown() -> bool:
        page = await client.get(f"/registry/outlets/{outlet}")
        return page.status_code == 200 and all(word in page.text for word in words)

    await until(shown)


async def opened(desk: Desk, **site: str) -> str:
    """A website in force."""
    police, office = await desk.browser("police"), await desk.browser("office")
    await do(office, await file(police, "what=website", **site), "approve")
    outlet = f"w-{site['code']}"
    await outlet_says(police, outlet, site["name"])
    return outlet


async def test_a_rule_with_two_levels_is_shown_and_kept(desk: Desk) -> None:
    police, office, province = [await desk.browser(name) for name in ("police", "office", "province")]
    form = await police.get(f"{FILE}?kind=construct")
    assert "国办函〔2026〕12号" in form.text
    assert "主管单位 → 省级主管单位" in form.text
    filing = await file(police, "kind=construct", account="zzga", name="郑州公安")
    assert "省级主管单位" not in said(await office.get(filing)).split("适用的规定")[0]
    await do(office, filing, "accept")
    await do(office, filing, "approve", reason="材料齐全")
    waiting = said(await office.get(filing))
    assert "省级主管单位 ：审批（第2级，共2级）" in waiting
    assert f'"{filing}/approve"' not in (await office.get(filing)).text
    await do(province, filing, "approve")
    history = said(await police.get(filing))
    steps = ["提交", "受理", "同意，报上一级 （主管单位）", "材料齐全", "批准 （省级主管单位）"]
    assert [step in history for step in steps] == [True] * 5


async def test_a_website_goes_offline_for_a_while_and_comes_back(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    outlet = await opened(desk, **SITE)
    too_long = await press(police, f"{FILE}?kind=suspend&outlet={outlet}", FILE, until=day(39), act="look")
    assert "临时下线每次不超过30日，现申请40日" in too_long.text
    filing = await file(police, f"kind=suspend&outlet={outlet}", until=day(9), purpose="系统升级")
    assert "未核对原文" in (await office.get(filing)).text
    await do(office, filing, "approve")
    await outlet_says(police, outlet, "临时下线", "kind=resume")
    closed = await police.get(f"{FILE}?kind=suspend&outlet={outlet}")
    assert closed.status_code == 409
    await do(office, await file(police, f"kind=resume&outlet={outlet}"), "approve")
    await outlet_says(police, outlet, "kind=suspend")


async def test_first_merge_then_offline_is_two_filings_and_the_second_waits(desk: Desk) -> None:
    police, office, colleague = [await desk.browser(name) for name in ("police", "office", "colleague")]
    outlet, _ = await opened(desk, **SITE), await opened(desk, **OTHER)
    nobody = await press(police, f"{FILE}?kind=merge&outlet={outlet}", FILE, into="没有的网站")
    assert (nobody.status_code, "没有找到这个对象" in nobody.text) == (422, True)
    merging = await file(police, f"kind=merge&outlet={outlet}", into=OTHER["name"])
    first = merging.rpartition("/")[2]
    unknown = {"after": "f-none", "filing_kind": "offline"}
    wrong = await press(police, f"{FILE}?kind=offline&outlet={outlet}", FILE, **unknown)
    assert (wrong.status_code, "所依据的备案应是同一对象" in wrong.text) == (422, True)
    offline = await file(police, f"kind=offline&outlet={outlet}", after=first)
    early = await press(office, offline, f"{offline}/approve")
    assert (early.status_code, "须等所依据的另一件备案生效" in early.text) == (409, True)
    await do(colleague, merging, "approve")
    await outlet_says(police, outlet, "已整合", "w-4101000002")
    await do(office, offline, "approve")
    await outlet_says(police, outlet, "已关停")
    await outlet_says(police, "w-4101000002", "跳转地址", SITE["url"])


async def test_a_form_opened_before_a_change_says_who_changed_what(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    outlet = await opened(desk, **SITE)
    early = await police.get(f"{FILE}?kind=change&outlet={outlet}")
    change = await file(police, f"kind=change&outlet={outlet}", operator="郑州市大数据局")
    assert "承办单位" in said(await office.get(change)).split("备案内容")[0]
    await do(office, change, "approve", reason="同意")
    await outlet_says(police, outlet, "郑州市大数据局")

    late = await again(police, early, FILE, name="郑州公安网")
    assert late.status_code == 409
    assert "承办单位由“空”改为“郑州市大数据局”" in late.text
    assert "office 批准" in said(late)
    sent = await again(police, late, FILE)
    assert sent.status_code == 303
    await do(office, sent.headers["location"], "approve")
    await outlet_says(police, outlet, "郑州公安网", "郑州市大数据局")


async def test_a_decision_about_a_filing_that_moved_on_is_not_taken(desk: Desk) -> None:
    police, office, colleague = [await desk.browser(name) for name in ("police", "office", "colleague")]
    filing = await file(police, "what=new_media", **ACCOUNT)
    seen = await office.get(filing)
    await do(colleague, filing, "return", reason="请写全称")
    await again(police, await police.get(f"{filing}/mend"), f"{filing}/mend", name="郑州网警巡查")
    stale = await again(office, seen, f"{filing}/approve")
    assert stale.status_code == 409
    assert [word in said(stale) for word in ("colleague 退回：请写全称", "police 补正提交")] == [True, True]
    assert "待受理" in stale.text


async def test_a_form_sent_twice_is_one_filing_also_from_a_draft(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    form = await police.get(f"{FILE}?what=website")
    kept = await again(police, form, FILE, name="未写完", act="draft")
    draft = kept.headers["location"]
    shown = await police.get(draft)
    assert "未写完" in shown.text
    assert (await office.get(draft)).status_code == 404
    assert (await office.get("/registry/api/filings")).json()["filings"] == []
    answers = [await again(police, shown, FILE, **SITE) for _ in range(2)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert (await police.get(draft)).status_code == 404
    assert len(await desk.said(registry.FilingSubmitted)) == 1
    steps = said(await office.get(answers[0].headers["location"]))
    assert "police 起草" in steps


async def test_two_people_with_one_draft_do_not_overwrite_each_other(desk: Desk) -> None:
    police, other = await desk.browser("police"), await desk.browser("police")
    kept = await press(police, f"{FILE}?what=website", FILE, name="一稿", act="draft")
    seen = await other.get(kept.headers["location"])
    await press(police, kept.headers["location"], FILE, name="二稿", act="draft")
    late = await again(other, seen, FILE, name="三稿", act="draft")
    assert (late.status_code, "police 起草" in said(late)) == (409, True)
    assert "二稿" in (await police.get(kept.headers["location"])).text
    drafts = (await police.get("/registry/api/drafts")).json()["drafts"]
    gone = await press(police, kept.headers["location"], f"/registry/drafts/{drafts[0]['id']}/discard")
    assert gone.status_code == 303
    assert (await police.get("/registry/api/drafts")).json() == {"drafts": []}


async def test_an_old_form_is_told_what_changed_and_changes_only_what_was_typed_also_after_a_move(desk: Desk) -> None:
    police = await desk.browser("police")
    await desk.in_force()
    async with desk.as_("head") as head:
        moved = {"region": "41.01.22.0", "on": "2026-11-01", "revision": 1, "reason": "区划调整"}
        assert (await head.post("/registry/api/units/police/move", json=moved)).status_code == 200
        await until(lambda: lies_in(head, "41.01.22.0"))
    form = await police.get(f"{FILE}?kind=change&outlet={OUTLET}")
    await desk.in_force(name=OTHER_NAME)
    late = await again(police, form, FILE, verified_as="郑州市公安局网安支队")
    assert (late.status_code, f"名称由“{ACCOUNT['name']}”改为“{OTHER_NAME}”" in said(late)) == (409, True)
    sent = await again(police, late, FILE)
    filing = (await police.get(f"/registry/api{sent.headers['location'].removeprefix('/registry')}")).json()
    assert (filing["filed"]["name"], filing["fields"]) == (OTHER_NAME, ["verified_as"])


async def lies_in(client: httpx.AsyncClient, region: str) -> bool:
    answer = await client.get(f"/registry/api/outlets/{OUTLET}")
    return bool(answer.json()["region"] == region)


async def test_what_is_taken_back_leaves_the_way_free(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    filing = await file(police, "what=new_media", **ACCOUNT)
    await do(police, filing, "withdraw", reason="名称写错")
    page = said(await office.get(filing))
    assert ("已撤回" in page, "名称写错" in page, "下一步" in page) == (True, True, False)
    await file(police, "what=new_media", **ACCOUNT)


async def test_duties_are_shown_done_one_by_one_and_then_it_is_put_away(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    await desk.in_force()
    filing = await file(police, f"kind=close&outlet={OUTLET}")
    await do(office, filing, "approve")
    assert "办理：发布关停公告" in said(await police.get(filing))
    assert f"{filing}/duties/announce" not in (await office.get(filing)).text
    no_address = await press(police, filing, f"{filing}/duties/announce", proof="已公告")
    assert (no_address.status_code, "公告网址应以 http:// 或 https:// 开头" in no_address.text) == (422, True)
    await do(police, filing, "duties/announce", proof=NOTICE)
    page = await office.get(filing)
    assert ("已公告" in page.text, f'href="{NOTICE}"' in page.text) == (True, True)
    await do(office, filing, "archive")
    assert "已归档" in (await police.get(filing)).text


async def test_lists_are_written_one_entry_a_line_and_faults_name_the_line(desk: Desk) -> None:
    police = await desk.browser("police")
    rows = "工作动态 | https://gaj.zz.gov.cn/gzdt/ | 工作动态 | 办公室\n警务公开"
    wrong = await press(police, f"{FILE}?what=website", FILE, **SITE, columns=f"{rows}\na|b|c|d|e")
    assert (wrong.status_code, "第 3 行：最多 4 项" in wrong.text) == (422, True)
    filing = await again(police, wrong, FILE, columns=rows, domains="www.gaj.zz.gov.cn\n", ipv6="true")
    page = await police.get(filing.headers["location"])
    assert "工作动态 | https://gaj.zz.gov.cn/gzdt/ | 工作动态 | 办公室\n警务公开" in page.text
    found = (await police.get(filing.headers["location"].replace("/registry/", "/registry/api/"))).json()
    assert [column["duty"] for column in found["filed"]["columns"]] == ["办公室", ""]
    assert (found["filed"]["domains"], found["filed"]["ipv6"]) == (["www.gaj.zz.gov.cn"], True)


async def test_the_inbox_has_what_waits_for_ones_level_or_unit(desk: Desk) -> None:
    police, office, province, kaifeng = [
        await desk.browser(name) for name in ("police", "office", "province", "kaifeng")
    ]
    two_levels = await file(police, "kind=construct", account="zzga", name="郑州公安客户端")
    one_level = await file(police, "what=new_media", **ACCOUNT)
    drafted = await press(police, f"{FILE}?what=website", FILE, name="未写完的网站", act="draft")

    async def has(client: httpx.AsyncClient, query: str = "") -> list[bool]:
        page = (await client.get(f"/registry/inbox{query}")).text
        return [one in page for one in (two_levels, one_level, drafted.headers["location"])]

    assert await has(office) == [True, True, False]
    assert await has(office, "?kind=open&region=41.01") == [False, True, False]
    assert await has(office, "?state=accepted") == [False, False, False]
    assert await has(kaifeng) == [False, False, False]
    assert await has(police) == [False, False, True]

    await do(office, two_levels, "approve")
    await do(office, one_level, "return", reason="请写全称")
    assert await has(office) == [False, False, False]
    assert await has(province) == [True, False, False]
    assert await has(police) == [False, True, True]


def test_the_nearest_deadline_comes_first_and_none_comes_last() -> None:
    returned = decisions.send_back(submit(mend={"days": 3}), step("person:office", "return", "请核对"))
    closed = decisions.take_effect(
        approve(submit(kind=FilingKind.CLOSE, in_force=in_force()), standing=Standing(in_force=in_force())), step()
    )
    found = [FilingDocument.wrap(one, id_="f", region=REGION) for one in (returned, submit(), closed)]
    assert [(one.waits, one.due_by) for one in found] == [
        ("unit", date(2026, 11, 26)),
        ("office", NO_DAY),
        ("unit", NO_DAY),
    ]
