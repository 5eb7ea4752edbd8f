"""A home page that forwards, greets or excuses itself, a footer in somebody else's script: nothing is absent there."""

from typing import Any

import pytest

from services.prober.html import read
from services.prober.look import Page
from services.prober.means import Render, Rendered
from services.prober.probes.marks import MARKS, marks
from services.prober.scripts import forwards, is_library
from tests.prober.looks import URL, page_look
from tests.prober.town import asked, town
from tests.security.loopback import page

NEWS = "<ul>" + "<li>样例市召开政务公开工作会议</li>" * 60 + "</ul>"
FOOT = (
    "<div class='footer'><a href='http://bszs.conac.cn/sitename?method=show&id=0A1B'>标识</a> 网站标识码：4101000001 "
    "豫ICP备05000000号 豫公网安备41010502000000号 主办：样例市人民政府办公室 联系电话：0371-60000000"
    "<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4101000001'>找错</a></div>"
)
EVERYTHING = {*MARKS, "report_entry"}


def states(measured: Any) -> dict[str, str]:
    """The state of every mark and of the entry."""
    return {
        name: each["state"] for name, each in (measured["marks"] | {"report_entry": measured["report_entry"]}).items()
    }


async def alone(html: str) -> dict[str, str]:
    """What the probe says of a page of which nothing else is read."""
    return states((await marks(page_look(html))).measured)


async def around(pages: dict[str, bytes | str], render: Render | None = None) -> dict[str, str]:
    """What the probe says of a website."""
    async with town(pages, render=render) as there:
        return states((await marks(there.home, there.around)).measured)


def js(text: str) -> bytes:
    """A script as it is served."""
    return page(text, content_type="application/javascript")


def rendering(html: str) -> Render:
    """A browser that makes this of every page."""

    async def render(_: Page) -> Rendered | None:
        return Rendered(html, whole=True)

    return render


FORWARDING = [
    "<script>location.href='/index.shtml'</script>",
    "<script>top.location='/portal/'</script>",
    '<script>window.location = "/portal/";</script>',
    "<script>window.location.replace('/home/index.html');</script>正在跳转",
    "<script>self.location.assign('/home/')</script>",
    "<script>document.location['href'] = '/home/'</script>",
    "<script>window.onload = function () { location.href = '/index.shtml' }</script>",
    "<script>setTimeout(\"location.href='/index.shtml'\", 3000)</script>",
    "<script>if (location.protocol != 'https:') window.location = location.protocol + 's://x/'</script>",
    "<script>window.open('/index.shtml', '_self')</script>",
]


@pytest.mark.parametrize("stub", FORWARDING)
@pytest.mark.parametrize("rest", ["", NEWS], ids=["short", "long"])
async def test_of_a_page_that_forwards_by_script_nothing_is_called_absent(stub: str, rest: str) -> None:
    front = f"<html><head>{stub}</head><body>{rest}</body></html>"
    assert await alone(front) == dict.fromkeys(EVERYTHING, "unknown")
    assert await around({"/": front}) == dict.fromkeys(EVERYTHING, "unknown")


async def test_a_page_forwards_also_by_an_attribute_or_in_a_script_of_its_own() -> None:
    assert await alone(f"<body onload=\"window.location='/portal/'\">{NEWS}<footer></footer>") == dict.fromkeys(
        EVERYTHING, "unknown"
    )
    pages: dict[str, bytes | str] = {"/": f"{NEWS}<script src='/go.js'></script>", "/go.js": js("location.href='/a'")}
    assert await around(pages) == dict.fromkeys(EVERYTHING, "unknown")


async def test_where_a_forwarding_page_leads_is_judged_when_a_browser_follows() -> None:
    led = rendering(f"<html><body>{NEWS}{FOOT.replace('豫ICP备05000000号', '')}</body></html>")
    found = await around({"/": "<script>location.href='/index.shtml'</script>"}, led)
    assert found == {name: "absent" if name == "icp" else "present" for name in EVERYTHING}


@pytest.mark.parametrize(
    ("script", "nested", "at_once"),
    [
        ("location.href = '/a'", True, True),
        ("function search() { location.href = '/s?q=' + q }", True, False),
        ("if (phone) { window.location.href = '/m' }", True, False),
        ("// location.href = '/a'\n", False, False),
        ("/* location.replace('/a') */", False, False),
        ("if (top != self) top.location = self.location;", False, False),
        ("location.reload()", False, False),
        ("if (location.href == '/a') show()", False, False),
        ("var geolocation = '/a'", False, False),
    ],
)
def test_what_sends_a_visitor_elsewhere(script: str, *, nested: bool, at_once: bool) -> None:
    assert (forwards(script), forwards(script, nested=False)) == (nested, at_once)


async def test_a_short_page_with_a_footer_is_a_home_page() -> None:
    absent = dict.fromkeys(EVERYTHING, "absent")
    assert await alone(f"<p>正文</p><footer>{'样例市人民政府' * 8}</footer>") == absent
    assert await alone("<a href='/x/'>栏目</a>" * 10 + "<footer>样例市人民政府</footer>") == absent


def test_what_answers_a_click_on_a_list_is_no_sign_that_the_list_is_elsewhere() -> None:
    pager = "<script>function turn(n) { location.href = 'index_' + n + '.html' }</script>"
    seen = read(pager + NEWS, URL)
    assert (seen.may_add, seen.beyond_scripts) == (False, True)


async def test_a_search_form_is_no_excuse_for_a_footer_without_marks() -> None:
    search = "<script>function search() { location.href = '/s?q=' + q }</script>"
    foot = "<footer>" + "样例市人民政府门户网站欢迎您的访问" * 3 + "</footer>"
    assert await alone(search + NEWS + foot) == dict.fromkeys(EVERYTHING, "absent")


IN_PLACE = [
    "<a href='/index.shtml'><img src='/img/enter.jpg' alt='进入网站'></a>",
    "<p>网站升级维护中，请稍后访问</p>",
    "<p>您的IP存在异常行为，已被临时限制，事件ID 12345</p>",
    "<p>您所在的地区暂不支持访问本网站</p>",
    "<a href='/index.shtml'>进入网站</a><div class='foot'></div>",
    "<p>请求已记录</p><div class='footer'>防护系统 V3.2</div>",
    f"<p>系统正在升级</p><footer>{'样例市人民政府' * 8}</footer>",
    f"<img src='/in.png' alt='点击进入'><footer>{'样例市人民政府' * 8}</footer>",
]


@pytest.mark.parametrize("html", IN_PLACE)
async def test_what_stands_in_front_of_a_site_or_in_its_place_says_nothing_of_its_footer(html: str) -> None:
    front = f"<html><head><title>样例市</title></head><body>{html}</body></html>"
    assert await alone(front) == dict.fromkeys(EVERYTHING, "unknown")
    assert await around({"/": front}, rendering(front)) == dict.fromkeys(EVERYTHING, "unknown")


async def test_a_mark_before_the_entrance_is_there_all_the_same() -> None:
    found = await alone("<a href='/index.shtml'>进入网站</a><p>豫ICP备05000000号</p>")
    assert found == {name: "present" if name == "icp" else "unknown" for name in EVERYTHING}


WRITES_FOOT = js("document.write(" + repr(FOOT) + ")")


@pytest.mark.parametrize(
    "path", ["/js/jquery.footer.js", "/hls/foot.js", "/responsive/js/foot.js", "/jquery/common.js"]
)
async def test_a_script_is_read_whatever_its_folder_or_forename_is(path: str) -> None:
    found = await around({"/": f"<p>正文</p><script src='{path}'></script>", path: WRITES_FOOT})
    assert found == dict.fromkeys(EVERYTHING, "present")


@pytest.mark.parametrize(
    ("address", "library"),
    [
        ("http://www.x.gov.cn/js/jquery-3.6.0.min.js?v=1", True),
        ("https://cdn.example.com/vue/vue.global.js", True),
        ("http://www.hls.gov.cn/js/site.js", False),
        ("http://www.x.gov.cn/responsive/index.js", False),
        ("http://www.x.gov.cn/combo?f=jquery.js,site.js", False),
        ("http://www.x.gov.cn/js/jquery.footer.js", False),
        ("http://www.x.gov.cn/js/bootstrap.common.js", False),
        ("http://[bad/jquery.js", False),
    ],
)
def test_a_library_is_known_by_the_name_of_its_file(address: str, *, library: bool) -> None:
    assert is_library(address) is library


@pytest.mark.parametrize(
    ("html", "state"),
    [
        (f"{NEWS}<script src='https://res.vendor.example/x/tpl.js'></script>", "unknown"),
        (f"{NEWS}<footer></footer><script src='https://res.vendor.example/x/foot.js'></script>", "unknown"),
        (f"{NEWS}<footer>{'样例' * 30}</footer><script src='https://res.vendor.example/foot.js'></script>", "unknown"),
        (f"{NEWS}<footer>{'样例' * 30}</footer><script src='https://res.vendor.example/tpl.js'></script>", "absent"),
        (f"{NEWS}<script src='https://cdn.example.com/jquery.min.js'></script>", "absent"),
        (f"{NEWS}<script src='https://hm.baidu.com/h.js?1'></script>", "absent"),
    ],
)
async def test_where_no_footer_is_somebody_elses_script_may_keep_it(html: str, state: str) -> None:
    assert await alone(html) == dict.fromkeys(EVERYTHING, state)
    assert await around({"/": html}, rendering(html)) == dict.fromkeys(EVERYTHING, state)


async def test_a_footer_that_somebody_elses_script_keeps_is_read_there() -> None:
    async with town({"/foot.js": WRITES_FOOT}) as vendor, town({}) as there:
        address = vendor.site.url("/foot.js").replace("127.0.0.1", "localhost")
        home = page_look(f"{NEWS}<script src='{address}'></script>")
        found = states((await marks(home, there.around)).measured)
        assert asked(vendor.site)[1:] == ["/foot.js"]
    assert found == dict.fromkeys(EVERYTHING, "present")
