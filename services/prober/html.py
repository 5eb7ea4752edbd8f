"""A page as a person sees it: visible text, footer, links, pictures, and whether scripts may add to it. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

# The parser takes quadratic time over nesting and over the attributes of one element.
MOST_TAGS = 12_000
FIRST_TAGS = 8_000
MOST_ATTRIBUTES = 1_000
ATTRIBUTE = r"""[\s/]*+(?:=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?)?+)"""
OVERLOADED = re.compile(rf"<[A-Za-z][^\s/>]*+(?:{ATTRIBUTE}){{{MOST_ATTRIBUTES}}}")
INVISIBLE = ["script", "style", "template", "noscript", "head", "textarea"]
FOOTERS = ", ".join(
    f"[{attribute}*={word} i]" for attribute in ("id", "class") for word in ("foot", "bottom", "copyright", "banquan")
)
SHORTEST_FOOTER = 40
END = 1500
TAIL = 600
WRITES = re.compile(
    r"document\.write|innerHTML|innerText|textContent|insertAdjacent|appendChild|append\(|\.html\(|\.text\(|\.load\("
    r"|createElement|XMLHttpRequest|fetch\(|ajax|import\(|createApp|new Vue"
)
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
PUBLIC_PARTS = {"gov", "com", "org", "net", "edu", "ac"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is on a page.

    ``text``, ``footer`` and ``tail`` are folded (NFKC, one blank between words). ``footer`` is every element that calls
    itself one; where there is none worth the name it is the end of the page, of which ``tail`` is the last part.
    ``links`` are absolute addresses; ``entries`` is what names 找错 (jiucuo) in a link, a click or a script tag, the
    code in that tag added as ``site_code=``; ``pictures`` are pairs of address and caption; ``scripts`` is the inline
    script text. ``may_add`` says that the page may hold more than this: a script or frame of its own site or of another
    government site, an inline script that writes, a forwarding stub, or so many tags that only the last ones were read;
    ``beyond_scripts`` that something else than a script may.
    """

    text: str
    footer: str
    tail: str
    links: tuple[str, ...]
    entries: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]
    script_addresses: tuple[str, ...]
    scripts: str
    may_add: bool
    beyond_scripts: bool


def read(html: str, url: str) -> Seen:
    """Read the page ``html`` that was found at ``url``. Comments are not on the page.

    Raises ValueError for a page made to keep a parser busy.
    """
    end = _end(html)
    tree = _parsed(end)
    links = tuple(absolute(url, node.attributes.get("href")) for node in tree.css("a[href], area[href]"))
    sources = [absolute(url, node.attributes.get("src")) for node in tree.css("script[src]")]
    frames = [absolute(url, node.attributes.get("src")) for node in tree.css("iframe[src], frame[src], embed[src]")]
    entries = tuple(_entries(tree, url))
    inline = "\n".join(node.text(deep=True) for node in tree.css("script:not([src])"))
    beyond = any(may_write(url, address) for address in frames) or _forwards(tree) or len(end) < len(html)
    may_add = beyond or any(may_write(url, address) for address in sources) or WRITES.search(inline) is not None
    pictures = tuple(
        (absolute(url, node.attributes.get("src")), fold(" ".join(_captions(node)))) for node in tree.css("img")
    )
    text, footer = _texts(tree)
    return Seen(text, footer, text[-TAIL:], links, entries, pictures, tuple(sources), inline, may_add, beyond)


def start(html: str, tags: int = FIRST_TAGS) -> LexborHTMLParser:
    """The tree of the first ``tags`` of ``html``, without what nobody sees; its head is there.

    Raises ValueError for a page made to keep a parser busy.
    """
    tree = _parsed("<".join(html.split("<", tags)[:tags]))
    if tree.body is not None:
        tree.body.strip_tags(INVISIBLE, recursive=True)
    return tree


def fold(text: str) -> str:
    """Full-width forms, odd blanks and invisible characters as plain ones."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(ZERO_WIDTH)).split())


def own(url: str, address: str) -> bool:
    """Whether ``address`` belongs to the site at ``url``: the same registered name, whatever the host below it."""
    return _registered(_parts(address).hostname or "") == _registered(_parts(url).hostname or "")


def fits(html: str) -> bool:
    """Whether ``start`` reads all of ``html``."""
    return html.count("<") <= FIRST_TAGS


def absolute(url: str, address: str | None) -> str:
    """``address`` as it is written on the page at ``url``, made absolute as far as it can be."""
    try:
        return urljoin(url, (address or "").strip())
    except ValueError:
        return address or ""


def target(url: str, address: str | None) -> str:
    """Where ``address`` on the page at ``url`` leads over HTTP, without fragment; empty when it leads nowhere so."""
    try:
        parts = urlsplit(absolute(url, address))
        there = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        return ""
    return urlunsplit(parts._replace(fragment="")) if there else ""


def may_write(url: str, address: str) -> bool:
    """Whether a script or frame at ``address`` could add to the page at ``url``: of its own or a government's site.

    The 找错 button of the State Council adds nothing but itself.
    """
    host = (_parts(address).hostname or "").lower()
    government = host.endswith((".gov.cn", ".xn--zfr164b"))
    return (own(url, address) or government) and "jiucuo" not in address.lower()


def _parsed(html: str) -> LexborHTMLParser:
    if OVERLOADED.search(html):
        raise ValueError(f"an element with more than {MOST_ATTRIBUTES} attributes")
    return LexborHTMLParser(html.encode("utf-8", "replace"))


def _entries(tree: LexborHTMLParser, url: str) -> Iterator[str]:
    for node in tree.css("a[href*=jiucuo i], area[href*=jiucuo i]"):
        yield absolute(url, node.attributes.get("href"))
    for node in tree.css("[onclick*=jiucuo i]"):
        yield node.attributes.get("onclick") or ""
    for node in tree.css("script[src*=jiucuo i]"):
        code = node.attributes.get("sitecode")
        yield absolute(url, node.attributes.get("src")) + (f"?site_code={code}" if code else "")


def _end(html: str) -> str:
    """``html`` from its last ``MOST_TAGS`` tags on, which is where a footer stands."""
    if html.count("<") <= MOST_TAGS:
        return html
    pieces = html.rsplit("<", MOST_TAGS)
    return html[len(pieces[0]) :]


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _registered(host: str) -> str:
    labels = host.lower().rstrip(".").split(".")
    if labels[-1].isdecimal():
        return host
    keep = 3 if len(labels) > 2 and labels[-2] in PUBLIC_PARTS else 2  # noqa: PLR2004 - name, second level, top level
    return ".".join(labels[-keep:])


def _texts(tree: LexborHTMLParser) -> tuple[str, str]:
    body = tree.body
    if body is None:
        return "", ""
    body.strip_tags(INVISIBLE, recursive=True)
    text = fold(body.text(deep=True, separator=" "))
    named = " ".join(fold(node.text(deep=True, separator=" ")) for node in tree.css(f"footer, {FOOTERS}"))
    return text, named if len(named) >= SHORTEST_FOOTER else text[-END:]


def _captions(node: LexborNode) -> list[str]:
    return [value for name in ("alt", "title") if (value := node.attributes.get(name))]


def _forwards(tree: LexborHTMLParser) -> bool:
    refresh = tree.css_first("meta[http-equiv=refresh i]")
    return refresh is not None and "url" in (refresh.attributes.get("content") or "").lower()
