"""A limit on wrong passwords, codes and tokens, counted in MongoDB so that all replicas count together.

An attempt is counted before the password is looked at, and taken back when it was right: a hundred attempts at the
same moment are a hundred attempts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from shared.documents import SYSTEM, Database, Document, Documents, Index, Stale
from shared.events.region import COUNTRY
from shared.identity.secrets import digest

WINDOW = timedelta(minutes=15)
PER_LOGIN_AND_ADDRESS = 5
PER_LOGIN = 20
PER_ADDRESS = 50


class Attempts(Document):
    """The attempts of the last quarter of an hour under one key, oldest first."""

    tries: tuple[AwareDatetime, ...] = ()
    expires_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Key:
    """What attempts are counted by, how many are let through, and whether a right password forgives them all."""

    id: str
    limit: int
    forgiven: bool


def keys_of(login: str, address: str) -> tuple[Key, ...]:
    """The counters of an attempt. A login is only a guess of its sender, so it is kept as a digest.

    A right password forgives what happened to its login, not what its address tried on other logins.
    """
    return (
        Key(digest(f"login and address\n{login}\n{address}"), PER_LOGIN_AND_ADDRESS, forgiven=True),
        Key(digest(f"login\n{login}"), PER_LOGIN, forgiven=True),
        Key(digest(f"address\n{address}"), PER_ADDRESS, forgiven=False),
    )


def _from(what: str, address: str) -> Key:
    return Key(digest(f"{what}\n{address}"), PER_ADDRESS, forgiven=False)


def recent(tries: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The ``tries`` that still count at ``now``."""
    return tuple(at for at in tries if now - at < WINDOW)


def locked_until(tries: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
    """When the next attempt is let through, None when that is now."""
    counted = sorted(recent(tries, now))
    return None if len(counted) < limit else counted[-limit] + WINDOW


class Limiter:
    """Counts attempts. Every change is guarded by the document's version, so none is lost between replicas."""

    def __init__(self, database: Database) -> None:
        self._attempts: Documents[Attempts] = database.documents(
            "attempts", Attempts, [Index(("expires_at",), expire_after=0)]
        )

    async def admit(self, login: str, address: str, now: datetime) -> datetime | None:
        """Count an attempt. None when it may go on, else the time at which another may be made."""
        for key in keys_of(login, address):
            until = await self._count(key, now)
            if until is not None:
                return until
        return None

    async def forgive(self, login: str, address: str, now: datetime) -> None:
        """Take back the attempt counted at ``now``: its password was right."""
        for key in keys_of(login, address):
            await self._rewrite(key, now, _nothing if key.forgiven else _without(now))

    async def admit_from(self, what: str, address: str, now: datetime) -> datetime | None:
        """Count an attempt at ``what``, which has no login (a token, an answer of the provider), from ``address``."""
        return await self._count(_from(what, address), now)

    async def forgive_from(self, what: str, address: str, now: datetime) -> None:
        """Take back the attempt counted at ``now``."""
        await self._rewrite(_from(what, address), now, _without(now))

    async def _count(self, key: Key, now: datetime) -> datetime | None:
        while True:
            attempts = await self._attempts.get(key.id, SYSTEM)
            until = None if attempts is None else locked_until(attempts.tries, key.limit, now)
            if until is not None:
                return until
            if await self._write(key, attempts, (*_tries(attempts, now), _stored(now)), now):
                return None

    async def _rewrite(self, key: Key, now: datetime, change: "Change") -> None:
        while True:
            attempts = await self._attempts.get(key.id, SYSTEM)
            if attempts is None or await self._write(key, attempts, change(_tries(attempts, now)), now):
                return

    async def _write(self, key: Key, was: Attempts | None, tries: tuple[datetime, ...], now: datetime) -> bool:
        fields = {"tries": tries, "expires_at": now + WINDOW}
        if was is None:
            return await self._attempts.create(Attempts(id=key.id, region=COUNTRY, **fields))
        try:
            await self._attempts.change(was.model_copy(update=fields))
        except Stale:
            return False
        return True


Change = Callable[[tuple[datetime, ...]], tuple[datetime, ...]]


def _tries(attempts: Attempts | None, now: datetime) -> tuple[datetime, ...]:
    return () if attempts is None else recent(attempts.tries, now)


def _nothing(_tries: tuple[datetime, ...]) -> tuple[datetime, ...]:
    return ()


def _without(now: datetime) -> Change:
    def change(tries: tuple[datetime, ...]) -> tuple[datetime, ...]:
        at = tries.index(_stored(now)) if _stored(now) in tries else len(tries)
        return tries[:at] + tries[at + 1 :]

    return change


def _stored(at: datetime) -> datetime:
    """``at`` to the millisecond, as MongoDB gives it back."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
