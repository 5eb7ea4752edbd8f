"""When a difference is a change nobody filed, when it is not, and what settles it (the 郑州网警 case)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.unfiled import Accuses, Against, Judged, Phase, Track, Why, ended, normal, put_in_force, see
from shared.events.registry import Sighting

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FILED, OTHER, THIRD = "郑州网警", "郑州网络安全警示", "第三个名字"


def look(track: Track, seen: str | None, minute: int, source: str = "json_feed", **options: Any) -> Judged:
    """One sighting of ``seen``, ``minute`` minutes after the beginning."""
    sighting = Sighting(seen_at=NOW + timedelta(minutes=minute), source=source)
    return see(track, seen=seen, sighting=sighting, against=Against(**{"filed": (FILED,), **options}))


def after(*seen: str | None, **options: Any) -> Judged:
    """What the last of these sightings, a minute apart, led to."""
    judged = Judged(track=Track(outlet="a", field="name"), why=Why.SAME)
    for minute, name in enumerate(seen, start=1):
        judged = look(judged.track, name, minute, **options)
    return judged


@pytest.mark.parametrize(
    ("seen", "why", "phase"),
    [
        ((FILED,), Why.SAME, Phase.QUIET),
        ((None,), Why.NOT_SHOWN, Phase.QUIET),
        (("",), Why.NOT_SHOWN, Phase.QUIET),
        ((OTHER,), Why.FIRST_SIGHTING, Phase.SUSPECTED),
        ((OTHER, OTHER), Why.CONFIRMED, Phase.OPEN),
        ((OTHER, None, OTHER), Why.CONFIRMED, Phase.OPEN),
        ((OTHER, FILED), Why.WAS_NOTHING, Phase.QUIET),
        ((OTHER, THIRD), Why.FIRST_SIGHTING, Phase.SUSPECTED),
        ((OTHER, OTHER, OTHER), Why.STILL_OPEN, Phase.OPEN),
        ((OTHER, OTHER, None), Why.NOT_SHOWN, Phase.OPEN),
        ((OTHER, OTHER, THIRD), Why.CHANGED_AGAIN, Phase.OPEN),
        ((OTHER, OTHER, FILED), Why.REVERTED, Phase.QUIET),
        ((OTHER, OTHER, FILED, OTHER), Why.FIRST_SIGHTING, Phase.SUSPECTED),
    ],
)
def test_what_a_row_of_sightings_means(seen: tuple[str | None, ...], why: Why, phase: Phase) -> None:
    judged = after(*seen)
    assert (judged.why, judged.track.phase) == (why, phase)


@pytest.mark.parametrize("shown", ["郑州 网警", "郑州网警 ", "郑州·网警", "【郑州网警】"])
def test_width_spaces_and_punctuation_are_no_change(shown: str) -> None:
    assert after(shown).why is Why.SAME


def test_case_and_width_of_latin_letters_are_no_change() -> None:
    assert normal("ＺＺ-Police 发布") == normal("zz police发布")


def test_a_filing_under_way_gives_grace() -> None:
    judged = after(OTHER, OTHER, pending=(OTHER,))
    assert (judged.why, judged.track.phase) == (Why.PENDING_FILING, Phase.QUIET)


def test_a_filed_change_may_take_its_time_to_be_carried_out() -> None:
    judged = after(OTHER, OTHER, lately=(OTHER,))
    assert (judged.why, judged.track.phase) == (Why.LATELY_IN_FORCE, Phase.QUIET)


def test_the_same_look_delivered_twice_is_one_sighting() -> None:
    once = after(OTHER)
    again = look(once.track, OTHER, 1)
    assert (again.why, again.track) == (Why.OLD_NEWS, once.track)


def test_an_older_look_arriving_late_changes_nothing() -> None:
    open_ = after(OTHER, OTHER)
    assert look(open_.track, FILED, 0).why is Why.OLD_NEWS
    assert look(open_.track, FILED, 0, source="another").why is Why.OLD_NEWS


def test_a_track_kept_before_sources_were_told_apart_still_works() -> None:
    kept = Track.model_validate({"outlet": "a", "field": "name", "phase": "suspected", "filed": FILED, "seen": OTHER,
                                 "sightings": [{"seen_at": NOW, "source": "json_feed"}], "looked_at": NOW})  # fmt: skip
    assert look(kept, OTHER, 0).why is Why.OLD_NEWS
    assert look(kept, OTHER, 1).why is Why.CONFIRMED


def test_two_sources_in_one_look_are_sure() -> None:
    once = look(Track(outlet="a", field="name"), OTHER, 1, source="platform")
    assert look(once.track, OTHER, 1, source="platform").why is Why.OLD_NEWS
    assert look(once.track, OTHER, 1, source="bridge").why is Why.CONFIRMED


def test_one_source_failing_neither_accuses_nor_clears() -> None:
    """The one that fails shows nothing; the other has to see it twice all the same."""
    quiet = look(Track(outlet="a", field="name"), None, 1, source="platform")
    suspected = look(quiet.track, OTHER, 1, source="bridge")
    assert suspected.why is Why.FIRST_SIGHTING
    open_ = look(look(suspected.track, None, 2, source="platform").track, OTHER, 2, source="bridge")
    assert open_.why is Why.CONFIRMED
    assert look(open_.track, None, 3, source="bridge").track.phase is Phase.OPEN


def test_one_source_that_is_behind_does_not_undo_what_another_shows() -> None:
    open_ = after(OTHER, OTHER).track
    behind = look(open_, FILED, 3, source="another")
    assert (behind.why, behind.track.phase) == (Why.OTHER_SOURCE, Phase.OPEN)
    still = look(behind.track, OTHER, 4).track
    assert look(still, FILED, 5, source="another").track.phase is Phase.OPEN
    assert look(behind.track, FILED, 5, source="another").why is Why.REVERTED


def test_a_region_may_ask_for_more_sightings() -> None:
    assert after(OTHER, OTHER, sightings=3).why is Why.SEEN_AGAIN
    assert after(OTHER, OTHER, OTHER, sightings=3).why is Why.CONFIRMED
    assert after(OTHER, sightings=1).why is Why.CONFIRMED


@pytest.mark.parametrize(
    ("accuses", "seen", "why"),
    [
        (Accuses.ONCE_AGREED, (OTHER, OTHER, OTHER), Why.HINTED),
        (Accuses.ONCE_AGREED, (FILED, OTHER, OTHER), Why.CONFIRMED),
        (Accuses.ONCE_AGREED, (OTHER, OTHER, FILED, OTHER, OTHER), Why.CONFIRMED),
        (Accuses.NEVER, (FILED, OTHER, OTHER, OTHER), Why.HINTED),
        (Accuses.NEVER, (FILED, OTHER, OTHER, FILED), Why.WAS_NOTHING),
    ],
)
def test_what_was_never_shown_as_filed_or_need_not_be_is_a_hint(
    accuses: Accuses, seen: tuple[str, ...], why: Why
) -> None:
    assert after(*seen, accuses=accuses).why is why


def test_what_has_no_filed_text_is_held_against_what_was_seen_first() -> None:
    picture: dict[str, Any] = {"filed": (), "accuses": Accuses.NEVER}
    assert after("a1", **picture).why is Why.REFERENCE
    assert after("a1", "a1", **picture).why is Why.SAME
    hinted = after("a1", "b2", "b2", **picture).track
    assert (hinted.phase, hinted.filed, hinted.seen, hinted.episode) == (Phase.HINT, "a1", "b2", 0)
    known = put_in_force(hinted, Against(filed=(), accuses=Accuses.NEVER)).track
    assert look(known, "b2", 9, **picture).why is Why.REFERENCE


def test_what_was_not_filed_cannot_be_another() -> None:
    assert after(OTHER, OTHER, filed=()).why is Why.NOT_FILED


def test_every_value_that_is_right_is_right() -> None:
    assert after("市网警", filed=(FILED, "市网警")).why is Why.SAME
    assert after(OTHER, OTHER, filed=(FILED, "市网警")).track.difference.filed == FILED


def test_the_evidence_of_an_accusation_is_both_sightings_and_both_values() -> None:
    difference = after(OTHER, OTHER).track.difference
    assert (difference.filed, difference.seen, len(difference.sightings)) == (FILED, OTHER, 2)
    assert difference.since == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen", "filed", "why", "phase"),
    [
        ((OTHER, OTHER), OTHER, Why.FILED_LATE, Phase.QUIET),
        ((OTHER, OTHER), "郑州 网络安全警示", Why.FILED_LATE, Phase.QUIET),
        ((OTHER, OTHER), "又一个名字", Why.STILL_OPEN, Phase.OPEN),
        ((OTHER,), OTHER, Why.WAS_NOTHING, Phase.QUIET),
        ((FILED,), OTHER, Why.SAME, Phase.QUIET),
    ],
)
def test_what_a_filing_settles(seen: tuple[str, ...], filed: str, why: Why, phase: Phase) -> None:
    judged = put_in_force(after(*seen).track, Against(filed=(filed,)))
    assert (judged.why, judged.track.phase) == (why, phase)


@pytest.mark.parametrize(
    ("seen", "why", "settled"),
    [
        ((OTHER, OTHER), Why.ENDED, "ended"),
        ((OTHER,), Why.WAS_NOTHING, ""),
        ((FILED,), Why.WAS_NOTHING, ""),
    ],
)
def test_of_what_ended_nothing_is_open_and_nothing_counts_against_what_is_filed_next(
    seen: tuple[str, ...], why: Why, settled: str
) -> None:
    over = ended(after(*seen).track)
    assert (over.why, over.track.phase, over.track.settled, over.track.agreed) == (why, Phase.QUIET, settled, False)
    assert ended(over.track).why is Why.WAS_NOTHING
    sighting = Sighting(seen_at=NOW + timedelta(days=1), source="json_feed")
    again = see(over.track, seen=OTHER, sighting=sighting, against=Against(filed=(FILED,)))
    assert (again.why, again.track.episode) == (Why.FIRST_SIGHTING, over.track.episode)


@pytest.mark.parametrize(
    ("shown", "filed", "why"),
    [
        (OTHER, OTHER, Why.FILED_LATE),
        (THIRD, THIRD, Why.FILED_LATE),
        (OTHER, THIRD, Why.STILL_OPEN),
        (FILED, FILED, Why.REVERTED),
    ],
)
def test_a_look_that_is_quicker_than_the_news_of_a_late_filing_says_what_it_is(
    shown: str, filed: str, why: Why
) -> None:
    assert look(after(OTHER, OTHER).track, shown, 3, filed=(filed,)).why is why


def test_a_second_change_is_a_second_episode() -> None:
    judged = after(OTHER, OTHER, FILED, OTHER, OTHER)
    assert judged.track.difference.id == "a-name-2"


@given(st.lists(st.tuples(st.sampled_from([FILED, OTHER, None]), st.sampled_from(["one", "two"])), max_size=12))
def test_nobody_is_accused_twice_of_one_change_nor_on_one_sighting(looks: list[tuple[str | None, str]]) -> None:
    judged = Judged(track=Track(outlet="a", field="name"), why=Why.SAME)
    for minute, (seen, source) in enumerate(looks):
        before = judged.track
        judged = look(before, seen, minute, source=source)
        if judged.why is Why.CONFIRMED:
            assert before.phase is Phase.SUSPECTED
            assert len(judged.track.sightings) == 2
        assert (judged.track.episode > before.episode) == (judged.why is Why.CONFIRMED)
        if seen is None:
            assert judged.track.phase is before.phase
