"""A page read as a list: its items, and whether they are all it holds. Where only scripts know, they are run."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import JsonValue
from selectolax.lexbor import LexborHTMLParser

from services.prober.blocked import MARKUP
from services.prober.dates import By
from services.prober.html import fits, fold, read, start
from services.prober.items import Item, items
from services.prober.look import Page
from services.prober.means import Render

CUT = {"body_cut_short", "body_over_cap"}
# Lists whose rows come later, or stand in a script until they are shown.
BRINGS = re.compile(r"<datastore|\.jpage\s*\(|dataproxy|\sv-for=|\sng-repeat=|\{\{", re.IGNORECASE)
FORWARDS = re.compile(
    r"\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign)\s*\(|http-equiv\s*=\s*[\"']?refresh[^>]{0,100}url",
    re.IGNORECASE,
)
LEAST = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """``complete``: nothing on the page could bring more items. ``read_by``: as sent, or after its scripts ran."""

    tree: LexborHTMLParser
    items: tuple[Item, ...]
    complete: bool
    read_by: Literal["static", "rendered"] = "static"

    def without(self, addresses: set[str]) -> "Listing":
        """The listing without the items at these addresses."""
        return replace(self, items=tuple(item for item in self.items if item.url not in addresses))


async def listing(page: Page, today: date, render: Render | None) -> Listing:
    """Read ``page``; when scripts could bring more than was sent, they are run where that is possible.

    Raises ValueError for a page made to keep a parser busy.
    """
    seen = sent(page, today)
    return seen if seen.complete or render is None else await ran(page, seen, today, render)


def sent(page: Page, today: date) -> Listing:
    """Read ``page`` as it was sent. Raises ValueError for a page made to keep a parser busy."""
    tree = start(page.text)
    whole = fits(page.text) and not CUT & set(page.warnings) and not BRINGS.search(page.text)
    found = tuple(items(tree, page.url, today))
    return Listing(tree, found, complete=whole and not read(page.text, page.url).may_add)


async def ran(page: Page, before: Listing, today: date, render: Render) -> Listing:
    """``page`` after its scripts ran; ``before``, as it was sent, when that cannot be seen.

    What was sent and is not there afterwards counts too when not everything arrived that the scripts asked for.
    Raises ValueError for a page made to keep a parser busy.
    """
    rendered = await render(page)
    if rendered is None:
        return before
    tree = start(rendered.html)
    whole = rendered.whole and fits(rendered.html) and not CUT & set(page.warnings)
    after = {item.url: item for item in items(tree, page.url, today)}
    found = after if whole else {item.url: item for item in before.items} | after
    return Listing(tree, tuple(found.values()), complete=whole, read_by="rendered")


def forwards(page: Page) -> bool:
    """Whether ``page`` has next to nothing to read and sends people on by a script or a ``<meta>`` tag."""
    return FORWARDS.search(page.text) is not None and len(fold(MARKUP.sub(" ", page.text))) < LEAST


def summary(found: Iterable[Item]) -> Mapping[str, JsonValue]:
    """``{"latest", "latest_by_address", "items", "dated", "by_address", "undated", "unopened"}`` of some items.

    Of the ``items``, ``dated`` have a day for everybody to read, ``by_address`` only in their address; ``undated`` have
    none at all, for their own pages were read, and of the ``unopened`` nothing is known. ``latest`` and
    ``latest_by_address`` are the newest of the first and the second kind (ISO date or None).
    """
    all_of_them = list(found)
    by = [item.by for item in all_of_them]
    return {
        "latest": _newest(item.day for item in all_of_them if item.by in (By.TEXT, By.ARTICLE)),
        "latest_by_address": _newest(item.day for item in all_of_them if item.by is By.ADDRESS),
        "items": len(by),
        "dated": sum(each in (By.TEXT, By.ARTICLE) for each in by),
        "by_address": by.count(By.ADDRESS),
        "undated": by.count(By.NOWHERE),
        "unopened": by.count(None),
    }


def elsewhere(found: Iterable[Item]) -> dict[str, JsonValue]:
    """``{"items", "undated": int, "latest": ISO date | None}`` of items that lead to other sites."""
    days = [item.day for item in found]
    return {"items": len(days), "undated": days.count(None), "latest": _newest(days)}


def _newest(days: Iterable[date | None]) -> str | None:
    newest = max((day for day in days if day), default=None)
    return newest.isoformat() if newest else None
