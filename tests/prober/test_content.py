"""How fresh a website is, read on real servers: home page, columns, articles, tags and encoding."""

import pytest

from services.prober.look import Look, Page
from services.prober.means import Around, Means, Rendered
from services.prober.probes.content import content
from shared.events.probe import Outcome, Reason
from tests.prober.content import column, home, measured, sketch, title
from tests.prober.looks import page_look, trouble_look
from tests.prober.town import SEED, TODAY, listed, town
from tests.security.loopback import page


async def test_the_home_page_is_as_fresh_as_its_newest_item() -> None:
    front = home(
        ("/a/101.html", title(1), "2026-11-18"),
        ("/a/102.html", title(2), "[11-20]"),
        ("/a/t20260301_103.html", title(3), ""),
        ("/a/104.html", title(4), ""),
        ("/a/105.html", "关于2026年11月22日停水的公告", "2026-11-19"),
        ("/a/106.html", title(6), "2027-01-01"),
    )
    async with town({"/": front}) as there:
        seen = await measured(there)
    names = ("latest", "latest_by_address", "items", "dated", "by_address", "undated", "unopened")
    assert {name: seen[name] for name in names} == {
        "latest": "2026-11-20",
        "latest_by_address": "2026-03-01",
        "items": 6,
        "dated": 3,
        "by_address": 1,
        "undated": 0,
        "unopened": 2,
    }
    assert (seen["complete"], seen["read_by"], seen["columns"]) == (True, "static", [])


async def test_an_undated_item_of_the_home_page_is_dated_by_its_own_page() -> None:
    article = '<meta content="2026-11-19 08:42" name="pubdate"><meta name="ArticleTitle" content="标题"><p>正文</p>'
    pages = {
        "/": home(("/a/101.html", title(1), ""), ("/a/102.html", title(2), ""), ("/a/103.html", title(3), "")),
        "/a/101.html": article,
        "/a/102.html": "<p>标题 发布时间:2026-11-20 来源:市政府</p>",
        "/a/103.html": "<p>正文，没有日期</p>",
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["dated"], seen["undated"]) == ("2026-11-20", 2, 1)


async def test_a_day_in_the_address_alone_is_none_when_the_page_states_none() -> None:
    pages = {
        "/": home(("/a/t20261120_101.html", title(1), ""), ("/a/t20261119_102.html", title(2), "")),
        "/a/t20261120_101.html": "<p>正文，没有日期</p>",
        "/a/t20261119_102.html": "<p>标题 发布时间:2026-11-18 来源:市政府</p>",
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["latest_by_address"]) == ("2026-11-18", None)
    assert (seen["dated"], seen["by_address"], seen["undated"]) == (1, 0, 1)


async def test_what_only_scripts_know_is_seen_after_they_ran() -> None:
    async def render(_: Page) -> Rendered:
        return Rendered(listed(("/a/101.html", title(1), "2026-11-20")), whole=True)

    pages = {"/": home(more="<script src='/list.js'></script>")}
    async with town(pages, render=render) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["read_by"], seen["complete"]) == ("2026-11-20", "rendered", True)
    async with town(pages) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["read_by"], seen["complete"]) == (None, "static", False)


async def test_what_could_not_be_rendered_is_as_it_was_sent() -> None:
    async def render(_: Page) -> None:
        return None

    async with town({"/": home(more="<script src='/list.js'></script>")}, render=render) as there:
        seen = await measured(there)
    assert (seen["read_by"], seen["complete"]) == ("static", False)


async def test_articles_are_drawn_by_lot_and_their_tags_are_told() -> None:
    tags = {"ArticleTitle": "标题", "PubDate": "2026-11-20", "SiteName": "样例市"}
    tagged = "".join(f'<meta name="{name}" content="{value}">' for name, value in tags.items())
    pages = {"/": home(*((f"/a/{n}.html", title(n), "11-20") for n in range(100, 120)))}
    pages |= {f"/a/{n}.html": tagged for n in range(100, 120)}
    async with town(pages) as there:
        first = await measured(there)
        again = await measured(there)
        another = (await content(there.home, Around(there.around.means, TODAY, "another"))).measured
    assert first["drawn"] == {"seed": SEED, "of": 20, "taken": 5}
    assert first["articles"] == again["articles"] != another["articles"]
    assert len(first["articles"]) == 5
    assert first["articles"][0]["tags"] == list(tags)
    assert first["articles"][0]["day"] == "2026-11-20"


async def test_the_tags_of_the_home_page_count_however_they_are_written_but_not_in_a_comment() -> None:
    tags = (
        "<META CONTENT='样例市人民政府' NAME='sitename'><meta name='SiteDomain' content=''>"
        "<!--<meta name='SiteIDCode' content='4101000001'>-->"
    )
    async with town({"/": home(more=tags)}) as there:
        seen = await measured(there)
    assert seen["tags"] == {"SiteName": "样例市人民政府"}


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("政府".encode(), "text/html; charset=UTF-8", ("utf-8", None, "utf-8", "certain")),
        ("政府".encode("gbk") * 9, "text/html", (None, None, "gb18030", "likely")),
        (b"<meta charset=gb2312>" + "政府".encode(), "text/html", (None, "gb2312", "utf-8", "certain")),
        ("<meta charset=utf-8>政府".encode("gbk"), "text/html; charset=utf-8", ("utf-8", "utf-8", "gb18030", "likely")),
        (b"\xef\xbb\xbf" + "政府".encode(), "text/html", (None, None, "utf-8-sig", "certain")),
        ("政府".encode("gbk") * 900 + b"\xff\xff<p>", "text/html", (None, None, "gb18030", "doubtful")),
    ],
)
async def test_the_encoding_is_told_with_how_sure_it_is(
    body: bytes, content_type: str, expected: tuple[str | None, ...]
) -> None:
    async with town({"/": page(body, content_type=content_type)}) as there:
        charset = (await measured(there))["charset"]
    assert tuple(charset[name] for name in ("header", "meta", "used", "sure")) == expected
    assert (charset["replaced"] > 0) is (expected[-1] == "doubtful")


async def test_the_pages_it_rests_on_are_kept() -> None:
    pages = {
        "/": sketch({"/tzgg/": "通知公告"}, ("/a/101.html", title(1), "")),
        "/tzgg/": column("通知公告"),
        "/a/101.html": "<p>正文</p>",
    }
    async with town(pages) as there:
        seen = await content(there.home, there.around)
    assert [each.url.rpartition("/")[2] or "tzgg" for each in seen.pages] == ["tzgg", "101.html"]


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (trouble_look(Outcome.FAILED, Reason.TIMEOUT), Reason.NO_PAGE),
        (page_look("x", status=503), Reason.NO_PAGE),
        (page_look("拦截", status=403), Reason.BLOCKED_PAGE),
        (page_look("%PDF", content_type="application/pdf"), Reason.UNREADABLE),
        (page_look("<a " + " ".join(f"a{n}=1" for n in range(2000)) + ">"), Reason.UNREADABLE),
    ],
)
async def test_without_a_page_nothing_is_said(look: Look, reason: Reason) -> None:
    async def never(*_: object, **__: object) -> Look:
        raise AssertionError("nowhere to go")

    async def online() -> bool:
        return True

    seen = await content(look, Around(Means(never, online, 0.0), TODAY, SEED))
    assert (seen.outcome, seen.reason, seen.measured) == (Outcome.UNDETERMINED, reason, {})
