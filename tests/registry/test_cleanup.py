"""The clean-up lists: what nobody keeps up, what is silent, what is there twice, and the filing that would mend it."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.registry.cleanup import Known, Row, Why, lists
from services.registry.platforms import key
from services.registry.posts import with_what_was_seen
from services.registry.records import PostDocument
from shared.events import probe, registry
from shared.events.outlets import FilingKind, NewMedia, Outlet, OutletState, Website
from shared.events.units import Unit, UnitRef
from shared.outbox import say
from tests.registry.stage import ACCOUNT, Desk, until

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
UNITS = {
    "police": Unit(id="police", name="郑州市公安局", region="41.01.00.0", revision=1),
    "health": Unit(id="health", name="市卫健委", region="41.01.00.0", revision=1),
}
CONTACTS_MISSING = UNITS["police"].model_copy(update={"contacts_reported": False})


def account(id_: str, name: str = "", unit: str = "police", **more: Any) -> Outlet:
    filed = NewMedia(**{"platform": "weibo", "account": id_, "name": name or id_, **more})
    return Outlet(
        id=key(filed.platform, filed.subtype, id_),
        region="41.01.00.0",
        unit=UnitRef(id=unit, name=UNITS[unit].name),
        state=OutletState.RUNNING,
        revision=1,
        since=NOW,
        filed=filed,
    )


def site() -> Outlet:
    filed = Website(code="4101000020", name="市公安局", url="https://gaj.zhengzhou.gov.cn/")
    return account("x").model_copy(update={"id": "w-4101000020", "filed": filed})


BOTH = [Why.SILENT.value, Why.FEW_FOLLOWERS.value]


def listed(*outlets: Outlet, days: int = 90, fewer: int = 100, **more: Any) -> list[Row]:
    known = Known(**{"units": UNITS, "administered": set(UNITS), "posts": {}, "followers": {}, **more})
    return lists(outlets, known, TODAY, days, fewer)


def names(rows: list[Row]) -> list[tuple[Why, str]]:
    return [(row.why, row.outlet.name) for row in rows]


def test_what_is_in_order_is_on_no_list() -> None:
    assert listed(account("zzga", "郑州公安"), account("jkzz", "健康郑州", "health"), site()) == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"administered": {"health"}}, "郑州市公安局没有单位管理员；"),
        ({"units": {"police": CONTACTS_MISSING}}, "郑州市公安局没有报备值班联系人；"),
        ({"units": {"police": CONTACTS_MISSING}, "administered": ()}, "没有单位管理员，没有报备值班联系人；"),
    ],
)
def test_a_unit_without_administrator_or_contacts_keeps_nothing_up(more: dict[str, Any], sentence: str) -> None:
    rows = listed(account("zzga"), site(), **more)
    assert [row.form for row in rows] == [
        "/registry/file?kind=close&outlet=a-weibo-zzga",
        "/registry/file?kind=offline&outlet=w-4101000020",
    ]
    assert all(row.why is Why.NO_MAINTAINER and sentence in row.sentence for row in rows)


@pytest.mark.parametrize(
    ("latest", "days", "silent"),
    [
        (NOW - timedelta(days=90), 90, True),
        (NOW - timedelta(days=89), 90, False),
        (NOW - timedelta(days=89), 30, True),
        (datetime(2026, 8, 23, 16, tzinfo=UTC), 90, True),
        (datetime(2026, 8, 24, 16, tzinfo=UTC), 90, False),
        (None, 7, False),
    ],
)
def test_silence_is_counted_in_days_of_beijing_from_the_latest_post(
    latest: datetime | None, days: int, silent: bool
) -> None:
    posts = {"a-weibo-zzga": latest} if latest else {}
    assert names(listed(account("zzga"), posts=posts, days=days)) == ([(Why.SILENT, "zzga")] if silent else [])


def test_what_is_suspended_is_not_silent_and_what_is_closed_is_on_no_list() -> None:
    old = {"a-weibo-zzga": NOW - timedelta(days=900)}
    for state in (OutletState.SUSPENDED, OutletState.CLOSED):
        assert listed(account("zzga").model_copy(update={"state": state}), posts=old) == []
    closed = account("zzga").model_copy(update={"state": OutletState.MERGED})
    assert listed(closed, account("zzga2"), administered={"police", "health"}) == []


@pytest.mark.parametrize(
    ("followers", "fewer", "few"), [(99, 100, True), (100, 100, False), (0, 0, False), (None, 100, False)]
)
def test_how_few_followers_are_few_is_asked_and_what_is_not_known_is_not_few(
    followers: int | None, fewer: int, few: bool
) -> None:
    known = {} if followers is None else {"a-weibo-zzga": followers}
    rows = listed(account("zzga"), followers=known, fewer=fewer)
    assert names(rows) == ([(Why.FEW_FOLLOWERS, "zzga")] if few else [])
    assert all(row.kind is FilingKind.MERGE for row in rows)


def test_the_newest_post_and_the_newest_count_stay_whatever_comes_when() -> None:
    looks = [(3, 5, 70), (1, 9, 900), (2, None, 80), (4, 7, None)]
    wanted = (NOW + timedelta(days=9), 70, NOW + timedelta(days=3))
    for order in permutations(looks):
        kept = PostDocument(id="a-weibo-zzga", region="41.01.00.0")
        for look, post, followers in order:
            kept = with_what_was_seen(kept, seen_at(look, post, followers))
        assert (kept.last_post_at, kept.followers, kept.counted_at) == wanted


def seen_at(look: int, post: int | None, followers: int | None) -> probe.ProfileSeen:
    at = NOW + timedelta(days=look)
    posted = NOW + timedelta(days=post) if post else None
    return probe.ProfileSeen(
        outlet="a-weibo-zzga",
        unit=registry.UnitRef(id="police", name="police"),
        source="json_feed",
        profile=probe.Profile(last_post_at=posted, followers=followers),
        vantage="main",
        due_at=at,
        looked_at=at,
    )


def test_of_several_accounts_the_main_one_stays_else_the_first() -> None:
    first, main = account("aaa"), account("bbb", main=True)
    later = account("ccc").model_copy(update={"since": NOW + timedelta(days=1)})
    [one, other] = listed(later, first, main)
    assert [one.outlet.name, other.outlet.name] == ["aaa", "ccc"]
    assert one.form == "/registry/file?kind=merge&outlet=a-weibo-aaa&into=a-weibo-bbb"
    assert [row.into for row in listed(later, first)] == ["a-weibo-aaa"]


def test_other_platforms_other_kinds_and_other_units_are_not_several() -> None:
    service = account("zzgafw1", platform="wechat", subtype="service")
    subscription = account("zzgady1", platform="wechat")
    assert listed(account("zzga"), service, subscription, account("wjw", unit="health")) == []
    named = account("zzgady2", platform="wechat", subtype="subscription")
    assert [row.why for row in listed(subscription, named)] == [Why.SEVERAL]


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("健康郑州", "健康郑州官方微博", True),
        ("健康郑州", "健康 郑州", True),
        ("健康郑州", "健康郑州市", True),
        ("郑州市健康教育", "郑州健康教育", True),
        ("健康郑州", "平安郑州", False),
        ("中原发布", "中牟发布", False),
        ("郑州", "郑州市", False),
    ],
)
def test_names_of_two_units_that_are_nearly_one(one: str, other: str, near: bool) -> None:
    found = names(listed(account("aaa", one), account("bbb", other, "health")))
    assert sorted(name for _, name in found) == (sorted([one, other]) if near else [])
    assert {why for why, _ in found} <= {Why.NEAR_NAMES}
    assert listed(account("aaa", one), account("bbb", other, "health", platform="douyin")) == []


def test_thousands_of_accounts_of_one_name_are_one_row_each() -> None:
    many = [account(f"id{n}", "政务公开", "police" if n % 2 else "health") for n in range(3000)]
    rows = listed(*many)
    assert sum(row.why is Why.NEAR_NAMES for row in rows) == 3000
    assert sum(row.why is Why.SEVERAL for row in rows) == 2998


async def test_the_lists_are_shown_to_who_sees_the_outlets(desk: Desk) -> None:
    await desk.in_force()
    unit = registry.UnitRef(id="police", name="police")
    for days in (120, 200, 100):
        seen = probe.ProfileSeen(
            outlet="a-weibo-zzwj",
            unit=unit,
            source="json_feed",
            profile=probe.Profile(
                name=ACCOUNT["name"], followers=12, last_post_at=datetime.now(UTC) - timedelta(days=days)
            ),
            vantage="main",
            due_at=NOW,
            looked_at=NOW,
        )
        await desk.bus.publish(say(seen, subject=seen.outlet, region="41.01.00.0", actor="service:prober", reason="x"))
    async with desk.as_("office") as office, desk.as_("kaifeng") as elsewhere:

        async def silent() -> bool:
            rows = (await office.get("/registry/api/cleanup")).json()["rows"]
            return [row["why"] for row in rows if "100 天" in row["sentence"] or "12" in row["sentence"]] == BOTH

        await until(silent)
        assert (await office.get("/registry/api/cleanup?days=101&fewer=12")).json()["rows"] == []
        assert (await office.get("/registry/api/cleanup?under=41.01")).json()["rows"][0]["outlet"] == "a-weibo-zzwj"
        assert (await office.get("/registry/api/cleanup?under=41.0101")).status_code == 422
        assert (await office.get("/registry/api/cleanup?under=41.02")).json()["rows"] == []
        assert (await elsewhere.get("/registry/api/cleanup")).json()["rows"] == []
        page = (await office.get("/registry/cleanup")).text
        assert "关注度低（1）" in page
        assert ("长期不更新（1）" in page, "kind=close" in page) == (True, False)
    police = await desk.browser("police")
    assert "/registry/file?kind=close&amp;outlet=a-weibo-zzwj" in (await police.get("/registry/cleanup")).text
