"""The columns and articles of a website, read one by one through what its home page leads to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import JsonValue
from selectolax.lexbor import LexborHTMLParser

from services.prober.blocked import unread
from services.prober.columns import Lead, own_text, pieces, same_host
from services.prober.dates import By, of_article
from services.prober.drawn import draw
from services.prober.evidence import name_of
from services.prober.html import fold, start
from services.prober.items import Item
from services.prober.listing import Listing, listing, summary
from services.prober.look import Look, Page
from services.prober.means import Around, Render, Rendered
from services.prober.probes.reachability import reachability
from services.prober.tags import tags_of
from services.prober.together import within
from services.prober.trying import says_missing
from shared.events.probe import Outcome, Reason

LONGEST = 240.0
ARTICLES = 5
OPENED = 10
MOST_RENDERED = 5
# What stands on most columns stands beside their lists, not in them.
FEWEST_TO_COMPARE = 4
NEXT_TO_NOTHING = 50
LONGEST_TEXT, LONGEST_URL = 80, 500
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
            "name": tags.get("ColumnName") or self.lead.name or _title(self.listing.tree),
            "type": tags.get("ColumnType"),
            "tags": list(tags),
            **summary(self.listing.items),
            "complete": self.listing.complete,
            "read_by": self.listing.read_by,
            "blank": self.blank,
            "evidence": name_of(self.page.body),
        }


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it was read. ``day`` is None when its page states none."""

    title: str
    url: str
    page: Page
    tags: Sequence[str]
    day: date | None

    def as_json(self) -> dict[str, JsonValue]:
        """As ``probes.content`` documents it."""
        return {
            "title": self.title,
            "url": self.url[:LONGEST_URL],
            "tags": list(self.tags),
            "day": self.day.isoformat() if self.day else None,
            "evidence": name_of(self.page.body),
        }


async def read_columns(leads: Sequence[Lead], home: Page, front: Listing, around: Around) -> list[Column]:
    """The columns that ``leads`` lead to, without those that turn out to be none.

    ``home`` is the home page and ``front`` what was read of it.
    """
    looks = await within(LONGEST, (around.follow(lead.url) for lead in leads))
    render = _sparing(around.means.render, MOST_RENDERED)
    read = [await _column(lead, look, around.today, render) for lead, look in zip(leads, looks, strict=True)]
    by_address = {column.page.url if column.page else column.lead.url: column for column in reversed(read)}
    columns = [column for column in reversed(by_address.values()) if _is_column(column, home)]
    beside = _beside_the_lists(columns)
    everywhere = set(pieces(front.tree))
    return [_finished(column, beside, everywhere) for column in columns]


def sample(url: str, listings: Sequence[Listing], seed: str) -> tuple[list[str], int]:
    """Some articles drawn from all of the site's own, and from how many. The site is that of the page at ``url``."""
    frame = {item.url: None for each in listings for item in each.items if same_host(item.url, url)}
    return draw(frame, ARTICLES, seed), len(frame)


def without_day(url: str, found: Iterable[Item]) -> list[str]:
    """The items of the page at ``url`` whose own pages must say their day: nothing beside the title does.

    Half are those whose address says most clearly that they are new, half those about which nothing is known.
    """
    own = [item for item in found if same_host(item.url, url)]
    addressed = sorted((item for item in own if item.by is By.ADDRESS and item.day), key=_day, reverse=True)
    unknown = [item for item in own if item.day is None]
    return [item.url for item in (*addressed[:OPENED], *unknown[:OPENED])]


def dated(found: Iterable[Item], articles: Iterable[Article]) -> list[Item]:
    """The items of a list, those that were opened dated by what their own pages say: a day, or none."""
    days = {article.url: article.day for article in articles}
    return [
        replace(item, day=days[item.url], by=By.ARTICLE if days[item.url] else None)
        if item.by is not By.TEXT and item.url in days
        else item
        for item in found
    ]


async def read_articles(urls: Iterable[str], around: Around) -> list[Article]:
    """Those of the articles at ``urls`` whose pages can be read."""
    each_once = list(dict.fromkeys(urls))
    looks = await within(LONGEST, map(around.follow, each_once))
    read = [_article(url, look, around.today) for url, look in zip(each_once, looks, strict=True) if look]
    return [article for article in read if article]


async def _column(lead: Lead, look: Look | None, today: date, render: Render | None) -> Column:
    if look is None:
        return Column(lead, *TOO_LATE)
    opened = await reachability(look)
    reason = unread(look)
    if opened.outcome is not Outcome.ANSWERED:
        return Column(lead, opened.outcome, opened.reason)
    if reason or look.page is None or says_missing(look.page):
        return Column(lead, Outcome.UNDETERMINED, reason or Reason.NO_PAGE)
    try:
        found = await listing(look.page, today, render)
    except ValueError:
        return Column(lead, Outcome.UNDETERMINED, Reason.UNREADABLE)
    return Column(lead, Outcome.ANSWERED, Reason.OK, look.page, found)


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


def _article(url: str, look: Look, today: date) -> Article | None:
    if look.page is None or unread(look):
        return None
    try:
        tree = start(look.page.text)
    except ValueError:
        return None
    tags = tags_of(tree)
    text = fold(tree.body.text(deep=True, separator=" ")) if tree.body else ""
    title = tags.get("ArticleTitle") or _title(tree)
    return Article(title[:LONGEST_TEXT], url, look.page, list(tags), of_article(tags.get("PubDate", ""), text, today))


def _sparing(render: Render | None, most: int) -> Render | None:
    """``render``, which works at most so often."""
    if render is None:
        return None
    left = iter(range(most))

    async def sparing(page: Page) -> Rendered | None:
        return await render(page) if next(left, None) is not None else None

    return sparing


def _day(item: Item) -> date:
    return item.day or date.min


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return fold(node.text(deep=True))[:LONGEST_TEXT] if node else ""
