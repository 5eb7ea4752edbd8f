"""Which links of a home page lead nowhere, tried on real servers; nobody is accused of what we could not see."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from services.prober.drawn import draw
from services.prober.html import start
from services.prober.look import Look
from services.prober.means import Around, Means
from services.prober.probes.links import links
from services.prober.targets import Kind, targets
from shared.events.probe import Outcome, Reason
from tests.prober.looks import URL, page_look, trouble_look
from tests.prober.town import NEVER, SEED, TODAY, Town, asked, town
from tests.security.loopback import page, serving

TEXT = "样例市人民政府召开全体会议，部署下一阶段政务公开工作。" * 5
GONE = page("<title>404</title>", status="404 Not Found")
OK_PAGE = f"<html><body>{TEXT}</body></html>"


def anchors(*addresses: str) -> str:
    """A home page that links to these."""
    return f"<p>{TEXT}</p>" + "".join(f"<a href='{address}'>链接{n}</a>" for n, address in enumerate(addresses, 1))


async def measured(town: Town) -> Mapping[str, Any]:
    """What the probe measures, as an event carries it."""
    seen = await links(town.home, town.around)
    assert (seen.outcome, seen.reason) == (Outcome.ANSWERED, Reason.OK)
    return seen.measured


def reasons(seen: Mapping[str, Any]) -> list[str]:
    """Why each broken link is."""
    return [entry["reason"] for entry in seen["broken"]]


async def test_a_home_page_whose_links_open_has_no_broken_one() -> None:
    pages: dict[str, bytes | str] = {
        "/": f"{anchors('/a.html', '/b.pdf', '/#top', '/')}<img src='/i.png'><a href='mailto:a@b.cn'>信</a>",
        "/a.html": OK_PAGE,
        "/b.pdf": page(b"%PDF", content_type="application/pdf"),
        "/i.png": page(b"\x89PNG", content_type="image/png"),
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert seen == {
        "found": 3,
        "checked": 3,
        "ok": 3,
        "blocked": 0,
        "unknown": 0,
        "broken_count": 0,
        "broken": [],
        "soft_404": False,
        "complete": True,
        "drawn": None,
    }


async def test_a_broken_link_is_told_with_its_kind_reason_and_text() -> None:
    front = (
        f"{anchors('/gone.html')}<a href='/gone.docx'><img src='/gone.png' alt='下载'></a>"
        f"<img src='/page.jpg'><a href='http://no.such.name.invalid/'>友情链接</a>"
    )
    async with town({"/": front, "/page.jpg": OK_PAGE}) as there:
        seen = await measured(there)
        told = {entry["url"].removeprefix(there.site.url()): entry for entry in seen["broken"]}
    assert {path: (entry["kind"], entry["reason"], entry["text"]) for path, entry in told.items()} == {
        "gone.html": ("page", "http_404", "链接1"),
        "gone.docx": ("attachment", "http_404", "下载"),
        "gone.png": ("image", "http_404", "下载"),
        "page.jpg": ("image", "not_an_image", ""),
        "http://no.such.name.invalid/": ("external", "dns", "友情链接"),
    }
    assert (seen["broken_count"], seen["ok"], seen["found"]) == (5, 0, 5)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page("x", status="404 Not Found"), "http_404"),
        (page("x", status="410 Gone"), "http_410"),
        (page("x", status="500 Oops"), "http_500"),
        (page("x", status="503 Unavailable"), "http_503"),
        (page("<p>对不起，您访问的页面不存在</p>"), "soft_404"),
        (page("<title>404 Not Found</title>"), "soft_404"),
        (page(status="302 Found", location="/a.html"), "too_many_redirects"),
        (page(status="302 Found", location="http://127.0.0.1:1/"), "connect"),
        (b"nonsense\r\n\r\n", "broken_response"),
        (NEVER, "timeout"),
    ],
)
async def test_why_a_link_is_broken(answer: bytes, reason: str) -> None:
    async with town({"/": anchors("/a.html"), "/a.html": answer}) as there:
        assert reasons(await measured(there)) == [reason]


@pytest.mark.parametrize("status", ["401 X", "403 X", "405 X", "412 X", "429 X", "521 X", "522 X"])
async def test_who_turns_us_away_is_blocked_not_broken(status: str) -> None:
    async with town({"/": anchors("/a.html"), "/a.html": page("x", status=status)}) as there:
        seen = await measured(there)
    assert (seen["blocked"], seen["broken"]) == (1, [])


async def test_where_the_gate_does_not_let_us_go_is_unknown_not_broken() -> None:
    async with town({"/": anchors("http://10.0.0.1/", "http://a@b.gov.cn/", "http://169.254.169.254/")}) as there:
        seen = await measured(there)
    assert (seen["unknown"], seen["broken"], seen["found"]) == (3, [], 3)


async def test_a_long_page_that_speaks_of_missing_pages_is_there() -> None:
    news = f"<html><body>{TEXT * 5}不少网友反映页面不存在。</body></html>"
    async with town({"/": anchors("/a.html"), "/a.html": news}) as there:
        assert (await measured(there))["ok"] == 1


async def test_a_failure_is_confirmed_by_a_second_try() -> None:
    left = [GONE, page(OK_PAGE)]

    async def respond(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split(b" ")[1]
        writer.write(page(anchors("/a.html")) if path == b"/" else left.pop(0) if path == b"/a.html" else GONE)

    async with serving(respond) as site, town({}) as other:
        home = await other.around.follow(site.url())
        seen = await links(home, other.around)
    assert (seen.measured["ok"], seen.measured["broken"], left) == (1, [], [])


async def test_each_link_is_tried_once_and_what_failed_twice() -> None:
    pages: dict[str, bytes | str] = {"/": anchors("/a.html", "/a.html#x", "/b.html"), "/a.html": OK_PAGE}
    async with town(pages) as there:
        await measured(there)
        tries = asked(there.site)[1:]
    assert (tries.count("/a.html"), tries.count("/b.html")) == (1, 2)
    assert len(tries) == 4, "and one address that cannot exist"


async def soft(missing: bytes | str, *addresses: str, **pages: bytes | str) -> Mapping[str, Any]:
    """What is measured of a site that answers ``missing`` for everything it does not have."""

    async def respond(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split(b" ")[1].decode()
        answer = {"/": anchors(*addresses)}.get(path) or pages.get(path.strip("/").partition(".")[0], missing)
        writer.write(page(answer) if isinstance(answer, str) else answer)

    async with serving(respond) as site, town({}) as other:
        seen = await links(await other.around.follow(site.url()), other.around)
    return seen.measured


SORRY = f"<html><body>{TEXT * 3}很抱歉，看看别的吧。</body></html>"


async def test_a_site_that_shows_a_page_for_every_address_has_soft_404() -> None:
    seen = await soft(SORRY, "/a.html", "/b.html", a=OK_PAGE)
    assert (seen["soft_404"], [(each["text"], each["reason"]) for each in seen["broken"]]) == (
        True,
        [("链接2", "soft_404")],
    )


async def test_a_site_that_sends_people_home_from_every_address_has_soft_404() -> None:
    away = page(status="302 Found", location="/")
    seen = await soft(away, "/a.html", "/b.html", a=OK_PAGE)
    assert (seen["soft_404"], [(each["text"], each["reason"]) for each in seen["broken"]]) == (
        True,
        [("链接2", "soft_404")],
    )


async def test_a_link_that_leads_home_is_fine_where_missing_pages_are_missing() -> None:
    seen = await soft(GONE, "/a.html", a=page(status="302 Found", location="/"))
    assert (seen["soft_404"], seen["ok"]) == (False, 1)


async def test_the_shell_of_a_page_made_by_scripts_says_nothing() -> None:
    seen = await soft("<div id=app></div><script src='/app.js'></script>", "/a.html")
    assert (seen["soft_404"], seen["ok"], seen["unknown"], seen["broken"]) == (None, 0, 1, [])


async def test_an_answer_that_is_no_answer_says_nothing_of_soft_404() -> None:
    seen = await soft(page("拦截", status="403 Forbidden"), "/a.html", a=OK_PAGE)
    assert seen["soft_404"] is None


async def test_more_links_than_are_tried_are_drawn_by_lot_that_anybody_can_repeat() -> None:
    addresses = [f"/{n}.html" for n in range(30)]
    async with town({"/": anchors(*addresses)}, links=5) as there:
        seen = await measured(there)
        again = await measured(there)
        assert seen["drawn"] == {"seed": SEED, "of": 30, "taken": 5}
        expected = draw([there.site.url(address) for address in addresses], 5, SEED)
    assert [entry["url"] for entry in seen["broken"]] == expected == [entry["url"] for entry in again["broken"]]
    assert (seen["found"], seen["checked"]) == (30, 5)


async def test_a_lot_depends_on_the_names_and_the_seed_alone() -> None:
    names = [str(n) for n in range(100)]
    assert draw(names, 10, "a") == sorted(draw(names[::-1], 10, "a"), key=names.index)
    assert draw(names, 10, "a") != draw(names, 10, "b")
    assert draw(["a", "a", "b"], 5, "a") == ["a", "b"]


async def test_while_we_are_offline_no_link_is_blamed() -> None:
    async with town({"/": anchors("http://127.0.0.1:1/", "/a.html"), "/a.html": GONE}, online=False) as there:
        seen = await links(there.home, there.around)
    assert (seen.outcome, seen.reason) == (Outcome.UNDETERMINED, Reason.OWN_CONNECTIVITY)
    assert seen.measured["broken_count"] == 2
    async with town({"/": anchors("/a.html")}, online=False) as there:
        seen = await links(there.home, there.around)
    assert seen.outcome is Outcome.ANSWERED, "somebody answered, so we are online"


async def test_links_that_scripts_may_add_are_owned_up_to() -> None:
    async with town({"/": anchors() + "<script src='/nav.js'></script>"}) as there:
        assert (await measured(there))["complete"] is False


async def test_no_more_than_two_hundred_are_told_and_all_are_counted() -> None:
    async with town({"/": anchors(*(f"/{n}.html" for n in range(230)))}) as there:
        seen = await measured(there)
    assert (len(seen["broken"]), seen["broken_count"]) == (200, 230)


@pytest.mark.parametrize(
    ("html", "kind", "text"),
    [
        ("<a href='/a.html'>要 闻</a>", Kind.PAGE, "要 闻"),
        ("<a href='http://jyj.sample.gov.cn/'>教育局</a>", Kind.PAGE, "教育局"),
        ("<a href='http://www.gov.cn/'>中国政府网</a>", Kind.EXTERNAL, "中国政府网"),
        ("<a href='http://other.gov.cn/'>其他</a>", Kind.EXTERNAL, "其他"),
        ("<a href='/f.XLSX?x=1'>附件</a>", Kind.ATTACHMENT, "附件"),
        ("<a href='http://other.gov.cn/f.pdf' title='年报'></a>", Kind.ATTACHMENT, "年报"),
        ("<img src='//img.example.com/a' alt='图'>", Kind.IMAGE, "图"),
        ("<iframe src='/f.html'></iframe>", Kind.PAGE, ""),
        ("<map><area href='/m.html' title='地图'></map>", Kind.PAGE, "地图"),
        ("<a href=' /a b.html '>空格</a>", Kind.PAGE, "空格"),
    ],
)
def test_what_a_link_is(html: str, kind: Kind, text: str) -> None:
    [target] = targets(start(html), URL)
    assert (target.kind, target.text) == (kind, text)


@pytest.mark.parametrize(
    "html",
    [
        "<a href='#top'>顶部</a>",
        "<a href=''>空</a>",
        "<a href='javascript:void(0)'>脚本</a>",
        "<a href='mailto:a@b.cn'>信</a>",
        "<a href='tel:12345'>热线</a>",
        "<img src='data:image/png;base64,AA'>",
        "<a href='http://[bad/'>坏</a>",
        "<a href='http://'>无</a>",
        "<a href='/'>首页</a>",
        "<!--<a href='/a.html'>注释</a>-->",
        "<a>无</a>",
        "<a href='https://beian.miit.gov.cn/'>豫ICP备05000000号</a>",
        "<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4101000001'>找错</a>",
    ],
)
def test_what_is_no_link_to_try(html: str) -> None:
    assert targets(start(html), URL) == []


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (trouble_look(Outcome.FAILED, Reason.TIMEOUT), Reason.NO_PAGE),
        (page_look("x", status=503), Reason.NO_PAGE),
        (page_look("拦截", status=403), Reason.BLOCKED_PAGE),
        (page_look("%PDF", content_type="application/pdf"), Reason.UNREADABLE),
    ],
)
async def test_without_a_page_no_link_is_tried(look: Look, reason: Reason) -> None:
    async def never(*_: object, **__: object) -> Look:
        raise AssertionError("nowhere to go")

    async def online() -> bool:
        return True

    seen = await links(look, Around(Means(never, online, 0.0), TODAY, SEED))
    assert (seen.outcome, seen.reason, seen.measured) == (Outcome.UNDETERMINED, reason, {})
