"""Links that lead somewhere, however their sites answer: none of them is called missing."""

import pytest

from services.prober.html import start
from services.prober.look import Look, Page
from services.prober.shown import shown
from services.prober.targets import Kind, Target, targets
from services.prober.trying import Absence, State, Tried, absence, tried
from tests.prober.looks import NOW, URL, page_look

SITE = "https://www.sample.gov.cn/"
NOWHERE = f"{SITE}0123456789abcdef.html"
NEWS = "样例市人民政府召开全体会议，部署下一阶段政务公开工作。" * 5
HOME = f"<html><body>{NEWS}</body></html>"
SORRY = Tried(State.BROKEN, "soft_404")
FINE = Tried(State.OK, "ok")
UNFILLED = Tried(State.UNKNOWN, "unfilled")


def page_at(url: str, text: str) -> Look:
    """A look that ended at ``url``."""
    page = Page(200, url, {"content-type": "text/html"}, text.encode(), text)
    return Look(url, NOW, 0.25, {}, page=page)


def link(address: str, text: str = "政务公开", kind: Kind = Kind.PAGE) -> Target:
    """A link of the home page."""
    return Target(address, kind, text)


HOMES = [
    SITE,
    "http://www.sample.gov.cn/",
    "https://www.sample.gov.cn",
    f"{SITE}index.html",
    f"{SITE}index.shtml",
    f"{SITE}index.php",
    f"{SITE}default.aspx",
    f"{SITE}index",
    "http://www.sample.gov.cn/Index.htm",
]


@pytest.mark.parametrize("address", HOMES)
def test_the_home_page_is_there_though_missing_pages_are_sent_to_it(address: str) -> None:
    missing = absence(NOWHERE, page_at(SITE, HOME))
    assert missing.soft
    assert tried(link(address), page_at(SITE, HOME), missing) == FINE
    assert tried(link(f"{SITE}gone.html"), page_at(SITE, HOME), missing) == SORRY


@pytest.mark.parametrize("address", HOMES)
def test_the_home_page_is_there_though_it_is_shown_for_missing_pages(address: str) -> None:
    missing = absence(NOWHERE, page_at(NOWHERE, HOME))
    assert tried(link(address), page_at(address, HOME), missing) == FINE
    assert tried(link(f"{SITE}gone.html"), page_at(f"{SITE}gone.html", HOME), missing) == SORRY


@pytest.mark.parametrize("text", ["首页", "网站首页", "返回首页", "首 页", "> 首页", "HOME"])
def test_what_is_called_home_is_there(text: str) -> None:
    missing = absence(NOWHERE, page_at(SITE, HOME))
    assert tried(link(f"{SITE}portal/", text), page_at(SITE, HOME), missing) == FINE


TITLE = "<title>郑州市人民政府门户网站_政务公开_政务服务_互动交流</title>"
SHELLS = [
    (
        "<title>办事</title><noscript><strong>We're sorry but zwfw doesn't work properly without JavaScript enabled. "
        "Please enable it to continue.</strong></noscript><div id=app></div><script src='/js/app.js'></script>"
    ),
    f"<html><head>{TITLE}</head><body><div id='app'></div><script src='/app.js'></script></body></html>",
    f"<html><head>{TITLE}<script src='/app.js'></script></head><body><p>正在加载，请稍候。</p></body></html>",
    f"<html><head>{TITLE}</head><body>正在跳转<script>fetch('/where')</script></body></html>",
    "<body><div id=root>正在加载</div></body>",
    "<body><app-root></app-root><script src='main.js'></script></body>",
    "<body>{{ title }} {{ content }} {{ footer }} {{ more }}</body>",
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_page_that_scripts_fill_may_be_there_or_not(shell: str) -> None:
    missing = absence(NOWHERE, page_at(NOWHERE, shell))
    assert missing.soft is None
    assert tried(link(f"{SITE}zwfw/gr"), page_at(f"{SITE}zwfw/gr", shell), missing) == UNFILLED


@pytest.mark.parametrize("shell", SHELLS)
def test_a_page_that_scripts_fill_is_there_where_missing_pages_are_missing(shell: str) -> None:
    missing = absence(NOWHERE, page_look("404", status=404))
    assert missing.soft is False
    assert tried(link(f"{SITE}zwfw/gr"), page_at(f"{SITE}zwfw/gr", shell), missing) == FINE


@pytest.mark.parametrize(
    "text",
    [
        "<form><input name=q></form><p>抱歉，没有找到相关内容</p>",
        "<p>未找到相关的文章，请换一个词</p>",
        f"<p>{NEWS}</p><div style='display:none'>页面不存在</div>",
        f"<p>{NEWS}</p><div style='DISPLAY: none'><p>页面不存在</p></div>",
        f"<p>{NEWS}</p><div hidden>页面不存在</div>",
        f"<p>{NEWS}</p><div class='tip hide'>页面不存在</div>",
        f"<p>{NEWS}</p><div v-if='!found'>页面不存在</div>",
        f"<title>页面不存在</title><p>{NEWS}</p>",
        f"<p>{NEWS}</p><noscript>页面不存在</noscript>",
    ],
)
def test_a_page_that_does_not_say_it_is_missing_is_there(text: str) -> None:
    assert tried(link(f"{SITE}a/"), page_at(f"{SITE}a/", text), Absence()) == FINE


def test_what_stands_hidden_in_a_page_that_scripts_fill_is_not_what_it_says() -> None:
    text = "<div id=app></div><div style='display:none'>页面不存在</div>"
    assert tried(link(f"{SITE}a/"), page_at(f"{SITE}a/", text), Absence()).state is not State.BROKEN
    text = "<div id=app><p>页面不存在</p></div><script src='/app.js'></script>"
    assert tried(link(f"{SITE}a/"), page_at(f"{SITE}a/", text), Absence()) == UNFILLED


@pytest.mark.parametrize(
    "text",
    [
        "<title>404 Not Found</title>",
        "<h1>404 错误</h1><p>很抱歉，您访问的页面不存在。</p>",
        "<p>该信息不存在或者已经删除</p>",
        "<p>没有找到您要访问的页面</p><script>setTimeout(\"location.href='/'\", 3000)</script>",
        "<p>无法找到该网页</p><script src='https://hm.example.com/hm.js'></script>",
    ],
)
def test_a_page_that_says_it_is_missing_is_missing(text: str) -> None:
    assert tried(link(f"{SITE}a/"), page_at(f"{SITE}a/", text), Absence()) == SORRY


def test_a_page_made_to_keep_a_parser_busy_shows_nothing() -> None:
    look = page_at(SITE, "<p " + "a=1 " * 2000 + ">页面不存在")
    assert look.page is not None
    assert shown(look.page).unfilled


BYTES = {
    "png": b"\x89PNG\r\n\x1a\n0000",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "gif": b"GIF89a\x01\x00",
    "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "bmp": b"BM\x00\x00",
    "ico": b"\x00\x00\x01\x00\x01",
    "avif": b"\x00\x00\x00\x20ftypavif",
    "svg": b"<?xml version='1.0'?>\n<!-- made -->\n<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize("body", BYTES.values(), ids=BYTES)
def test_a_picture_is_known_by_its_bytes_whatever_the_server_calls_it(body: bytes) -> None:
    page = Page(200, f"{SITE}captcha.jsp", {"content-type": "text/html;charset=UTF-8"}, body, body.decode("latin-1"))
    look = Look(page.url, NOW, 0.25, {}, page=page)
    assert tried(link(page.url, kind=Kind.IMAGE), look, Absence()) == FINE


def test_a_page_in_place_of_a_picture_is_no_picture() -> None:
    look = page_at(f"{SITE}a.jpg", "<html><svg></svg>没有图片</html>")
    assert tried(link(f"{SITE}a.jpg", kind=Kind.IMAGE), look, Absence()) == Tried(State.BROKEN, "not_an_image")


@pytest.mark.parametrize(
    "html",
    [
        "<base href='http://www.sample.gov.cn/a/'><img src=''><img src=' '><img src='#'><a href=''>空</a>",
        "<base href='http://www.sample.gov.cn/a/'><a href='#top'>顶部</a>",
        "<a href='{{item.url}}'>{{item.title}}</a><img src='{{ item.img }}'>",
        "<a href='${url}'>x</a><a href='<%=url%>'>y</a><a href='/a/{%url%}'>z</a><a href='/#{id}/a'>w</a>",
    ],
)
def test_an_empty_address_and_a_place_for_one_are_no_links(html: str) -> None:
    assert targets(start(html), URL) == []


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("/通知 附件.doc", f"{URL}通知%20附件.doc"),
        ("/a b.doc?名 称=甲 乙#c d", f"{URL}a%20b.doc?名%20称=甲%20乙"),
        ("/a%20b.doc", f"{URL}a%20b.doc"),
        ("/a&quot;b&lt;c.doc", f"{URL}a%22b%3Cc.doc"),
        ("/a\u2028b\x7f.doc", f"{URL}a%E2%80%A8b%7F.doc"),
        ("/a\tb\n.doc", f"{URL}ab.doc"),
        ("\\zwgk\\a.html?b\\c", f"{URL}zwgk/a.html?b\\c"),
        ("http:\\\\www.sample.gov.cn\\a.html", f"{URL}a.html"),
    ],
)
def test_an_address_is_written_as_browsers_write_it(written: str, url: str) -> None:
    (found,) = targets(start(f'<a href="{written}">附件</a>'), URL)
    assert found.url == url
