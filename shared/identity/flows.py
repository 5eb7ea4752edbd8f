"""Sign-ins that were sent to the provider and have not come back; and who its subjects are here."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from shared.documents import SYSTEM
from shared.identity.errors import NotAccepted
from shared.identity.secrets import digest, new_session_id
from shared.identity.store import FlowDocument, Store, SubjectDocument

PATIENCE = timedelta(minutes=10)
TAKEN = "this subject is linked to a person already"


@dataclass(frozen=True, slots=True)
class Flow:
    """What leaves for the provider: ``challenge`` is that of PKCE (RFC 7636, S256)."""

    state: str
    nonce: str
    challenge: str


class Flows:
    """One document for each sign-in under way: it can come back once, in the browser it left from."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._flows = store.flows
        self._subjects = store.subjects
        self._now = now

    async def begin(self, browser: str, wanted: str) -> Flow:
        """A sign-in that leaves from the browser with the cookie ``browser`` on its way to the path ``wanted``."""
        state, nonce, verifier = new_session_id(), new_session_id(), new_session_id()
        await self._flows.create(
            FlowDocument(
                id=digest(state),
                browser=digest(browser),
                nonce=nonce,
                verifier=verifier,
                wanted=wanted,
                expires_at=self._now() + PATIENCE,
            )
        )
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        return Flow(state, nonce, challenge)

    async def take(self, state: str, browser: str) -> FlowDocument | None:
        """The sign-in that comes back, None when it is unknown, too late, of another browser or comes a second time."""
        flow = await self._flows.get(digest(state), SYSTEM)
        if flow is None or flow.browser != digest(browser) or flow.expires_at <= self._now():
            return None
        first = await self._flows.delete(SYSTEM, {"_id": flow.id}) == 1
        return flow if first else None

    # -- whose subject it is

    async def link(self, person: str, issuer: str, subject: str) -> None:
        """``subject`` of ``issuer`` is this person (an id) from now on, and no other subject is. Raises NotAccepted."""
        linked = SubjectDocument(id=_id(issuer, subject), person=person, issuer=issuer, subject=subject)
        if not await self._subjects.create(linked):
            raise NotAccepted(TAKEN)
        await self._subjects.delete(SYSTEM, {"person": person, "_id": {"$ne": linked.id}})

    async def unlink(self, person: str) -> None:
        """No subject is this person any more."""
        await self._subjects.delete(SYSTEM, {"person": person})

    async def person_of(self, issuer: str, subject: str) -> str | None:
        """The id of the person a subject is, None when nobody said so."""
        found = await self._subjects.get(_id(issuer, subject), SYSTEM)
        return None if found is None else found.person

    async def subject_of(self, person: str) -> SubjectDocument | None:
        """The subject a person (an id) is linked to."""
        return next(iter(await self._subjects.find(SYSTEM, {"person": person}, limit=1)), None)


def _id(issuer: str, subject: str) -> str:
    return digest(f"{issuer}\n{subject}")
