"""When something is gone without a filing, when something closed is alive, and when neither can be said."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.registry.existence import (
    GONE,
    NO_ANSWER,
    SITE,
    Due,
    account_seen,
    closed_seen,
    due,
    failed,
    may_be_gone,
    recovered,
    runs_again,
    runs_under_its_name,
    should_be_silent,
)
from services.registry.following import confirmed
from services.registry.unfiled import Grace, Phase, Track, Why
from shared.events.probe import Profile
from shared.events.registry import NewMedia, Outlet, OutletState, Sighting, StillAlive, UnitRef, Website

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GRACE = Grace()
TRACK = Track(outlet="w-1", field="closure")
UNIT = UnitRef(id="u1", name="郑州市卫生健康委员会")
SITE_FILED = Website(
    code="4101000001", name="卫生健康委", url="https://wjw.zhengzhou.gov.cn/", domains=("wsj.zhengzhou.gov.cn",)
)
ACCOUNT = NewMedia(platform="weibo", account="zzwj", name="郑州卫健", verified_as="郑州市卫生健康委员会")


def sight(days: float, source: str = SITE) -> Sighting:
    """A sighting some days after the beginning."""
    return Sighting(seen_at=NOW + timedelta(days=days), source=source)


def down() -> Track:
    """A website that stopped answering at the beginning."""
    return failed(TRACK, sight(0)).track


@pytest.mark.parametrize(
    ("days", "asked", "what"),
    [
        (13.9, None, Due.NOT_YET),
        (14, None, Due.ASK),
        (20, 13, Due.ASK),
        (14.01, 14, Due.WAIT),
        (14.05, 14, Due.CONFIRM),
    ],
)
def test_a_website_is_gone_only_after_long_and_another_look(days: float, asked: float | None, what: Due) -> None:
    track = down()
    if asked is not None:
        track = track.model_copy(update={"asked_at": NOW + timedelta(days=asked)})
    assert due(track, NOW + timedelta(days=days), GRACE) is what


def test_a_website_that_recovered_is_not_gone() -> None:
    back = recovered(down(), sight(3), NOW)
    assert (back.why, back.track.phase) == (Why.WAS_NOTHING, Phase.QUIET)
    assert due(back.track, NOW + timedelta(days=30), GRACE) is Due.BACK


def test_a_recovery_told_late_still_counts_and_one_of_an_older_failure_does_not() -> None:
    asked = down().model_copy(update={"looked_at": NOW + timedelta(days=15)})
    assert recovered(asked, sight(14), NOW).track.phase is Phase.QUIET
    assert recovered(asked, sight(-1), NOW - timedelta(days=2)).track == asked


def test_failing_again_does_not_begin_anew_and_confirms_nothing() -> None:
    again = failed(down(), sight(1))
    assert (again.track.phase, again.track.sightings[0].seen_at, len(again.track.sightings)) == (
        Phase.SUSPECTED,
        NOW,
        1,
    )
    assert again.track.seen == NO_ANSWER


def test_a_failure_older_than_a_recovery_is_old_news() -> None:
    up = recovered(TRACK, sight(2), NOW).track
    assert failed(up, sight(0)).why is Why.OLD_NEWS


def test_an_account_is_gone_when_its_source_says_so_twice() -> None:
    once = account_seen(TRACK, sight(0, "feed"), GRACE, gone=True)
    twice = account_seen(once.track, sight(0.1, "feed"), GRACE, gone=True)
    back = account_seen(twice.track, sight(2, "feed"), GRACE, gone=False)
    assert [once.why, twice.why, back.why] == [Why.FIRST_SIGHTING, Why.CONFIRMED, Why.REVERTED]
    assert twice.track.difference.seen == GONE
    assert due(once.track, NOW, GRACE) is Due.NOT_YET


@pytest.mark.parametrize("found", [True, False])
def test_a_website_that_is_dark_when_it_stops_running_is_suspected_anew_when_it_is_to_run_again(found: bool) -> None:
    """The prober said once that it failed: it says no more of it, whatever is filed."""
    dark = down().model_copy(update={"phase": Phase.OPEN, "episode": 1} if found else {})
    paused = may_be_gone(dark)
    assert (paused.why, paused.track.phase) == (Why.FILED_LATE if found else Why.WAS_NOTHING, Phase.QUIET)
    assert may_be_gone(paused.track).track == paused.track
    again = runs_again(paused.track, NOW + timedelta(days=30)).track
    assert (again.phase, again.sightings) == (Phase.SUSPECTED, (sight(30),))
    assert runs_again(again, NOW + timedelta(days=31)).track == again
    assert due(again, NOW + timedelta(days=43), GRACE) is Due.NOT_YET
    assert due(again, NOW + timedelta(days=44), GRACE) is Due.ASK
    back = recovered(again, sight(33), NOW).track
    assert (back.phase, back.dark_since) == (Phase.QUIET, None), "the prober tells of the failure it knows"


def test_a_website_that_recovered_before_it_is_to_run_again_is_not_suspected() -> None:
    answers = recovered(may_be_gone(down()).track, sight(3), NOW).track
    assert runs_again(answers, NOW + timedelta(days=30)).track == answers


def test_an_account_that_was_gone_when_it_was_suspended_is_looked_at_as_any_other() -> None:
    gone = account_seen(TRACK, sight(0, "feed"), GRACE, gone=True).track
    assert may_be_gone(gone).track.dark_since is None


def test_within_the_term_for_filing_an_end_it_is_a_suspicion_that_asks_once_and_the_next_look_makes_sure() -> None:
    term = date(2026, 11, 27)
    once = account_seen(TRACK, sight(0, "feed"), GRACE, gone=True, term=term)
    held = [account_seen(once.track, sight(0.1, "feed"), GRACE, gone=True, term=term)]
    for days in (1, 3, 5):
        held.append(account_seen(held[-1].track, sight(days, "feed"), GRACE, gone=True, term=term))
    over = account_seen(held[-1].track, sight(6, "feed"), GRACE, gone=True, term=term)
    assert [once.why, *(one.why for one in held), over.why] == [Why.FIRST_SIGHTING, *[Why.IN_TERM] * 4, Why.CONFIRMED]
    assert [one.track.sightings for one in held] == [once.track.sightings] * 4
    assert account_seen(held[0].track, sight(0.1, "feed"), GRACE, gone=True, term=term).why is Why.OLD_NEWS
    assert account_seen(held[-1].track, sight(5.5, "feed"), GRACE, gone=False).why is Why.WAS_NOTHING
    assert [one.track.difference.since for one in (over,)] == [NOW]


@pytest.mark.parametrize(("days", "what"), [(14, Due.NOT_YET), (30, Due.NOT_YET), (31, Due.ASK)])
def test_a_website_is_not_gone_before_the_term_for_filing_its_end_is_over(days: float, what: Due) -> None:
    assert due(down(), NOW + timedelta(days=days), GRACE, date(2026, 12, 22)) is what


def test_what_was_closed_and_answers_is_alive_after_two_looks_until_it_is_silent() -> None:
    track = Track(outlet="w-1", field="alive")
    once = closed_seen(track, sight(7), GRACE, alive=True)
    twice = closed_seen(once.track, sight(7.1), GRACE, alive=True)
    silent = closed_seen(twice.track, sight(14), GRACE, alive=False)
    assert [once.why, twice.why, silent.why] == [Why.FIRST_SIGHTING, Why.CONFIRMED, Why.REVERTED]


def outlet(filed: Website | NewMedia = SITE_FILED, **changes: object) -> Outlet:
    """A closed outlet."""
    body = {"id": "w-1", "region": "41.01.00.0", "unit": UNIT, "state": OutletState.CLOSED, "revision": 2, "since": NOW}
    return Outlet.model_validate({**body, "filed": filed, **changes})


@pytest.mark.parametrize(
    ("filed", "profile", "runs"),
    [
        (SITE_FILED, Profile(code="4101000001", url="http://wjw.zhengzhou.gov.cn/index.html"), True),
        (SITE_FILED, Profile(name="卫生健康委网站", url="https://wsj.zhengzhou.gov.cn/"), True),
        (SITE_FILED, Profile(organiser="郑州市卫健委", url="https://wjw.zhengzhou.gov.cn/"), True),
        (SITE_FILED, Profile(title="卫生健康委", url="https://wjw.zhengzhou.gov.cn/"), False),
        (SITE_FILED, Profile(name="域名出售", url="https://wjw.zhengzhou.gov.cn/"), False),
        (SITE_FILED, Profile(code="4101000001", url="https://www.zhengzhou.gov.cn/"), False),
        (SITE_FILED, Profile(), False),
        (ACCOUNT, Profile(name="郑州 卫健"), True),
        (ACCOUNT, Profile(name="他人的号", verified_as="郑州市卫生健康委员会"), True),
        (ACCOUNT, Profile(name="他人的号"), False),
    ],
)
def test_only_what_runs_under_the_name_of_its_unit_is_alive(
    filed: Website | NewMedia, profile: Profile, runs: bool
) -> None:
    assert runs_under_its_name(outlet(filed), profile, ("郑州市卫健委",)) is runs


@pytest.mark.parametrize(
    ("state", "until", "silent"),
    [
        ("closed", None, True),
        ("merged", None, True),
        ("running", None, False),
        ("suspended", None, False),
        ("suspended", date(2026, 11, 22), False),
        ("suspended", date(2026, 11, 21), True),
    ],
)
def test_what_should_not_answer(state: str, until: date | None, silent: bool) -> None:
    assert should_be_silent(outlet(state=state, until=until), date(2026, 11, 22)) is silent


def test_what_runs_after_its_suspension_is_not_said_to_have_been_closed() -> None:
    last, today = date(2026, 11, 20), date(2026, 11, 22)
    closed = Outlet(id="w-1", region="41.01.00.0", unit=UNIT, state=OutletState.CLOSED, revision=2, since=NOW,
                    filed=SITE_FILED)  # fmt: skip
    suspended = closed.model_copy(update={"state": OutletState.SUSPENDED, "until": last})
    track = Track(outlet="w-1", field="alive", sightings=(sight(0), sight(1)))
    about = {"outlet": "w-1", "unit": UNIT, "name": SITE_FILED.name, "sightings": track.sightings}
    assert confirmed(suspended, track, today) == StillAlive(**about, suspended_until=last)
    assert confirmed(closed, track, today) == StillAlive(**about, closed_on=today)
