"""The people themselves: their logins, passwords and grants."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from shared.audit import Deed
from shared.documents import SYSTEM, Stale
from shared.identity.contacts import Contact, of_region, of_unit
from shared.identity.errors import NotAccepted, UnknownLogin
from shared.identity.passwords import Passwords, Weakness, weakness
from shared.identity.permissions import Grant, Person, Role, grants_in_force
from shared.identity.records import of_person
from shared.identity.store import PersonDocument, Store, person_id, pseudonym
from shared.privacy import Personal, Secret, blanked

ID = re.compile(r"p-[0-9a-f]{16}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_WEAKNESSES = {
    Weakness.TOO_SHORT: "12 characters at least",
    Weakness.TOO_LONG: "200 characters at most",
    Weakness.CONTAINS_LOGIN: "it contains the login",
    Weakness.FEW_CHARACTERS: "it repeats too few characters",
    Weakness.AS_BEFORE: "it is the one they had",
}


class People:
    """Who there is. Nobody is ever removed: who they were stays on record (``ended_at``).

    What is done to somebody goes on record with them, as done by ``by`` (an actor).
    """

    def __init__(self, store: Store, passwords: Passwords, now: Callable[[], datetime]) -> None:
        self._people = store.people
        self._passwords = passwords
        self._now = now

    async def create(
        self, *, login: str, name: str, email: str, password: str, grants: Collection[Grant], due: bool, by: str
    ) -> Person:
        """Store a new person. Raises NotAccepted for a login or password that cannot be, or a login that is taken."""
        login = login.strip().casefold()
        if not LOGIN.fullmatch(login):
            raise NotAccepted("a login has 2 to 64 of a-z 0-9 . _ @ - and begins with a letter or digit")
        document = PersonDocument(
            id=person_id(login),
            login=Personal(login),
            name=Personal(name),
            email=Personal(email),
            password=await self._hash(password, login),
            password_due=due,
            grants=tuple(grants),
            created_at=self._now(),
        )
        entry = of_person(Deed.PERSON_CREATED, document, actor=by, reason="created")
        if not await self._people.create(document, audit=[entry]):
            raise NotAccepted(f"the login {login} is taken")
        return self.person(document)

    async def find(self, where: Mapping[str, Any] | None = None) -> list[PersonDocument]:
        """Everybody who has not been ended and fits ``where``, by login, with every grant they ever held."""
        return await self._people.find(SYSTEM, {**(where or {}), "ended_at": None}, sort=[("login", 1)])

    async def document(self, login: str) -> PersonDocument:
        """What is stored of the person with ``login``. Raises UnknownLogin."""
        document = await self.living(person_id(login.strip().casefold()))
        if document is None:
            raise UnknownLogin(f"nobody has the login {login}")
        return document

    async def living(self, id_: str) -> PersonDocument | None:
        """What is stored of a person by id, None when there is none or they were ended."""
        document = await self._people.get(id_, SYSTEM)
        return document if document is not None and document.ended_at is None else None

    def person(self, document: PersonDocument) -> Person:
        """The person with the grants in force now."""
        return Person(
            id=document.id,
            login=document.login,
            name=document.name,
            email=document.email,
            grants=grants_in_force(document.grants, self._now()),
            password_due=document.password_due,
        )

    async def set_password(self, document: PersonDocument, password: str, *, due: bool, by: str) -> None:
        """Give a person another password. Raises NotAccepted."""
        problem = Weakness.AS_BEFORE if await self.knows(document, password) else None
        hashed = await self._hash(password, document.login, problem)
        entry = of_person(Deed.PASSWORD_CHANGED, document, actor=by, reason="first" if due else "set")
        await self._people.change(document.model_copy(update={"password": hashed, "password_due": due}), audit=[entry])

    async def void_first_password(self, document: PersonDocument) -> None:
        """Take away a password that somebody else made: its person signs in another way."""
        if document.password_due:
            await self._people.change(document.model_copy(update={"password": Secret(""), "password_due": False}))

    async def knows(self, document: PersonDocument | None, password: str) -> bool:
        """Whether ``password`` is the person's; takes as long for nobody."""
        return await self._passwords.matches(password, (document.password or None) if document else None)

    async def grant(self, document: PersonDocument, grant: Grant, by: str) -> None:
        """Give a person one more grant. Raises NotAccepted when they hold it already."""
        same = (grant.role, grant.region, grant.unit)
        held = grants_in_force(document.grants, self._now())
        if any((one.role, one.region, one.unit) == same for one in held):
            raise NotAccepted("they hold this grant already")
        entry = of_person(Deed.GRANT_GIVEN, document, actor=by, reason="given", grants=(grant,))
        await self._people.change(document.model_copy(update={"grants": (*document.grants, grant)}), audit=[entry])

    async def ungrant(self, document: PersonDocument, grant: Grant, by: str) -> None:
        """End a grant now; one that has not begun is taken away. Raises NotAccepted when they do not hold it."""
        if grant not in document.grants:
            raise NotAccepted("they do not hold this grant")
        now = self._now()
        over = [grant.model_copy(update={"until": now})] if grant.since < now else []
        kept = [one for one in document.grants if one != grant]
        entry = of_person(Deed.GRANT_ENDED, document, actor=by, reason="ended", grants=(grant,))
        await self._people.change(document.model_copy(update={"grants": (*kept, *over)}), audit=[entry])

    async def end(self, document: PersonDocument, by: str) -> None:
        """Take every access from a person for good."""
        entry = of_person(Deed.PERSON_ENDED, document, actor=by, reason="ended")
        await self._people.change(document.model_copy(update={"ended_at": self._now()}), audit=[entry])

    async def ever(self, who: str) -> PersonDocument:
        """Whoever has or had the login or the id ``who``, ended or not. Raises UnknownLogin."""
        document = await self._people.get(who if ID.fullmatch(who) else person_id(who.strip().casefold()), SYSTEM)
        if document is None:
            raise UnknownLogin(f"nobody has or had the login or the id {who}")
        return document

    async def ended(self, before: datetime) -> list[PersonDocument]:
        """Those who lost every access before ``before`` and are not erased."""
        return await self._people.find(SYSTEM, {"ended_at": {"$lt": before}, "erased_at": None})

    async def erase(self, document: PersonDocument, by: str) -> PersonDocument:
        """Take away everything that says who somebody was; their id and their grants stay."""
        now = self._now()
        blank = {
            **blanked(document),
            "login": Personal(f"erased-{document.id}"),
            "name": Personal(pseudonym(document.id)),
            "ended_at": document.ended_at or now,
            "erased_at": document.erased_at or now,
        }
        entry = of_person(Deed.PERSON_ERASED, document, actor=by, reason="erased")
        return await self._people.change(document.model_copy(update=blank), audit=[entry])

    async def note(self, id_: str, deed: Deed, by: str, reason: str) -> None:
        """Put on record with a person (an id) what is about to be done; what it is done to is deleted, and cannot."""
        while document := await self._people.get(id_, SYSTEM):
            try:
                await self._people.change(document, audit=[of_person(deed, document, actor=by, reason=reason)])
            except Stale:
                continue
            return

    async def logins(self, people: Collection[str]) -> Mapping[str, Personal]:
        """The logins of these people (ids), also of those who were ended."""
        found = await self._people.find(SYSTEM, {"_id": {"$in": list(people)}})
        return {document.id: document.login for document in found}

    async def contacts(self, *, unit: str | None, region: str | None, roles: Collection[Role]) -> list[Contact]:
        """The administrators of ``unit``, or those with one of ``roles`` nearest above ``region`` (four tokens)."""
        if unit is not None:
            return of_unit(map(self.person, await self.find({"grants.unit": unit})), unit)
        if region is None:
            raise TypeError("contacts of what? give a unit or a region")
        found = await self.find({"grants.role": {"$in": [str(role) for role in roles]}})
        return of_region([self.person(one) for one in found], region, roles)

    async def _hash(self, password: str, login: str, problem: Weakness | None = None) -> Secret:
        problem = weakness(password, login) or problem
        if problem is not None:
            raise NotAccepted(f"this password is not accepted: {_WEAKNESSES[problem]}", problem)
        return Secret(await self._passwords.hash(password))
