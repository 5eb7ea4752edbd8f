"""A page as a person sees it: visible text, footer, links, pictures, and whether scripts may add to it. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

# The parser takes quadratic time over nesting and over the attributes of one element.
MOST_TAGS = 12_000
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
    ``links`` are absolute addresses; ``pictures`` pairs of address and caption; ``scripts`` is the inline script text.
    ``may_add`` says that the page may hold more than this: a script or frame of its own site or of another government
    site, an inline script that writes, a forwarding stub, or so many tags that only the last ones were read.
    """

    text: str
    footer: str
    tail: str
    links: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]
    script_addresses: tuple[str, ...]
    scripts: str
    may_add: bool


def read(html: str, url: str) -> Seen:
    """Read the page ``html`` that was found at ``url``. Comments are not on the page.

    Raises ValueError for a page made to keep a parser busy.
    """
    end = _end(html)
    if OVERLOADED.search(end):
        raise ValueError(f"an element with more than {MOST_ATTRIBUTES} attributes")
    tree = LexborHTMLParser(end.encode("utf-8", "replace"))
    links = tuple(_absolute(url, node.attributes.get("href")) for node in tree.css("a[href], area[href]"))
    sources = [_absolute(url, node.attributes.get("src")) for node in tree.css("script[src]")]
    frames = [_absolute(url, node.attributes.get("src")) for node in tree.css("iframe[src], frame[src], embed[src]")]
    inline = "\n".join(node.text(deep=True) for node in tree.css("script:not([src])"))
    may_add = (
        any(_may_write(url, address) for address in (*sources, *frames))
        or WRITES.search(inline) is not None
        or _forwards(tree)
        or len(end) < len(html)
    )
    pictures = tuple(
        (_absolute(url, node.attributes.get("src")), fold(" ".join(_captions(node)))) for node in tree.css("img")
    )
    text, footer = _texts(tree)
    return Seen(text, footer, text[-TAIL:], links, pictures, tuple(sources), inline, may_add)


def fold(text: str) -> str:
    """Full-width forms, odd blanks and invisible characters as plain ones."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(ZERO_WIDTH)).split())


def own(url: str, address: str) -> bool:
    """Whether ``address`` belongs to the site at ``url``: the same registered name, whatever the host below it."""
    return _registered(urlsplit(address).hostname or "") == _registered(urlsplit(url).hostname or "")


def _end(html: str) -> str:
    """``html`` from its last ``MOST_TAGS`` tags on, which is where a footer stands."""
    if html.count("<") <= MOST_TAGS:
        return html
    pieces = html.rsplit("<", MOST_TAGS)
    return html[len(pieces[0]) :]


def _may_write(url: str, address: str) -> bool:
    """Whether a script or frame at ``address`` could bring a mark. The 找错 button of the State Council cannot."""
    host = (urlsplit(address).hostname or "").lower()
    government = host.endswith((".gov.cn", ".xn--zfr164b"))
    return (own(url, address) or government) and "jiucuo" not in address.lower()


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


def _absolute(url: str, address: str | None) -> str:
    try:
        return urljoin(url, (address or "").strip())
    except ValueError:
        return address or ""
