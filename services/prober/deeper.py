"""Behind a page as it was sent: what its site's scripts say they write, and what is there after they ran."""

from dataclasses import dataclass, replace
from enum import StrEnum

from services.prober.html import Seen, may_bring, read
from services.prober.look import Look, Page
from services.prober.means import Around
from services.prober.scripts import LIKELY, LONGEST, applied, forwards, opened, path_of, wrote
from services.prober.together import within

PATIENCE = 60.0
MOST_SCRIPTS = 8
OK = 200


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
    likely_first = sorted(addresses, key=lambda address: not LIKELY.search(path_of(address)))
    looks = await within(PATIENCE, map(around.follow, likely_first[:MOST_SCRIPTS]))
    arrived = [text for look in looks if (text := _script(look)) is not None]
    written = wrote([seen.scripts, *arrived])
    after = read(applied(page.text, written), page.url)
    all_read = set(_to_read(page.url, after)) <= set(addresses) and len(arrived) == len(addresses)
    elsewhere = after.beyond_scripts or any(forwards(text, nested=after.bare) for text in arrived)
    sure = all_read and not (written.more or page.warnings or elsewhere or after.doubtful)
    after = replace(after, opened=(*after.opened, *(address for text in arrived for address in opened(text))))
    return Depth(replace(after, scripts="") if sure else after, By.SCRIPT, sure)


async def after_scripts(page: Page, _seen: Seen, around: Around) -> Depth | None:
    """The page after its scripts ran; None when that cannot be seen. Raises ValueError as ``html.read``."""
    rendered = await around.means.render(page) if around.means.render else None
    if rendered is None:
        return None
    seen = read(rendered.html, page.url)
    return Depth(replace(seen, scripts=""), By.RENDERED, rendered.whole and not (page.warnings or seen.doubtful))


def _to_read(url: str, seen: Seen) -> list[str]:
    """The addresses of the scripts that may write on the page at ``url`` of their own accord."""
    return [a for a in dict.fromkeys(seen.script_addresses) if may_bring(url, a, bare=seen.bare)]


def _script(look: Look | None) -> str | None:
    """The text of a script that arrived whole, as far as it is read."""
    page = look.page if look else None
    if page is None or page.status != OK or page.warnings or "html" in page.headers.get("content-type", ""):
        return None
    return page.text[: LONGEST + 1]
