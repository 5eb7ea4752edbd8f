"""行政区划 as a tree: complete, with municipalities' districts right below them, and local codes that offices add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.regions import Known, Level, children, known, level, of_code, parent, search
from shared.events.region import COUNTRY, covers, prefix_of, region_tokens
from shared.web.regions import names

ALL = sorted(region_tokens(code.ljust(6, "0")) for code in names())
ZONE = "41.01.05.gx"


def test_the_national_table_is_whole() -> None:
    """34 provinces, 333 cities; 2,845 counties: 2,846 at the end of 2024, one less since 江北 and 渝北 are one."""
    counted = {each: sum(level(region) is each for region in ALL) for each in Level}
    assert counted == {Level.COUNTRY: 0, Level.PROVINCE: 34, Level.CITY: 333, Level.COUNTY: 2845, Level.LOCAL: 0}
    assert len(children(COUNTRY)) == 34


@pytest.mark.parametrize(
    ("region", "above", "at"),
    [
        (COUNTRY, None, Level.COUNTRY),
        ("41.00.00.0", COUNTRY, Level.PROVINCE),
        ("41.01.00.0", "41.00.00.0", Level.CITY),
        ("41.01.05.0", "41.01.00.0", Level.COUNTY),
        ("11.01.05.0", "11.00.00.0", Level.COUNTY),
        ("50.02.30.0", "50.00.00.0", Level.COUNTY),
        ("41.90.01.0", "41.00.00.0", Level.COUNTY),
        ("44.19.00.0", "44.00.00.0", Level.CITY),
        (ZONE, "41.01.05.0", Level.LOCAL),
        ("41.01.00.hkg", "41.01.00.0", Level.LOCAL),
        ("12.01.00.eco", "12.00.00.0", Level.LOCAL),
    ],
)
def test_what_is_right_above(region: str, above: str | None, at: Level) -> None:
    assert (parent(region), level(region)) == (above, at)


@given(st.sampled_from(ALL))
def test_every_region_is_below_its_parent_and_among_its_children(region: str) -> None:
    above = parent(region)
    assert above is not None
    assert covers(prefix_of(above), region)
    assert region in children(above)


def test_children_are_those_right_below_with_the_local_ones() -> None:
    assert children("11.00.00.0")[:2] == ["11.01.01.0", "11.01.02.0"]
    assert len(children("50.00.00.0")) == 37
    assert "41.90.01.0" in children("41.00.00.0")
    assert "41.01.00.0" in children("41.00.00.0")
    assert children("41.01.05.0", [ZONE]) == [ZONE]
    assert children("44.19.00.0") == []


@pytest.mark.parametrize(
    ("region", "is_known"),
    [
        (COUNTRY, Known.YES),
        ("41.01.05.0", Known.YES),
        (ZONE, Known.YES),
        ("41.01.05.gx2", Known.UNKNOWN),
        ("11.01.00.0", Known.UNKNOWN),
        ("50.01.05.0", Known.UNKNOWN),
        ("99.00.00.0", Known.UNKNOWN),
        ("41.00.05.0", Known.UNKNOWN),
        ("66.00.00.0", Known.STATISTICAL),
        ("66.01.01.0", Known.STATISTICAL),
        ("41.01.72.0", Known.STATISTICAL),
        ("410105", Known.UNKNOWN),
    ],
)
def test_whether_a_region_is_known(region: str, is_known: Known) -> None:
    assert known(region, {ZONE}) is is_known


@pytest.mark.parametrize(
    ("code", "region"),
    [("410105", "41.01.05.0"), ("110100", "11.00.00.0"), ("500200", "50.00.00.0"), ("419900", "41.99.00.0")],
)
def test_six_digits_are_a_region(code: str, region: str) -> None:
    assert of_code(code) == region


def test_a_region_is_found_by_name_and_by_code() -> None:
    local = {ZONE: "郑州高新区"}
    assert search("金水区", local) == ["41.01.05.0"]
    assert search("410105", local) == ["41.01.05.0", ZONE]
    assert search("41.01.05", local) == ["41.01.05.0", ZONE]
    assert search("高新区", local) == [ZONE]
    assert len(search("4", local, limit=7)) == 7
    assert search(" ", local) == search("没有这个地方", local) == []
