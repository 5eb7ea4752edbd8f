"""Where an office takes events by webhook: what it wants, its secrets, how it does, and when that is enough. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.notifier.delivery import delay
from services.notifier.message import Again, GiveUp, Result
from shared.events.region import covers
from shared.events.registry import Office
from shared.privacy import Secret as SecretText

BOTH_SECRETS_FOR = timedelta(hours=24)
DEAD_AFTER = timedelta(days=5)


class Off(StrEnum):
    """Why nothing is sent to an endpoint any more."""

    GONE = "gone"
    UNREACHABLE = "unreachable"


OFF_WORDS = {
    Off.GONE: "接收地址答复 410（已不再使用）",
    Off.UNREACHABLE: f"连续{DEAD_AFTER.days}天未能送达",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Secret(_Part):
    """A signing secret; ``until`` is when one that was replaced stops signing."""

    value: SecretText
    until: AwareDatetime | None = None


class Endpoint(_Part):
    """An office's endpoint. ``facts`` are patterns such as ``notice.*``; none means every fact offices may hear.

    ``failing_since`` and ``failures`` count failures in a row, ``next_at`` is when to try again; ``missed_from`` is the
    FACTS sequence of the first event that was not even queued because the endpoint was off.
    """

    office: Office
    url: str = Field(repr=False)
    facts: tuple[str, ...] = ()
    secrets: tuple[Secret, ...]
    created_at: AwareDatetime
    failing_since: AwareDatetime | None = None
    failures: int = 0
    next_at: AwareDatetime | None = None
    why: str = ""
    off: Off | None = None
    off_at: AwareDatetime | None = None
    missed_from: int | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether something may be sent to it at ``now``."""
        return self.off is None and (self.next_at is None or self.next_at <= now)


def wants(endpoint: Endpoint, fact: str, region: str | None, at: datetime) -> bool:
    """Whether an event stored at ``at`` is for ``endpoint``: asked for, of its office's region, and not from before."""
    asked = not endpoint.facts or any(fnmatchcase(fact, pattern) for pattern in endpoint.facts)
    return asked and region is not None and covers(endpoint.office.looks_after, region) and at >= endpoint.created_at


def in_force(endpoint: Endpoint, now: datetime) -> list[str]:
    """The secrets that sign at ``now``, the newest first."""
    return [secret.value for secret in endpoint.secrets if secret.until is None or now < secret.until]


def rotate(endpoint: Endpoint, secret: str, now: datetime) -> Endpoint:
    """With a new secret; the one before signs as well for another day, older ones no longer."""
    current = next(old for old in endpoint.secrets if old.until is None)
    replaced = current.model_copy(update={"until": now + BOTH_SECRETS_FOR})
    return endpoint.model_copy(update={"secrets": (Secret(value=secret), replaced)})


def moved(endpoint: Endpoint, office: Office) -> Endpoint | None:
    """With what is newly known of its office; None when that is not newer."""
    newer = office.id == endpoint.office.id and office.revision > endpoint.office.revision
    return endpoint.model_copy(update={"office": office}) if newer else None


def after(endpoint: Endpoint, results: Iterable[Result], *, jitter: float, now: datetime) -> Endpoint:
    """How an endpoint is after it answered like this. One that took or judged a message is alive.

    ``jitter`` (0 to 1) spreads the next tries.
    """
    results = list(results)
    if gone := next((result for result in results if isinstance(result, GiveUp) and result.gone), None):
        return endpoint.model_copy(update={"off": Off.GONE, "off_at": now, "why": gone.why})
    failed = [result for result in results if isinstance(result, Again)]
    if not failed:
        return endpoint.model_copy(update={"failing_since": None, "failures": 0, "next_at": None, "why": ""})
    alive = len(failed) < len(results)
    since = now if alive or endpoint.failing_since is None else endpoint.failing_since
    failures = 1 if alive else endpoint.failures + 1
    wait = max(delay(failures, result.after) for result in failed) * (0.8 + 0.4 * jitter)
    later = {
        "failing_since": since,
        "failures": failures,
        "next_at": now + timedelta(seconds=wait),
        "why": failed[-1].why,
    }
    if now - since >= DEAD_AFTER:
        later |= {"off": Off.UNREACHABLE, "off_at": now}
    return endpoint.model_copy(update=later)


def resumed(endpoint: Endpoint) -> Endpoint:
    """Switched on again, with a clean sheet; what was missed is still to be sent."""
    return endpoint.model_copy(
        update={"off": None, "off_at": None, "failing_since": None, "failures": 0, "next_at": None, "why": ""}
    )


def since_ever(endpoint: Endpoint) -> Endpoint:
    """As if it had always been there: what came before it was registered is wanted, too."""
    return endpoint.model_copy(update={"created_at": datetime.min.replace(tzinfo=UTC)})
