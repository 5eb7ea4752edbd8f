"""The items of a list page, in every layout that is in use, and nothing that is none."""

from datetime import date

import pytest

from services.prober.dates import By
from services.prober.html import start
from services.prober.items import Item, is_article, items
from tests.prober.looks import URL

TODAY = date(2026, 11, 22)
NEWER, OLDER = date(2026, 11, 20), date(2026, 11, 18)
A, B = "关于召开政务公开工作会议的通知", "市政府召开2026年11月1日第十次常务会议"


def link(number: int, title: str, path: str = "") -> str:
    """A link to an article."""
    return f"<a href='{path or f'/zwgk/c{number}.html'}'>{title}</a>"


def found(html: str) -> list[Item]:
    """The items of a page."""
    return items(start(html), URL, TODAY)


FIRST, SECOND = link(101, A), link(102, B)
LAYOUTS = {
    "after": f"<ul><li>{FIRST}<span>2026-11-20</span></li><li>{SECOND}<span>2026-11-18</span></li></ul>",
    "before": f"<ul><li><i>[11-20]</i>{FIRST}</li><li><i>[11-18]</i>{SECOND}</li></ul>",
    "table": (
        f"<table><tr><td>·</td><td>{FIRST}</td><td>11-20</td></tr>"
        f"<tr><td>·</td><td>{SECOND}</td><td>11-18</td></tr></table>"
    ),
    "terms": f"<dl><dt>11-20</dt><dd>{FIRST}</dd><dt>11-18</dt><dd>{SECOND}</dd></dl>",
    "terms-after": f"<dl><dd>{FIRST}</dd><dt>11-20</dt><dd>{SECOND}</dd><dt>11-18</dt></dl>",
    "breaks": f"<p>{FIRST} 2026-11-20<br>{SECOND} 2026-11-18<br></p>",
    "breaks-before": f"<p>2026-11-20 {FIRST}<br>2026-11-18 {SECOND}<br></p>",
    "blocks": (
        f"<div class=i><div class=d><b>20</b><i>2026-11</i></div><h3>{FIRST}</h3><p>{'摘要' * 40}</p></div>"
        f"<div class=i><div class=d><b>18</b><i>2026-11</i></div><h3>{SECOND}</h3><p>{'摘要' * 40}</p></div>"
    ),
    "picture": (
        f"<li>{link(101, '<img src=a.jpg>')}<h4>{FIRST}</h4><em>2026-11-20</em></li>"
        f"<li>{link(102, '<img src=b.jpg>')}<h4>{SECOND}</h4><em>2026-11-18</em></li>"
    ),
    "inside": f"<li>{link(101, f'<em>11-20</em>{A}')}</li><li>{link(102, f'{B}<em>11-18</em>')}</li>",
    "column-beside": (
        f"<li>[<a href='/tzgg/'>通知公告</a>] {FIRST} 11-20</li><li>[<a href='/tzgg/'>通知公告</a>] {SECOND} 11-18</li>"
    ),
    "address": f"<li>{link(1, A, '/a/t20261120_1.html')}</li><li>{link(2, B, '/art/2026/11/18/art_1_2.html')}</li>",
    "base": f"<base href='/zwgk/'><li>{link(1, A, 'c101.html')} 11-20</li><li>{link(2, B, 'c102.html')} 11-18</li>",
    "title": f"<li><a href='/zwgk/c101.html' title='{A}'>关于召开政务…</a> 11-20</li><li>{SECOND} 11-18</li>",
}


@pytest.mark.parametrize("html", LAYOUTS.values(), ids=LAYOUTS)
def test_each_item_has_its_own_day(html: str) -> None:
    assert [item.day for item in found(html)] == [NEWER, OLDER]


def test_what_an_item_is() -> None:
    [item] = found(LAYOUTS["title"].partition("</li>")[0])
    assert item == Item(A, "http://www.sample.gov.cn/zwgk/c101.html", NEWER, By.TEXT)
    [item] = found(f"<li>{link(1, A, '/a/t20261120_1.html')}</li>")
    assert item.by is By.ADDRESS


def test_an_article_without_a_day_is_an_item_too() -> None:
    assert found(f"<li>{FIRST}</li>") == [Item(A, "http://www.sample.gov.cn/zwgk/c101.html")]


@pytest.mark.parametrize(
    "html",
    [
        f"<nav>{FIRST}</nav>",
        f"<footer>{FIRST}</footer>",
        f"<div class='main-menu'>{FIRST}</div>",
        "<li><a href='/zwgk/'>政府信息公开工作年度报告</a></li>",
        "<li><a href='/zwgk/index.html'>政府信息公开工作年度报告</a></li>",
        "<li><a href='/col/col1234/index.html'>政府信息公开工作年度报告</a></li>",
        "<li><a href='http://www.gov.cn/'>中华人民共和国中央人民政府门户网站</a></li>",
        "<li><a href='/zwgk/c101.html'>更多</a></li>",
        f"<li><a href='javascript:void(101)'>{A}</a></li>",
        f"<li><a href='http://[bad/c101.html'>{A}</a></li>",
        f"<!--<li>{FIRST} 2026-11-20</li>-->",
        f'<script>var a = "<li>{FIRST} 2026-11-20</li>"</script>',
        "<div>今天是2026年11月22日 <a href='/wza.html'>进入无障碍浏览模式</a></div>",
        "<div class=top><span>2026年11月22日</span><a href='/wza/'>无障碍浏览工具条</a></div>",
        "<div><span>2026年11月22日</span><a href='/wza/'>无障碍浏览工具条</a></div>",
        "<div class=header><span>2026-11-22</span><a href='/zwgk/'>政府信息公开专栏</a></div>",
        "<div id=site-tool><span>11月22日</span><a href='/zwgk/'>政府信息公开专栏</a></div>",
        "<div><a href='/weather/'>样例市未来三天天气</a><span>11月22日 多云 3℃~10℃</span></div>",
        "<div><a href='/weather/'>样例市未来三天预报</a><span>11月21日 多云转晴</span></div>",
        "<div><a href='/weather/'>样例市未来三天天气</a><span>今天 有风</span></div>",
    ],
)
def test_navigation_and_calendars_are_no_items(html: str) -> None:
    assert found(html) == []


@pytest.mark.parametrize(
    "html",
    [
        f"<div class=top-news>{FIRST}<span>2026-11-22</span></div>",
        f"<div class=top>{link(1, A, '/a/')}<span>2026-11-21</span></div>",
        f"<div class=main>{link(1, A, '/a/')}<span>2026-11-22</span></div>",
    ],
)
def test_news_at_the_top_of_a_page_are_items(html: str) -> None:
    assert [item.by for item in found(html)] == [By.TEXT]


def test_a_calendar_above_a_list_dates_nothing() -> None:
    html = f"<div><p>2026年11月22日</p><p>{FIRST}</p><p>{SECOND}</p></div>"
    assert [item.day for item in found(html)] == [None, None]


def test_the_same_article_twice_is_one_item() -> None:
    assert len(found(f"<li>{FIRST} 11-20</li><div>{FIRST}</div>")) == 1


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("http://a.gov.cn/zwgk/c101.html", True),
        ("http://a.gov.cn/info/1012/3456.htm", True),
        ("http://a.gov.cn/detail?id=7", True),
        ("http://a.gov.cn/a/5f3e9a1b7c.html", True),
        ("http://a.gov.cn/zwgk/", False),
        ("http://a.gov.cn/zwgk/2026/", False),
        ("http://a.gov.cn/zwgk/list_1012.html", False),
        ("http://a.gov.cn/node_1012.htm", False),
        ("http://a.gov.cn/list.aspx?cat=1012", False),
    ],
)
def test_an_article_is_known_by_its_address(address: str, is_one: bool) -> None:
    assert is_article(address) is is_one


HOSTILE = {
    "flat": "<p>" + "".join(f"{link(n, A)} 2026-11-20<br>" for n in range(100, 2500)),
    "list": "<ul>" + "".join(f"<li>{link(n, A)} 2026-11-20</li>" for n in range(100, 2500)),
    "deep": "<div>" * 3000 + "".join(link(n, A) for n in range(100, 2500)),
    "one-row": f"<div>{'<span>2026-11-20</span>' * 3000}{FIRST}</div>",
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(30)
def test_no_list_takes_long(html: str) -> None:
    assert found(html)
