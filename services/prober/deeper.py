"""Behind a page as it was sent: what its site's scripts say they write, and what is there after they ran."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from services.prober.html import Seen, may_write, read
from services.prober.look import Look, Page
from services.prober.means import Around
from services.prober.scripts import applied, wrote
from services.prober.together import within

LONGEST = 60.0
MOST_SCRIPTS = 8
OK = 200
# They write only what others tell them.
LIBRARIES = re.compile(
    r"jquery|bootstrap|swiper|superslide|(?:^|/)vue|react|angular|layui|layer|echarts|animate|modernizr|html5shiv|respond"
    r"|polyfill|lodash|underscore|require|axios|moment|slick|owl\.|wow\.|fancybox|lightbox|scrollbar|element-ui|jweixin"
    r"|analytics|tongji|hm\.js|video|flv|hls|wdatepicker|laydate|nicescroll|unslider|marquee|jsencrypt|crypto|qrcode",
    re.IGNORECASE,
)
LIKELY = re.compile(r"foot|bottom|copyright|common|public|base|inc|tail|mark|bzs|main", re.IGNORECASE)


class By(StrEnum):
    """What told: the page as it was sent, the text of scripts, the page after they ran."""

    STATIC = "static"
    SCRIPT = "script"
    RENDERED = "rendered"


@dataclass(frozen=True, slots=True)
class Depth:
    """A page as seen by some means. ``sure``: nothing could add to it that is not seen."""

    seen: Seen
    by: By
    sure: bool


async def by_script_text(page: Page, seen: Seen, around: Around) -> Depth | None:
    """The page with what the text of its own scripts writes. Raises ValueError as ``html.read``."""
    addresses = _to_read(page.url, seen)
    addresses.reverse()
    likely_first = sorted(addresses, key=lambda address: not LIKELY.search(address))
    looks = await within(LONGEST, map(around.follow, likely_first[:MOST_SCRIPTS]))
    arrived = [text for look in looks if (text := _script(look)) is not None]
    written = wrote([seen.scripts, *arrived])
    after = read(applied(page.text, written), page.url)
    all_read = set(_to_read(page.url, after)) <= set(addresses) and len(arrived) == len(addresses)
    sure = all_read and not (written.more or page.warnings or after.beyond_scripts)
    return Depth(replace(after, scripts="") if sure else after, By.SCRIPT, sure)


async def after_scripts(page: Page, _seen: Seen, around: Around) -> Depth | None:
    """The page after its scripts ran; None when that cannot be seen. Raises ValueError as ``html.read``."""
    rendered = await around.means.render(page) if around.means.render else None
    if rendered is None:
        return None
    seen = read(rendered.html, page.url)
    return Depth(replace(seen, scripts=""), By.RENDERED, rendered.whole and not page.warnings)


def _to_read(url: str, seen: Seen) -> list[str]:
    """The addresses of the scripts that may write on the page at ``url`` of their own accord."""
    return [a for a in dict.fromkeys(seen.script_addresses) if may_write(url, a) and not LIBRARIES.search(a)]


def _script(look: Look | None) -> str | None:
    """The text of a script that arrived whole."""
    page = look.page if look else None
    if page is None or page.status != OK or page.warnings or "html" in page.headers.get("content-type", ""):
        return None
    return page.text
