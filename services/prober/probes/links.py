"""Which links of the home page lead nowhere: pages, pictures, attachments and other websites.

“可用性” counts every link of the home page that does not open (国办秘函〔2019〕19号, 功能设计).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urljoin

from pydantic import JsonValue

from services.prober.blocked import unread
from services.prober.drawn import draw
from services.prober.html import fits, read, start
from services.prober.look import Look, Measurement, Page, undetermined
from services.prober.means import Around
from services.prober.targets import Target, targets
from services.prober.together import within
from services.prober.trying import Absence, State, Tried, absence, same_place, tried
from shared.events.probe import Outcome, Reason

LONGEST = 600.0
MOST_TOLD = 200
LONGEST_URL = 500
# Nobody answered: it may be us.
NOBODY = {Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.BROKEN_RESPONSE}
LATE = Tried(State.UNKNOWN, "late")


async def links(look: Look, around: Around) -> Measurement:
    """Try every link of the home page, at most ``means.links``, and those that fail once more.

    ``measured``::

        {"found": int, "checked": int, "ok": int, "blocked": int, "unknown": int,
         "broken_count": int,
         "broken": [{"url": str, "kind": "page" | "image" | "attachment" | "external", "reason": str, "text": str}],
         "soft_404": bool | None, "complete": bool,
         "drawn": {"seed": str, "of": int, "taken": int} | None}

    ``found`` counts distinct addresses, ``checked`` those that were tried: ``ok + broken_count + blocked + unknown``.
    ``broken`` (at most 200 are told) failed twice in this visit; ``reason`` is ``http_404`` and the like, ``dns``,
    ``connect``, ``tls``, ``timeout``, ``broken_response``, ``too_many_redirects``, ``soft_404`` (the page says that it
    is not there, or is what the site shows for an address that cannot exist; never a home page), ``not_an_image`` (a
    picture whose address shows a page). ``blocked``: a firewall or sign-in stood before it; ``unknown``: the gate did
    not let us go there, we could not read it, only scripts know whether it is there, or there was no time; neither
    counts against the site. ``soft_404`` is whether the site answers with 200 for an address that cannot exist, None
    when that did not show. ``complete`` False: scripts may show further links. ``drawn`` says how they were chosen when
    there were more than are tried.

    ``undetermined``: ``no_page``, ``blocked_page``, ``unreadable`` as for the marks; ``own_connectivity`` when links
    failed and we ourselves are not online.
    """
    page = look.page
    reason = unread(look)
    if page is None or reason:
        return undetermined(reason or Reason.NO_PAGE)
    try:
        found = targets(start(page.text), page.url)
        complete = fits(page.text) and not read(page.text, page.url).may_add
    except ValueError:
        return undetermined(Reason.UNREADABLE)
    drawn = set(draw((each.url for each in found), around.means.links, around.seed))
    chosen = [each for each in found if each.url in drawn]
    missing = await _missing(page, chosen, around)
    results = await _twice(chosen, missing, around)
    measured: dict[str, JsonValue] = {
        "found": len(found),
        **_counted(results),
        "soft_404": missing.soft,
        "complete": complete,
        "drawn": {"seed": around.seed, "of": len(found), "taken": len(chosen)} if len(chosen) < len(found) else None,
    }
    nobody = any(each.state is State.BROKEN and each.reason in NOBODY for each in results.values())
    if nobody and not await around.means.online():
        return replace(undetermined(Reason.OWN_CONNECTIVITY), measured=measured)
    return Measurement(Outcome.ANSWERED, Reason.OK, measured)


async def _missing(page: Page, chosen: Sequence[Target], around: Around) -> Absence:
    """How the site answers for a page that cannot be there; asked only when some link could be such a page."""
    if not any(same_place(each.url, page.url) for each in chosen):
        return Absence()
    address = urljoin(page.url, f"/{sha256(around.seed.encode()).hexdigest()[:16]}.html")
    return absence(address, await around.touch(address))


async def _twice(chosen: Sequence[Target], missing: Absence, around: Around) -> Mapping[Target, Tried]:
    """What became of every target; what failed is tried once more after a pause."""
    results = await _once(chosen, missing, around)
    failed = [target for target, result in results.items() if result.state is State.BROKEN]
    if failed:
        await asyncio.sleep(around.means.pause)
        results |= await _once(failed, missing, around)
    return results


async def _once(chosen: Sequence[Target], missing: Absence, around: Around) -> dict[Target, Tried]:
    looks = await within(LONGEST, (around.touch(target.url) for target in chosen))
    return {target: tried(target, look, missing) if look else LATE for target, look in zip(chosen, looks, strict=True)}


def _counted(results: Mapping[Target, Tried]) -> dict[str, JsonValue]:
    counts = Counter(result.state for result in results.values())
    broken = [(target, result) for target, result in results.items() if result.state is State.BROKEN]
    return {
        "checked": len(results),
        "ok": counts[State.OK],
        "blocked": counts[State.BLOCKED],
        "unknown": counts[State.UNKNOWN],
        "broken_count": len(broken),
        "broken": [
            {
                "url": target.url[:LONGEST_URL],
                "kind": target.kind.value,
                "reason": result.reason,
                "text": target.text,
            }
            for target, result in broken[:MOST_TOLD]
        ],
    }
