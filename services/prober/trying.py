"""Whether what a link leads to is there: one look at it, put into one of four words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from services.prober.blocked import TURNED_AWAY, wall
from services.prober.look import Look, Page
from services.prober.shown import LITTLE, Shown, bare, shown
from services.prober.targets import Kind, Target
from shared.events.probe import Outcome

ERROR = 400
# What stands before a site that turns us away; it is no error of the link.
BEHIND_A_WALL = TURNED_AWAY | {521, 522, 523, 525, 526, 530}
SHORT = 600
# Less than this says nothing by which one page could be told from another.
LEAST = 20
_WHAT = "页面|网页|文章|文件|栏目|链接"
_GONE = "不存在|已删除|被删除|已下线|丢失|失效"
_SOUGHT = "未找到|没有找到|找不到"
_MISSING = (
    rf"(?:{_WHAT})(?:已)?(?:{_GONE}|{_SOUGHT})|(?:内容|信息)(?:已)?(?:{_GONE})"
    r"|(?:找不到|无法找到|没有找到|未找到)(?:您)?(?:要)?(?:访问|请求|查看|该|此|指定)?的?(?:页面|网页|文章|文件)"
    r"|404\s*(?:not found|错误|error|页面)|page not found|http\s*404"
)
NOT_THERE = re.compile(_MISSING, re.IGNORECASE)
# What a search that finds nothing says, too.
NOTHING_FOUND = re.compile(
    rf"{_MISSING}|(?:内容|信息)(?:{_SOUGHT})"
    r"|(?:找不到|无法找到|没有找到|未找到)(?:您)?(?:要)?(?:访问|请求|查看|该|此|指定|相关)?的?(?:页面|网页|内容|文章|文件)",
    re.IGNORECASE,
)
# The addresses under which a home page is linked to beside its own, and what stands in such a link.
HOME_PATH = re.compile(r"/?(?:(?:index|default|home|main)(?:\.[a-z]{2,5})?/?)?", re.IGNORECASE)
HOME_TEXT = re.compile(r"(?:返回|回到|网站|门户|本站|官网|[>»·\s])*(?:首\s?页|主\s?页|home)", re.IGNORECASE)
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"\x00\x00\x01\x00")
SVG = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+(?:<!DOCTYPE svg[^>]*+>\s*+)?<svg\b", re.DOTALL
)


class State(StrEnum):
    """What became of trying a link. ``blocked``: a wall turned us away; ``unknown``: we could not tell."""

    OK = "ok"
    BROKEN = "broken"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tried:
    """``reason``: ``ok``, ``http_404`` and the like, ``soft_404``, ``unfilled``, ``not_an_image``, or a prober's."""

    state: State
    reason: str


FINE = Tried(State.OK, "ok")


@dataclass(frozen=True, slots=True)
class Absence:
    """How a site answers for a page that cannot be there. ``soft`` None: it did not show.

    ``host`` is where that was tried. When it answers as if it were there, ``url`` is where it then sends people (empty:
    nowhere) and ``text`` a fingerprint of what it shows.
    """

    soft: bool | None = None
    host: str = ""
    text: str = ""
    url: str = ""


def tried(target: Target, look: Look, absence: Absence) -> Tried:
    """What ``look`` says of ``target``."""
    page = look.page
    if page is None:
        trouble = look.trouble
        if trouble is None:
            raise ValueError("a look without a page says why there is none")
        state = State.BROKEN if trouble.outcome is Outcome.FAILED else State.UNKNOWN
        return Tried(state, trouble.reason.value)
    if page.status in BEHIND_A_WALL or wall(page):
        return Tried(State.BLOCKED, f"http_{page.status}")
    if page.status >= ERROR:
        return Tried(State.BROKEN, f"http_{page.status}")
    return _shown(target, page, absence)


def absence(asked: str, look: Look) -> Absence:
    """What the answer for the address ``asked``, which nobody can have linked to, says of its site."""
    page = look.page
    host = _host(asked)
    if page is None or page.status in BEHIND_A_WALL or wall(page):
        return Absence(host=host)
    if page.status >= ERROR:
        return Absence(soft=False, host=host)
    elsewhere = page.url if urlsplit(page.url).path != urlsplit(asked).path else ""
    seen = shown(page)
    if not elsewhere and (seen.unfilled or len(seen.text) < LEAST):
        return Absence(host=host)
    return Absence(soft=True, host=host, text=_fingerprint(seen), url=elsewhere)


def says_missing(page: Page) -> bool:
    """Whether a short page speaks of something that is not there: perhaps the page, perhaps what was searched for."""
    text = bare(page)
    return len(text) <= SHORT and NOTHING_FOUND.search(text) is not None


def same_place(one: str, other: str) -> bool:
    """Whether both addresses are answered by the same server."""
    return _host(one) == _host(other)


def _shown(target: Target, page: Page, missing: Absence) -> Tried:
    is_html = _is_html(page.headers)
    if target.kind is Kind.IMAGE:
        fault = is_html and page.body and not _is_picture(page.body)
        return Tried(State.BROKEN, "not_an_image") if fault else FINE
    if not is_html or _is_home(target):
        return FINE
    seen = shown(page)
    absent = _says_so(seen) or _like(target, page, seen, missing)
    if seen.unfilled and (absent or (len(seen.text) < LITTLE and _for_any_address(target, missing))):
        return Tried(State.UNKNOWN, "unfilled")
    return Tried(State.BROKEN, "soft_404") if absent else FINE


def _says_so(seen: Shown) -> bool:
    """Whether a short page says where people see it that it is not there; the title counts when nothing else is said.

    A sentence that stands in a part nobody sees at first is kept for another case.
    """
    text = seen.text or seen.title
    unseen = any(NOT_THERE.search(part) for part in seen.hidden)
    return len(text) <= SHORT and NOT_THERE.search(text) is not None and not unseen


def _like(target: Target, page: Page, seen: Shown, missing: Absence) -> bool:
    """Whether the page is what its site shows for pages that are not there, or where it then sends people."""
    if not missing.soft or _host(target.url) != missing.host:
        return False
    if missing.url:
        return page.url == missing.url != target.url
    return _fingerprint(seen) == missing.text


def _for_any_address(target: Target, missing: Absence) -> bool:
    """Whether the site may answer so for every address, there or not."""
    return missing.soft is not False and _host(target.url) == missing.host


def _is_home(target: Target) -> bool:
    """Whether the link is to a home page, by its address or by what stands in it.

    Where missing pages are sent home, or shown it, such a link looks like one of them.
    """
    parts = urlsplit(target.url)
    at_home = not parts.query and HOME_PATH.fullmatch(parts.path) is not None
    return at_home or HOME_TEXT.fullmatch(target.text.strip()) is not None


def _is_picture(body: bytes) -> bool:
    """Whether ``body`` begins as pictures do, which browsers show whatever the server calls them."""
    webp = body.startswith(b"RIFF") and body[8:12] == b"WEBP"
    return body.startswith(PICTURES) or webp or body[4:8] == b"ftyp" or SVG.match(body) is not None


def _fingerprint(seen: Shown) -> str:
    """A fingerprint of what is to be read on a page, without numbers, which may be the address or the time."""
    return sha256(re.sub(r"[\d\s]", "", seen.text).encode("utf-8", "replace")).hexdigest()


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _is_html(headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()
