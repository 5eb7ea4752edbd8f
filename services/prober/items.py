"""The items of a list page: a title that leads to an article, and the day that stands with it. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, takewhile
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.prober import dates
from services.prober.html import absolute, fold, target

SHORTEST_TITLE, SHORTEST_UNDATED = 4, 7
LONGEST_TITLE = 120
LONGEST_ROW = 300
LONGEST_PIECE = 60
HEIGHT = 5
DEPTH = 40
MOST_GAP = 60
MOST_OF_THEM = 0.6
# Above these stands more than one item.
LISTS = {"ul", "ol", "dl", "table", "tbody", "main", "body", "html", "form", None}
FRAME = {"nav", "header", "footer", "select"}
FRAME_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|menu|foot|copyright|banquan|crumb|pag(?:er|ination)|daohang|yqlj)", re.IGNORECASE
)
# A calendar on the page is no day of publishing.
CALENDAR = re.compile(
    r"今天是|现在(?:是|时间)|当前(?:时间|日期)|农历|星期[一二三四五六日天]"
    r"|天气|气温|空气质量|℃|°C|多云|[晴阴]转|转[晴阴]|(?:^|\s)[晴阴](?:\s|$)|(?:小|中|大|阵|暴)雨|雨夹雪",
    re.IGNORECASE,
)
# Beside these a day of today is the date in the head of the page.
HEAD_NAMES = re.compile(r"(?:^|[\s_-])(?:top|head|hd|logo|date|time|tool|wza|tq|tianqi|weather)", re.IGNORECASE)
SERVICE = re.compile(
    r"无障碍|长者|适老|天气|气象|繁[體体]|english|登[录陆]|注册|设为首页|加入收藏|客户端|公众号|微博|网站地图",
    re.IGNORECASE,
)
# The address of an article ends in something with a number of its own, that of a column does not.
ARTICLE = re.compile(r"\d{3}|[0-9a-f]{8}|(?:id|article)=\w", re.IGNORECASE)
COLUMN = re.compile(
    r"(?:^|[/?&])(?:index|list|col(?:umn)?|node|channel|default|class|cat(?:egory)?|menu|subject|topic|ztzl)[\w.=-]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """``day`` is None when nobody stated one so far; ``by`` says who did, or that nobody does."""

    title: str
    url: str
    day: date | None = None
    by: dates.By | None = None


def items(tree: LexborHTMLParser, url: str, today: date) -> list[Item]:
    """The items of the page at ``url``, in its order, each address once.

    A link counts as an item when its address or its length is that of an article's title and a day stands with it, or
    when both are and it is no part of the navigation. The date of today, and the weather, in the head of a page date
    nothing.
    """
    return list(_items(tree, url, today))


def _items(tree: LexborHTMLParser, url: str, today: date) -> Iterator[Item]:
    links = _Links.of(tree, base_of(tree, url))
    for address, nodes in links.by_address.items():
        title = _title(nodes)
        outside = next((text for node in nodes if (text := links.outside(node, today))), "")
        pieces = [piece for node in nodes for piece in _pieces(node)]
        found = dates.of_item(outside, pieces, address, today)
        if found == (today, dates.By.TEXT) and not is_article(address) and _in_head(title, nodes):
            continue
        if found:
            yield Item(title[:LONGEST_TITLE], address, *found)
        elif len(title) >= SHORTEST_UNDATED and is_article(address) and not any(map(in_frame, nodes)):
            yield Item(title[:LONGEST_TITLE], address)


def base_of(tree: LexborHTMLParser, url: str) -> str:
    """The address that those of the page are relative to."""
    node = tree.css_first("base[href]")
    return absolute(url, node.attributes.get("href")) if node else url


def is_article(address: str) -> bool:
    """Whether ``address`` looks like one of an article, not of a column."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.path.endswith("/") and not parts.query:
        return False
    last = parts.path.rstrip("/").rpartition("/")[2] + (f"?{parts.query}" if parts.query else "")
    return bool(ARTICLE.search(last)) and not COLUMN.search(f"/{last}")


def in_frame(node: LexborNode) -> bool:
    """Whether ``node`` is part of the navigation, the head or the foot of its page."""
    return _is_within(node, FRAME_NAMES)


@dataclass(frozen=True, slots=True)
class _Links:
    """The links of a page that may be items, and which of their addresses each element holds."""

    by_address: Mapping[str, Sequence[LexborNode]]
    held: Mapping[int, set[str]]
    beside: dict[int, Mapping[int, str]]

    @classmethod
    def of(cls, tree: LexborHTMLParser, base: str) -> "_Links":
        all_of_them: dict[str, list[LexborNode]] = {}
        for node in tree.css("a[href]"):
            all_of_them.setdefault(target(base, node.attributes.get("href")), []).append(node)
        by_address = {address: nodes for address, nodes in all_of_them.items() if _may_be_item(address, nodes)}
        held: dict[int, set[str]] = {}
        for address, nodes in by_address.items():
            for node in nodes:
                for above in islice(_upwards(node), HEIGHT + 1):
                    held.setdefault(above.mem_id, set()).add(address)
        return cls(by_address, held, {})

    def outside(self, node: LexborNode, today: date) -> str:
        """The text with a day that stands with ``node`` and belongs to no other link; empty when there is none."""
        row = node
        for _ in range(HEIGHT):
            above = row.parent
            if above is None or above.tag in LISTS or len(self.held.get(above.mem_id, ())) != 1:
                break
            row = above
            text = _text(row)
            if len(text) > LONGEST_ROW or CALENDAR.search(text):
                return ""
            if dates.stated(text, today):
                return text
        return self._beside(row, today)

    def _beside(self, row: LexborNode, today: date) -> str:
        """The text right after ``row``, or right before it where the whole list is written so."""
        parent = row.parent
        if parent is None:
            return ""
        if parent.mem_id not in self.beside:
            self.beside[parent.mem_id] = self._shared_out(parent, today)
        return self.beside[parent.mem_id].get(row.mem_id, "")

    def _shared_out(self, parent: LexborNode, today: date) -> Mapping[int, str]:
        """Which of the texts between the children of ``parent`` belongs to which child that holds links."""
        rows: list[int] = []
        gaps = [""]
        for child in parent.iter(include_text=True):
            if self.held.get(child.mem_id):
                rows.append(child.mem_id)
                gaps.append("")
            elif len(gaps[-1]) < MOST_GAP:
                gaps[-1] += " " + child.text(deep=True, separator=" ")[:MOST_GAP]
        dated = [bool(dates.stated(gap, today)) and not CALENDAR.search(gap) for gap in gaps]
        if sum(dated) < MOST_OF_THEM * len(rows):
            return {}
        first = 0 if dated[0] and not dated[-1] else 1
        return {row: gaps[n] for n, row in enumerate(rows, start=first) if dated[n]}


def _in_head(title: str, nodes: Sequence[LexborNode]) -> bool:
    """Whether a link that is no article's stands where the head of a page tells the date of today."""
    return bool(SERVICE.search(title)) or any(in_frame(node) or _is_within(node, HEAD_NAMES) for node in nodes)


def _is_within(node: LexborNode, called: re.Pattern[str]) -> bool:
    """Whether ``node`` is in an element of the frame of its page, or in one whose id or class is ``called`` so."""
    for above in islice(_upwards(node), DEPTH):
        attributes = above.attributes
        names = f"{attributes.get('id') or ''} {attributes.get('class') or ''}"
        if above.tag in FRAME or (names.strip() and called.search(names)):
            return True
    return False


def _upwards(node: LexborNode) -> Iterator[LexborNode]:
    above: LexborNode | None = node
    while above is not None:
        yield above
        above = above.parent


def _may_be_item(address: str, nodes: Sequence[LexborNode]) -> bool:
    parts = urlsplit(address)
    leads_on = len(parts.path) > 1 or bool(parts.query)
    return leads_on and len(_title(nodes)) >= (SHORTEST_TITLE if is_article(address) else SHORTEST_UNDATED)


def _title(nodes: Sequence[LexborNode]) -> str:
    texts = [
        fold(text)
        for node in nodes
        for text in (node.text(deep=True, separator=" "), node.attributes.get("title") or "")
    ]
    return max(texts, key=len)


def _pieces(node: LexborNode) -> list[str]:
    return [child.text(deep=False) for child in node.traverse(include_text=True) if child.is_text_node]


def _text(row: LexborNode) -> str:
    """The short pieces of text in ``row`` that are in no link: a summary speaks of other days, as a title does."""
    parts: list[str] = []
    size = 0
    for node in row.traverse(include_text=True):
        if not node.is_text_node or _in_link(node, row):
            continue
        piece = node.text(deep=False)
        if len(piece) <= LONGEST_PIECE:
            parts.append(piece)
            size += len(piece)
            if size > LONGEST_ROW:
                break
    return fold(" ".join(parts))


def _in_link(node: LexborNode, row: LexborNode) -> bool:
    within = takewhile(lambda above: above.mem_id != row.mem_id, _upwards(node))
    return row.tag == "a" or any(above.tag == "a" for above in within)
