"""A change nobody filed: what is shown of an outlet against what is in force (the 郑州网警 case).

Source of the duty: Zhengzhou's bulletin for the fourth quarter of 2023 names two accounts that were changed without
being reported beforehand. One sighting makes a suspicion and asks for a second look; the second, or a second source
in the same look, makes it a fact. A filing under way gives grace; what was in force until lately may still be shown
while a filed change is carried out. What nobody has to file word by word (a picture, an intro) is a hint: it is shown
and accuses nobody.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.registry import Difference, Sighting


class Phase(StrEnum):
    """What we hold about one field of one outlet."""

    QUIET = "quiet"
    SUSPECTED = "suspected"
    OPEN = "open"
    HINT = "hint"


class Why(StrEnum):
    """The named reason of each decision."""

    NOT_SHOWN = "not_shown"
    NOT_FILED = "not_filed"
    REFERENCE = "reference"
    OLD_NEWS = "old_news"
    SAME = "same"
    PENDING_FILING = "pending_filing"
    LATELY_IN_FORCE = "lately_in_force"
    FIRST_SIGHTING = "first_sighting"
    SEEN_AGAIN = "seen_again"
    IN_TERM = "in_term"
    HINTED = "hinted"
    CONFIRMED = "confirmed"
    STILL_OPEN = "still_open"
    CHANGED_AGAIN = "changed_again"
    WAS_NOTHING = "was_nothing"
    OTHER_SOURCE = "other_source"
    REVERTED = "reverted"
    FILED_LATE = "filed_late"
    ENDED = "ended"


class Accuses(StrEnum):
    """When a difference of a field is more than a hint: at once, once the two had agreed, or never."""

    AT_ONCE = "at_once"
    ONCE_AGREED = "once_agreed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Grace:
    """What a region allows: a filing under way excuses, what was in force lately too; how much it takes to be sure.

    ``gone`` is how long a website must not answer before its closure counts as unfiled; ``afterwards`` how long, and
    ``every`` how often, a closed outlet is looked at. The values come from the filing rules of the region.
    """

    pending: bool = True
    lately: timedelta = timedelta(days=15)
    sightings: int = 2
    gone: timedelta = timedelta(days=14)
    afterwards: timedelta = timedelta(days=90)
    every: timedelta = timedelta(days=7)


class Track(BaseModel):
    """One field of one outlet, as followed over time. ``episode`` counts confirmed unfiled changes.

    ``filed`` is what it is held against, ``agreed`` whether it ever was shown so. ``back`` are the sightings, by
    sources that never showed the change, of an open change being undone. ``asked_at`` is when somebody was last asked
    to look, ``until`` when it need no longer be looked at. ``dark_since`` is since when a website has not answered that
    stopped running by filing meanwhile: the prober tells of a failure once, and of none when it is to run again.
    """

    model_config = ConfigDict(frozen=True)

    outlet: str
    field: str
    phase: Phase = Phase.QUIET
    episode: int = 0
    filed: str = ""
    seen: str = ""
    sightings: tuple[Sighting, ...] = ()
    looked_at: AwareDatetime | None = None
    by_source: dict[str, AwareDatetime] = {}
    agreed: bool = False
    back: tuple[Sighting, ...] = ()
    settled: str = ""
    asked_at: AwareDatetime | None = None
    until: AwareDatetime | None = None
    dark_since: AwareDatetime | None = None

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

    def saw(self, sighting: Sighting) -> bool:
        """Whether ``sighting`` is none that is new: its source has looked later, or any source much later."""
        if self.looked_at is None:
            return False
        last = self.by_source.get(sighting.source) if self.by_source else self.looked_at
        return sighting.seen_at < self.looked_at or (last is not None and sighting.seen_at <= last)


class Judged(BaseModel):
    """The track afterwards and why."""

    model_config = ConfigDict(frozen=True)

    track: Track
    why: Why


def normal(text: str) -> str:
    """``text`` without what does not make a name another: width, case, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded)) or folded


def alike(one: str, other: str) -> bool:
    """Whether two names are the same."""
    return normal(one) == normal(other)


@dataclass(frozen=True, slots=True)
class Against:
    """What a sighting is held against.

    ``filed`` are the values that are right, the first of which is named; empty: nothing was filed. ``pending`` are
    those filings under way ask for, ``lately`` those in force until recently; ``same`` says when two are the same.
    """

    filed: tuple[str, ...]
    pending: tuple[str, ...] = ()
    lately: tuple[str, ...] = ()
    accuses: Accuses = Accuses.AT_ONCE
    same: Callable[[str, str], bool] = alike
    sightings: int = 2

    def among(self, seen: str, values: tuple[str, ...]) -> bool:
        """Whether ``seen`` is one of ``values``."""
        return any(self.same(seen, value) for value in values)


def see(track: Track, *, seen: str | None, sighting: Sighting, against: Against) -> Judged:
    """What one sighting of ``seen`` means; None and nothing are not shown, and say nothing either way."""
    if track.saw(sighting):
        return Judged(track=track, why=Why.OLD_NEWS)
    by_source = {**track.by_source, sighting.source: sighting.seen_at}
    looked = track.model_copy(update={"looked_at": sighting.seen_at, "by_source": by_source})
    if not seen:
        return Judged(track=looked, why=Why.NOT_SHOWN)
    refers = against.accuses is Accuses.NEVER
    filed = against.filed or ((track.filed,) if refers and track.filed else ())
    if not filed:
        kept = looked.model_copy(update={"filed": seen}) if refers else looked
        return Judged(track=kept, why=Why.REFERENCE if refers else Why.NOT_FILED)
    if against.among(seen, filed):
        return _same(looked, filed[0], sighting, against)
    return _otherwise(looked, filed[0], seen, sighting, against)


def put_in_force(track: Track, against: Against) -> Judged:
    """What a newly folded filing means for a field: a late one settles what was found, and what was a hint is known."""
    if track.phase is Phase.HINT:
        return Judged(track=_quiet(track).model_copy(update={"filed": ""}), why=Why.WAS_NOTHING)
    if track.phase is Phase.QUIET or not against.among(track.seen, against.filed):
        return Judged(track=track, why=Why.STILL_OPEN if track.phase is Phase.OPEN else Why.SAME)
    if track.phase is Phase.SUSPECTED:
        return Judged(track=_quiet(track), why=Why.WAS_NOTHING)
    return Judged(track=_filed_late(track), why=Why.FILED_LATE)


def ended(track: Track) -> Judged:
    """What was filed ended: it was closed, or another unit files it now. What was found is over, nothing carries on."""
    if track.phase is Phase.OPEN:
        update = {"phase": Phase.QUIET, "settled": "ended", "agreed": False, "back": ()}
        return Judged(track=track.model_copy(update=update), why=Why.ENDED)
    fresh = _quiet(track).model_copy(update={"agreed": False, "filed": ""})
    return Judged(track=fresh, why=Why.WAS_NOTHING)


def _otherwise(track: Track, filed: str, seen: str, sighting: Sighting, against: Against) -> Judged:
    if track.phase is Phase.OPEN:
        again = not against.same(seen, track.seen)
        kept = track.model_copy(update={"back": (), **({"seen": seen} if again else {})})
        return Judged(track=kept, why=Why.CHANGED_AGAIN if again else Why.STILL_OPEN)
    if against.among(seen, against.pending):
        return Judged(track=_quiet(track), why=Why.PENDING_FILING)
    if against.among(seen, against.lately):
        return Judged(track=_quiet(track), why=Why.LATELY_IN_FORCE)
    return _differs(track, filed, seen, sighting, against)


def _differs(track: Track, filed: str, seen: str, sighting: Sighting, against: Against) -> Judged:
    if track.phase is Phase.HINT:
        return Judged(track=track.model_copy(update={"seen": seen}), why=Why.HINTED)
    again = track.phase is Phase.SUSPECTED and against.same(seen, track.seen)
    sightings = (*track.sightings, sighting) if again else (sighting,)
    accuses = against.accuses is Accuses.AT_ONCE or (against.accuses is Accuses.ONCE_AGREED and track.agreed)
    sure = len(sightings) >= against.sightings
    update: dict[str, Any] = {"phase": Phase.SUSPECTED, "filed": filed, "seen": seen, "sightings": sightings}
    if not sure:
        why = Why.SEEN_AGAIN if again else Why.FIRST_SIGHTING
        return Judged(track=track.model_copy(update=update), why=why if accuses else Why.HINTED)
    if not accuses:
        return Judged(track=track.model_copy(update={**update, "phase": Phase.HINT}), why=Why.HINTED)
    update |= {"phase": Phase.OPEN, "episode": track.episode + 1, "settled": "", "back": ()}
    return Judged(track=track.model_copy(update=update), why=Why.CONFIRMED)


def _same(track: Track, filed: str, sighting: Sighting, against: Against) -> Judged:
    """What was filed is shown. Whether that undoes an open change: one source that is behind clears nothing.

    It does when a source says so that showed the change, or when others do often enough. Where another value is filed
    by now, nobody undid anything: the look came before the filing was heard of.
    """
    if track.phase is Phase.OPEN and not against.among(track.filed, against.filed):
        return Judged(track=_filed_late(track), why=Why.FILED_LATE)
    if track.phase is Phase.OPEN:
        back = (*track.back, sighting)
        if sighting.source not in {one.source for one in track.sightings} and len(back) < against.sightings:
            return Judged(track=track.model_copy(update={"back": back}), why=Why.OTHER_SOURCE)
        update = {"phase": Phase.QUIET, "settled": "reverted", "agreed": True, "back": ()}
        return Judged(track=track.model_copy(update=update), why=Why.REVERTED)
    was_quiet = track.phase is Phase.QUIET
    agreed = track.model_copy(update={"agreed": True, "filed": filed})
    return Judged(
        track=agreed if was_quiet else _quiet(agreed),
        why=Why.SAME if was_quiet else Why.WAS_NOTHING,
    )


def _filed_late(track: Track) -> Track:
    return track.model_copy(update={"phase": Phase.QUIET, "settled": "filed_late", "agreed": True, "back": ()})


def _quiet(track: Track) -> Track:
    return track.model_copy(update={"phase": Phase.QUIET, "sightings": (), "seen": ""})
