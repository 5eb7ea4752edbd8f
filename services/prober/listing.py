"""A page read as a list: its items, and whether they are all it holds. Where only scripts know, they are run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import JsonValue
from selectolax.lexbor import LexborHTMLParser

from services.prober.dates import By
from services.prober.html import fits, read, start
from services.prober.items import Item, items
from services.prober.look import Page
from services.prober.means import Render


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
    """Read ``page``; when no item of it has a day and scripts could bring some, they are run.

    Raises ValueError for a page made to keep a parser busy.
    """
    seen = _static(page.text, page.url, today)
    if seen.complete or render is None or any(item.day for item in seen.items):
        return seen
    rendered = await render(page)
    if rendered is None:
        return seen
    ran = _static(rendered.html, page.url, today)
    return replace(ran, complete=rendered.whole and fits(rendered.html), read_by="rendered")


def summary(found: Iterable[Item]) -> Mapping[str, JsonValue]:
    """``{"latest", "latest_by_address", "items", "dated", "by_address", "undated"}`` of some items.

    Of the ``items``, ``dated`` have a day for everybody to read, ``by_address`` only in their address, ``undated`` none
    at all; ``latest`` and ``latest_by_address`` are the newest of the first and the second kind (ISO date or None).
    """
    all_of_them = list(found)
    by = [item.by for item in all_of_them]
    return {
        "latest": _newest(item.day for item in all_of_them if item.by in (By.TEXT, By.ARTICLE)),
        "latest_by_address": _newest(item.day for item in all_of_them if item.by is By.ADDRESS),
        "items": len(by),
        "dated": sum(each in (By.TEXT, By.ARTICLE) for each in by),
        "by_address": by.count(By.ADDRESS),
        "undated": by.count(None),
    }


def _newest(days: Iterable[date | None]) -> str | None:
    newest = max((day for day in days if day), default=None)
    return newest.isoformat() if newest else None


def _static(html: str, url: str, today: date) -> Listing:
    tree = start(html)
    return Listing(tree, tuple(items(tree, url, today)), complete=fits(html) and not read(html, url).may_add)
