"""JSON Feed 1.1 (jsonfeed.org/version/1.1): what a platform, a bridge or a unit's own CMS publishes of an account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from services.prober.blocked import wall
from services.prober.look import Look
from services.prober.means import LookAt
from services.prober.sources.reading import Reading
from shared.events.probe import Profile, Reason
from shared.events.registry import NewMedia

VERSION = "https://jsonfeed.org/version/1"
OK = 200
NAME, INTRO = 200, 2000
MOST_FOLLOWERS = 10_000_000_000


async def json_feed(look_at: LookAt, address: str, filed: NewMedia) -> Reading:
    """Read the feed at ``address``. Its certificate must be good, since what it says will be believed.

    ``title`` is the name of the account, ``authors[0].name`` (or ``author.name`` of version 1) the 认证主体,
    ``description`` the intro, the newest ``date_published`` of ``items`` the last post. The extension
    ``"_account": {"id", "organiser", "avatar": "...", "followers": 1200, "gone": true}`` says whose feed it is (a feed
    of another account is ``not_in_source``), the 主办单位 shown, the SHA-256 of the picture, how many follow it, and
    that the account does not exist any more.
    Dates without a zone, or later than the look, are not believed. A feed that cannot be had is ``source_failed``, one
    that is none ``unreadable``: neither says that the account is gone.
    """
    look = await look_at(address, verify=True)
    page = look.page
    if page is None or page.status != OK:
        blocked = page is not None and wall(page) is not None
        return Reading(look, Reason.BLOCKED_PAGE if blocked else Reason.SOURCE_FAILED)
    feed = _parse(page.text)
    if feed is None:
        return Reading(look, Reason.BLOCKED_PAGE if wall(page) else Reason.UNREADABLE)
    return _read(feed, look, filed)


def _read(feed: Mapping[str, Any], look: Look, filed: NewMedia) -> Reading:
    own = _mapping(feed.get("_account"))
    account = _text(own.get("id"), NAME)
    if account is not None and account != filed.account:
        return Reading(look, Reason.NOT_IN_SOURCE)
    if own.get("gone") is True:
        return Reading(look, Reason.OK, Profile(account=account), gone=True)
    authors = _sequence(feed.get("authors")) or [feed.get("author")]
    profile = Profile(
        name=_text(feed.get("title"), NAME),
        verified_as=_text(_mapping(authors[0]).get("name"), NAME),
        account=account,
        organiser=_text(own.get("organiser"), NAME),
        avatar=_text(own.get("avatar"), NAME),
        intro=_text(feed.get("description"), INTRO),
        followers=_count(own.get("followers")),
        last_post_at=max(_posted(feed, look.looked_at), default=None),
    )
    return Reading(look, Reason.OK, profile)


def _parse(text: str) -> Mapping[str, Any] | None:
    try:
        feed = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError:
        return None
    named = isinstance(feed, dict) and str(feed.get("version", "")).startswith(VERSION)
    return feed if named and isinstance(feed.get("items", []), list) else None


def _posted(feed: Mapping[str, Any], now: datetime) -> Iterator[datetime]:
    for item in _sequence(feed.get("items")):
        try:
            at = datetime.fromisoformat(str(_mapping(item).get("date_published", "")))
        except ValueError:
            continue
        if at.tzinfo is not None and at <= now:
            yield at


def _text(value: object, longest: int) -> str | None:
    return value.strip()[:longest] or None if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_FOLLOWERS else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
