"""When a difference is a change nobody filed, when it is not, and what settles it (the 郑州网警 case)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.unfiled import Judged, Phase, Track, Why, normal, put_in_force, see
from shared.events.registry import Sighting

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FILED, OTHER = "郑州网警", "郑州网络安全警示"


def look(track: Track, seen: str | None, minute: int, **options: Any) -> Judged:
    """One sighting of ``seen``, ``minute`` minutes after the beginning."""
    sighting = Sighting(seen_at=NOW + timedelta(minutes=minute), source="json_feed")
    asked: dict[str, Any] = {"filed": FILED, "pending": frozenset(), "lately": frozenset()}
    return see(track, seen=seen, sighting=sighting, **{**asked, **options})


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
        ((OTHER, "第三个名字"), Why.FIRST_SIGHTING, Phase.SUSPECTED),
        ((OTHER, OTHER, OTHER), Why.STILL_OPEN, Phase.OPEN),
        ((OTHER, OTHER, None), Why.NOT_SHOWN, Phase.OPEN),
        ((OTHER, OTHER, "第三个名字"), Why.CHANGED_AGAIN, Phase.OPEN),
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
    judged = after(OTHER, OTHER, pending=frozenset({OTHER}))
    assert (judged.why, judged.track.phase) == (Why.PENDING_FILING, Phase.QUIET)


def test_a_filed_change_may_take_its_time_to_be_carried_out() -> None:
    judged = after(OTHER, OTHER, lately=frozenset({OTHER}))
    assert (judged.why, judged.track.phase) == (Why.LATELY_IN_FORCE, Phase.QUIET)


def test_the_same_look_delivered_twice_is_one_sighting() -> None:
    once = after(OTHER)
    again = look(once.track, OTHER, 1)
    assert (again.why, again.track) == (Why.OLD_NEWS, once.track)


def test_an_older_look_arriving_late_changes_nothing() -> None:
    open_ = after(OTHER, OTHER)
    assert look(open_.track, FILED, 0).why is Why.OLD_NEWS


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
    judged = put_in_force(after(*seen).track, filed)
    assert (judged.why, judged.track.phase) == (why, phase)


def test_a_second_change_is_a_second_episode() -> None:
    judged = after(OTHER, OTHER, FILED, OTHER, OTHER)
    assert judged.track.difference.id == "a-name-2"
