"""The columns of a website, as its home page leads to them, and whether the page of one is empty. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.prober.html import fold, own, target
from services.prober.items import base_of, in_frame, is_article

SHORTEST_NAME, LONGEST_NAME = 2, 12
NO_COLUMN = re.compile(
    r"登[录陆]|注册|繁體|繁体|无障碍|长者|适老|english|设为首页|加入收藏|网站地图|站点地图|邮箱|rss|联系我们|关于我们"
    r"|网站声明|版权|隐私|首页|主页|返回|退出|微信|微博|客户端|公众号|找错|备案|手机版|移动版|上一页|下一页|尾页|^\d+$",
    re.IGNORECASE,
)
MORE = re.compile(r"^\W*(?:更多|查看更多|more)\W*$", re.IGNORECASE)
FILE = re.compile(
    r"\.(?:7z|apk|avi|bmp|css|csv|docx?|et|exe|flv|gif|gz|ico|jpe?g|js|mov|mp[34]|ofd|pdf|png|pptx?|rar|svg|tar|tgz"
    r"|tiff?|txt|wav|webp|wmv|wps|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
USUAL = {"http": 80, "https": 443}
HOME = re.compile(r"^/?(?:index|default|main|home)?(?:\.\w{2,5})?/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lead:
    """A link that leads to a column. ``name`` is empty where it only says 更多."""

    name: str
    url: str


def leads(tree: LexborHTMLParser, url: str) -> list[Lead]:
    """The links of the home page at ``url`` that lead to columns of the same host: its navigation first."""
    base = base_of(tree, url)
    found: dict[str, tuple[bool, str]] = {}
    for node in tree.css("a[href], area[href]"):
        address = target(base, node.attributes.get("href"))
        name = _name(node)
        if name is None or not _may_be_column(address, url):
            continue
        framed, before = found.get(address, (False, ""))
        found[address] = (framed or in_frame(node), before or name)
    ordered = sorted(found.items(), key=lambda each: not each[1][0])
    return [Lead(name, address) for address, (_, name) in ordered]


def own_text(tree: LexborHTMLParser, elsewhere: set[str]) -> str:
    """The text of a page without the pieces that also stand ``elsewhere`` (see ``pieces``)."""
    return " ".join(piece for piece in pieces(tree) if piece not in elsewhere)


def pieces(tree: LexborHTMLParser) -> Iterable[str]:
    """The pieces of text of a page, folded."""
    if tree.body is None:
        return []
    texts = (node.text(deep=False) for node in tree.body.traverse(include_text=True) if node.is_text_node)
    return [piece for text in texts if (piece := fold(text))]


def same_host(one: str, other: str) -> bool:
    """Whether both addresses are of one website, which may also answer without ``www.``; no address is of none."""
    host = _host(one)
    return host is not None and host == _host(other)


def of_site(home: str, address: str) -> bool:
    """Whether ``address`` is on the host of the website at ``home``, or on one below it."""
    site, host = _host(home), _host(address)
    return site is not None and host is not None and (host == site or host[0].endswith(f".{site[0]}"))


def _name(node: LexborNode) -> str | None:
    """The name of the column a link leads to; None when it is no name of one."""
    text = fold(node.text(deep=True, separator=" ")) or fold(node.attributes.get("title") or "")
    if MORE.match(text):
        return ""
    plain = text.strip("·>»|[]() ")
    return plain if SHORTEST_NAME <= len(plain) <= LONGEST_NAME and not NO_COLUMN.search(plain) else None


def _may_be_column(address: str, home: str) -> bool:
    if not address or not own(home, address) or not same_host(home, address):
        return False
    parts, at_home = urlsplit(address), urlsplit(home)
    is_home = not parts.query and (HOME.match(parts.path) or parts.path.rstrip("/") == at_home.path.rstrip("/"))
    return not is_home and not FILE.search(parts.path) and not is_article(address)


def _host(address: str) -> tuple[str, int | None] | None:
    """The host and a port that is not the usual one; None for what is no address, as pages may well hold."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return (host.removeprefix("www."), None if port == USUAL.get(parts.scheme) else port) if host else None
