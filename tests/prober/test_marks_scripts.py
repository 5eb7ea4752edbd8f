"""Marks that only scripts know, the 找错 entry, site tags and codes: how each was seen is told, and what nobody saw."""

import time
from typing import Any

import pytest

from services.prober.look import Page
from services.prober.means import Render, Rendered
from services.prober.probes.marks import MARKS, marks
from services.prober.scripts import applied, uncommented, wrote
from tests.prober.looks import page_look
from tests.prober.town import asked, town
from tests.security.loopback import page

NEWS = "<ul>" + "<li>样例市召开政务公开工作会议</li>" * 60 + "</ul>"
FOOT = (
    "<p>主办单位：样例市人民政府办公室 联系电话：0371-60000000</p><p>网站标识码：4101000001 豫ICP备05000000号"
    "<a href='http://bszs.conac.cn/sitename?method=show&id=0A1B'>党政机关</a> 豫公网安备41010502000000号</p>"
)
ENTRY = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code=4101000001&url=x"
OTHERS = "<a href='http://bszs.conac.cn/sitename?id=1'>标识</a> 豫公网安备41010502000000号 联系电话:0371-60000000"
KNOWN = f"{OTHERS} <p>主办:样例市人民政府办公室</p> 豫ICP备05000000号 <a href='{ENTRY}'>找错</a>"


def home(*parts: str, head: str = "") -> str:
    """A home page that ends in these."""
    return f"<html><head><title>样例市</title>{head}</head><body>{NEWS}<footer>{''.join(parts)}</footer></body></html>"


def js(text: str) -> bytes:
    """A script as it is served."""
    return page(text, content_type="application/javascript")


async def seen(pages: dict[str, bytes | str], render: Render | None = None) -> Any:
    """What the probe measures of a website."""
    async with town(pages, render=render) as there:
        return (await marks(there.home, there.around)).measured


def how(measured: Any, name: str) -> tuple[str, str | None]:
    """State and means."""
    entry = measured["marks"][name] if name in MARKS else measured[name]
    return entry["state"], entry["by"]


async def test_a_whole_footer_in_a_script_of_the_site_is_read_in_its_text() -> None:
    lines = "\n".join(f"document.writeln({line!r});" for line in FOOT.split("</p>"))
    measured = await seen({"/": home("<script src='/js/footer.js'></script>"), "/js/footer.js": js(lines)})
    assert {name: how(measured, name) for name in MARKS} == dict.fromkeys(MARKS, ("present", "script"))
    assert measured["marks"]["site_code"]["value"] == "网站标识码:4101000001"


async def test_the_page_itself_is_asked_first_and_no_script_when_it_says_all() -> None:
    pages: dict[str, bytes | str] = {"/": home(FOOT, f"<a href='{ENTRY}'></a><script src='/js/footer.js'></script>")}
    async with town(pages) as there:
        measured = (await marks(there.home, there.around)).measured
        assert asked(there.site) == ["/"]
    assert {how(measured, name) for name in MARKS} == {("present", "static")}


@pytest.mark.parametrize(
    "script",
    [
        "document.write('<p>网站标识码：4101000001</p>')",
        'document.writeln("<span>网站标识码:" + "4101000001<\\/span>")',
        "document.write(unescape('%3Cb%3E%u7f51%u7ad9%u6807') + '识码:4101000001')",
        "document.write('\\u7f51\\u7ad9\\u6807\\u8bc6\\u7801:4101000001')",
        "var html = '<p>网站标识码:'; html += '4101000001</p>'; document.write(html);",
        "$('#foot').html('<p>网站标识码:4101000001</p>')",
        "document.getElementById('foot').innerHTML = '<p>网站标识码:4101000001</p>';",
        "document.getElementById('code').innerText='4101000001';",
        "jQuery('#code').text('4101000001')",
        "foot.insertAdjacentHTML('beforeend', '<p>网站标识码:4101000001</p>')",
        "document.write(`<p>网站标识码:4101000001</p>`)",
        "var a = /['\"]/g; document.write('网站标识码:4101000001')",
    ],
)
async def test_a_mark_is_read_however_a_script_writes_it(script: str) -> None:
    front = home(KNOWN, "<div id='foot'></div><p>网站标识码:<b id=code></b></p><script src='/a.js'></script>")
    assert how(await seen({"/": front, "/a.js": js(script)}), "site_code") == ("present", "script")


@pytest.mark.parametrize(
    "script",
    [
        "// document.write('网站标识码:4101000001')\nvar a = 1",
        "/* document.write('网站标识码:4101000001') */",
        "<!-- document.write('网站标识码:4101000001')\nvar a = 1",
        "document.write('<!-- 网站标识码:4101000001 -->')",
        "var unused = '网站标识码:4101000001';",
        "if (code == '网站标识码:4101000001') { a = 2 }",
    ],
)
async def test_what_a_script_does_not_write_does_not_count(script: str) -> None:
    front = home(KNOWN, "<script src='/a.js'></script>")
    assert how(await seen({"/": front, "/a.js": js(script)}), "site_code") == ("absent", "script")


@pytest.mark.parametrize("name", ["party_mark", "site_code"])
async def test_a_comment_in_an_inline_script_is_no_mark(name: str) -> None:
    script = "<script>/* <a href='http://bszs.conac.cn/sitename?id=1'>网站标识码:4101000001</a> */</script>"
    assert how(await seen({"/": home("<p>版权</p>", script)}), name) == ("absent", "static")


@pytest.mark.parametrize(
    "script",
    [
        "document.write('<p>网站标识码:' + code + '</p>')",
        "$.get('/foot.html', function (d) { $('#foot').html(d) })",
        "document.body.appendChild(foot)",
        "document.write(footer())",
        "fetch('/foot').then(show)",
        "document.write('<script src=/more.js><\\/script>')",
        "document.write('<iframe src=/foot.html></iframe>')",
    ],
)
async def test_a_script_that_may_write_more_than_can_be_read_leaves_a_doubt(script: str) -> None:
    front = home(KNOWN, "<script src='/a.js'></script>")
    assert how(await seen({"/": front, "/a.js": js(script)}), "site_code") == ("unknown", None)


@pytest.mark.parametrize(
    "answer",
    [
        page("gone", status="404 Not Found"),
        page("<p>您的访问被拦截</p>", status="403 Forbidden"),
        page("<p>页面</p>"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nvar a",
    ],
)
async def test_a_script_that_does_not_arrive_leaves_a_doubt(answer: bytes) -> None:
    assert how(await seen({"/": home(KNOWN, "<script src='/a.js'></script>"), "/a.js": answer}), "site_code") == (
        "unknown",
        None,
    )


async def test_libraries_are_not_read_and_leave_no_doubt_of_their_own() -> None:
    pages: dict[str, bytes | str] = {"/": home(KNOWN, "<script src='/js/jquery-3.6.min.js'></script>")}
    async with town(pages) as there:
        measured = (await marks(there.home, there.around)).measured
        assert asked(there.site) == ["/"]
    assert how(measured, "site_code") == ("absent", "script")


async def test_only_a_few_scripts_are_read_the_likely_ones_first_and_the_rest_leaves_a_doubt() -> None:
    names = [f"/js/a{n}.js" for n in range(12)]
    front = home(KNOWN, *(f"<script src='{name}'></script>" for name in ["/js/footer.js", *names]))
    async with town({"/": front, **{name: js("var a") for name in names}, "/js/footer.js": js("var a")}) as there:
        measured = (await marks(there.home, there.around)).measured
        assert sorted(asked(there.site)[1:]) == sorted(["/js/footer.js", *names[-7:]])
    assert how(measured, "site_code") == ("unknown", None)


async def test_a_frame_may_bring_what_no_script_does() -> None:
    measured = await seen({"/": home(KNOWN, "<iframe src='/f.html'></iframe>")})
    assert how(measured, "site_code") == ("unknown", None)


def rendering(html: str | None, *, whole: bool = True) -> Render:
    """A browser that makes this of every page."""

    async def render(_: Page) -> Rendered | None:
        return Rendered(html, whole) if html is not None else None

    return render


LAZY = home(KNOWN, "<script src='/a.js'></script>")
ASKS = js("$.get('/foot.html', function (d) { $('#foot').html(d) })")


async def test_what_is_there_after_the_scripts_ran_is_seen_so() -> None:
    measured = await seen({"/": LAZY, "/a.js": ASKS}, rendering(home(KNOWN, "<p>网站标识码:4101000001</p>")))
    assert how(measured, "site_code") == ("present", "rendered")
    assert how(measured, "icp") == ("present", "static")


async def test_what_is_not_there_after_all_scripts_ran_is_absent() -> None:
    ran = home(KNOWN, "<script>var hint = '网站标识码'</script>")
    assert how(await seen({"/": LAZY, "/a.js": ASKS}, rendering(ran)), "site_code") == ("absent", "rendered")


async def test_a_hint_on_the_rendered_page_still_makes_its_absence_doubtful() -> None:
    measured = await seen({"/": LAZY, "/a.js": ASKS}, rendering(home(KNOWN, "网站标识码:<img src='c.png'>")))
    assert (how(measured, "site_code"), measured["marks"]["site_code"]["value"]) == (("unknown", None), "标识码")


@pytest.mark.parametrize("render", [rendering(None), rendering(home(KNOWN), whole=False)])
async def test_what_the_browser_could_not_see_whole_stays_unknown(render: Render) -> None:
    assert how(await seen({"/": LAZY, "/a.js": ASKS}, render), "site_code") == ("unknown", None)


async def test_the_browser_is_not_asked_when_nothing_is_in_doubt() -> None:
    async def never(_: Page) -> Rendered | None:
        raise AssertionError("nothing is in doubt")

    assert how(await seen({"/": home(KNOWN)}, never), "site_code") == ("absent", "static")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (f"<a href='{ENTRY}'><img src='/i/jiucuo.png'></a>", "4101000001"),
        ("<a href='http://121.43.68.40/exposure/jiucuo.html?site_code=4101000001'>找错</a>", "4101000001"),
        (f"<img onclick=\"window.open('{ENTRY}')\" src='/i/jc.png'>", "4101000001"),
        (
            "<script id='_jiucuo_' sitecode='bm01000001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>",
            "bm01000001",
        ),
        ("<span id='_span_jiucuo'></span><script src='//zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>", None),
    ],
)
async def test_the_entry_for_reporting_errors_is_known_however_it_is_written(written: str, code: str | None) -> None:
    measured: Any = (await marks(page_look(home(written)))).measured
    assert how(measured, "report_entry") == ("present", "static")
    assert measured["site_codes"]["report_entry"] == code


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("<p>版权</p>", "absent"),
        (f"<!--<a href='{ENTRY}'>找错</a>-->", "absent"),
        ("<a href='/jiucuo.html'>找错</a>", "unknown"),
        ("<img src='/i/1.png' alt='我为政府网站找错'>", "unknown"),
        ("<script src='/js/own.js'></script>", "unknown"),
    ],
)
async def test_what_is_no_entry_for_reporting_errors(written: str, state: str) -> None:
    measured: Any = (await marks(page_look(home(written)))).measured
    assert measured["report_entry"]["state"] == state


@pytest.mark.parametrize(
    ("text", "link", "tag", "agree"),
    [
        ("4101000001", "4101000001", "4101000001", True),
        ("4101000001", "4101000001", None, True),
        ("4101000001", "4101000002", "4101000001", False),
        ("bm01000001", None, "BM01000001", True),
        ("4101000001", None, "4101000009", False),
        ("4101000001", None, None, None),
        (None, None, None, None),
    ],
)
async def test_the_three_places_of_the_code_are_told_and_whether_they_agree(
    text: str | None, link: str | None, tag: str | None, *, agree: bool | None
) -> None:
    page_ = home(
        f"<p>网站标识码:{text}</p>" if text else "",
        f"<a href='https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code={link}'>找错</a>" if link else "",
        head=f"<META content='{tag}' NAME='siteidcode'>" if tag else "",
    )
    measured: Any = (await marks(page_look(page_))).measured
    codes = measured["site_codes"]
    assert codes == {"text": text, "report_entry": link, "meta": tag.lower() if tag else None, "agree": agree}
    assert measured["tags"] == {"SiteName": None, "SiteDomain": None, "SiteIDCode": tag}


def test_what_a_script_writes_goes_where_it_says() -> None:
    written = wrote(["document.getElementById('a').innerHTML='<i>x</i>'; document.write('y'); $('#none').html('z')"])
    assert (
        applied("<p id='a'></p><p id=ab></p>", written) == "<p id='a'><i>x</i></p><p id=ab></p><div>y</div><div>z</div>"
    )


def test_comments_are_taken_out_of_a_script_and_strings_are_not() -> None:
    assert uncommented("a /* b */ = '// c'; // d") == "a  = '// c'; "


@pytest.mark.parametrize(
    "script",
    [
        "'" * 100_000,
        '"\\' * 50_000,
        "`" + "\\" * 99_999,
        "/*" * 50_000,
        "=/[" * 33_000,
        "document.write('a'+" * 5_000,
        "a='b';document.write(" * 5_000,
        "<!--" * 25_000,
        "document.write('x');" * 15_000,
        "\\u{" * 30_000,
        "".join(f"a{n}='b';" for n in range(8_000)),
        "a='b'" + " " * 90_000 + ".",
    ],
)
def test_no_script_takes_long(script: str) -> None:
    began = time.perf_counter()
    wrote([script + ".innerHTML"])
    assert time.perf_counter() - began < 2
