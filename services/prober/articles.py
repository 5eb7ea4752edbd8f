"""The articles of a website: which are opened, what their own pages say of their day, and which tags they carry."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import JsonValue
from selectolax.lexbor import LexborHTMLParser

from services.prober.blocked import unread
from services.prober.columns import of_site, same_host
from services.prober.dates import By, may_state, of_article
from services.prober.drawn import draw
from services.prober.evidence import name_of
from services.prober.html import fold, start
from services.prober.items import Item
from services.prober.listing import Listing, forwards, sent
from services.prober.look import Look, Page
from services.prober.means import Around
from services.prober.tags import tags_of
from services.prober.together import within
from services.prober.trying import says_missing

LONGEST = 240.0
DRAWN = 5
BY_ADDRESS, OF_HOME = 10, 20
OF_COLUMN, OF_COLUMNS = 3, 20
LONGEST_TEXT, LONGEST_URL = 80, 500
SHORTEST_TITLE = 4
# "关于…的通知_某市人民政府"
WITHOUT_SITE = re.compile(r"[^-_|—]+(?<!\s)")


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it was read.

    ``day`` is None when its page states none that is known for one; it is ``silent`` when the page was read whole and
    holds nothing that a person could take for a day.
    """

    title: str
    url: str
    page: Page
    tags: Sequence[str]
    day: date | None
    silent: bool

    def as_json(self) -> dict[str, JsonValue]:
        """As ``probes.content`` documents it."""
        return {
            "title": self.title,
            "url": self.url[:LONGEST_URL],
            "tags": list(self.tags),
            "day": self.day.isoformat() if self.day else None,
            "evidence": name_of(self.page.body),
        }


def sample(url: str, listings: Sequence[Listing], seed: str) -> tuple[list[str], int]:
    """Some articles drawn from all of the site's own, and from how many. The site is that of the page at ``url``."""
    frame = {item.url: None for each in listings for item in each.items if same_host(item.url, url)}
    return draw(frame, DRAWN, seed), len(frame)


def without_day(found: Iterable[Item]) -> list[str]:
    """Those of the items of a home page whose own pages must say their day: nothing beside the title does.

    At most half are those whose address says most clearly that they are new, the rest those about which nothing is
    known.
    """
    addressed, unknown = _undated(found)
    first = addressed[:BY_ADDRESS]
    return [item.url for item in (*first, *unknown)][:OF_HOME]


def of_columns(home: str, listings: Sequence[Listing]) -> list[str]:
    """A few items of each column that must say their day themselves, first of the columns that show no day at all.

    Only those of the site of the page at ``home``.
    """
    needy = sorted(listings, key=lambda each: any(item.by is By.TEXT for item in each.items))
    wanted = [_first(home, each.items) for each in needy]
    by_turns = [urls[turn] for turn in range(OF_COLUMN) for urls in wanted if turn < len(urls)]
    return list(dict.fromkeys(by_turns))[:OF_COLUMNS]


def dated(found: Iterable[Item], articles: Iterable[Article]) -> list[Item]:
    """The items of a list, those that were opened dated by what their own pages say: a day, or none."""
    opened = {article.url: article for article in articles}
    return [_dated(item, opened[item.url]) if item.by is not By.TEXT and item.url in opened else item for item in found]


async def read_articles(urls: Iterable[str], home: Page, around: Around) -> list[Article]:
    """Those of the articles at ``urls`` whose pages can be read, and are pages of the site whose ``home`` this is."""
    each_once = list(dict.fromkeys(urls))
    looks = await within(LONGEST, map(around.follow, each_once))
    read = [_article(url, look, home, around.today) for url, look in zip(each_once, looks, strict=True) if look]
    return [article for article in read if article]


def title_of(tree: LexborHTMLParser) -> str:
    """What stands in the ``<title>`` of a page."""
    node = tree.css_first("title")
    return fold(node.text(deep=True))[:LONGEST_TEXT] if node else ""


def _undated(found: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """The items with a day in their address alone, the newest first, and those with none."""
    all_of_them = list(found)
    addressed = [item for item in all_of_them if item.by is By.ADDRESS]
    return sorted(addressed, key=_day, reverse=True), [item for item in all_of_them if item.by is None]


def _first(home: str, found: Iterable[Item]) -> list[str]:
    addressed, unknown = _undated(item for item in found if of_site(home, item.url))
    return [item.url for item in (*unknown, *addressed)][:OF_COLUMN]


def _dated(item: Item, article: Article) -> Item:
    if article.day:
        return replace(item, day=article.day, by=By.ARTICLE)
    return replace(item, day=None, by=By.NOWHERE) if article.silent else item


def _article(url: str, look: Look, home: Page, today: date) -> Article | None:
    page = look.page
    if page is None or unread(look) or not _is_one(page, home):
        return None
    try:
        whole = sent(page, today).complete
        tree = start(page.text)
    except ValueError:
        return None
    tags = tags_of(tree)
    text = fold(tree.body.text(deep=True, separator=" ")) if tree.body else ""
    title = tags.get("ArticleTitle") or title_of(tree)
    days = [of_article(tags.get("PubDate", ""), text, today, each) for each in _titles(tree, title)]
    day = max((day for day in days if day), default=None)
    return Article(title[:LONGEST_TEXT], url, page, list(tags), day, whole and not day and not may_state(text))


def _is_one(page: Page, home: Page) -> bool:
    """Of the same site, not its home page, and neither a page that is not there nor one that only sends people on."""
    is_home = page.body == home.body or page.url.rstrip("/") == home.url.rstrip("/")
    return of_site(home.url, page.url) and not is_home and not says_missing(page) and not forwards(page)


def _titles(tree: LexborHTMLParser, title: str) -> list[str]:
    """What may be the title as it stands on the page: the tag's, and the headings."""
    headings = (fold(node.text(deep=True, separator=" ")) for node in tree.css("h1, h2, h3")[:OF_COLUMN])
    plain = WITHOUT_SITE.match(title)
    return list(
        dict.fromkeys(
            [title, plain[0] if plain else title, *(text for text in headings if len(text) >= SHORTEST_TITLE)]
        )
    )


def _day(item: Item) -> date:
    return item.day or date.min
