"""A row held against the register: new, changed, the same, or against it, each for a named reason."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registry.filing import Standing
from services.registry.lists.compare import Above, Known, Verdict, Why, address_key, judge, unit_id
from services.registry.lists.meaning import About
from services.registry.lists.rows import NOTHING_SAID, Entry
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, Unit, UnitRef, Website

REGION = "41.01.05.0"
SITE = Website(code="4101000001", name="郑州门户", url="https://www.zz.gov.cn/", site_class="portal")
ACCOUNT = NewMedia(
    platform="weibo", account="zzfb", name="郑州发布", verified_as="市办", source="json_feed:https://f/x"
)
OFFICE = UnitRef(id="u-office", name="市办")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def outlet(filed: Particulars, **changed: Any) -> Outlet:
    id_ = f"w-{filed.code}" if isinstance(filed, Website) else f"a-{filed.platform}-{filed.account}"
    good = {"id": id_, "region": REGION, "unit": OFFICE, "state": OutletState.RUNNING, "revision": 1, "since": AT}
    return Outlet(**{**good, "filed": filed, **changed})


def known(*outlets: Outlet, under_way: int = 0, **more: Any) -> Known:
    standing = {one.id: Standing(in_force=one, under_way=under_way) for one in outlets}
    return Known(**{"standing": standing, "units": {("市办", REGION): frozenset({"u-office"})}, **more})


def entry(
    filed: Particulars, unit: str = "市办", region: str = REGION, line: int = 2, about: About = NOTHING_SAID
) -> Entry:
    return Entry(line, unit, region, filed, about)


RENAMED = SITE.model_copy(update={"name": "新门户"})
MOVED = SITE.model_copy(update={"url": "http://new.zz.gov.cn"})
SAYS_LESS = ACCOUNT.model_copy(update={"verified_as": "", "source": ""})
MOVED_UNIT = Unit(id=unit_id("市办", REGION), name="市办", region="41.01.22.0", revision=2)
CODED = About(credit_code="11410100005184219L")
HOLDER = Unit(id="u-office", name="市办", region=REGION, revision=1, credit_code=CODED.credit_code)
OTHER = SITE.model_copy(update={"code": "4101000002"})


@pytest.mark.parametrize(
    ("row", "register", "why", "fields"),
    [
        (entry(SITE), known(), Why.NOT_THERE, ()),
        (entry(SITE), known(outlet(SITE)), Why.EQUAL, ()),
        (entry(SITE), known(outlet(SITE.model_copy(update={"name": " 郑州门户\u3000"}))), Why.EQUAL, ()),
        (entry(RENAMED), known(outlet(SITE)), Why.DIFFERS, ("name",)),
        (entry(RENAMED), known(outlet(SITE, state=OutletState.SUSPENDED)), Why.DIFFERS, ("name",)),
        (entry(MOVED), known(outlet(SITE)), Why.DIFFERS, ("url",)),
        (entry(SAYS_LESS), known(outlet(ACCOUNT)), Why.EQUAL, ()),
        (entry(SITE, unit="区办"), known(outlet(SITE)), Why.OTHER_UNIT, ()),
        (entry(SITE, region="41.01.00.0"), known(outlet(SITE)), Why.OTHER_UNIT, ()),
        (entry(SITE), known(outlet(SITE, state=OutletState.CLOSED)), Why.CLOSED, ()),
        (entry(RENAMED), known(outlet(SITE), under_way=1), Why.UNDER_WAY, ("name",)),
        (entry(SITE), known(outlet(SITE), under_way=1), Why.EQUAL, ()),
        (entry(SITE), known(standing={"w-4101000001": Standing(under_way=1)}), Why.UNDER_WAY, ()),
        (entry(OTHER), known(addresses={"www.zz.gov.cn": frozenset({"w-4101000001"})}), Why.SAME_ADDRESS, ()),
        (
            entry(MOVED),
            known(outlet(SITE), addresses={"new.zz.gov.cn": frozenset({"w-4101000009"})}),
            Why.SAME_ADDRESS,
            ("url",),
        ),
        (entry(SITE), known(outlet(SITE), addresses={"www.zz.gov.cn": frozenset({"w-4101000009"})}), Why.EQUAL, ()),
        (entry(SITE, region="99.01.00.0"), known(), Why.UNKNOWN_REGION, ()),
        (entry(SITE, region="41.01.05.gx"), known(), Why.UNKNOWN_REGION, ()),
        (entry(SITE, region="41.01.05.gx"), known(local=frozenset({"41.01.05.gx"})), Why.NOT_THERE, ()),
        (entry(SITE), known(units={("市办", REGION): frozenset({"a", "b"})}), Why.UNITS_OF_ONE_NAME, ()),
        (entry(SITE, about=CODED), known(units={}, codes={CODED.credit_code: HOLDER}), Why.CODE_OF_ANOTHER, ()),
        (
            entry(SITE, about=CODED),
            known(codes={CODED.credit_code: HOLDER}, bodies={HOLDER.id: HOLDER}),
            Why.NOT_THERE,
            (),
        ),
        (entry(SITE), known(units={}, bodies={MOVED_UNIT.id: MOVED_UNIT}), Why.UNIT_MOVED, ()),
    ],
)
def test_what_a_row_is_to_the_register(row: Entry, register: Known, why: Why, fields: tuple[str, ...]) -> None:
    judged = judge(row, register, Above())
    verdicts = {Why.NOT_THERE: Verdict.NEW, Why.DIFFERS: Verdict.CHANGED, Why.EQUAL: Verdict.SAME}
    assert (judged.why, judged.verdict, judged.fields) == (why, verdicts.get(why, Verdict.CONFLICT), fields)
    assert bool(judged.sentence) == (judged.verdict is Verdict.CONFLICT)


def test_every_reason_is_in_the_table() -> None:
    [mark] = test_what_a_row_is_to_the_register.pytestmark  # type: ignore[attr-defined]  # pytest puts it there
    assert {case[2] for case in mark.args[1]} == set(Why) - {Why.SAME_ADDRESS_IN_LIST, Why.CODE_OF_ANOTHER_IN_LIST}


def test_one_address_under_two_codes_of_a_list_is_against_it() -> None:
    above = Above()
    first = judge(entry(SITE), known(), above)
    second = judge(entry(OTHER.model_copy(update={"url": "http://WWW.zz.gov.cn"}), line=3), known(), above)
    assert (first.verdict, second.why, second.field) == (Verdict.NEW, Why.SAME_ADDRESS_IN_LIST, "address")
    assert "第 2 行" in second.sentence


def test_two_new_units_of_a_list_with_one_credit_code_are_against_it() -> None:
    above, none = Above(), Known()
    first = judge(entry(SITE, about=CODED), none, above)
    second = judge(entry(OTHER, unit="区办", line=3, about=CODED), none, above)
    again = judge(entry(ACCOUNT, line=4, about=CODED), none, above)
    assert (first.verdict, again.verdict) == (Verdict.NEW, Verdict.NEW)
    assert (second.why, second.field) == (Why.CODE_OF_ANOTHER_IN_LIST, "credit_code")
    assert "第 2 行" in second.sentence


def test_nothing_is_told_of_a_unit_elsewhere_that_has_the_credit_code() -> None:
    elsewhere = Known(codes={CODED.credit_code: HOLDER}, regions=("41.02",))
    assert "市办" not in judge(entry(SITE, region="41.02.02.0", about=CODED), elsewhere, Above()).sentence


@pytest.mark.parametrize(
    ("units", "id_"),
    [
        ({}, unit_id("市办", REGION)),
        ({("市办", REGION): frozenset({"police"})}, "police"),
        ({("市办", REGION): frozenset({"police", unit_id("市办", REGION)})}, unit_id("市办", REGION)),
        ({("市办", "41.01.00.0"): frozenset({"police"})}, unit_id("市办", REGION)),
    ],
)
def test_a_unit_is_known_by_its_name_and_region_whatever_its_id(
    units: Mapping[tuple[str, str], frozenset[str]], id_: str
) -> None:
    assert judge(entry(SITE), Known(units=units), Above()).unit == UnitRef(id=id_, name="市办")


def test_a_name_that_is_there_already_is_shown_and_taken() -> None:
    names = {"website\n郑州门户": frozenset({"w-4101000009"}), "wechat\n郑州发布": frozenset({"a-wechat-x"})}
    judged = judge(entry(SITE), known(names=names), Above())
    assert judged.verdict is Verdict.NEW
    assert "w-4101000009" in judged.note
    assert judge(entry(ACCOUNT), known(names=names), Above()).note == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.zz.gov.cn/", "http://WWW.zz.gov.cn", True),
        ("https://www.zz.gov.cn/a", "https://www.zz.gov.cn/A", False),
        ("https://www.zz.gov.cn/?id=1", "https://www.zz.gov.cn/?id=2", False),
        ("https://www.zz.gov.cn/", "https://zz.gov.cn/", False),
    ],
)
def test_addresses_are_one_whatever_the_scheme_and_the_slash(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same
