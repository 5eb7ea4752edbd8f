"""Whether the site opens, and how long that takes."""

from pydantic import JsonValue

from services.prober.blocked import wall
from services.prober.look import Look, Measurement, Page
from services.prober.means import Around
from shared.events.probe import Outcome, Reason

CLIENT_ERROR, SERVER_ERROR = 400, 500


async def reachability(look: Look, _around: Around | None = None) -> Measurement:
    """Judge nothing, measure: ``answered`` however slow, ``failed`` when no complete document came or an error status.

    ``measured``: ``{"seconds": float, "status": int | None, "url": str, "final_url": str | None, "bytes": int,
    "phases": {"dns", "connect", "tls", "ttfb", "download", "total": float}, "warnings": [str]}``; seconds run from the
    first question to a name server to the end of the main document, redirects included. ``status`` and ``final_url``
    are None when no response arrived. A page of a firewall, a challenge or a sign-in is ``undetermined``,
    ``blocked_page``, with ``"wall"`` naming the sign.
    """
    page = look.page
    measured: dict[str, JsonValue] = {
        "seconds": look.seconds,
        "status": page.status if page else None,
        "url": look.url,
        "final_url": page.url if page else None,
        "bytes": len(page.body) if page else 0,
        "phases": dict(look.phases),
        "warnings": list(page.warnings) if page else [],
    }
    if page is None:
        trouble = look.trouble
        if trouble is None:
            raise ValueError("a look without a page says why there is none")
        return Measurement(trouble.outcome, trouble.reason, measured)
    sign = wall(page)
    if sign:
        return Measurement(Outcome.UNDETERMINED, Reason.BLOCKED_PAGE, {**measured, "wall": sign.value})
    return Measurement(*_by_status(page), measured)


def _by_status(page: Page) -> tuple[Outcome, Reason]:
    if page.status >= SERVER_ERROR:
        return Outcome.FAILED, Reason.HTTP_5XX
    if page.status >= CLIENT_ERROR:
        return Outcome.FAILED, Reason.HTTP_4XX
    return Outcome.ANSWERED, Reason.OK
