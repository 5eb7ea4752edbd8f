"""What an address asks of the register, and what an outlet is found by: as tables."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.browsing import Figures
from services.registry.search import TAIL, asked, holding, host_of, keys, marks, page_of, window
from services.registry.unfiled import normal
from shared.documents import Scope, below
from shared.events.region import covers
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, UnitRef, Website

PLATFORMS = ("weibo", "wechat")
SITE = Website(code="4101000001", name="郑州市人民政府（门户）", url="https://www.zhengzhou.gov.cn/")
ACCOUNT = NewMedia(platform="weibo", account="ZZ_wj", name="郑州网警", url="https://weibo.com/zzwj/")


def outlet(filed: Particulars = SITE, region: str = "41.01.00.0") -> Outlet:
    id_ = "w-4101000001" if filed.kind == "website" else "a-weibo-ZZ_wj"
    unit = UnitRef(id="u-1", name="郑州市人民政府办公厅")
    at = datetime(2026, 1, 5, tzinfo=UTC)
    return Outlet(id=id_, region=region, unit=unit, state=OutletState.RUNNING, revision=1, since=at, filed=filed)


def found(text: str, one: Outlet) -> bool:
    """What MongoDB would say: every condition holds for one of the keys."""
    starts = [part["keys"]["$regex"].removeprefix("^").replace("\\", "") for part in holding(text)]
    return all(any(key.startswith(start) for key in keys(one)) for start in starts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("郑州市人民政府", True),
        ("政府(门户)", True),
        ("政府 办公厅", True),
        ("政府 教育局", False),
        ("办公廳", False),
        ("ＺＨＥＮＧＺＨＯＵ.gov.cn", True),
        ("www.zhengzhou.gov.cn", False),
        ("4101000001", True),
        ("w-4101000001", True),
        ("410100000１", True),
        ("4101000002", False),
        ("郑州市人民政府门户郑州市人民政府", False),
        ("", True),
        ("  ", True),
        ("^.*", False),
    ],
)
def test_an_outlet_is_found_by_whatever_stands_in_its_texts(text: str, expected: bool) -> None:
    assert found(text, outlet()) is expected


@given(st.text(min_size=1, max_size=40), st.data())
def test_every_piece_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    folded = normal(name)
    start = data.draw(st.integers(0, max(0, len(folded) - 1)))
    piece = folded[start : start + data.draw(st.integers(1, 3 * TAIL))]
    one = outlet(SITE.model_copy(update={"name": name}))
    assert len(piece.split()) != 1 or found(piece, one)


@pytest.mark.parametrize(
    ("params", "wrong", "where"),
    [
        ({}, (), {}),
        ({"kind": "website", "page": "7"}, (), {"$and": [{"outlet.filed.kind": "website"}]}),
        ({"kind": "ship"}, ("kind",), {}),
        ({"platform": "weibo", "state": "gone"}, ("state",), {"$and": [{"outlet.filed.platform": "weibo"}]}),
        ({"platform": "myspace", "class": "x", "sort": "colour"}, ("platform", "class", "sort"), {}),
        ({"region": "41.1"}, ("region",), {}),
        ({"region": "41.01"}, (), {"$and": [{"region": {"$gte": "41.01", "$lt": "41.01/"}}]}),
        ({"unit": "u-1"}, (), {"$and": [{"unit": "u-1"}]}),
        ({"unfiled": "yes"}, ("unfiled",), {}),
        ({"q": "^a.*"}, (), {"$and": [{"keys": {"$regex": "^a"}}]}),
        ({"q": "$^"}, (), {"$and": [{"keys": {"$regex": "^\\$\\^"}}]}),
    ],
)
def test_what_is_not_understood_is_told_and_filters_nothing(
    params: dict[str, str], wrong: tuple[str, ...], where: dict[str, Any]
) -> None:
    query = asked(params, PLATFORMS)
    assert (set(query.wrong), query.where()) == (set(wrong), where)


def test_a_link_keeps_the_filter_and_changes_one_thing() -> None:
    query = asked({"q": "网警", "kind": "new_media", "unfiled": "1", "sort": "unit", "page": "3"}, PLATFORMS)
    assert query.link() == "/registry/?q=%E7%BD%91%E8%AD%A6&kind=new_media&sort=unit&unfiled=1"
    assert query.link(unfiled="", q="", sort="", kind="") == "/registry/"
    assert asked({"q": "网警", "region": "41"}, ()).link(q="", region="41.01") == "/registry/?region=41.01"


@given(st.integers(0, 300), st.integers(0, 6), st.integers(1, 60))
def test_the_shorter_walk_gives_the_same_page(total: int, number: int, size: int) -> None:
    entries, order = list(range(total)), [("name", 1), ("_id", 1)]
    turned, skip, limit = window(total, number * size, size, order)
    read = (entries if turned == order else entries[::-1])[skip : skip + limit]
    assert (read if turned == order else read[::-1]) == entries[number * size : (number + 1) * size]
    assert skip <= max(total // 2 + 1, number * size if number * size >= total else 0)


REGIONS = st.from_regex(r"\A\d{2}\.\d{2}\.\d{2}\.[0-9A-Za-z]{1,4}\Z")


@given(REGIONS, st.integers(0, 4), REGIONS)
def test_one_range_holds_exactly_the_regions_of_a_prefix(region: str, depth: int, other: str) -> None:
    prefix = ".".join(region.split(".")[:depth])
    if prefix:
        for one in (region, other):
            assert (below(prefix)["$gte"] <= one < below(prefix)["$lt"]) == covers(prefix, one)
    assert Scope(regions=(prefix,)).where() == ({"region": below(prefix)} if prefix else {})


@pytest.mark.parametrize(
    ("address", "host", "page"),
    [
        ("https://www.zz.gov.cn/", "zz.gov.cn", "zz.gov.cn"),
        ("HTTP://ZZ.GOV.CN:8080/a/?b=1#c", "zz.gov.cn", "zz.gov.cn/a?b=1"),
        ("zz.gov.cn/gaj", "zz.gov.cn", "zz.gov.cn/gaj"),
        ("郑州.政务", "xn--czr85i.xn--zfr164b", "xn--czr85i.xn--zfr164b"),
        ("", "", ""),
        ("http://[::1", "", ""),
        ("https://" + "a" * 70 + ".cn", "", ""),
    ],
)
def test_an_address_without_what_makes_no_difference(address: str, host: str, page: str) -> None:
    assert (host_of(address).count("xn--"), page_of(address).count("xn--")) == (host.count("xn--"), page.count("xn--"))
    if "xn--" not in host:
        assert (host_of(address), page_of(address)) == (host, page)


def test_marks_are_the_whole_name_account_hosts_and_pages() -> None:
    site = SITE.model_copy(update={"domains": ("www.zz.gov.cn",), "redirects": ("http://old.gov.cn/gov/",)})
    assert marks(outlet(site)) == (
        "=name:郑州市人民政府门户",
        "=host:zhengzhou.gov.cn",
        "=host:zz.gov.cn",
        "=page:old.gov.cn/gov",
    )
    assert marks(outlet(ACCOUNT)) == ("=name:郑州网警", "=account:zzwj", "=at:a-weibo-ZZ_wj", "=page:weibo.com/zzwj")


def test_a_region_divides_where_it_has_several_parts() -> None:
    figures = Figures({}, {"41.01.00.0": 3, "41.01.05.0": 2, "41.01.05.gx": 1, "41.02.02.0": 4})
    assert figures.parts("") == ("41", {"41.01": 6, "41.02": 4})
    assert figures.parts("41.01") == ("41.01", {"41.01.00": 3, "41.01.05": 3})
    assert figures.parts("41.01.05") == ("41.01.05", {"41.01.05.0": 2, "41.01.05.gx": 1})
    assert figures.parts("41.02") == ("41.02", {})
