"""Sessions, and the record of every attempt to open one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.documents import SYSTEM
from shared.identity.secrets import digest, new_session_id
from shared.identity.store import How, Outcome, SessionDocument, SignInDocument, Store

HALF_LENGTH = timedelta(minutes=5)
"""How long somebody may look for the code after their password was right."""
RECORDS_KEPT = timedelta(days=183)
"""网络安全法 第二十一条: network logs are kept for six months at least."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where an attempt comes from: the address, and the family of the browser in a few words."""

    address: str = ""
    browser: str = ""


class Sessions:
    """Who is signed in, and where."""

    def __init__(self, store: Store, length: timedelta, now: Callable[[], datetime]) -> None:
        self._sessions = store.sessions
        self._sign_ins = store.sign_ins
        self._length = length
        self._now = now

    async def open(self, person: str, device: Device, how: How, *, half: bool = False) -> str:
        """A new session id. A ``half`` one is good for the second step and nothing else."""
        session, now = new_session_id(), self._now()
        await self._sessions.create(
            SessionDocument(
                id=digest(session),
                person=person,
                created_at=now,
                expires_at=now + (HALF_LENGTH if half else self._length),
                address=device.address,
                browser=device.browser,
                how=how,
                half=half,
            )
        )
        return session

    async def get(self, session: str) -> SessionDocument | None:
        """The session with this id, half or whole, None when there is none (any more)."""
        document = await self._sessions.get(digest(session), SYSTEM)
        return document if document is not None and document.expires_at > self._now() else None

    async def of(self, person: str) -> list[SessionDocument]:
        """The open sessions of a person, the newest first."""
        where = {"person": person, "half": {"$ne": True}, "expires_at": {"$gt": self._now()}}
        return await self._sessions.find(SYSTEM, where, sort=[("created_at", -1)])

    async def close(self, session: str) -> None:
        """End one session; unknown ones are ended already."""
        await self._sessions.delete(SYSTEM, {"_id": digest(session)})

    async def close_one(self, person: str, id_: str) -> bool:
        """End the session of ``person`` that is stored as ``id_``; says whether there was one."""
        return await self._sessions.delete(SYSTEM, {"_id": id_, "person": person}) == 1

    async def close_others(self, person: str, session: str) -> None:
        """End every session of ``person`` but this one."""
        await self._sessions.delete(SYSTEM, {"person": person, "_id": {"$ne": digest(session)}})

    async def close_all(self, person: str) -> None:
        """End every session of a person."""
        await self._sessions.delete(SYSTEM, {"person": person})

    async def forget(self, person: str) -> None:
        """Keep nothing of where and how somebody tried to sign in."""
        await self._sign_ins.delete(SYSTEM, {"person": person})

    async def record(self, person: str, device: Device, how: How, outcome: Outcome) -> None:
        """Keep that somebody tried to sign in as ``person``."""
        now = self._now()
        await self._sign_ins.create(
            SignInDocument(
                id=new_session_id(),
                person=person,
                at=now,
                expires_at=now + RECORDS_KEPT,
                outcome=outcome,
                how=how,
                address=device.address,
                browser=device.browser,
            )
        )

    async def records(self, person: str, limit: int = 50) -> list[SignInDocument]:
        """The latest attempts to sign in as ``person``, the newest first."""
        return await self._sign_ins.find(SYSTEM, {"person": person}, sort=[("at", -1)], limit=limit)
