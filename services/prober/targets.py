"""What a page links to: pages, pictures, attachments, other websites. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.prober.html import fold, own, target
from services.prober.items import base_of

LONGEST_TEXT = 60
ATTACHMENT = re.compile(
    r"\.(?:7z|apk|avi|caj|ceb|csv|docx?|dps|et|exe|flv|gd|mov|mp[34]|ofd|pdf|pptx?|rar|rm|rtf|tar|tgz|txt|wav|wmv|wps|xlsx?|zip)$",
    re.IGNORECASE,
)
# What scripts put an address in place of: {{item.url}}, ${url}, <%=url%>.
PLACEHOLDER = re.compile(r"\{\{|\$\{|#\{|\{%|<%")
# What a browser writes otherwise in a path or query (https://url.spec.whatwg.org/#path-percent-encode-set).
ENCODED = re.compile('[\x00-\x20"<>`\x7f-\x9f\u2028\u2029]')

# Where the marks in the footer have to lead. Whether those registries answer is not the site's doing.
REGISTRIES = {
    "bszs.conac.cn",
    "dcs.conac.cn",
    "beian.miit.gov.cn",
    "www.miitbeian.gov.cn",
    "beian.mps.gov.cn",
    "www.beian.gov.cn",
    "zfwzgl.www.gov.cn",
    "121.43.68.40",
}


class Kind(StrEnum):
    """What a link is to the visitor of the page."""

    PAGE = "page"
    IMAGE = "image"
    ATTACHMENT = "attachment"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Target:
    """``text`` is what stands in the link, or describes the picture."""

    url: str
    kind: Kind
    text: str


def targets(tree: LexborHTMLParser, url: str) -> list[Target]:
    """Everything the page at ``url`` links to or shows, each address once.

    Not the page itself, nor the registries that the marks in its footer have to lead to.
    """
    found = {each.url: each for each in reversed(list(_targets(tree, base_of(tree, url))))}
    found.pop(target(url, url), None)
    return list(reversed(found.values()))


def _targets(tree: LexborHTMLParser, base: str) -> Iterator[Target]:
    for node in tree.css("a[href], area[href], img[src], iframe[src], frame[src]"):
        picture = node.tag == "img"
        address = _address(base, node.attributes.get("href" if node.tag in ("a", "area") else "src") or "")
        if address and urlsplit(address).hostname not in REGISTRIES:
            yield Target(address, Kind.IMAGE if picture else _kind(base, address), _text(node))


def _address(base: str, written: str) -> str:
    """Where what is ``written`` leads, written as browsers do; empty when nowhere, or only scripts know."""
    bare = written.strip()
    if not bare or bare.startswith("#") or PLACEHOLDER.search(bare):
        return ""
    way = re.split(r"[?#]", bare, maxsplit=1)[0]
    there = target(base, way.replace("\\", "/") + bare[len(way) :])
    parts = urlsplit(there)
    return urlunsplit(parts._replace(path=_encoded(parts.path), query=_encoded(parts.query)))


def _encoded(text: str) -> str:
    return ENCODED.sub(lambda found: quote(found[0]), text)


def _kind(base: str, address: str) -> Kind:
    if ATTACHMENT.search(urlsplit(address).path):
        return Kind.ATTACHMENT
    return Kind.PAGE if own(base, address) else Kind.EXTERNAL


def _text(node: LexborNode) -> str:
    attributes = node.attributes
    text = node.text(deep=True, separator=" ") or attributes.get("title") or attributes.get("alt") or ""
    if not text.strip() and (picture := node.css_first("img")):
        text = picture.attributes.get("alt") or picture.attributes.get("title") or ""
    return fold(text)[:LONGEST_TEXT]
