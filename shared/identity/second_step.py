"""The second step of a sign-in: a code from a telephone, or one of the codes kept for the day it is lost."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from shared.documents import SYSTEM, Stale
from shared.identity.permissions import Person
from shared.identity.sealing import Seal
from shared.identity.secrets import digest, readable
from shared.identity.store import SecondStepDocument, Store
from shared.identity.totp import SECRET_BYTES, accepted, address_of, typed_key

RECOVERY_CODES = 10
RECOVERY_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a telephone is told, shown until the first right code: as an ``otpauth:`` address, and to be typed."""

    address: str
    key: str

    def __repr__(self) -> str:
        return "Enrolment(…)"


@dataclass(frozen=True, slots=True)
class InForce:
    """A second step that is asked for: since when, and how many recovery codes are left."""

    since: datetime
    recovery_left: int


class SecondSteps:
    """Who has a second step. Secrets are sealed and never shown again once a code was right."""

    def __init__(self, store: Store, seal: Seal, now: Callable[[], datetime]) -> None:
        self._steps = store.second_steps
        self._seal = seal
        self._now = now

    async def in_force(self, person: str) -> InForce | None:
        """The second step of ``person`` (an id), None when there is none to be asked for."""
        document = await self._steps.get(person, SYSTEM)
        if document is None or document.since is None:
            return None
        return InForce(document.since, len(document.recovery))

    async def begin(self, person: Person) -> Enrolment:
        """A fresh secret for ``person``; it counts from the first right code on. One that is in force stays."""
        sealed = self._seal.close(token_bytes(SECRET_BYTES), person.id)
        document = await self._steps.get(person.id, SYSTEM)
        if document is None:
            await self._steps.create(SecondStepDocument(id=person.id, sealed=sealed))
        elif document.since is None:
            await self._steps.change(document.model_copy(update={"sealed": sealed}))
        enrolment = await self.begun(person)
        if enrolment is None:
            raise Stale(f"the second step of {person.id} is in force")
        return enrolment

    async def begun(self, person: Person) -> Enrolment | None:
        """The enrolment that waits for its first code, None when there is none."""
        document = await self._steps.get(person.id, SYSTEM)
        if document is None or document.since is not None:
            return None
        secret = self._seal.open(document.sealed, person.id)
        return Enrolment(address_of(secret, person.login.plain), typed_key(secret))

    async def fits(self, person: str, code: str) -> bool:
        """Whether ``code`` is right for the enrolment that waits; it is not used by being asked about."""
        document = await self._steps.get(person, SYSTEM)
        return document is not None and document.since is None and self._counter(document, code) is not None

    async def confirm(self, person: str, code: str) -> tuple[str, ...] | None:
        """Put the second step in force: gives the recovery codes, to be shown once. None: the code is wrong."""
        document = await self._steps.get(person, SYSTEM)
        if document is None or document.since is not None:
            return None
        now, counter = self._now(), self._counter(document, code)
        if counter is None:
            return None
        codes = tuple(readable(RECOVERY_GROUPS) for _ in range(RECOVERY_CODES))
        update = {"since": now, "counter": counter, "recovery": tuple(digest(_plain(one)) for one in codes)}
        await self._steps.change(document.model_copy(update=update))
        return codes

    async def check(self, person: str, code: str) -> bool:
        """Whether ``code`` is right, and has never been used: each counts once, at whichever replica."""
        document = await self._steps.get(person, SYSTEM)
        if document is None or document.since is None:
            return False
        update = self._used(document, _plain(code))
        if update is None:
            return False
        try:
            await self._steps.change(document.model_copy(update=update))
        except Stale:
            return False  # used at the same moment somewhere else
        return True

    async def remove(self, person: str) -> None:
        """Ask for no second step any more."""
        await self._steps.delete(SYSTEM, {"_id": person})

    def _counter(self, document: SecondStepDocument, code: str) -> int | None:
        secret = self._seal.open(document.sealed, document.id)
        return accepted(secret, _plain(code), self._now(), document.counter)

    def _used(self, document: SecondStepDocument, code: str) -> dict[str, object] | None:
        """What changes when ``code`` is used, None when it is wrong."""
        if digest(code) in document.recovery:
            return {"recovery": tuple(one for one in document.recovery if one != digest(code))}
        counter = self._counter(document, code)
        return None if counter is None else {"counter": counter}


def _plain(code: str) -> str:
    """A code as typed (full-width too), without what people put between the groups."""
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").lower()
