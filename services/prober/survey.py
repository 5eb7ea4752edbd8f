"""The columns of a website, read one by one through what its home page leads to."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import JsonValue

from services.prober.articles import Article, dated, title_of
from services.prober.blocked import unread
from services.prober.columns import Lead, own_text, pieces, same_host
from services.prober.dates import By
from services.prober.evidence import name_of
from services.prober.listing import Listing, forwards, ran, sent, summary
from services.prober.look import Look, Page
from services.prober.means import Around
from services.prober.probes.reachability import reachability
from services.prober.tags import tags_of
from services.prober.together import within
from services.prober.trying import says_missing
from shared.events.probe import Outcome, Reason

LONGEST = 240.0
MOST_RENDERED = 5
# What stands on most columns stands beside their lists, not in them.
FEWEST_TO_COMPARE = 4
NEXT_TO_NOTHING = 50
LONGEST_URL = 500
TOO_LATE = Outcome.UNDETERMINED, Reason.NO_PAGE


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was read. ``page`` and ``listing`` are None when it could not be, as ``reason`` says."""

    lead: Lead
    outcome: Outcome
    reason: Reason
    page: Page | None = None
    listing: Listing | None = None
    blank: bool | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """As ``probes.content`` documents it."""
        told: dict[str, JsonValue] = {
            "name": self.lead.name,
            "url": self.lead.url[:LONGEST_URL],
            "outcome": self.outcome.value,
            "reason": self.reason.value,
        }
        if self.page is None or self.listing is None:
            return told
        tags = tags_of(self.listing.tree)
        return {
            **told,
            "name": tags.get("ColumnName") or self.lead.name or title_of(self.listing.tree),
            "type": tags.get("ColumnType"),
            "tags": list(tags),
            **summary(self.listing.items),
            "complete": self.listing.complete,
            "read_by": self.listing.read_by,
            "blank": self.blank,
            "evidence": name_of(self.page.body),
        }


async def read_columns(leads: Sequence[Lead], home: Page, front: Listing, around: Around) -> list[Column]:
    """The columns that ``leads`` lead to, without those that turn out to be none.

    ``home`` is the home page and ``front`` what was read of it.
    """
    looks = await within(LONGEST, (around.follow(lead.url) for lead in leads))
    as_sent = [await _column(lead, look, around.today) for lead, look in zip(leads, looks, strict=True)]
    read = await _rendered(as_sent, around)
    by_address = {column.page.url if column.page else column.lead.url: column for column in reversed(read)}
    columns = [column for column in reversed(by_address.values()) if _is_column(column, home)]
    beside = _beside_the_lists(columns)
    everywhere = set(pieces(front.tree))
    return [_finished(column, beside, everywhere) for column in columns]


def dated_columns(columns: Sequence[Column], articles: Sequence[Article]) -> list[Column]:
    """The columns, their items dated by those of their own pages that were read."""
    return [
        replace(column, listing=replace(column.listing, items=tuple(dated(column.listing.items, articles))))
        if column.listing
        else column
        for column in columns
    ]


async def _column(lead: Lead, look: Look | None, today: date) -> Column:
    if look is None:
        return Column(lead, *TOO_LATE)
    opened = await reachability(look)
    reason = unread(look)
    if opened.outcome is not Outcome.ANSWERED:
        return Column(lead, opened.outcome, opened.reason)
    if reason or look.page is None or says_missing(look.page) or forwards(look.page):
        return Column(lead, Outcome.UNDETERMINED, reason or Reason.NO_PAGE)
    try:
        found = sent(look.page, today)
    except ValueError:
        return Column(lead, Outcome.UNDETERMINED, Reason.UNREADABLE)
    return Column(lead, Outcome.ANSWERED, Reason.OK, look.page, found)


async def _rendered(columns: Sequence[Column], around: Around) -> list[Column]:
    """The columns, of which a few had their scripts run: those that could bring more, the oldest first."""
    render = around.means.render
    doubtful = [each for each in columns if each.listing and not each.listing.complete]
    after = {each.lead.url: each for each in columns}
    for each in sorted(doubtful, key=_newest)[:MOST_RENDERED] if render else ():
        if each.page and each.listing and render:
            with contextlib.suppress(ValueError):
                after[each.lead.url] = replace(each, listing=await ran(each.page, each.listing, around.today, render))
    return list(after.values())


def _newest(column: Column) -> date:
    """The newest day that the list of a column shows."""
    found = column.listing.items if column.listing else ()
    return max((item.day for item in found if item.day and item.by is By.TEXT), default=date.min)


def _is_column(column: Column, home: Page) -> bool:
    """Not another website, not the home page again, not an article."""
    if column.page is None or column.listing is None:
        return True
    tags = tags_of(column.listing.tree)
    is_article = "ArticleTitle" in tags and "ColumnName" not in tags
    is_home = column.page.body == home.body or column.page.url.rstrip("/") == home.url.rstrip("/")
    return same_host(column.page.url, home.url) and not is_home and not is_article


def _beside_the_lists(columns: Sequence[Column]) -> set[str]:
    """The addresses of items that stand on more than half of the columns."""
    listings = [column.listing for column in columns if column.listing]
    if len(listings) < FEWEST_TO_COMPARE:
        return set()
    counts = Counter(url for each in listings for url in {item.url for item in each.items})
    return {url for url, count in counts.items() if count * 2 > len(listings)}


def _finished(column: Column, beside: set[str], everywhere: set[str]) -> Column:
    if column.listing is None:
        return column
    own = column.listing.without(beside)
    empty = not own.items and len(own_text(own.tree, everywhere)) < NEXT_TO_NOTHING
    return replace(column, listing=own, blank=(True if own.complete else None) if empty else False)
