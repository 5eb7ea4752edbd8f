"""The day of an item, however a Chinese website writes it; never a day that is none."""

from datetime import date

import pytest

from services.prober.dates import By, alone, in_address, may_state, of_article, of_item, stated
from services.prober.html import fold

TODAY = date(2026, 11, 22)
THEN = date(2026, 11, 20)
LAST_YEAR = date(2025, 11, 30)

# What stands beside the title, and the day it states.
BESIDE = [
    ("2026-11-20", THEN),
    ("2026-11-20 08:42", THEN),
    ("2026-11-20 08:42:15.0", THEN),
    ("2026-11-20T08:42:15+08:00", THEN),
    ("2026年11月20日", THEN),
    ("2026 年 11 月 20 日", THEN),
    ("2026/11/20", THEN),
    ("2026.11.20", THEN),
    ("2026-1-5", date(2026, 1, 5)),
    ("【2026.11.20】", THEN),
    ("〔2026-11-20〕", THEN),
    ("发布时间:2026-11-20 来源:市政府办公室", THEN),
    ("2026-11-20", THEN),
    ("(2026年11月20日)", THEN),
    ("2026—11—20", THEN),
    ("二〇二六年十一月二十日", THEN),
    ("二○二六年十一月二十日", THEN),
    ("二零二六年十一月廿日", THEN),
    ("20261120", THEN),
    ("26-11-20", THEN),
    ("26年11月20日", THEN),
    ("20 2026-11", THEN),
    ("20 / 2026.11", THEN),
    ("20日 2026年11月", THEN),
    ("2026-11 20", THEN),
    ("11-20 2026", THEN),
    ("2026 11-20", THEN),
    ("Nov 20, 2026", THEN),
    ("November 20th, 2026", THEN),
    ("20 November 2026", THEN),
    ("[11-20]", THEN),
    ("11-20", THEN),
    ("11-20 08:42", THEN),
    ("11/20", THEN),
    ("(11.20)", THEN),
    ("11.20", THEN),
    ("11月20日", THEN),
    ("20 11月", THEN),
    ("11-22", TODAY),
    ("11-30", LAST_YEAR),
    ("11月30日", LAST_YEAR),
    ("12-31", date(2025, 12, 31)),
    ("刚刚", TODAY),
    ("5分钟前", TODAY),
    ("半小时前", TODAY),
    ("20小时前", TODAY),
    ("30个小时前", date(2026, 11, 21)),
    ("今天 08:42", TODAY),
    ("昨天", date(2026, 11, 21)),
    ("昨天 08:42", date(2026, 11, 21)),
    ("前天", THEN),
    ("3天前", date(2026, 11, 19)),
    ("2周前", date(2026, 11, 8)),
    ("1个月前", date(2026, 10, 23)),
    ("成文日期:2026-10-08 发布日期:2026-11-20", THEN),
    ("2026-11-20 2027-01-01", THEN),
]


@pytest.mark.parametrize(("text", "day"), BESIDE)
def test_the_day_beside_a_title(text: str, day: date) -> None:
    assert max(stated(text, TODAY)) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026年2月30日",
        "2026-13-01",
        "2026-11-31",
        "02-29",
        "2027-01-01",
        "2026-11-23",
        "1970-01-01",
        "1970-01-01 08:00:00",
        "1754-01-01",
        "1900/1/1",
        "0001-01-01",
        "2026年工作要点",
        "2026年11月",
        "2026-11",
        "豫政〔2026〕11号",
        "08:42",
        "3-5个工作日",
        "24/7",
        "1/8",
        "图片 3/5",
        "第11-20期",
        "11.20%",
        "增长 3.5 个百分点",
        "0371-60000000",
        "010-12345678",
        "4101000001",
        "1700000000",
        "192.168.11.20",
        "11-20-30-40",
        "今日头条",
        "今天是个好日子",
        "20日前完成",
        "2026年前",
        "点击:1120",
    ],
)
def test_what_states_no_day_that_was(text: str) -> None:
    assert stated(text, TODAY) == []


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/art/2026/11/20/art_12_345.html", THEN),
        ("/art/2026/1/5/art_12_345.html", date(2026, 1, 5)),
        ("/xw/202611/t20261120_123456.html", THEN),
        ("/2026-11/20/content_123.htm", THEN),
        ("/202611/20/c1.html", THEN),
        ("/2026/1120/c1.html", THEN),
        ("/20261120/c1.html", THEN),
        ("/c/20261120084215.html", THEN),
        ("/c/20261120084215123.html", THEN),
        ("/detail/1795104000000.html", THEN),
        ("/xw/202611/c1.html", None),
        ("/2026/11/c1.html", None),
        ("/20261332/c1.html", None),
        ("/20270101/c1.html", None),
        ("/17541120/c1.html", None),
        ("/a/4101000001.html", None),
        ("/c.html?date=2026-11-20", None),
        ("/%E6%96%B02026-11-20", THEN),
    ],
)
def test_the_day_in_an_address(path: str, day: date | None) -> None:
    assert in_address(f"http://www.2020-01-01.gov.cn{path}", TODAY if "1795" not in path else date(2026, 12, 1)) == day


def test_an_address_that_is_none_states_no_day() -> None:
    assert in_address("http://[2026-11-20", TODAY) is None


@pytest.mark.parametrize(
    ("outside", "inside", "url", "found"),
    [
        # beside the title first, because titles speak of other days
        ("11-20", ["关于2026年11月1日起调整公交线路的公告"], "/t20261101_1.html", (THEN, By.TEXT)),
        ("", ["关于2026年11月1日起调整公交线路的公告"], "/c1.html", None),
        ("", ["关于召开会议的通知", "2026-11-20"], "/c1.html", (THEN, By.TEXT)),
        ("", ["2026-11-20", "关于召开会议的通知"], "/c1.html", (THEN, By.TEXT)),
        ("", ["关于召开会议的通知 [11-20]"], "/c1.html", (THEN, By.TEXT)),
        ("", ["关于召开会议的通知(2026-11-20)"], "/c1.html", (THEN, By.TEXT)),
        ("", ["11-20 关于召开会议的通知"], "/c1.html", (THEN, By.TEXT)),
        ("", ["2026-11-20 08:42 关于召开会议的通知"], "/c1.html", (THEN, By.TEXT)),
        ("", ["发布时间:2026-11-20"], "/c1.html", (THEN, By.TEXT)),
        # then the address, and only then
        ("", ["关于召开会议的通知"], "/t20261120_1.html", (THEN, By.ADDRESS)),
        ("市政府办公室", ["关于召开会议的通知"], "/t20261120_1.html", (THEN, By.ADDRESS)),
        ("2027-01-01", ["关于召开会议的通知"], "/t20261120_1.html", (THEN, By.ADDRESS)),
        ("市政府办公室", ["关于召开会议的通知"], "/c1.html", None),
    ],
)
def test_the_day_of_an_item(outside: str, inside: list[str], url: str, found: object) -> None:
    assert of_item(outside, inside, f"http://www.sample.gov.cn{url}", TODAY) == found


@pytest.mark.parametrize(
    ("tag", "text", "day"),
    [
        ("2026-11-20 08:42", "", THEN),
        ("2026—11—20 08:42", "", THEN),
        ("2026-11-20", "发布时间:2026-10-01", THEN),
        ("", "首页 > 要闻 标题 发布时间:2026-11-20 08:42 来源:市政府办公室", THEN),
        ("", "标题 发布日期: 2026年11月20日 浏览次数:11", THEN),
        ("", "标题 2026-11-20 08:42 来源:市政府办公室 字体:大 中 小", THEN),
        ("", "标题 来源:市政府办公室 2026-11-20", THEN),
        ("20261120", "", THEN),
        ("", "会议于2026年11月20日召开", None),
        ("1970-01-01", "正文", None),
        ("", "", None),
    ],
)
def test_the_day_an_article_states(tag: str, text: str, day: date | None) -> None:
    assert of_article(tag, text, TODAY) == day


HEADLINE = "郑州市召开第一次专题工作会议"


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-20 10:20",
        "2026年11月20日",
        "[2026-11-20]",
        "【2026-11-20】",
        "2026-11-20 样例日报",
        "样例日报 2026-11-20",
        "发布于：2026-11-20",
        "发布：2026-11-20",
        "发表于 2026-11-20",
        "编辑：张三 2026-11-20",
        "责编：张三 审核：李四 2026-11-20",
        "Date: 2026-11-20",
        "2026-11-20T10:20",
    ],
)
@pytest.mark.parametrize("page", ["首页 > 要闻 {title} {line} 会议指出要落实。", "{line} {title} 会议指出要落实。"])
def test_the_day_by_the_title_of_an_article(page: str, line: str) -> None:
    text = fold(page.format(title=HEADLINE, line=line))
    assert of_article("", text, TODAY, HEADLINE) == THEN


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADLINE} 会议于2026年11月20日召开",
        f"{HEADLINE} 2026年11月20日，会议召开",
        f"2026-11-20 首页 {'要闻 ' * 40} {HEADLINE} 会议指出要落实",
        f"{HEADLINE} {'会议指出要落实。' * 20} 2026-11-20",
        "首页 2026-11-20",
    ],
)
def test_a_day_elsewhere_on_the_page_is_not_the_articles_but_might_be(text: str) -> None:
    assert of_article("", fold(text), TODAY, HEADLINE) is None
    assert may_state(fold(text))


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("二〇二六年十一月二十日", True),
        ("20 2026-11", True),
        ("发布 11-20", True),
        ("[11-20]", True),
        ("11月20日", True),
        ("3天前", True),
        ("Nov 20, 2026", True),
        ("20261120", True),
        ("正文,没有日期", False),
        ("电话 0371-67181111 版权所有 2019-2026 豫ICP备12345678号-1 豫公网安备41010002000001号", False),
        ("第3次会议 8:30 共5-6项", False),
        ("", False),
    ],
)
def test_whether_anything_may_be_a_day(text: str, may: bool) -> None:
    assert may_state(text) is may


@pytest.mark.parametrize(
    ("text", "is_alone"),
    [
        ("[2026-11-20]", True),
        ("发布时间:2026-11-20 08:42", True),
        ("2026-11-20 星期五", True),
        ("2026-11-20 市政府", False),
        ("", False),
    ],
)
def test_a_text_that_is_nothing_but_a_day(text: str, is_alone: bool) -> None:
    assert bool(alone(text, TODAY)) is is_alone


def test_on_the_first_of_january_most_days_without_a_year_are_of_last_year() -> None:
    assert stated("12-31", date(2027, 1, 1)) == [date(2026, 12, 31)]
    assert stated("01-01", date(2027, 1, 1)) == [date(2027, 1, 1)]
    assert stated("02-29", date(2025, 1, 1)) == [date(2024, 2, 29)]


@pytest.mark.parametrize("text", ["1-" * 10_000, "2026-" * 5_000, "年月日" * 5_000, "(" * 10_000, "11 " * 5_000])
@pytest.mark.timeout(30)
def test_no_text_takes_long(text: str) -> None:
    stated(text, TODAY)
    in_address(f"http://www.sample.gov.cn/{text}", TODAY)
    of_article(text, text, TODAY, text[:20])
    may_state(text)
