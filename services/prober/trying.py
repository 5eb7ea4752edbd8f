"""Whether what a link leads to is there: one look at it, put into one of four words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from services.prober.blocked import MARKUP, TURNED_AWAY, wall
from services.prober.html import fold
from services.prober.look import Look, Page
from services.prober.targets import Kind, Target
from shared.events.probe import Outcome

ERROR = 400
# What stands before a site that turns us away; it is no error of the link.
BEHIND_A_WALL = TURNED_AWAY | {521, 522, 523, 525, 526, 530}
SHORT = 600
# Less is no page but the shell of one that scripts fill, and is the same for every address.
LEAST = 20
NOT_THERE = re.compile(
    r"(?:页面|网页|内容|文章|文件|栏目|链接|信息)(?:已)?(?:不存在|未找到|没有找到|找不到|已删除|被删除|已下线|丢失|失效)"
    r"|(?:找不到|无法找到|没有找到|未找到)(?:您)?(?:要)?(?:访问|请求|查看|该|此|指定|相关)?的?(?:页面|网页|内容|文章|文件)"
    r"|404\s*(?:not found|错误|error|页面)|page not found|http\s*404",
    re.IGNORECASE,
)


class State(StrEnum):
    """What became of trying a link. ``blocked``: a wall turned us away; ``unknown``: we could not tell."""

    OK = "ok"
    BROKEN = "broken"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tried:
    """``reason`` is ``ok``, ``http_404`` and the like, ``soft_404``, ``not_an_image``, or a reason of the prober."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """How a site answers for a page that cannot be there. ``soft`` None: it did not show.

    When it answers as if it were there, ``host`` is where that was tried, ``url`` where it then sends people (empty:
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
    if page is None or page.status in BEHIND_A_WALL or wall(page):
        return Absence()
    if page.status >= ERROR:
        return Absence(soft=False)
    elsewhere = page.url if urlsplit(page.url).path != urlsplit(asked).path else ""
    if not elsewhere and len(_visible(page)) < LEAST:
        return Absence()
    return Absence(soft=True, host=urlsplit(asked).netloc.lower(), text=_fingerprint(page), url=elsewhere)


def says_missing(page: Page) -> bool:
    """Whether a short page says of itself that what was asked for is not there."""
    text = _visible(page)
    return len(text) <= SHORT and NOT_THERE.search(text) is not None


def same_place(one: str, other: str) -> bool:
    """Whether both addresses are answered by the same server."""
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()


def _shown(target: Target, page: Page, missing: Absence) -> Tried:
    is_html = _is_html(page.headers)
    if target.kind is Kind.IMAGE:
        return Tried(State.BROKEN, "not_an_image") if is_html and page.body else Tried(State.OK, "ok")
    if is_html and (says_missing(page) or _like(target, page, missing)):
        return Tried(State.BROKEN, "soft_404")
    return Tried(State.OK, "ok")


def _like(target: Target, page: Page, missing: Absence) -> bool:
    """Whether the page is what its site shows for pages that are not there, or where it then sends people."""
    if not missing.soft or urlsplit(target.url).netloc.lower() != missing.host:
        return False
    if missing.url:
        return page.url == missing.url != target.url
    return _fingerprint(page) == missing.text


def _fingerprint(page: Page) -> str:
    """A fingerprint of what is to be read on a page, without numbers, which may be the address or the time."""
    return sha256(re.sub(r"[\d\s]", "", _visible(page)).encode("utf-8", "replace")).hexdigest()


def _visible(page: Page) -> str:
    return fold(MARKUP.sub(" ", page.text))


def _is_html(headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower()
