"""One record of the audit chain: who did what to which thing, when, why and from where."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt

from shared.events.envelope import new_id
from shared.events.region import COUNTRY
from shared.privacy import Personal
from shared.telemetry import trace_id

LONGEST = 500
"""Characters of a reason or a detail that are kept."""

_ADDRESS: ContextVar[str] = ContextVar("address of the client", default="")


class Deed(StrEnum):
    """What was done. Closed: what is not here is not recorded, and a test says which route or command does which."""

    FILING_SUBMITTED = "filing_submitted"
    FILING_RETURNED = "filing_returned"
    FILING_ACCEPTED = "filing_accepted"
    FILING_APPROVED = "filing_approved"
    FILING_IN_FORCE = "filing_in_force"
    FILING_WITHDRAWN = "filing_withdrawn"
    FILING_OVERDUE = "filing_overdue"
    FILING_DUTY_DONE = "filing_duty_done"
    FILING_ARCHIVED = "filing_archived"
    ATTACHMENT_TAKEN = "attachment_taken"
    UNIT_CHANGED = "unit_changed"
    CONTACT_CHANGED = "contact_changed"
    CONTACTS_VIEWED = "contacts_viewed"
    NETWORK_CHANGED = "network_changed"
    OFFICE_CHANGED = "office_changed"
    EXEMPTION_ASKED = "exemption_asked"
    EXEMPTION_GRANTED = "exemption_granted"
    EXEMPTION_REFUSED = "exemption_refused"
    EXEMPTION_ENDED = "exemption_ended"
    REGION_CHANGED = "region_changed"
    UNFILED_CONFIRMED = "unfiled_confirmed"
    UNFILED_SETTLED = "unfiled_settled"
    OPENING_UNFILED = "opening_unfiled"
    CLOSURE_UNFILED = "closure_unfiled"
    STILL_ALIVE = "still_alive"
    CLUE_HANDLED = "clue_handled"
    FINDING_RAISED = "finding_raised"
    FINDING_CLEARED = "finding_cleared"
    RULESET_USED = "ruleset_used"
    NOTICE_ISSUED = "notice_issued"
    NOTICE_RECEIVED = "notice_received"
    NOTICE_REPLIED = "notice_replied"
    NOTICE_OVERDUE = "notice_overdue"
    NOTICE_CHANGED = "notice_changed"
    NOTICE_CLOSED = "notice_closed"
    EVIDENCE_VIEWED = "evidence_viewed"
    EVIDENCE_TAKEN = "evidence_taken"
    VISITS_PUT_IN = "visits_put_in"
    ENDPOINT_ADDED = "endpoint_added"
    ENDPOINT_CHANGED = "endpoint_changed"
    ENDPOINT_REMOVED = "endpoint_removed"
    FEED_GRANTED = "feed_granted"
    DEAD_REPLAYED = "dead_replayed"
    DEAD_DROPPED = "dead_dropped"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    PERSON_CREATED = "person_created"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a deed
    GRANT_GIVEN = "grant_given"
    GRANT_ENDED = "grant_ended"
    SECOND_STEP_ON = "second_step_on"
    SECOND_STEP_OFF = "second_step_off"
    SUBJECT_LINKED = "subject_linked"
    SUBJECT_UNLINKED = "subject_unlinked"
    TOKEN_ISSUED = "token_issued"  # noqa: S105 - the name of a deed
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a deed
    SESSIONS_ENDED = "sessions_ended"
    ACCESS_REVOKED = "access_revoked"
    PERSON_ENDED = "person_ended"
    PERSON_ERASED = "person_erased"
    ANCHOR_WITNESSED = "anchor_witnessed"


class Thing(NamedTuple):
    """What a deed was done to: ``filing`` ``f-1``, in a region (four tokens) and, where there is one, of a unit."""

    kind: str
    id: str
    region: str = COUNTRY
    unit: str = ""


def _to_the_millisecond(at: datetime) -> datetime:
    """As BSON keeps it, so that what is read back hashes the same."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


Moment = Annotated[AwareDatetime, Field(strict=True), AfterValidator(_to_the_millisecond)]


class Entry(BaseModel):
    """A deed that waits in its document for its place in the chain. ``id`` is never given twice.

    ``actor`` is ``person:<id>``, ``operator:<login>`` or ``service:<name>``; ``reason`` is a named reason, or the
    words of an operator; ``address`` is where a web request came from. Never a name, a contact or a secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    at: Moment
    actor: str
    deed: Deed
    kind: str
    object: str
    region: str
    unit: str = ""
    reason: str
    details: dict[str, str] = Field(default_factory=dict)
    address: Personal = Personal("")
    trace: str = ""


class Record(Entry):
    """A link of the chain of ``service``; ``hash`` covers everything else, ``previous`` included."""

    sequence: StrictInt
    service: str
    previous: str
    hash: str = ""

    def digest(self, sequence: int | None = None) -> str:
        """SHA-256 (hex) of the canonical JSON of every field but ``hash``, as if it were record ``sequence``.

        Canonical: keys sorted, no blanks, ASCII with escapes, times in UTC to the millisecond.
        """
        fields = self.model_dump(exclude={"hash"})
        fields["at"] = self.at.isoformat(timespec="milliseconds")
        fields["sequence"] = self.sequence if sequence is None else sequence
        return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def noted(
    deed: Deed,
    thing: Thing,
    *,
    actor: str,
    reason: str,
    details: Mapping[str, str] | None = None,
    at: datetime | None = None,
    id_: str | None = None,
) -> Entry:
    """``deed`` as an entry of the current trace and request. Give ``id_`` when the same deed must have the same id."""
    return Entry(
        id=id_ or new_id(),
        at=at or datetime.now(UTC),
        actor=actor,
        deed=deed,
        kind=thing.kind,
        object=thing.id,
        region=thing.region,
        unit=thing.unit,
        reason=reason[:LONGEST],
        details={name: text[:LONGEST] for name, text in (details or {}).items()},
        address=Personal(_ADDRESS.get()),
        trace=trace_id(),
    )


@contextmanager
def coming_from(address: str) -> Iterator[None]:
    """Whatever is noted inside was asked for from ``address``."""
    token = _ADDRESS.set(address)
    try:
        yield
    finally:
        _ADDRESS.reset(token)
