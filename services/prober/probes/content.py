"""How fresh the home page and the columns are, whether pages carry their tags, and in which encoding they come.

What is read here is what 首页不更新, 栏目不更新, 空白栏目 and 页面标签 are judged by (国办秘函〔2019〕19号): the days
beside the items of a list, not those in their titles. Whether a day is old is not asked.

On top of ``measured`` stands the home page, and of its items those of the site itself, on its own host or one below it.
``latest`` is the newest day that a person can read and that is not yet to come: beside the title in the list, or on the
article's own page (at most 20 items of the home page that have none beside their title are opened, and of the columns
at most 3 each and 20 together). ``latest_by_address`` is the newest of the items that have a day in their address
alone. ``items = dated + by_address + undated + unopened``: the page of an undated item was read whole and holds no day,
so that it counts as not updated (稿件发布页没有注明发布时间的，视为不更新); an unopened one has none beside its title,
and its own page was not opened, could not be read, or may show more by scripts than was seen. ``elsewhere`` tells of
the items that lead to other sites: how many there are, how many without a day, and the newest day. ``complete``
False: a script could bring items not seen. The home page leads to
``columns_found`` addresses that may be columns, ``columns_tried`` of them were opened, and those that turned out to be
none are not told. Of a column that could not be read only name, address, outcome and reason stand. ``blank`` is true
when a page has no item and next to no text of its own, None when a script might bring some. ``tags`` are the names of
the official ``<meta>`` tags that are there and not empty. ``articles`` are those that could be read of the ``taken``
ones, drawn by ``seed`` from all items of the site's own host.
"""

from collections.abc import Collection, Sequence
from itertools import compress

from pydantic import JsonValue

from services.prober.articles import dated, of_columns, read_articles, sample, without_day
from services.prober.blocked import unread
from services.prober.columns import leads, of_site, same_host
from services.prober.encoding import encoding_of
from services.prober.items import Item
from services.prober.listing import elsewhere, listing, summary
from services.prober.look import Look, Measurement, undetermined
from services.prober.means import Around
from services.prober.survey import dated_columns, read_columns
from services.prober.tags import SITE, tags_of
from shared.events.probe import Outcome, Reason


async def content(look: Look, around: Around) -> Measurement:
    """Read the home page, the columns it leads to (at most ``means.pages``), and a few articles; see the module.

    ``measured``::

        {"latest": "2026-11-20" | None, "latest_by_address": "2026-11-20" | None,
         "items": int, "dated": int, "by_address": int, "undated": int, "unopened": int,
         "elsewhere": {"items": int, "undated": int, "latest": "2026-11-20" | None},
         "complete": bool, "read_by": "static" | "rendered",
         "columns": [{"name", "url": str, "type": str | None, "tags": [str],
                      "outcome": "answered" | "failed" | "undetermined", "reason": Reason,
                      "latest", "latest_by_address", "items", "dated", "by_address", "undated", "unopened", "complete",
                      "read_by", "blank": bool | None, "evidence": sha256}], "columns_found": int, "columns_tried": int,
         "articles": [{"title", "url": str, "tags": [str], "day": "2026-11-20" | None, "evidence": sha256}],
         "drawn": {"seed": str, "of": int, "taken": int},
         "tags": {"SiteName" | "SiteDomain" | "SiteIDCode": str},
         "charset": {"header", "meta": str | None, "used": str, "sure": "certain" | "likely" | "doubtful",
                     "replaced": int}}

    ``undetermined``: ``no_page`` (nothing arrived, or an error page), ``blocked_page``, ``unreadable`` (no HTML).
    """
    page = look.page
    reason = unread(look)
    if page is None or reason:
        return undetermined(reason or Reason.NO_PAGE)
    try:
        home = await listing(page, around.today, around.means.render)
    except ValueError:
        return undetermined(Reason.UNREADABLE)
    found = leads(home.tree, page.url)
    columns = await read_columns(found[: around.means.pages], page, home, around)
    lists = [column.listing for column in columns if column.listing]
    drawn, frame = sample(page.url, [home, *lists], around.seed)
    ours, theirs = _parted(home.items, (page.url, look.url))
    articles = await read_articles([*drawn, *without_day(ours), *of_columns(page.url, lists)], page, around)
    measured: dict[str, JsonValue] = {
        **summary(dated(ours, articles)),
        "elsewhere": elsewhere(theirs),
        "complete": home.complete,
        "read_by": home.read_by,
        "columns": [column.as_json() for column in dated_columns(columns, articles)],
        "columns_found": len(found),
        "columns_tried": min(len(found), around.means.pages),
        "articles": [each.as_json() for each in articles if each.url in drawn and same_host(each.page.url, page.url)],
        "drawn": {"seed": around.seed, "of": frame, "taken": len(drawn)},
        "tags": {name: value for name, value in tags_of(home.tree).items() if name in SITE},
        "charset": encoding_of(page),
    }
    kept = [column.page for column in columns if column.page] + [article.page for article in articles]
    return Measurement(Outcome.ANSWERED, Reason.OK, measured, kept)


def _parted(found: Sequence[Item], addresses: Collection[str]) -> tuple[list[Item], list[Item]]:
    """The items of the website that answers at these addresses, and those of others."""
    ours = [any(of_site(address, item.url) for address in addresses) for item in found]
    return list(compress(found, ours)), [item for item, is_ours in zip(found, ours, strict=True) if not is_ours]
