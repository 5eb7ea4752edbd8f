"""What people see of the prober: their own region, the reason in words, and evidence that never runs."""

import hashlib
import json

from shared.audit import Deed
from shared.documents import SYSTEM
from tests.prober.stage import HOME, KAIFENG, ZHENGZHOU, Stage, account, website
from tests.prober.town import website as pages
from tests.security.loopback import page, serving

NOBODY = "http://127.0.0.1:1/"
HOSTILE = "<html><body><script>alert(document.domain)</script>" + "政务公开 " * 50 + "<footer>x</footer></body></html>"


async def test_the_list_shows_the_latest_look_of_each_outlet_of_the_readers_region(stage: Stage) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "郑州网警", "authors": [{"name": "郑州市公安局"}]}
    async with serving(HOME) as site, serving(json.dumps(feed)) as source:
        await stage.open(
            website(site.url(), 1),
            website(NOBODY, 2),
            website(site.url(), 3, KAIFENG),
            account(f"json_feed:{source.url('/f.json')}"),
        )
        for id_ in ("w-1", "w-2", "w-3", "a-weibo-zzwj"):
            await stage.visit(id_)
    async with stage.reader("41.01") as zhengzhou:
        text = (await zhengzhou.get("/prober/")).text
        told = (await zhengzhou.get("/prober/api/outlets")).json()
    for words in (
        "第1号网站",
        "第2号网站",
        "打不开",
        "无法建立连接",
        "党政机关网站标识 未见",
        "认证主体：郑州市公安局",
    ):
        assert words in text, words
    assert "网站标识码 " not in text, "what is there is not listed as missing"
    assert "第3号网站" not in text
    outlets = {one["id"]: one for one in told["outlets"]}
    assert set(outlets) == {"w-1", "w-2", "a-weibo-zzwj"}
    assert outlets["w-2"]["state"]["standing"] == "down"
    assert outlets["w-2"]["last"]["results"]["reachability"]["reason"] == "connect"
    assert outlets["w-1"]["last"]["results"]["marks"]["measured"]["marks"]["icp"]["state"] == "present"
    assert outlets["a-weibo-zzwj"]["last"]["profile"]["name"] == "郑州网警"
    assert told["after"] is None


async def test_the_list_is_searched_and_paged(stage: Stage) -> None:
    await stage.open(*(website(NOBODY, n) for n in (1, 2, 3)))
    async with stage.reader("41") as reader:
        found = (await reader.get("/prober/api/outlets", params={"q": "第2号"})).json()["outlets"]
        assert [one["id"] for one in found] == ["w-2"]
        first = (await reader.get("/prober/api/outlets", params={"limit": 2})).json()
        rest = (await reader.get("/prober/api/outlets", params={"limit": 2, "after": first["after"]})).json()
        assert [one["id"] for one in first["outlets"] + rest["outlets"]] == ["w-1", "w-2", "w-3"]
        assert "没有找到“.*”" in (await reader.get("/prober/", params={"q": ".*"})).text
        assert "尚未探测" in (await reader.get("/prober/")).text


async def test_the_page_of_an_outlet_shows_its_visits_and_its_marks(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1")
        await stage.visit("w-1")
    async with stage.reader("41.01") as reader:
        text = (await reader.get("/prober/outlets/w-1")).text
        told = (await reader.get("/prober/api/outlets/w-1")).json()
    assert "网站标识码:4101050001" in text
    assert "可访问" in text
    assert text.count("复看") >= 2
    assert len(told["visits"]) == 2
    assert told["visits"][0]["looked_at"] > told["visits"][1]["looked_at"]
    assert told["visits"][0]["evidence"] == hashlib.sha256(HOME.encode()).hexdigest()


async def test_another_region_or_unit_sees_nothing_of_it(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url(), 1), website(site.url(), 3, KAIFENG))
        await stage.visit("w-1")
        await stage.visit("w-3")
    same = hashlib.sha256(HOME.encode()).hexdigest()
    async with stage.reader("41.02") as kaifeng, stage.reader(unit="u-9") as stranger, stage.reader(unit="u-1") as own:
        for path in ("/prober/outlets/w-1", "/prober/api/outlets/w-1", f"/prober/evidence/{same}?outlet=w-1"):
            assert (await kaifeng.get(path)).status_code == 404
            assert (await stranger.get(path)).status_code == 404
            assert (await own.get(path)).status_code == 200
        assert (await kaifeng.get(f"/prober/evidence/{same}?outlet=w-3")).status_code == 200
        kaifeng.headers.pop("authorization")
        assert (await kaifeng.get("/prober/api/outlets/w-1")).status_code == 401


async def test_evidence_is_the_bytes_as_hashed_and_is_shown_as_text_that_cannot_run(stage: Stage) -> None:
    body = HOSTILE.encode("gb18030")
    sha256 = hashlib.sha256(body).hexdigest()
    async with serving(page(body, content_type="text/html; charset=gbk")) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1")
        await stage.visit("w-1")
    async with stage.reader(ZHENGZHOU[:5]) as reader:
        shown = await reader.get(f"/prober/evidence/{sha256}?outlet=w-1")
        saved = await reader.get(f"/prober/evidence/{sha256}?outlet=w-1&download=1")
        for wrong in (f"/prober/evidence/{'0' * 64}?outlet=w-1", f"/prober/evidence/{sha256}?outlet=w-2"):
            assert (await reader.get(wrong)).status_code == 404
        for bad in ("../../etc/passwd", sha256.upper(), sha256 + "0"):
            assert (await reader.get(f"/prober/evidence/{bad}?outlet=w-1")).status_code in (404, 422)
    assert shown.text == HOSTILE
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert saved.content == body
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == f'attachment; filename="{sha256}.bin"'
    taken, viewed = await stage.app.store.audit.find(SYSTEM, {"record.details.sha256": sha256})
    assert (viewed.deed, taken.deed) == (Deed.EVIDENCE_VIEWED, Deed.EVIDENCE_TAKEN)
    assert {(one.actor[:9], one.object, one.region, one.unit) for one in (viewed, taken)} == {
        ("person:p-", "w-1", ZHENGZHOU, "u-1")
    }
    assert len(await stage.app.store.audit.find(SYSTEM, {})) == 2, "what was not given is not on record"


async def test_the_same_bytes_are_stored_once_with_when_and_where_they_were_first_seen(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url(), 1), website(site.url(), 2))
        await stage.visit("w-1")
        await stage.visit("w-2")
    sha256 = hashlib.sha256(HOME.encode()).hexdigest()
    first = await stage.app.store.evidence(sha256, "w-1", SYSTEM)
    second = await stage.app.store.evidence(sha256, "w-2", SYSTEM)
    assert first is not None
    assert second is not None
    assert first[0] == second[0]
    assert (first[0].first_seen_on, first[0].size) == ("w-1", len(HOME.encode()))
    assert first[1].first_seen_at < second[1].first_seen_at
    assert len(first[0].packed) < first[0].size


async def test_names_are_written_as_text(stage: Stage) -> None:
    evil = website(NOBODY)
    filed = evil.filed.model_copy(update={"name": "<script>alert(1)</script>"})
    await stage.open(evil.model_copy(update={"filed": filed}))
    async with stage.reader("41") as reader:
        for path in ("/prober/", "/prober/outlets/w-1"):
            text = (await reader.get(path)).text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert(1)" in text


async def test_the_page_of_an_outlet_shows_columns_and_broken_links(stage: Stage) -> None:
    front = (
        "<html><body><nav><a href='/tzgg/'>通知公告</a><a href='/gone/'>政策文件</a></nav>"
        "<ul><li><a href='/a/101.html'>关于召开政务公开工作会议的通知</a> 2026-01-05</li>"
        "<li><a href='/a/102.html'>关于召开政府常务会议的通知</a></li>"
        "<li><a href='http://localhost:1/a/103.html'>国务院召开常务会议</a></li></ul>"
        "<footer>" + "样例市人民政府 " * 8 + "</footer></body></html>"
    )
    async with serving(pages({"/": front, "/tzgg/": "<title>通知公告</title>"})) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1", "content", "links")
        await stage.visit("w-1", "marks")
    async with stage.reader("41.01") as reader:
        text = (await reader.get("/prober/outlets/w-1")).text
        front_page = (await reader.get("/prober/")).text
        told = (await reader.get("/prober/api/outlets/w-1")).json()
    for words in (
        "首页最新一条 2026-01-05",
        "未能读到稿件的 1 条",
        "另有 1 条链接到其他网站",
        "通知公告",
        "空白",
        "返回 4xx 错误状态",
        "返回 404",
        "页面原文",
    ):
        assert words in text, words
    assert "党政机关网站标识 未见" in front_page
    columns = told["visits"][1]["results"]["content"]["measured"]["columns"]
    async with stage.reader("41.01") as reader:
        kept = await reader.get(f"/prober/evidence/{columns[0]['evidence']}", params={"outlet": "w-1"})
    assert kept.text == "<title>通知公告</title>"
