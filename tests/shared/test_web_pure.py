"""The pure parts of the web: forgery, redirects, forms, pages of a list, how times and regions are written."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request

from shared.events.registry import Particulars
from shared.web import Pager, Strict, messages, region_name, short_region_name
from shared.web.filters import day, distance, moment
from shared.web.forgery import Forgery, forged_origin, forged_token, page_token
from shared.web.paths import local_path, path_of
from shared.web.regions import region_choices

NOW = datetime(2026, 10, 17, 0, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"sec-fetch-site": "same-origin"}, None),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, None),
        ({"sec-fetch-site": "same-site"}, Forgery.CROSS_SITE),
        ({"sec-fetch-site": "cross-site"}, Forgery.CROSS_SITE),
        ({"sec-fetch-site": "cross-site", "origin": "https://us.gov.cn"}, Forgery.CROSS_SITE),
        ({"sec-fetch-site": "SAME-ORIGIN"}, Forgery.CROSS_SITE),
        ({"sec-fetch-site": "none"}, Forgery.UNKNOWN_ORIGIN),
        ({"sec-fetch-site": "none", "origin": "https://us.gov.cn"}, None),
        ({"origin": "https://us.gov.cn"}, None),
        ({"origin": "https://US.gov.cn"}, None),
        ({"origin": "https://us.gov.cn:8443"}, Forgery.CROSS_SITE),
        ({"origin": "https://us.gov.cn.evil.example"}, Forgery.CROSS_SITE),
        ({"origin": "https://evil.example/us.gov.cn"}, Forgery.CROSS_SITE),
        ({"origin": "https://us.gov.cn@evil.example"}, Forgery.CROSS_SITE),
        ({"origin": "null"}, Forgery.CROSS_SITE),
        ({"origin": ""}, Forgery.UNKNOWN_ORIGIN),
        ({}, Forgery.UNKNOWN_ORIGIN),
        ({"referer": "https://us.gov.cn/form"}, Forgery.UNKNOWN_ORIGIN),
    ],
)
def test_a_change_comes_from_our_own_origin_or_is_refused(headers: dict[str, str], verdict: Forgery | None) -> None:
    assert forged_origin({"host": "us.gov.cn", **headers}) is verdict


def test_behind_a_proxy_our_public_address_is_ours_too() -> None:
    headers = {"host": "10.0.0.7:8000", "origin": "https://us.gov.cn"}
    assert forged_origin(headers) is Forgery.CROSS_SITE
    assert forged_origin(headers, "us.gov.cn") is None
    assert forged_origin({"host": "10.0.0.7:8000", "origin": "null"}, "") is Forgery.CROSS_SITE


def test_without_a_host_no_origin_is_ours() -> None:
    assert forged_origin({"origin": "https://"}) is Forgery.CROSS_SITE


@pytest.mark.parametrize(
    ("cookie", "token", "verdict"),
    [
        ("session-1", page_token("session-1"), None),
        ("session-1", page_token("session-2"), Forgery.WRONG_TOKEN),
        ("session-1", "session-1", Forgery.WRONG_TOKEN),
        ("session-1", "", Forgery.WRONG_TOKEN),
        ("session-1", "é", Forgery.WRONG_TOKEN),
        ("session-1", None, Forgery.WRONG_TOKEN),
        ("", page_token(""), Forgery.NO_COOKIE),
        (None, page_token("session-1"), Forgery.NO_COOKIE),
    ],
)
def test_a_form_carries_the_token_of_its_own_session(
    cookie: str | None, token: str | None, verdict: Forgery | None
) -> None:
    assert forged_token(cookie, token) is verdict


@pytest.mark.parametrize("path", ["/", "/registry/", "/registry/outlets?page=2&q=%E9%83%91", "/a?next=//evil.example"])
def test_a_path_of_our_own_is_followed(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "registry/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/registry\r\nSet-Cookie: a=b",
        "/" + "x" * 2000,
        "//[",
        "http://[",
    ],
)
def test_an_address_elsewhere_is_never_followed(elsewhere: str | None) -> None:
    assert local_path(elsewhere) == "/"


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        ("http://us.gov.cn/registry/form?a=1", "/registry/form?a=1"),
        ("http://us.gov.cn//evil.example", "/"),
        ("http://evil.example/registry/form", "/"),
        ("http://[", "/"),
        (None, "/"),
    ],
)
def test_the_page_one_came_from_is_only_a_path_of_the_same_host(referer: str | None, path: str) -> None:
    assert path_of(referer, "us.gov.cn") == path


# -- what requests may say


class Platform(StrEnum):
    WEIBO = "weibo"


class Part(Strict):
    platform: Platform
    count: int = 0


class Opening(Strict):
    """Every kind of field."""

    name: Annotated[str, StringConstraints(min_length=2, max_length=5)]
    count: int
    on: date
    at: datetime | None = None
    platform: Platform | None = None
    parts: tuple[Part, ...] = ()
    filed: Particulars | None = None
    nested: "Opening | None" = None


GOOD: dict[str, object] = {"name": "网警", "count": 3, "on": "2026-10-17"}


def test_json_is_accepted_as_json_writes_it() -> None:
    opening = Opening.model_validate(
        {
            **GOOD,
            "at": "2026-10-17T08:00:00+08:00",
            "platform": "weibo",
            "parts": [{"platform": "weibo", "count": 1}],
            "filed": {"kind": "website", "code": "4101000001", "name": "x", "url": "https://x.gov.cn"},
            "nested": GOOD,
        }
    )
    assert opening.on == date(2026, 10, 17)
    assert opening.parts[0].platform is Platform.WEIBO
    assert opening.nested is not None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"count": "3"}, {"count": "应为整数"}),
        ({"count": True}, {"count": "应为整数"}),
        ({"count": 3.0}, {"count": "应为整数"}),
        ({"name": 7}, {"name": "应为文字"}),
        ({"name": {"$gt": ""}}, {"name": "应为文字"}),
        ({"name": "一"}, {"name": "至少 2 个字"}),
        ({"name": "一二三四五六"}, {"name": "最多 5 个字"}),
        ({"on": "yesterday"}, {"on": "应为日期，例如 2026-10-17"}),
        ({"platform": "fax"}, {"platform": "应为下列之一：'weibo'"}),
        ({"state": "approved"}, {"state": "没有这一项"}),
        ({"parts": [{"platform": "weibo", "count": "1"}]}, {"parts.0.count": "应为整数"}),
        ({"nested": {}}, {"nested.name": "必填", "nested.count": "必填", "nested.on": "必填"}),
        ({"filed": {"kind": "fax"}}, {"filed": "应为下列之一：'website', 'new_media'"}),
    ],
)
def test_anything_else_is_refused_and_the_field_is_named(change: dict[str, object], wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Opening.model_validate({**GOOD, **change})
    assert messages(caught.value.errors()) == wrong


# -- parts of a list


def request(query: str) -> Request:
    scope = {"type": "http", "method": "GET", "path": "/registry/", "query_string": query.encode(), "headers": []}
    return Request(scope)


@pytest.mark.parametrize(
    ("query", "total", "number", "first", "last"),
    [
        ("", 0, 1, 0, 0),
        ("", 7, 1, 1, 7),
        ("page=2", 120, 2, 51, 100),
        ("page=3", 120, 3, 101, 120),
        ("page=99", 120, 3, 101, 120),
        ("page=0", 120, 1, 1, 50),
        ("page=-1", 120, 1, 1, 50),
        ("page=x", 120, 1, 1, 50),
        ("page=%D9%A2", 120, 2, 51, 100),
        ("page=999999999999999999999", 120, 1, 1, 50),
    ],
)
def test_a_page_of_a_list_is_always_one_that_exists(query: str, total: int, number: int, first: int, last: int) -> None:
    pager = Pager.of(request(query), total)
    assert (pager.number, pager.first, pager.last) == (number, first, last)


def test_links_keep_what_else_was_asked_for() -> None:
    pager = Pager.of(request("q=%E9%83%91&page=5&state=open"), 500)
    assert pager.url(1) == "/registry/?q=%E9%83%91&state=open"
    assert pager.url(6) == "/registry/?q=%E9%83%91&state=open&page=6"
    assert list(pager.numbers()) == [1, None, 3, 4, 5, 6, 7, None, 10]


# -- how things are written


def test_times_are_written_in_beijing() -> None:
    assert moment(NOW) == '<time datetime="2026-10-17T00:22:00Z">2026-10-17 08:22</time>'
    assert day(datetime(2026, 10, 16, 16, tzinfo=UTC)) == '<time datetime="2026-10-17">2026年10月17日</time>'
    assert day(date(2026, 1, 2)) == '<time datetime="2026-01-02">2026年1月2日</time>'
    assert (moment(None), day(None)) == ("—", "—")


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(), "刚刚"),
        (timedelta(seconds=-4), "刚刚"),
        (timedelta(seconds=-59), "59 秒前"),
        (timedelta(seconds=-60), "1 分钟前"),
        (timedelta(minutes=-59), "59 分钟前"),
        (timedelta(minutes=90), "1 小时后"),
        (timedelta(hours=-24), "1 天前"),
        (timedelta(days=30, hours=23), "30 天后"),
        (timedelta(days=31), "2026-11-17"),
        (timedelta(days=-400), "2025-09-12"),
    ],
)
def test_a_distance_in_time_is_written_in_words_up_to_a_month(away: timedelta, words: str) -> None:
    assert distance(NOW + away, NOW) == words


@pytest.mark.parametrize(
    ("region", "full", "short"),
    [
        ("41.01.05.0", "河南省郑州市金水区", "金水区"),
        ("41.01.00.0", "河南省郑州市", "郑州市"),
        ("41.01", "河南省郑州市", "郑州市"),
        ("41.00.00.0", "河南省", "河南省"),
        ("12.01.03.0", "天津市河西区", "河西区"),
        ("50.02.30.0", "重庆市丰都县", "丰都县"),
        ("41.90.01.0", "河南省济源市", "济源市"),
        ("", "全国", "全国"),
        ("00.00.00.0", "全国", "全国"),
        ("41.01.05.gx", "河南省郑州市金水区（41.01.05.gx）", "金水区（41.01.05.gx）"),
        ("41.01.99.0", "河南省郑州市（41.01.99.0）", "郑州市（41.01.99.0）"),
        ("99.00.00.0", "全国（99.00.00.0）", "全国（99.00.00.0）"),
    ],
)
def test_regions_are_written_by_name_and_what_has_none_by_its_path(region: str, full: str, short: str) -> None:
    assert (region_name(region), short_region_name(region)) == (full, short)


def test_regions_are_suggested_below_what_somebody_looks_after_and_never_too_many() -> None:
    local = {"41.01.05.gx": "高新区", "11.01.05.zg": "中关村"}
    county = [("41.01.05.0", "河南省郑州市金水区"), ("41.01.05.gx", "河南省郑州市金水区高新区")]
    assert region_choices({"41.01.05"}, local, whole=True) == county
    prefixes = [value for value, _ in region_choices({"41", "11.01.05"}, local, whole=False)]
    assert {"41", "41.01", "41.01.05", "41.01.05.gx", "11.01.05.zg"} <= set(prefixes)
    assert not {"11", "11.01", "42"} & set(prefixes)
    assert len(prefixes) == len(set(prefixes))
    country = dict(region_choices({""}, local, whole=False))
    assert (country["41"], country["41.01"], "41.01.05" in country) == ("河南省", "河南省郑州市", False)
    assert region_choices(set(), local, whole=False) == []
