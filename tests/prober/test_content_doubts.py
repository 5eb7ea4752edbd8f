"""What is not known of a website's content is told as not known: it is held against nobody, and credited to nobody."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.prober.look import Look, Page
from services.prober.means import Rendered
from services.prober.probes.content import content
from services.prober.service import FURTHER, Ways
from shared.egress import Egress
from shared.settings import Settings
from tests.prober.content import column, home, measured, sketch, title
from tests.prober.looks import page_look
from tests.prober.town import NEVER, listed, town
from tests.security.loopback import LOOPBACK, page

OLD = listed(("/a/901.html", title(901), "2025-03-01"), ("/a/902.html", title(902), "2025-03-02"))
DATED = '<meta name="PubDate" content="2026-11-20"><p>正文</p>'
SILENT = "<p>正文，没有日期</p>"


def counted(seen: Mapping[str, Any]) -> dict[str, int]:
    """How many items of a page there are of each kind, those of which there are some."""
    kinds = {name: seen[name] for name in ("dated", "by_address", "undated", "unopened")}
    assert sum(kinds.values()) == seen["items"]
    return {name: number for name, number in kinds.items() if number}


MORE = {
    "script": "<div id=yw></div><script src='/js/yw.js'></script>",
    "ajax": "<div id=yw></div><script>$.ajax({url:'/api/list',success:function(d){$('#yw').html(d)}})</script>",
    "frame": "<iframe src='/yw/frame.html'></iframe>",
    "datastore": "<script type='text/xml'><datastore><recordset></recordset></datastore></script>",
    "jpage": "<div id=yw></div><script>$('#yw').jpage({})</script>",
    "template": "<ul><li v-for='item in news'>{{ item.title }}</li></ul>",
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
async def test_an_old_list_beside_what_comes_later_is_not_all_there_is(more: str) -> None:
    pages = {"/": sketch({"/zwdt/": "政务动态"}) + more + OLD, "/zwdt/": column("政务动态", body=more + OLD)}
    async with town(pages) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["complete"]) == ("2025-03-02", False)
    assert [(each["latest"], each["complete"]) for each in seen["columns"]] == [("2025-03-02", False)]


async def test_scripts_are_run_wherever_they_could_bring_more_than_an_old_list() -> None:
    async def render(sent: Page) -> Rendered:
        return Rendered(sent.text + listed((f"{sent.url}101.html", title(1), "2026-11-20")), whole=True)

    nav = {f"/k{n}/": f"栏目之{n}" for n in range(8)}
    pages = {"/": sketch(nav) + MORE["script"] + OLD} | {
        path: column(name, (f"{n}01.html", title(n), f"2026-01-{20 - n}"), body=MORE["script"])
        for n, (path, name) in enumerate(nav.items())
    }
    async with town(pages, render=render) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["complete"], seen["read_by"]) == ("2026-11-20", True, "rendered")
    ran = [each["read_by"] == "rendered" for each in seen["columns"]]
    assert ran == [False] * 3 + [True] * 5, "the oldest first"


async def test_what_was_sent_counts_too_when_a_script_did_not_get_all_it_asked_for() -> None:
    async def render(_: Page) -> Rendered:
        return Rendered(listed(("/a/101.html", title(1), "2026-11-19")), whole=False)

    async with town({"/": MORE["script"] + listed(("/a/102.html", title(2), "2026-11-20"))}, render=render) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["items"], seen["complete"]) == ("2026-11-20", 2, False)


UNREAD: dict[str, bytes | str] = {
    "412": page("<script>x</script>", status="412 Precondition Failed"),
    "404": page("<p>Not Found</p>", status="404 Not Found"),
    "silence": NEVER,
    "pdf": page("%PDF-1.4", content_type="application/pdf"),
    "missing": "<p>抱歉，您访问的页面不存在</p>",
    "sent on": "<script>window.location.href='https://www.gov.cn/yaowen/content_1.htm'</script>",
    "elsewhere": page(status="302 Found", location="/"),
    "a day by script": "<h1>标题</h1><span id=d></span><script>document.getElementById('d').innerText=day</script>",
    "a script": f"{SILENT}<script src='/js/day.js'></script>",
    "some day somewhere": "<p>会议于2026年11月20日召开，部署下一步工作。</p>",
}


@pytest.mark.parametrize("answer", UNREAD.values(), ids=UNREAD)
async def test_an_article_that_was_not_read_whole_is_not_undated(answer: bytes | str) -> None:
    async with town({"/": home(("/a/101.html", title(1), "")), "/a/101.html": answer}) as there:
        seen = await measured(there)
    assert counted(seen) == {"unopened": 1}


async def test_an_article_that_was_read_and_holds_no_day_is_undated() -> None:
    pages = {"/": home(*((f"/a/{n}.html", title(n), "") for n in range(100, 125)))}
    pages |= {f"/a/{n}.html": SILENT for n in range(100, 125)}
    async with town(pages) as there:
        seen = await measured(there)
    assert counted(seen) == {"undated": seen["undated"], "unopened": 25 - seen["undated"]}
    assert 20 <= seen["undated"] <= 25, "twenty, and those that were drawn"


async def test_items_of_other_sites_are_told_apart() -> None:
    front = home(
        ("/a/101.html", title(1), "2025-03-01"),
        ("http://www.gov.cn/yaowen/liebiao/202611/content_6993456.htm", title(2), "2026-11-21"),
        ("http://www.gov.cn/yaowen/content_6993457.htm", title(3), ""),
    )
    async with town({"/": front}) as there:
        seen = await measured(there)
    assert (seen["latest"], seen["items"]) == ("2025-03-01", 1)
    assert seen["elsewhere"] == {"items": 2, "undated": 1, "latest": "2026-11-21"}


async def test_an_item_on_a_host_below_the_site_is_opened() -> None:
    news = "http://news.sample.gov.cn/a/101.html"

    async def follow(url: str, *, verify: bool = False) -> Look:
        assert url == news
        return page_look(DATED, url=url)

    async with town({}) as there:
        around = replace(there.around, means=replace(there.around.means, follow=follow))
        seen = await measured(replace(there, home=page_look(home((news, title(1), ""))), around=around))
    assert (seen["latest"], counted(seen)) == ("2026-11-20", {"dated": 1})


async def test_a_column_whose_list_shows_no_day_is_dated_by_a_few_of_its_articles() -> None:
    nav = {"/zwdt/": "政务动态", "/tzgg/": "通知公告"}
    rows = [(f"{n}.html", title(n), "") for n in range(101, 108)]
    pages = {"/": sketch(nav), "/zwdt/": column("政务动态", *rows), "/tzgg/": column("通知公告", *rows[:2])}
    pages |= {f"/zwdt/{n}.html": DATED for n in range(101, 108)}
    pages |= {f"/tzgg/{n}.html": SILENT for n in range(101, 108)}
    async with town(pages) as there:
        news, notices = (await measured(there))["columns"]
    assert news["latest"] == "2026-11-20"
    assert news["dated"] >= 3
    assert (notices["latest"], counted(notices)) == (None, {"undated": 2})


async def test_no_more_than_twenty_articles_of_columns_are_opened_and_each_has_its_turn() -> None:
    nav = {f"/k{n}/": f"栏目之{n}" for n in range(15)}
    pages: dict[str, bytes | str] = {"/": sketch(nav)}
    for path, name in nav.items():
        pages[path] = column(name, *((f"{n}.html", title(n), "") for n in range(101, 105)))
        pages |= {f"{path}{n}.html": DATED for n in range(101, 105)}
    async with town(pages) as there:
        seen = await measured(there)
        opened = sum(b".html" in request.splitlines()[0] for request in there.site.requests)
    assert 20 <= opened <= 25, "twenty, and those that were drawn"
    assert {each["latest"] for each in seen["columns"]} == {"2026-11-20"}


STRANGERS: dict[str, bytes | str] = {
    "redirect": page(status="302 Found", location="http://localhost:1/"),
    "script": UNREAD["sent on"],
    "refresh": "<meta http-equiv='refresh' content='0; url=https://www.gov.cn/content_1.htm'><p>正在跳转</p>",
    "missing": UNREAD["missing"],
    "home": UNREAD["elsewhere"],
}


@pytest.mark.parametrize("answer", STRANGERS.values(), ids=STRANGERS)
async def test_only_pages_of_the_site_are_drawn_for_their_tags(answer: bytes | str) -> None:
    tagged = '<meta name="ArticleTitle" content="标题">' + DATED
    pages = {"/": home(("/a/101.html", title(1), "11-20"), ("/a/102.html", title(2), "11-20"))}
    async with town({**pages, "/a/101.html": answer, "/a/102.html": tagged}) as there:
        seen = await measured(there)
        assert [each["url"] for each in seen["articles"]] == [there.site.url("/a/102.html")]
    assert seen["drawn"]["taken"] == 2


@pytest.mark.parametrize(
    ("there_is", "kinds"), [("https://www.gov.cn/", {"unopened": 1}), ("http://news.sample.gov.cn/", {"dated": 1})]
)
async def test_a_page_that_answers_elsewhere_is_not_drawn_and_dates_only_what_is_of_the_site(
    there_is: str, kinds: dict[str, int]
) -> None:
    async def follow(url: str, *, verify: bool = False) -> Look:
        return page_look(DATED, url=f"{there_is}yaowen/content_1.htm")

    async with town({}) as there:
        around = replace(there.around, means=replace(there.around.means, follow=follow))
        seen = await measured(replace(there, home=page_look(home(("/a/101.html", title(1), ""))), around=around))
    assert (seen["drawn"]["taken"], seen["articles"]) == (1, [])
    assert counted(seen) == kinds


async def test_a_column_that_sends_people_on_is_not_blank() -> None:
    stub = "<html><script>location.replace('https://www.hnzwfw.gov.cn/')</script><body></body></html>"
    async with town({"/": sketch({"/zwfw/": "政务服务"}), "/zwfw/": stub}) as there:
        [told] = (await measured(there))["columns"]
    assert (told["outcome"], told["reason"]) == ("undetermined", "no_page")


async def test_of_further_pages_no_more_than_a_megabyte_is_kept_and_a_cut_list_is_not_all_of_it() -> None:
    long = column("政务动态", ("101.html", title(1), "2025-11-20"), body="<p>" + "x" * 1_500_000)
    async with town({"/": sketch({"/zwdt/": "政务动态"}), "/zwdt/": long}) as there, Egress(LOOPBACK) as egress:
        ways = Ways(Settings(polite_pause=0.0), egress, lambda: datetime.now(UTC), None)
        for means in (ways.means, ways.allowing(LOOPBACK)):
            seen = await content(there.home, replace(there.around, means=means))
            assert FURTHER / 2 < max(len(kept.body) for kept in seen.pages) <= FURTHER
            columns: Any = seen.measured["columns"]
            assert [each["complete"] for each in columns] == [False]
