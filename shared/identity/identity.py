"""People, how they sign in, and what they hold: the only way to the identity database."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.documents import SYSTEM, Database
from shared.identity.contacts import Contact, of_region, of_unit
from shared.identity.limiter import Limiter
from shared.identity.passwords import Passwords, Weakness, weakness
from shared.identity.permissions import Grant, Person, Role, grants_in_force
from shared.identity.secrets import TokenText, digest, new_session_id, same
from shared.identity.store import PersonDocument, SessionDocument, Store, TokenDocument, person_id, pseudonym
from shared.privacy import Personal, blanked
from shared.settings import Settings
from shared.telemetry import logger

ID = re.compile(r"p-[0-9a-f]{16}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
LONGEST_TOKEN = timedelta(days=366)
_NO_SECRET = digest("")
_log = logger("identity")
_WEAKNESSES = {
    Weakness.TOO_SHORT: "12 characters at least",
    Weakness.TOO_LONG: "200 characters at most",
    Weakness.CONTAINS_LOGIN: "it contains the login",
    Weakness.FEW_CHARACTERS: "it repeats too few characters",
}


class Refusal(StrEnum):
    """Why somebody could not sign in. Wrong login and wrong password are deliberately one."""

    WRONG = "wrong"
    LOCKED = "locked"


class SignInRefused(Exception):  # noqa: N818 - it reads as what happened
    """Signing in failed; ``until`` is when the next attempt is let through, None when at once."""

    def __init__(self, reason: Refusal, until: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.until = until


class NotAccepted(ValueError):  # noqa: N818 - it reads as what happened
    """A login or a password that cannot be given to a person; the message says why."""


class UnknownLogin(LookupError):  # noqa: N818 - it reads as what happened
    """Nobody has this login."""


class Identity:
    """Written by the registry and by ``govwatch admin``, read by every service."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        passwords: Passwords | None = None,
    ) -> None:
        self._database = database
        self._store = Store(database)
        self._limiter = Limiter(database)
        self._now = now
        self._session_length = timedelta(hours=settings.session_hours)
        self._passwords = passwords or Passwords()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._database.prepare()

    # -- people

    async def create_person(
        self, *, login: str, name: str, email: str, password: str, grants: Collection[Grant]
    ) -> Person:
        """Store a new person. Raises NotAccepted for a login or password that cannot be, or a login that is taken."""
        login = login.strip().casefold()
        if not LOGIN.fullmatch(login):
            raise NotAccepted("a login has 2 to 64 of a-z 0-9 . _ @ - and begins with a letter or digit")
        document = PersonDocument(
            id=person_id(login),
            login=login,
            name=name,
            email=email,
            password=await self._hash(password, login),
            grants=tuple(grants),
            created_at=self._now(),
        )
        if not await self._store.people.create(document):
            raise NotAccepted(f"the login {login} is taken")
        return self._person(document)

    async def people(self) -> list[Person]:
        """Everybody who has not been ended, by login."""
        return await self._people_where({})

    async def set_password(self, login: str, password: str) -> None:
        """Give a person another password and end their sessions. Raises UnknownLogin, NotAccepted."""
        document = await self._document(login)
        hashed = await self._hash(password, document.login)
        await self._store.people.change(document.model_copy(update={"password": hashed}))
        await self._store.sessions.delete(SYSTEM, {"person": document.id})

    async def revoke(self, login: str) -> None:
        """End every session and token of a person, who may sign in again. Raises UnknownLogin."""
        await self._revoke((await self._document(login)).id)

    async def end(self, login: str) -> None:
        """Take every access from a person for good; who they were stays on record. Raises UnknownLogin."""
        document = await self._document(login)
        await self._store.people.change(document.model_copy(update={"ended_at": self._now()}))
        await self._revoke(document.id)

    async def find(self, who: str) -> PersonDocument:
        """Whoever has or had the login or the id ``who``, ended or not. Raises UnknownLogin."""
        id_ = who if ID.fullmatch(who) else person_id(who.strip().casefold())
        document = await self._store.people.get(id_, SYSTEM)
        if document is None:
            raise UnknownLogin(f"nobody has or had the login or the id {who}")
        return document

    async def ended(self, before: datetime) -> list[PersonDocument]:
        """Those who lost every access before ``before`` and are not erased."""
        return await self._store.people.find(SYSTEM, {"ended_at": {"$lt": before}, "erased_at": None})

    async def erase(self, document: PersonDocument) -> PersonDocument:
        """Take away every access and everything that says who somebody was; their id and their grants stay."""
        now = self._now()
        blank = {
            **blanked(document),
            "login": Personal(f"erased-{document.id}"),
            "name": Personal(pseudonym(document.id)),
        }
        ended = {"ended_at": document.ended_at or now, "erased_at": document.erased_at or now}
        erased = await self._store.people.change(document.model_copy(update=blank | ended))
        await self._revoke(document.id)
        return erased

    # -- signing in

    async def sign_in(self, login: str, password: str, *, address: str = "") -> str:
        """A new session id for the right login and password. Raises SignInRefused.

        ``address`` is where the attempt comes from; attempts are limited by login, by address and by both.
        """
        login, now = login.strip().casefold(), self._now()
        until = await self._limiter.admit(login, address, now)
        if until is not None:
            _log.warning("sign-in refused", reason=Refusal.LOCKED, address=address)
            raise SignInRefused(Refusal.LOCKED, until)
        document = await self._living(person_id(login))
        if not await self._passwords.matches(password, document.password if document else None) or document is None:
            _log.warning("sign-in refused", reason=Refusal.WRONG, address=address)
            raise SignInRefused(Refusal.WRONG)
        await self._limiter.forgive(login, address, now)
        session = new_session_id()
        await self._store.sessions.create(
            SessionDocument(
                id=digest(session), person=document.id, created_at=now, expires_at=now + self._session_length
            )
        )
        _log.info("signed in", person=document.id, address=address)
        return session

    async def sign_out(self, session: str) -> None:
        """End one session; unknown ones are ended already."""
        await self._store.sessions.delete(SYSTEM, {"_id": digest(session)})

    async def person_of_session(self, session: str) -> Person | None:
        """Whose session this is, None when it is nobody's (any more)."""
        document = await self._store.sessions.get(digest(session), SYSTEM)
        if document is None or document.expires_at <= self._now():
            return None
        return await self._who(document.person)

    # -- tokens

    async def issue_token(self, login: str, *, days: int) -> str:
        """A new API token of a person, to be shown once. Raises UnknownLogin; ValueError for a bad number of days."""
        length = timedelta(days=days)
        if not timedelta() < length <= LONGEST_TOKEN:
            raise ValueError(f"a token lasts from 1 to {LONGEST_TOKEN.days} days")
        document, token, now = await self._document(login), TokenText.fresh(), self._now()
        await self._store.tokens.create(
            TokenDocument(
                id=token.id,
                person=document.id,
                secret=digest(token.secret),
                created_at=now,
                expires_at=now + length,
            )
        )
        return str(token)

    async def person_of_token(self, text: str) -> Person | None:
        """Whose token this is, None when it is nobody's (any more)."""
        token = TokenText.read(text)
        if token is None:
            return None
        document = await self._store.tokens.get(token.id, SYSTEM)
        right = same(token.secret, document.secret if document else _NO_SECRET)
        if document is None or not right or document.expires_at <= self._now():
            return None
        return await self._who(document.person)

    # -- whom to tell

    async def contacts(
        self, *, unit: str | None = None, region: str | None = None, roles: Collection[Role] = ()
    ) -> list[Contact]:
        """The administrators of ``unit``, or those with one of ``roles`` nearest above ``region`` (four tokens)."""
        if unit is not None:
            return of_unit(await self._people_where({"grants.unit": unit}), unit)
        if region is None:
            raise TypeError("contacts of what? give a unit or a region")
        where = {"grants.role": {"$in": [str(role) for role in roles]}}
        return of_region(await self._people_where(where), region, roles)

    # -- inside

    async def _hash(self, password: str, login: str) -> str:
        problem = weakness(password, login)
        if problem is not None:
            raise NotAccepted(f"this password is not accepted: {_WEAKNESSES[problem]}")
        return await self._passwords.hash(password)

    async def _people_where(self, where: Mapping[str, Any]) -> list[Person]:
        found = await self._store.people.find(SYSTEM, {**where, "ended_at": None}, sort=[("login", 1)])
        return [self._person(document) for document in found]

    async def _document(self, login: str) -> PersonDocument:
        document = await self._living(person_id(login.strip().casefold()))
        if document is None:
            raise UnknownLogin(f"nobody has the login {login}")
        return document

    async def _living(self, id_: str) -> PersonDocument | None:
        document = await self._store.people.get(id_, SYSTEM)
        return document if document is not None and document.ended_at is None else None

    async def _who(self, id_: str) -> Person | None:
        document = await self._living(id_)
        return None if document is None else self._person(document)

    async def _revoke(self, id_: str) -> None:
        await self._store.sessions.delete(SYSTEM, {"person": id_})
        await self._store.tokens.delete(SYSTEM, {"person": id_})

    def _person(self, document: PersonDocument) -> Person:
        return Person(
            id=document.id,
            login=document.login,
            name=document.name,
            email=document.email,
            grants=grants_in_force(document.grants, self._now()),
        )
