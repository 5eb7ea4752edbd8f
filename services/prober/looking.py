"""Take one look through the gate and put what came of it into the words of the prober."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from services.prober.look import Look, Page, Trouble
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


class LookAt(Protocol):
    """A way to look at an address."""

    def __call__(self, url: str, *, verify: bool = False) -> Awaitable[Look]:
        """One look. ``verify``: the certificate must be good, because what is read will be believed."""
        ...


def looker(egress: Egress, now: Callable[[], datetime]) -> LookAt:
    """Looks through ``egress``, dated by ``now``."""

    async def look(url: str, *, verify: bool = False) -> Look:
        began = whole(now())
        try:
            answer = await egress.get(url, verify=verify)
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
