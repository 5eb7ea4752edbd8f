"""Take one look through the gate and put what came of it into the words of the prober."""

from collections.abc import Callable
from datetime import datetime

from services.prober.look import Look, Page, Trouble
from services.prober.means import LookAt
from shared.egress import (
    Answer,
    BrokenResponse,
    ConnectFailed,
    DeadlineExceeded,
    Egress,
    EgressError,
    NameUnresolved,
    RefusedByGate,
    TlsFailed,
    TlsUnsupported,
    TooManyRedirects,
    Unreadable,
)
from shared.events.probe import Outcome, Reason

__all__ = ["LookAt", "looker", "whole"]

TROUBLES: dict[type[EgressError], tuple[Outcome, Reason]] = {
    NameUnresolved: (Outcome.FAILED, Reason.DNS),
    ConnectFailed: (Outcome.FAILED, Reason.CONNECT),
    # It answers, in a version or a cipher we do not speak (SM2 only): we cannot observe it, that is all we know.
    TlsUnsupported: (Outcome.UNDETERMINED, Reason.TLS),
    TlsFailed: (Outcome.FAILED, Reason.TLS),
    DeadlineExceeded: (Outcome.FAILED, Reason.TIMEOUT),
    BrokenResponse: (Outcome.FAILED, Reason.BROKEN_RESPONSE),
    TooManyRedirects: (Outcome.FAILED, Reason.TOO_MANY_REDIRECTS),
    RefusedByGate: (Outcome.UNDETERMINED, Reason.REFUSED_BY_GATE),
    Unreadable: (Outcome.UNDETERMINED, Reason.UNREADABLE),
}


def looker(egress: Egress, now: Callable[[], datetime], body_cap: int | None = None) -> LookAt:
    """Looks through ``egress``, dated by ``now``; ``body_cap`` bytes of a page are read at most, None: all of it."""

    async def look(url: str, *, verify: bool = False) -> Look:
        began = whole(now())
        try:
            answer = await egress.get(url, verify=verify, body_cap=body_cap)
        except EgressError as error:
            outcome, reason = TROUBLES[type(error)]
            phases = error.phases
            trouble = Trouble(outcome, reason, str(error))
            return Look(url, began, round(phases.total, 3), phases.as_dict(), trouble=trouble)
        return Look(url, began, round(answer.seconds, 3), answer.phases.as_dict(), page=_page(answer))

    return look


def whole(moment: datetime) -> datetime:
    """``moment`` to the millisecond, as documents keep it: events and documents then tell the same time."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _page(answer: Answer) -> Page:
    return Page(
        status=answer.status,
        url=answer.url,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=answer.body,
        text=answer.text,
        warnings=answer.warnings,
    )
