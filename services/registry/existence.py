"""Whether an outlet is there: gone while it is filed as running, and running while it is filed as closed.

Both are followed like any other field (see ``unfiled``): what was filed is that it runs, or that it was closed. A
website counts as gone when it has not answered for as long as the region's grace says and a look asked for after that
did not find it either; an account when its source says twice that it does not exist. Where a closing may be filed
within a term after it was done, neither is said before that ``term`` (its last day) is over.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from services.registry.compared import Terms, same_host, watched
from services.registry.unfiled import Against, Grace, Judged, Phase, Track, Why, put_in_force, see
from shared.events.probe import Profile
from shared.events.registry import Outlet, OutletState, Sighting, Website
from shared.workdays import SHANGHAI

RUNS, GONE, NO_ANSWER, CLOSED, ALIVE = "运行", "已不存在", "无法访问", "已关停", "仍在运行"
SITE = "website"
"""The source of what is known of a website's being there: all looks of the prober together."""
ANSWERED_WITHIN = timedelta(hours=1)
"""How long a look that was asked for may take."""
OWN = ("code", "name", "organiser", "verified_as")
"""What shows that something runs under the name of its unit."""
MOMENT = timedelta(milliseconds=1)


class Field(StrEnum):
    """What is followed of an outlet beside the fields of its filing."""

    CLOSURE = "closure"
    ALIVE = "alive"


class Due(StrEnum):
    """What is to be done about a website that does not answer."""

    NOT_YET = "not_yet"
    BACK = "back"
    ASK = "ask"
    WAIT = "wait"
    CONFIRM = "confirm"


def failed(track: Track, sighting: Sighting) -> Judged:
    """A website stopped answering: a suspicion, which time alone makes sure."""
    if track.phase in (Phase.SUSPECTED, Phase.OPEN):
        return Judged(track=track, why=Why.SAME)
    return see(track, seen=NO_ANSWER, sighting=sighting, against=Against(filed=(RUNS,)))


def recovered(track: Track, sighting: Sighting, failed_since: datetime | None = None) -> Judged:
    """A website answers; ``failed_since`` tells of which failure it recovered: an older one says nothing of this."""
    known = track.dark_since or (track.sightings[0].seen_at if track.sightings else None)
    if failed_since and known and failed_since < known:
        return Judged(track=track, why=Why.OLD_NEWS)
    at = max(sighting.seen_at, track.looked_at + MOMENT) if failed_since and track.looked_at else sighting.seen_at
    later = sighting.model_copy(update={"seen_at": at})
    judged = see(track, seen=RUNS, sighting=later, against=Against(filed=(RUNS,)))
    if judged.why is Why.OLD_NEWS:
        return judged
    return Judged(track=judged.track.model_copy(update={"dark_since": None}), why=judged.why)


def may_be_gone(track: Track) -> Judged:
    """A filing lets it be gone: what was found is settled; that a website is dark is kept for when it runs again."""
    judged = put_in_force(track, Against(filed=(track.seen,)))
    if track.phase not in (Phase.SUSPECTED, Phase.OPEN) or track.sightings[0].source != SITE:
        return judged
    dark = {"dark_since": track.dark_since or track.sightings[0].seen_at}
    return Judged(track=judged.track.model_copy(update=dark), why=judged.why)


def runs_again(track: Track, at: datetime) -> Judged:
    """It is to run from ``at`` on: a website that is dark since before is suspected anew, its days count from there."""
    if track.dark_since is None or track.phase is not Phase.QUIET:
        return Judged(track=track, why=Why.SAME)
    seen_at = max(at, track.looked_at + MOMENT) if track.looked_at else at
    return failed(track, Sighting(seen_at=seen_at, source=SITE))


def due(track: Track, now: datetime, grace: Grace, term: date | None = None) -> Due:
    """What is to be done about a suspicion that a website is gone."""
    if track.phase is not Phase.SUSPECTED:
        return Due.BACK
    over = track.sightings[0].seen_at + grace.gone
    if now < over or (term is not None and day_of(now) <= term):
        return Due.NOT_YET
    if track.asked_at is None or track.asked_at < over:
        return Due.ASK
    return Due.CONFIRM if now >= track.asked_at + ANSWERED_WITHIN else Due.WAIT


def account_seen(track: Track, sighting: Sighting, grace: Grace, *, gone: bool, term: date | None = None) -> Judged:
    """A source showed an account, or said that it does not exist; within ``term`` that stays a suspicion."""
    against = Against(filed=(RUNS,), sightings=grace.sightings)
    judged = see(track, seen=GONE if gone else RUNS, sighting=sighting, against=against)
    if judged.why is not Why.CONFIRMED or term is None or day_of(sighting.seen_at) > term:
        return judged
    looked = {"looked_at": judged.track.looked_at, "by_source": judged.track.by_source}
    return Judged(track=track.model_copy(update=looked), why=Why.IN_TERM)


def gone_since(track: Track, sighting: Sighting | None = None) -> date:
    """The day from which it was seen gone: the first sighting of ``track``, or ``sighting`` when there is none yet."""
    first = track.sightings[0] if track.phase in (Phase.SUSPECTED, Phase.OPEN) or sighting is None else sighting
    return day_of(first.seen_at)


def closed_seen(track: Track, sighting: Sighting, grace: Grace, *, alive: bool) -> Judged:
    """Something that was closed was looked at."""
    against = Against(filed=(CLOSED,), sightings=grace.sightings)
    return see(track, seen=ALIVE if alive else CLOSED, sighting=sighting, against=against)


def may_be_alive(track: Track) -> Judged:
    """A filing lets it run: what was found is settled, and the watch over what should be silent ends."""
    judged = put_in_force(track, Against(filed=(track.seen,)))
    return Judged(track=judged.track.model_copy(update={"asked_at": None, "until": None}), why=judged.why)


def runs_under_its_name(outlet: Outlet, profile: Profile, aliases: tuple[str, ...] = ()) -> bool:
    """Whether what is shown is the outlet itself: its own address and what was filed of it, not a page elsewhere."""
    filed, terms = outlet.filed, Terms(outlet.unit, outlet.filed, aliases)
    if isinstance(filed, Website) and profile.url:
        own = (filed.url, *filed.domains)
        if not any(same_host(profile.url, address) for address in own):
            return False
    return any(
        what.same(shown, value)
        for what in watched(filed)
        if what.field in OWN and (shown := what.shown(profile))
        for value in terms.values(what.field)
    )


def should_be_silent(outlet: Outlet, today: date) -> bool:
    """Whether ``outlet`` should not answer: it was closed or merged, or its suspension has run out."""
    if outlet.state is OutletState.SUSPENDED:
        return outlet.until is not None and outlet.until < today
    return outlet.state is not OutletState.RUNNING


def day_of(at: datetime) -> date:
    """The day of ``at`` in Asia/Shanghai."""
    return at.astimezone(SHANGHAI).date()
