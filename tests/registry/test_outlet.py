"""An outlet is a fold over its filings: now, after each, and on any day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.filing import Act, Filing, FilingState, Step
from services.registry.life import LIFE
from services.registry.outlet import CLOSES, Approved, fact_of, fold, in_force_on, in_order
from shared.events.registry import FilingKind, NewMedia, OutletState, UnitRef, Website
from shared.privacy import Personal

START = datetime(2026, 10, 9, 15, 30, tzinfo=UTC)  # 23:30 of 9 October in Beijing
UNIT = UnitRef(id="police", name="郑州市公安局")


def approved(number: int, kind: FilingKind, name: str, days: int, **more: Any) -> Approved:
    """The ``number``-th filing."""
    at = START + timedelta(days=days)
    filed = NewMedia(platform="weibo", account="zzwj", name=name)
    step = Step(at=at, actor="person:o", name=Personal("o"), act=Act.APPROVE)
    filing = Filing(
        number=str(number),
        kind=kind,
        outlet="a-weibo-zzwj",
        unit=UNIT,
        filed=filed,
        state=FilingState.ARCHIVED,
        steps=(step,),
        **more,
    )
    return Approved(id=f"f{number}", region="41.01.00.0", filing=filing, at=at)


FILINGS = [
    approved(1, FilingKind.OPEN, "郑州网警", 0),
    approved(2, FilingKind.CHANGE, "郑州网安", 10),
    approved(3, FilingKind.SUSPEND, "郑州网安", 20),
    approved(4, FilingKind.CHANGE, "郑州网络安全", 25),
    approved(5, FilingKind.RESUME, "郑州网络安全", 30),
    approved(6, FilingKind.CLOSE, "郑州网络安全", 40),
]


def test_each_filing_makes_the_next_revision_and_says_its_fact() -> None:
    outlets = fold(FILINGS, "a-weibo-zzwj")
    assert [(one.revision, one.name, one.state) for one in outlets] == [
        (1, "郑州网警", OutletState.RUNNING),
        (2, "郑州网安", OutletState.RUNNING),
        (3, "郑州网安", OutletState.SUSPENDED),
        (4, "郑州网络安全", OutletState.SUSPENDED),
        (5, "郑州网络安全", OutletState.RUNNING),
        (6, "郑州网络安全", OutletState.CLOSED),
    ]
    assert [fact_of(*pair).type for pair in zip(FILINGS, outlets, strict=True)] == [
        "registry.opened",
        "registry.changed",
        "registry.suspended",
        "registry.changed",
        "registry.changed",
        "registry.closed",
    ]
    assert {one.since for one in outlets} == {START}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 10, 8), None),
        (date(2026, 10, 9), "郑州网警"),
        (date(2026, 10, 18), "郑州网警"),
        (date(2026, 10, 19), "郑州网安"),
        (date(2027, 1, 1), "郑州网络安全"),
    ],
)
def test_what_was_in_force_on_a_day_in_beijing(day: date, name: str | None) -> None:
    outlet = in_force_on(day, FILINGS, "a-weibo-zzwj")
    assert (outlet.name if outlet else None) == name


def test_what_was_folded_keeps_its_place_when_an_earlier_approval_turns_up() -> None:
    late = approved(7, FilingKind.CHANGE, "插队", 5)
    order = [one.id for one in in_order(("f1", "f2"), [late, *reversed(FILINGS[:2])])]
    assert order == ["f1", "f2", "f7"]


def test_what_is_changed_during_a_suspension_leaves_its_last_day() -> None:
    last = date(2026, 11, 20)
    suspended = approved(2, FilingKind.SUSPEND, "郑州网警", 20, until=last)
    rest = [approved(3, FilingKind.CHANGE, "郑州网安", 25), approved(4, FilingKind.RESUME, "郑州网安", 30)]
    outlets = fold([FILINGS[0], suspended, *rest], "a-weibo-zzwj")
    assert [one.until for one in outlets] == [None, last, last, None]


SITE = Website(code="4101000001", name="市政府", url="https://www.a.gov.cn/", icp="豫ICP备1号")
OTHER_SITE = SITE.model_copy(update={"code": "4101000002", "url": "https://b.gov.cn/"})


def submitted(days: int) -> Step:
    """The step of a unit, so many days and a moment after the beginning."""
    at = START + timedelta(days=days, minutes=1)
    return Step(at=at, actor="person:u", name=Personal("u"), act=Act.SUBMIT)


def of_site(number: int, kind: FilingKind, filed: Website, *fields: str, **more: Any) -> Approved:
    """The ``number``-th filing, of a website."""
    about = {"outlet": f"w-{filed.code}", "filed": filed, "fields": fields, **more}
    one = approved(number, kind, filed.name, number)
    return one.model_copy(update={"filing": one.filing.model_copy(update=about)})


@pytest.mark.parametrize(
    ("kind", "fields", "changed", "redirects"),
    [
        (FilingKind.CHANGE, ("name",), {"name": "新名称"}, ("https://b.gov.cn/",)),
        (FilingKind.DOMAIN, ("url",), {"url": "https://c.gov.cn/"}, ("https://b.gov.cn/", "https://www.a.gov.cn/")),
        (
            FilingKind.DOMAIN,
            ("url", "redirects"),
            {"url": "https://c.gov.cn/", "redirects": ("https://d.gov.cn/",)},
            ("https://d.gov.cn/", "https://b.gov.cn/", "https://www.a.gov.cn/"),
        ),
    ],
)
def test_a_change_decided_later_leaves_what_came_into_force_meanwhile(
    kind: FilingKind, fields: tuple[str, ...], changed: dict[str, str], redirects: tuple[str, ...]
) -> None:
    filings = [
        of_site(1, FilingKind.OPEN, SITE),
        of_site(2, FilingKind.MERGE, OTHER_SITE, into=f"w-{SITE.code}"),
        of_site(3, FilingKind.CHANGE, SITE.model_copy(update={"icp": "豫ICP备2号"}), "icp"),
        of_site(4, kind, SITE.model_copy(update=changed), *fields, steps=(submitted(1),)),
    ]
    filed = fold(filings, f"w-{SITE.code}")[-1].filed
    assert filed == SITE.model_copy(update={**changed, "icp": "豫ICP备2号", "redirects": redirects})


def test_a_redirect_that_the_form_showed_may_be_taken_away() -> None:
    merged = of_site(2, FilingKind.MERGE, OTHER_SITE, into=f"w-{SITE.code}")
    without = of_site(3, FilingKind.CHANGE, SITE, "redirects", steps=(submitted(2),))
    assert fold([of_site(1, FilingKind.OPEN, SITE), merged, without], f"w-{SITE.code}")[-1].filed == SITE


def test_a_change_that_does_not_say_what_it_changes_counts_as_a_whole() -> None:
    new = SITE.model_copy(update={"name": "新名称", "icp": "豫ICP备3号"})
    filings = [of_site(1, FilingKind.OPEN, SITE), of_site(2, FilingKind.CHANGE, new)]
    assert fold(filings, f"w-{SITE.code}")[-1].filed == new


@pytest.mark.parametrize("kind", [FilingKind.CLOSE, FilingKind.CHANGE, FilingKind.SUSPEND, FilingKind.RESUME])
def test_a_filing_that_no_longer_fits_when_its_day_comes_opens_nothing_again(kind: FilingKind) -> None:
    filings = [
        FILINGS[0],
        approved(2, FilingKind.MERGE, "郑州网警", 10, into="a-weibo-zzga"),
        approved(3, FilingKind.CANCEL, "郑州网警", 20),
        approved(4, kind, "郑州网警", 30, until=date(2026, 12, 1)),
    ]
    outlets = fold(filings, "a-weibo-zzwj")
    assert [one.state for one in outlets[2:]] == [OutletState.CLOSED, OutletState.CLOSED]
    assert outlets[-1].until is None
    assert fact_of(filings[-1], outlets[-1]).type == (
        "registry.closed" if kind is FilingKind.CLOSE else "registry.changed"
    )


@given(st.lists(st.sampled_from(FilingKind), max_size=8))
def test_whatever_counts_in_whatever_order_only_opening_or_resuming_makes_it_run(kinds: list[FilingKind]) -> None:
    filings = [FILINGS[0], *(approved(number, kind, "郑州网警", number) for number, kind in enumerate(kinds, 2))]
    outlets = fold(filings, "a-weibo-zzwj")
    for before, now, kind in zip(outlets[:-1], outlets[1:], kinds, strict=True):
        assert now.state in (LIFE.get((before.state, kind)), before.state)
        if now.state is OutletState.RUNNING is not before.state:
            assert kind in (FilingKind.OPEN, FilingKind.RESUME)
        if before.state is OutletState.RUNNING is not now.state:
            assert kind in {*CLOSES, FilingKind.SUSPEND}
