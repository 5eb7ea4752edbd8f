"""Browsing a few thousand outlets on a real MongoDB: every page, filter and number agrees with plain Python."""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from services.registry import handlers
from services.registry.app import Registry
from services.registry.browsing import SIZE, Browsing
from services.registry.records import OutletDocument, TrackDocument
from services.registry.search import asked
from services.registry.store import Store
from services.registry.unfiled import Phase, Track
from shared.documents import SYSTEM, Client, Merge, Scope
from shared.events.region import covers
from shared.events.registry import NewMedia, Outlet, OutletState, UnitRef, Website

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT = datetime(2026, 1, 5, tzinfo=UTC)
PLATFORMS = ("weibo", "wechat", "douyin")
REGIONS = ("41.01.00.0", "41.01.05.0", "41.01.05.gx", "41.02.02.0", "42.01.02.0")
STATES = tuple(OutletState)
PROVINCE, COUNTY, OTHER, NATION = (Scope(regions=(prefix,)) for prefix in ("41", "41.01.05", "41.02.02", ""))


def made(number: int) -> OutletDocument:
    region, unit = REGIONS[number % 5], UnitRef(id=f"u-{number % 7}", name=f"单位{number % 7}")
    filed: Website | NewMedia
    if number % 3 == 0:
        filed = Website(code=f"41{number:08}", name=f"市网站{number * 7919 % 3001}", url=f"https://s{number}.gov.cn/")
    else:
        name = f"{'网警' if number % 4 else '教育'}号{number * 7919 % 3001}"
        filed = NewMedia(platform=PLATFORMS[number % 2], account=f"acc{number}", name=name)
    outlet = Outlet(
        id=f"o-{number:05}",
        region=region,
        unit=unit,
        state=STATES[number % 11 % 4],
        revision=1,
        since=AT + timedelta(hours=number * 31 % 997),
        filed=filed,
    )
    return OutletDocument(id=outlet.id, region=region, unit=unit.id, outlet=outlet, folded=(), changed_at=outlet.since)


ALL = [made(number) for number in range(3000)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(mongo_url: str) -> AsyncIterator[Store]:
    client = Client(mongo_url)
    database = client.database("test_browsing_registry")
    kept = Store(database)
    await database.prepare()
    await kept.outlets.append(ALL)
    yield kept
    await client.drop(database.name)
    client.close()


async def every_page(store: Store, params: dict[str, str], seen: Scope) -> tuple[int, list[str]]:
    """How many there are said to be, and the ids page after page."""
    browsing, query = Browsing(store, lambda: AT), asked(params, PLATFORMS)
    total = await browsing.count(query, seen)
    pages = [await browsing.entries(query, seen, total, skip) for skip in range(0, total, SIZE)]
    assert all(len(page) == SIZE for page in pages[:-1])
    return total, [kept.id for kept in itertools.chain(*pages)]


def expected(seen: Scope, fits: Callable[[Outlet], bool], by: Callable[[Outlet], str]) -> list[str]:
    inside = [one.outlet for one in ALL if seen.covers(one.region, one.unit) and fits(one.outlet)]
    return [one.id for one in sorted(inside, key=lambda one: (by(one), one.id))]


def every(_one: Outlet) -> bool:
    return True


def none(_one: Outlet) -> bool:
    return False


def by_name(one: Outlet) -> str:
    return one.filed.name


CASES: Sequence[tuple[dict[str, str], Scope, Callable[[Outlet], bool]]] = (
    ({}, NATION, every),
    ({}, PROVINCE, every),
    ({}, COUNTY, every),
    ({}, Scope(), none),
    ({}, Scope(units=("u-3",)), every),
    ({}, Scope(regions=("41.02",), units=("u-3",)), every),
    ({"kind": "new_media"}, NATION, lambda one: one.filed.kind == "new_media"),
    ({"platform": "weibo", "state": "closed"}, PROVINCE,
     lambda one: getattr(one.filed, "platform", "") == "weibo" and one.state == "closed"),
    ({"class": "department", "unit": "u-2"}, PROVINCE,
     lambda one: one.filed.kind == "website" and one.unit.id == "u-2"),
    ({"region": "41.01"}, PROVINCE, lambda one: covers("41.01", one.region)),
    ({"region": "42"}, PROVINCE, none),
    ({"region": "41.01.05"}, OTHER, none),
    ({"q": "网警 单位3"}, PROVINCE, lambda one: "网警" in one.name and one.unit.id == "u-3"),
    ({"q": "站2"}, NATION, lambda one: "站2" in one.name),
    ({"q": "S12.gov"}, NATION, lambda one: one.id == "o-00012"),
)  # fmt: skip  # a table


@pytest.mark.parametrize(("params", "seen", "fits"), CASES)
async def test_pages_hold_what_is_asked_for_once_and_in_order(
    store: Store, params: dict[str, str], seen: Scope, fits: Callable[[Outlet], bool]
) -> None:
    total, ids = await every_page(store, params, seen)
    assert ids == expected(seen, fits, by_name)
    assert total == len(ids)


@pytest.mark.parametrize(
    ("sort", "by", "turned"),
    [
        ("unit", lambda one: one.unit.name, False),
        ("region", lambda one: one.region, False),
        ("opened", lambda one: one.since.isoformat(), True),
        ("changed", lambda one: one.since.isoformat(), True),
    ],
)
async def test_every_order_is_kept_over_all_pages(
    store: Store, sort: str, by: Callable[[Outlet], str], turned: bool
) -> None:
    _, ids = await every_page(store, {"sort": sort}, PROVINCE)
    wanted = expected(PROVINCE, every, by)
    assert ids == (wanted[::-1] if turned else wanted)


@pytest.mark.parametrize("refreshed", [False, True])
@pytest.mark.parametrize("seen", [NATION, PROVINCE, COUNTY, OTHER, Scope(units=("u-3",)), Scope()])
async def test_figures_count_what_one_may_see(store: Store, seen: Scope, refreshed: bool) -> None:
    browsing = Browsing(store, lambda: AT)
    if refreshed:
        await browsing.refresh()
    figures = await browsing.figures(seen)
    inside = [one.outlet for one in ALL if seen.covers(one.region, one.unit)]
    assert figures.total == len(inside)
    closed = [one for one in inside if one.filed.kind == "website" and one.state == "closed"]
    assert figures.of("website", "closed") == len(closed)
    assert sum(figures.regions.values()) == len(inside)


async def test_a_large_count_is_a_moment_old_and_a_small_one_never(store: Store) -> None:
    now = AT
    browsing = Browsing(store, lambda: now)
    many, few = asked({"q": "o"}, PLATFORMS), asked({"q": "3000"}, PLATFORMS)
    before = [await browsing.count(query, NATION) for query in (many, few)]
    extra = made(3000)
    await store.outlets.create(extra)
    assert [await browsing.count(query, NATION) for query in (many, few)] == [before[0], before[1] + 1]
    now += timedelta(seconds=31)
    assert await browsing.count(many, NATION) == before[0] + 1
    await store.outlets.delete(SYSTEM, {"_id": extra.id})


async def test_open_changes_and_filings_under_way_narrow_the_list_within_ones_scope(store: Store) -> None:
    for one in (ALL[1], ALL[3]):
        track = Track(outlet=one.id, field="name", phase=Phase.OPEN)
        await store.tracks.create(TrackDocument(id=f"{one.id}-name", region=one.region, unit=one.unit, track=track))
    assert (await every_page(store, {"unfiled": "1"}, PROVINCE))[1] == [ALL[1].id, ALL[3].id][:: 1 if by_name(
        ALL[1].outlet) < by_name(ALL[3].outlet) else -1]  # fmt: skip  # one list
    assert await every_page(store, {"unfiled": "1"}, OTHER) == (1, [ALL[3].id])
    assert await every_page(store, {"under_way": "1"}, PROVINCE) == (0, [])
    assert await store.changed_unfiled(OTHER, [ALL[1].id]) == []


async def test_outlets_kept_before_there_were_keys_are_found_after_the_duty_ran(store: Store) -> None:
    old = {"keys": [], "keyed": 0, "changed_at": None}
    await store.outlets.merge([Merge(one.id, set=old) for one in ALL[:230]])
    total = len([one for one in ALL if "教育" in one.outlet.name])
    assert (await every_page(store, {"q": "教育"}, NATION))[0] < total
    await handlers.make_keys(Registry(store, lambda: AT))
    assert (await every_page(store, {"q": "教育"}, NATION))[0] == total
    assert await store.outlets.count(SYSTEM, {"changed_at": None}) == 0
