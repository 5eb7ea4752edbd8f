"""A page as a person sees it: visible text, footer, links, pictures, and whether scripts may add to it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.prober.scripts import LONGEST, WRITES, file_name, forwards, is_library, opened

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
END, TAIL = 1500, 600
# What is folded of a text, and of a text before its blanks are taken out.
MOST_TEXT, MOST_RAW = 100_000, 1_000_000
SHORT_TEXT, FEW_LINKS = 600, 10
MOST_CLICKS, LONGEST_CLICK, LONGEST_CAPTION = 2_000, 500, 200
# Characters without width, and the two that unfold into whole sentences.
DROPPED = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufdfa\ufdfb"))
PUBLIC_PARTS = {"gov", "com", "org", "net", "edu", "ac"}
FOOTING = re.compile(r"foot|bottom|copyright|banquan|bzs", re.IGNORECASE)
# Hosts whose scripts add a picture or a number of their own.
ADD_LITTLE = (".conac.cn", ".baidu.com", ".cnzz.com", ".51.la")
# What a page says that stands in front of a home page, or in its place.
IN_PLACE = re.compile(
    r"进\s?入\s?(?:网站|首页|主页|门户|本站|官网)|点击(?:此处)?进入|正在(?:跳转|进入|升级|维护|改版)"
    r"|(?:升级|维护|改版)(?:中(?![心国])|期间)|(?:系统|网站)(?:升级|改版|关闭)|暂停(?:服务|访问|使用)|暂时(?:关闭|无法访问)"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is on a page.

    ``text``, ``footer`` and ``tail`` are folded (NFKC, one blank between words), the ends of what is very long.
    ``footer`` is every element that calls itself one; where there is none worth the name it is the end of the page, of
    which ``tail`` is the last part. ``links`` are absolute addresses, ``clicks`` what a click does; ``entries`` is what
    names 找错 (jiucuo) in a link, a click or a script tag, the code in that tag added as ``site_code=``, ``buttons``
    what names it in a picture or an element, ``opened`` the addresses of it in script text; ``pictures`` are pairs of
    address and caption; ``scripts`` is the beginning of the inline script text.

    ``may_add`` says that the page may hold more than this: a script or frame of its own site or of another government
    site, an inline script that writes, a page that forwards, or so much that only its ends were read;
    ``beyond_scripts`` that more may be elsewhere than scripts write here. ``bare``: it has no footer worth the name.
    ``doubtful``: whatever its scripts do, it is hardly the home page, or not all of it was read.
    """

    text: str
    footer: str
    tail: str
    links: tuple[str, ...]
    clicks: tuple[str, ...]
    entries: tuple[str, ...]
    buttons: tuple[str, ...]
    opened: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]
    script_addresses: tuple[str, ...]
    scripts: str
    may_add: bool
    beyond_scripts: bool
    bare: bool
    doubtful: bool


def read(html: str, url: str) -> Seen:
    """Read the page ``html`` that was found at ``url``. Comments are not on the page.

    Raises ValueError for a page made to keep a parser busy.
    """
    end = _end(html)
    tree = _parsed(end)
    links = tuple(absolute(url, node.attributes.get("href")) for node in tree.css("a[href], area[href]"))
    sources = tuple(absolute(url, node.attributes.get("src")) for node in tree.css("script[src]"))
    frames = [absolute(url, node.attributes.get("src")) for node in tree.css("iframe[src], frame[src], embed[src]")]
    entries, buttons = tuple(_entries(tree, url)), tuple(_buttons(tree))
    all_inline = "\n".join(node.text(deep=True) for node in tree.css("script:not([src])"))
    pictures = tuple(_pictures(tree, url))
    inline = all_inline[: LONGEST + 1]
    elsewhere = _refreshes(tree) or any(map(forwards, _values(tree, "onload")))
    texts = _texts(tree)
    cut = texts.cut or len(end) < len(html)
    elsewhere |= forwards(inline, nested=texts.short and texts.bare)
    beyond = any(may_write(url, address) for address in frames) or elsewhere or cut or len(inline) > LONGEST
    return Seen(
        text=texts.text,
        footer=texts.footer,
        tail=texts.text[-TAIL:],
        links=links,
        clicks=tuple(_values(tree, "onclick")),
        entries=entries,
        buttons=buttons,
        opened=opened(inline),
        pictures=pictures,
        script_addresses=sources,
        scripts=inline,
        may_add=beyond or any(may_write(url, address) for address in sources) or WRITES.search(inline) is not None,
        beyond_scripts=beyond or forwards(inline, nested=texts.bare),
        bare=texts.bare,
        doubtful=cut
        or _in_place(texts, len(links), (caption for _, caption in pictures))
        or any(_may_foot(address, bare=texts.bare) for address in sources if not may_write(url, address)),
    )


def start(html: str, tags: int = FIRST_TAGS) -> LexborHTMLParser:
    """The tree of the first ``tags`` of ``html``, without what nobody sees; its head is there.

    Raises ValueError for a page made to keep a parser busy.
    """
    tree = _parsed("<".join(html.split("<", tags)[:tags]))
    if tree.body is not None:
        tree.body.strip_tags(INVISIBLE, recursive=True)
    return tree


def fold(text: str) -> str:
    """Full-width forms, odd blanks and invisible characters as plain ones; of a very long text its two ends."""
    plain = _ends(_flat(text), MOST_TEXT).translate(DROPPED)
    return _ends(" ".join(unicodedata.normalize("NFKC", plain).split()), MOST_TEXT)


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


def may_bring(url: str, address: str, *, bare: bool) -> bool:
    """Whether the script at ``address`` may write on the page at ``url`` of its own accord; see ``Seen.bare``."""
    return not is_library(address) and (may_write(url, address) or _may_foot(address, bare=bare))


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


def _buttons(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("img[src*=jiucuo i]"):
        name = file_name(node.attributes.get("src") or "")
        if "jiucuo" in name.lower():
            yield name
    for node in tree.css("[id*=jiucuo i]"):
        yield node.attributes.get("id") or ""


def _values(tree: LexborHTMLParser, attribute: str) -> Iterator[str]:
    for node in islice(tree.css(f"[{attribute}]"), MOST_CLICKS):
        yield (node.attributes.get(attribute) or "")[:LONGEST_CLICK]


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


@dataclass(frozen=True, slots=True)
class _Texts:
    """``footed``: with a footer, ``bare``: with none worth the name. ``short``: the page; ``cut``: not all of it."""

    text: str
    footer: str
    footed: bool
    bare: bool
    short: bool
    cut: bool


def _texts(tree: LexborHTMLParser) -> _Texts:
    body = tree.body
    if body is None:
        return _Texts("", "", footed=False, bare=True, short=True, cut=False)
    body.strip_tags(INVISIBLE, recursive=True)
    raw = body.text(deep=True, separator=" ")
    text = fold(raw)
    footers = _outermost(tree, f"footer, {FOOTERS}")
    footer = fold(" ".join(node.text(deep=True, separator=" ") for node in footers))
    bare = len(footer) < SHORTEST_FOOTER
    short = len(text) - text.count(" ") < SHORT_TEXT
    cut = len(raw) > MOST_RAW or len(_flat(raw)) > MOST_TEXT
    return _Texts(text, text[-END:] if bare else footer, footer != "", bare, short, cut)


def _outermost(tree: LexborHTMLParser, selector: str) -> Iterator[LexborNode]:
    """The elements that ``selector`` finds outside of others that it finds."""
    inside: set[int] = set()
    for node in tree.css(selector):
        if node.mem_id not in inside:
            inside.update(below.mem_id for below in node.css(selector))
            yield node


def _in_place(texts: _Texts, links: int, captions: Iterable[str]) -> bool:
    """Whether this stands in front of the home page or in its place: short, and without footer or saying so."""
    footless = not texts.footed or (texts.bare and links < FEW_LINKS)
    return texts.short and (footless or any(IN_PLACE.search(words) for words in (texts.text, *captions)))


def _may_foot(address: str, *, bare: bool) -> bool:
    """Whether somebody else's script at ``address`` may bring the footer of a page."""
    name, host = file_name(address), (_parts(address).hostname or "").lower()
    known = is_library(address) or "jiucuo" in address.lower() or host.endswith(ADD_LITTLE)
    return not known and (bare or FOOTING.search(name) is not None)


def _flat(text: str) -> str:
    return " ".join(_ends(text, MOST_RAW).split())


def _ends(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} {text[-most // 2 + 1 :]}"


def _pictures(tree: LexborHTMLParser, url: str) -> Iterator[tuple[str, str]]:
    """Address and caption of each picture; when there is very much to read in captions the last ones have none."""
    left = MOST_TEXT
    for node in tree.css("img"):
        captions = [value for name in ("alt", "title") if (value := node.attributes.get(name))]
        caption = " ".join(captions)[:LONGEST_CAPTION] if left > 0 else ""
        left -= len(caption)
        yield absolute(url, node.attributes.get("src")), fold(caption)[:LONGEST_CAPTION]


def _refreshes(tree: LexborHTMLParser) -> bool:
    refresh = tree.css_first("meta[http-equiv=refresh i]")
    return refresh is not None and "url" in (refresh.attributes.get("content") or "").lower()
