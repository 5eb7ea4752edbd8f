"""Finding outlets in the register: what is asked for in an address, as a filter and an order for the store. Pure.

Text is found by *tails*: an outlet keeps, for each of its texts, what follows every place in it, at most ``TAIL``
characters. A word stands somewhere in a text exactly when a tail begins with it, and a beginning is one range of an
index: no document is read that does not match, whatever the script.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from services.registry.unfiled import normal
from shared.documents.scope import below
from shared.events.region import is_prefix
from shared.events.registry import Outlet, OutletState, Website

KEYED = 1
"""Which way of making keys a document has; raise it when ``keys`` or ``marks`` give others than before."""
TAIL = 12
LONGEST = 100
MOST_WORDS = 6
MOST_DOMAINS = 50
SORTS: Mapping[str, tuple[str, int]] = {
    "": ("outlet.filed.name", 1),
    "unit": ("outlet.unit.name", 1),
    "region": ("region", 1),
    "opened": ("outlet.since", -1),
    "changed": ("changed_at", -1),
}
"""What a list can be sorted by: the field, and which way."""
SORT_NAMES = {"": "名称", "unit": "主办单位", "region": "区划", "opened": "开设时间", "changed": "最近变更"}
KINDS = {"website": "网站", "new_media": "账号"}
STATES = {
    OutletState.RUNNING.value: "运行",
    OutletState.SUSPENDED.value: "临时下线",
    OutletState.MERGED.value: "已整合",
    OutletState.CLOSED.value: "已关停",
}
CLASSES = {"portal": "门户网站", "department": "部门网站"}
TITLES = {
    "kind": "类型",
    "platform": "平台",
    "subtype": "账号类型",
    "state": "状态",
    "class": "网站类别",
    "region": "区划",
    "unit": "主办单位",
    "sort": "排序",
    "unfiled": "未备案变更",
    "under_way": "正在办理",
}
FIELDS = {
    "kind": "outlet.filed.kind",
    "platform": "outlet.filed.platform",
    "subtype": "outlet.filed.subtype",
    "state": "outlet.state",
    "class": "outlet.filed.site_class",
    "unit": "unit",
}
"""The filters that are one value of one field of the stored document."""
DENSE = frozenset({"kind", "state", "platform"})


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the register. ``exact`` holds the filters of ``FIELDS``; ``wrong`` what was not understood."""

    text: str = ""
    exact: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    unfiled: bool = False
    under_way: bool = False
    sort: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.exact or self.region or self.unfiled or self.under_way)

    @property
    def dense(self) -> bool:
        """Whether only fields that stand in every index of an order narrow it (``store.FILTERED``)."""
        return not (self.text or self.unfiled or self.under_way) and self.exact.keys() <= DENSE

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields of the form, and in links that keep the filter."""
        said = {"q": self.text, **self.exact, "region": self.region, "sort": self.sort}
        flags = {"unfiled": self.unfiled, "under_way": self.under_way}
        return {name: text for name, text in said.items() if text} | {name: "1" for name, on in flags.items() if on}

    def link(self, **changed: str) -> str:
        """The address of the register with this filter and ``changed`` in it; an empty value takes one out."""
        pairs = {name: text for name, text in {**self.values, **changed}.items() if text}
        return "/registry/" + (f"?{urlencode(pairs)}" if pairs else "")

    def where(self) -> dict[str, Any]:
        """The filter for the store, but for ``unfiled`` and ``under_way``, which other documents tell."""
        parts: list[dict[str, Any]] = [{FIELDS[name]: value} for name, value in self.exact.items()]
        parts += holding(self.text)
        if self.region:
            parts.append({"region": below(self.region)})
        return {"$and": parts} if parts else {}

    def order(self) -> list[tuple[str, int]]:
        """The order for the store; what is equal goes by id, so that pages never share an outlet."""
        name, way = SORTS[self.sort]
        return [(name, way), ("_id", way)]


def asked(params: Mapping[str, str], platforms: Iterable[str]) -> Query:
    """The query of an address. A value that cannot be is told in ``wrong`` and filters nothing."""
    known = {"kind": KINDS, "platform": set(platforms), "state": STATES, "class": CLASSES}
    exact: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name in FIELDS:
        value = params.get(name, "").strip()
        if value and value not in known.get(name, (value,)):
            wrong[name] = f"没有“{value[:40]}”这一项，已不按它筛选。"
        elif value:
            exact[name] = value[:LONGEST]
    region, sort = params.get("region", "").strip(), params.get("sort", "")
    if not is_prefix(region):
        wrong["region"], region = f"“{region[:40]}”不是区划代码（如 41.01.05），已不按它筛选。", ""
    if sort not in SORTS:
        wrong["sort"], sort = f"不能按“{sort[:40]}”排序，已按名称排序。", ""
    flags = {name: _flag(name, params, wrong) for name in ("unfiled", "under_way")}
    text = params.get("q", "").strip()[:LONGEST]
    return Query(text, exact, region, flags["unfiled"], flags["under_way"], sort, wrong)


def _flag(name: str, params: Mapping[str, str], wrong: dict[str, str]) -> bool:
    value = params.get(name, "")
    if value not in ("", "1"):
        wrong[name] = "这一项只能是 1，已不按它筛选。"
    return value == "1"


def holding(text: str) -> list[dict[str, Any]]:
    """Conditions that hold for the outlets in which every word of ``text`` stands (see ``keys``)."""
    words = [folded for word in text.split()[:MOST_WORDS] if (folded := normal(word))]
    return [{"keys": {"$regex": f"^{_quoted(part)}"}} for word in words for part in _parts(word)]


def _parts(word: str) -> Iterator[str]:
    """A word longer than a tail in pieces that overlap only at its end."""
    starts = {*range(0, len(word) - TAIL, TAIL), max(0, len(word) - TAIL)}
    yield from (word[start : start + TAIL] for start in sorted(starts))


def _quoted(part: str) -> str:
    """``part`` for an expression: ``normal`` leaves letters and digits, or a text of nothing else than signs."""
    return "".join(char if char.isalnum() else f"\\{char}" for char in part)


def keys(outlet: Outlet) -> tuple[str, ...]:
    """What an outlet is found by: the tails of its name, unit, id, account and addresses, and its ``marks``."""
    filed = outlet.filed
    texts = [filed.name, outlet.unit.name, outlet.id]
    if isinstance(filed, Website):
        texts += [host for address in (filed.url, *filed.domains[:MOST_DOMAINS]) if (host := host_of(address))]
    else:
        texts += [page_of(filed.url)]
    return tuple(sorted({tail for text in texts for tail in _tails(text)} | set(marks(outlet))))


def _tails(text: str) -> Iterator[str]:
    folded = normal(text) if text else ""
    yield from (folded[at : at + TAIL] for at in range(len(folded)))


def marks(outlet: Outlet) -> tuple[str, ...]:
    """What an outlet is known by as a whole, for the public look-up: its name, account, hosts and pages.

    They begin with ``=``, which no tail of letters and digits does. A redirect with a path is that page, and no more.
    """
    filed = outlet.filed
    found = [named(filed.name)]
    if isinstance(filed, Website):
        found += [f"=host:{host_of(one)}" for one in (filed.url, *filed.domains[:MOST_DOMAINS])]
        found += [f"=page:{page_of(one)}" for one in filed.redirects[:MOST_DOMAINS]]
    else:
        found += [f"=account:{normal(filed.account)}", f"=at:{outlet.id}"]
        found += [f"=page:{page_of(filed.url)}"]
    return tuple(dict.fromkeys(mark for mark in found if not mark.endswith(":")))


def named(name: str) -> str:
    """The mark of a name: width, case, spaces and punctuation do not count."""
    return f"=name:{normal(name)}"


def host_of(address: str) -> str:
    """The host of an address or of a bare domain, in ASCII and without ``www.``; empty when there is none."""
    try:
        host = _split(address).hostname or ""
        ascii_host = host.rstrip(".").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return ""
    return ascii_host.removeprefix("www.")


def page_of(address: str) -> str:
    """An address without what does not make it another page: scheme, ``www.``, a last slash, the fragment."""
    host = host_of(address)
    if not host:
        return ""
    parts = _split(address)
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def _split(address: str) -> SplitResult:
    """The parts of an address as a browser reads it, to which a backslash is a slash."""
    text = address.strip().replace("\\", "/")
    return urlsplit(text if "//" in text else f"//{text}")


def window(
    total: int, skip: int, size: int, order: Sequence[tuple[str, int]]
) -> tuple[list[tuple[str, int]], int, int]:
    """The order, skip and limit that give entries ``skip`` to ``skip + size`` of ``total`` with the shorter walk.

    In the second half the list is read from its end: the caller turns the entries round when the order came back
    turned.
    """
    limit = max(0, min(size, total - skip))
    from_the_end = total - skip - limit
    if from_the_end >= skip or not limit:
        return list(order), skip, size
    return [(name, -way) for name, way in order], from_the_end, limit
