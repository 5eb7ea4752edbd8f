"""A change nobody filed: what is shown of an outlet against what is in force (the 郑州网警 case).

Source of the duty: Zhengzhou's bulletin for the fourth quarter of 2023 names two accounts that were changed without
being reported beforehand. One sighting makes a suspicion and asks for a second look; the second makes it a fact. A
filing under way gives grace; what was in force until lately may still be shown while a filed change is carried out.
"""

import unicodedata
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.registry import Difference, Sighting

WATCHED = ("name", "verified_as")
FIELD_NAMES = {"name": "名称", "verified_as": "认证主体"}


class Phase(StrEnum):
    """What we hold about one field of one outlet."""

    QUIET = "quiet"
    SUSPECTED = "suspected"
    OPEN = "open"


class Why(StrEnum):
    """The named reason of each decision."""

    NOT_SHOWN = "not_shown"
    NOT_FILED = "not_filed"
    OLD_NEWS = "old_news"
    SAME = "same"
    PENDING_FILING = "pending_filing"
    LATELY_IN_FORCE = "lately_in_force"
    FIRST_SIGHTING = "first_sighting"
    CONFIRMED = "confirmed"
    STILL_OPEN = "still_open"
    CHANGED_AGAIN = "changed_again"
    WAS_NOTHING = "was_nothing"
    REVERTED = "reverted"
    FILED_LATE = "filed_late"


class Track(BaseModel):
    """One field of one outlet, as followed over time. ``episode`` counts confirmed unfiled changes."""

    model_config = ConfigDict(frozen=True)

    outlet: str
    field: str
    phase: Phase = Phase.QUIET
    episode: int = 0
    filed: str = ""
    seen: str = ""
    sightings: tuple[Sighting, ...] = ()
    looked_at: AwareDatetime | None = None
    settled: str = ""

    @property
    def difference(self) -> Difference:
        """The difference of the current episode."""
        return Difference(
            id=f"{self.outlet}-{self.field}-{self.episode}",
            field=self.field,
            filed=self.filed,
            seen=self.seen,
            since=self.sightings[0].seen_at,
            sightings=self.sightings,
        )


class Judged(BaseModel):
    """The track afterwards and why."""

    model_config = ConfigDict(frozen=True)

    track: Track
    why: Why


def normal(text: str) -> str:
    """``text`` without what does not make a name another: width, case, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded)) or folded


def see(
    track: Track, *, filed: str, seen: str | None, sighting: Sighting, pending: frozenset[str], lately: frozenset[str]
) -> Judged:
    """What one sighting of ``seen`` means while ``filed`` is in force.

    ``pending`` are the values filings under way ask for; ``lately`` those that were in force until recently.
    """
    if track.looked_at is not None and sighting.seen_at <= track.looked_at:
        return Judged(track=track, why=Why.OLD_NEWS)
    looked = track.model_copy(update={"looked_at": sighting.seen_at})
    if not seen:
        return Judged(track=looked, why=Why.NOT_SHOWN)
    if not filed:
        return Judged(track=looked, why=Why.NOT_FILED)
    if normal(seen) == normal(filed):
        return _same(looked)
    if track.phase is Phase.OPEN:
        again = normal(seen) != normal(track.seen)
        kept = looked.model_copy(update={"seen": seen}) if again else looked
        return Judged(track=kept, why=Why.CHANGED_AGAIN if again else Why.STILL_OPEN)
    excused = _excuse(seen, pending, lately)
    return Judged(track=_quiet(looked), why=excused) if excused else _differs(looked, filed, seen, sighting)


def put_in_force(track: Track, filed: str) -> Judged:
    """What a newly folded filing means for a field: a late one settles what was found."""
    if normal(filed) != normal(track.seen) or track.phase is Phase.QUIET:
        return Judged(track=track, why=Why.STILL_OPEN if track.phase is Phase.OPEN else Why.SAME)
    if track.phase is Phase.SUSPECTED:
        return Judged(track=_quiet(track), why=Why.WAS_NOTHING)
    return Judged(track=track.model_copy(update={"phase": Phase.QUIET, "settled": "filed_late"}), why=Why.FILED_LATE)


def _excuse(seen: str, pending: frozenset[str], lately: frozenset[str]) -> Why | None:
    if normal(seen) in map(normal, pending):
        return Why.PENDING_FILING
    return Why.LATELY_IN_FORCE if normal(seen) in map(normal, lately) else None


def _differs(track: Track, filed: str, seen: str, sighting: Sighting) -> Judged:
    if track.phase is Phase.SUSPECTED and normal(seen) == normal(track.seen):
        update = {
            "phase": Phase.OPEN,
            "episode": track.episode + 1,
            "filed": filed,
            "sightings": (*track.sightings, sighting),
            "settled": "",
        }
        return Judged(track=track.model_copy(update=update), why=Why.CONFIRMED)
    update = {"phase": Phase.SUSPECTED, "filed": filed, "seen": seen, "sightings": (sighting,)}
    return Judged(track=track.model_copy(update=update), why=Why.FIRST_SIGHTING)


def _same(track: Track) -> Judged:
    if track.phase is Phase.OPEN:
        settled = track.model_copy(update={"phase": Phase.QUIET, "settled": "reverted"})
        return Judged(track=settled, why=Why.REVERTED)
    if track.phase is Phase.SUSPECTED:
        return Judged(track=_quiet(track), why=Why.WAS_NOTHING)
    return Judged(track=track, why=Why.SAME)


def _quiet(track: Track) -> Track:
    return track.model_copy(update={"phase": Phase.QUIET, "sightings": (), "seen": ""})
