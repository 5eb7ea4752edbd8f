"""An account is read from what its source really shows; where nothing can be told, nothing is made up."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from services.prober.look import Look
from services.prober.sources import SOURCES
from services.prober.sources.json_feed import json_feed
from shared.events.probe import Outcome, Profile, Reason
from shared.events.registry import NewMedia
from tests.prober.looks import NOW, page_look, trouble_look

ACCOUNT = NewMedia(platform="weibo", account="zzwj", name="郑州网警", source="json_feed:http://feeds.example/zzwj.json")
FEED: dict[str, object] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": " 郑州网警 ",
    "description": "网络安全宣传",
    "authors": [{"name": "郑州市公安局"}, {"name": "其他"}],
    "items": [
        {"id": "1", "date_published": "2026-11-20T08:00:00+08:00"},
        {"id": "2", "date_published": "2026-11-21T08:00:00Z"},
    ],
}


class Asked:
    """A way to look that gives one look and remembers how it was asked."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.asked: list[tuple[str, bool]] = []

    async def __call__(self, url: str, *, verify: bool = False) -> Look:
        self.asked.append((url, verify))
        return self.look


async def read(feed: object, **changes: object) -> tuple[Reason, Profile | None]:
    """What the source makes of ``feed`` (text, or an object with ``changes``)."""
    text = feed if isinstance(feed, str) else json.dumps({**feed, **changes})  # type: ignore[dict-item]  # a feed may hold anything
    reading = await json_feed(Asked(page_look(text)), "http://feeds.example/zzwj.json", ACCOUNT)
    return reading.reason, reading.profile


async def test_a_feed_becomes_a_profile() -> None:
    asked = Asked(page_look(json.dumps(FEED)))
    reading = await SOURCES["json_feed"](asked, "http://feeds.example/zzwj.json", ACCOUNT)
    assert reading.reason is Reason.OK
    assert reading.profile == Profile(
        name="郑州网警",
        verified_as="郑州市公安局",
        intro="网络安全宣传",
        last_post_at=datetime(2026, 11, 21, 8, tzinfo=UTC),
    )
    assert asked.asked == [("http://feeds.example/zzwj.json", True)], "what is believed needs a good certificate"


async def test_a_feed_may_show_more_of_its_account() -> None:
    reason, profile = await read(
        FEED, _account={"id": "zzwj", "organiser": "郑州市公安局", "avatar": "a1", "followers": 12}
    )
    assert reason is Reason.OK
    assert profile is not None
    assert (profile.account, profile.organiser, profile.avatar) == ("zzwj", "郑州市公安局", "a1")
    assert profile.followers == 12


@pytest.mark.parametrize("nonsense", ["12", -1, True, 1.5, 10**10, None])
async def test_followers_are_a_number_or_not_known(nonsense: object) -> None:
    _, profile = await read(FEED, _account={"followers": nonsense})
    assert profile is not None
    assert profile.followers is None


@pytest.mark.parametrize(("says", "gone"), [(True, True), (False, False), ("yes", False), (None, False)])
async def test_only_a_source_that_says_so_makes_an_account_gone(says: object, gone: bool) -> None:
    feed = json.dumps({**FEED, "_account": {"id": "zzwj", "gone": says}})
    reading = await json_feed(Asked(page_look(feed)), "http://feeds.example/zzwj.json", ACCOUNT)
    assert reading.gone is gone
    assert reading.profile is not None
    assert (reading.profile.name is None) is gone


async def test_a_feed_that_cannot_be_had_does_not_make_an_account_gone() -> None:
    look = page_look("gone", status=410)
    reading = await json_feed(Asked(look), "http://feeds.example/zzwj.json", ACCOUNT)
    assert (reading.reason, reading.profile, reading.gone) == (Reason.SOURCE_FAILED, None, False)


async def test_what_a_feed_does_not_show_stays_unsaid() -> None:
    assert await read({"version": FEED["version"]}) == (Reason.OK, Profile())
    assert await read(FEED, title="  ", authors=[], items=[], description=None) == (Reason.OK, Profile())
    assert await read(FEED, title=7, authors="x", items=[3, None, {}], description=[]) == (Reason.OK, Profile())


async def test_the_author_of_version_1_is_read_too() -> None:
    _, profile = await read({"version": "https://jsonfeed.org/version/1", "author": {"name": "郑州市公安局"}})
    assert profile == Profile(verified_as="郑州市公安局")


@pytest.mark.parametrize(
    "date",
    ["2026-11-20", "2026-11-20T08:00:00", "2026年11月20日", "刚刚", "2026-02-30T08:00:00Z", "", None, 1795000000],
)
async def test_a_date_that_is_no_moment_is_not_believed(date: object) -> None:
    _, profile = await read(FEED, items=[{"date_published": date}])
    assert profile is not None
    assert profile.last_post_at is None


async def test_a_post_from_the_future_is_not_believed() -> None:
    later = (NOW + timedelta(minutes=1)).isoformat()
    _, profile = await read(FEED, items=[{"date_published": later}, {"date_published": "2026-11-01T00:00:00Z"}])
    assert profile is not None
    assert profile.last_post_at == datetime(2026, 11, 1, tzinfo=UTC)


async def test_a_feed_that_says_whose_it_is_must_be_of_this_account() -> None:
    reason, profile = await read(FEED, _account={"id": "zzwj"})
    assert profile is not None
    assert (reason, profile.account) == (Reason.OK, "zzwj")
    assert await read(FEED, _account={"id": "another"}) == (Reason.NOT_IN_SOURCE, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "<html><title>登录</title></html>",
        json.dumps({**FEED, "version": "1"}),
        json.dumps({**FEED, "items": {}}),
        "[" * 100_000,
        "\x00",
        json.dumps(FEED)[:-5],
    ],
)
async def test_what_is_no_feed_is_unreadable(text: str) -> None:
    assert await read(text) == (Reason.UNREADABLE, None)


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (trouble_look(Outcome.FAILED, Reason.TIMEOUT), Reason.SOURCE_FAILED),
        (trouble_look(Outcome.FAILED, Reason.TLS), Reason.SOURCE_FAILED),
        (page_look(json.dumps({"error": "unavailable"}), status=503), Reason.SOURCE_FAILED),
        (page_look("{}", status=404), Reason.SOURCE_FAILED),
        (page_look("{}", status=403), Reason.BLOCKED_PAGE),
        (page_look("<p>请完成验证</p>"), Reason.BLOCKED_PAGE),
    ],
)
async def test_a_source_that_fails_gives_no_profile(look: Look, reason: Reason) -> None:
    reading = await json_feed(Asked(look), "http://feeds.example/zzwj.json", ACCOUNT)
    assert (reading.reason, reading.profile, reading.look) == (reason, None, look)
