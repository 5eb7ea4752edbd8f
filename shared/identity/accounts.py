"""What is done to people and to what they sign in with: always on record, with who did it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from shared.audit import Deed
from shared.documents import Database
from shared.identity.contacts import Contact
from shared.identity.errors import NotAccepted
from shared.identity.flows import TAKEN, Flows
from shared.identity.passwords import Passwords
from shared.identity.people import People
from shared.identity.permissions import Grant, Person, Role
from shared.identity.records import actor_of
from shared.identity.sealing import Seal
from shared.identity.second_step import SecondSteps
from shared.identity.sessions import Sessions
from shared.identity.store import PersonDocument, Store
from shared.identity.tokens import Tokens
from shared.privacy import Personal
from shared.settings import Settings
from shared.telemetry import logger

_log = logger("identity")


class Accounts:
    """What is done to people: accounts, grants, second steps, tokens; see ``Identity``, which also signs them in.

    ``sessions``, ``tokens``, ``second_steps`` and ``flows`` are its parts; what needs several of them is here. What is
    done to people goes on record with them, as done by ``by`` (else by ``actor``).
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        passwords: Passwords | None,
        actor: str,
    ) -> None:
        self.database = database
        self._actor = actor
        self._store = Store(database)
        self._now = now
        self._people = People(self._store, passwords or Passwords(), now)
        self.sessions = Sessions(self._store, timedelta(hours=settings.session_hours), now)
        self.tokens = Tokens(self._store, now)
        self.second_steps = SecondSteps(self._store, Seal(settings), now)
        self.flows = Flows(self._store, now)

    async def prepare(self) -> None:
        """Create the indexes."""
        await self.database.prepare()

    # -- people

    async def create_person(
        self,
        *,
        login: str,
        name: str,
        email: str,
        password: str,
        grants: Collection[Grant],
        first: bool = False,
        by: str = "",
    ) -> Person:
        """Store a new person; ``first``: the password is somebody else's choice and must be changed at once.

        Raises NotAccepted for a login or password that cannot be, or a login that is taken.
        """
        return await self._people.create(
            login=login, name=name, email=email, password=password, grants=grants, due=first, by=by or self._actor
        )

    async def people(self) -> list[Person]:
        """Everybody who has not been ended, by login."""
        return [self._people.person(document) for document in await self._people.find()]

    async def records(self) -> list[PersonDocument]:
        """Everybody who has not been ended, by login, with the grants that are over or still to come."""
        return await self._people.find()

    async def record(self, login: str) -> PersonDocument:
        """What is stored of the person with ``login``. Raises UnknownLogin."""
        return await self._people.document(login)

    async def record_of(self, person: str) -> PersonDocument | None:
        """What is stored of a person by id, None when there is none or they were ended."""
        return await self._people.living(person)

    async def set_password(self, login: str, password: str, *, first: bool = False, by: str = "") -> None:
        """Give a person another password and end their sessions. Raises UnknownLogin, NotAccepted."""
        document = await self._people.document(login)
        await self._people.set_password(document, password, due=first, by=by or self._actor)
        await self.sessions.close_all(document.id)

    async def grant(self, login: str, grant: Grant, by: str = "") -> None:
        """Give a person one more grant. Raises UnknownLogin, NotAccepted."""
        document = await self._people.document(login)
        await self._people.grant(document, grant, by or self._actor)

    async def ungrant(self, login: str, grant: Grant, by: str = "") -> None:
        """End a grant of a person now. Raises UnknownLogin, NotAccepted when they do not hold it."""
        document = await self._people.document(login)
        await self._people.ungrant(document, grant, by or self._actor)

    async def link(self, login: str, issuer: str, subject: str) -> None:
        """Let ``subject`` of the provider ``issuer`` sign in as this person. Raises UnknownLogin, NotAccepted."""
        document = await self._people.document(login)
        if await self.flows.person_of(issuer, subject) is not None:
            raise NotAccepted(TAKEN)
        await self._people.note(document.id, Deed.SUBJECT_LINKED, self._actor, issuer)
        await self.flows.link(document.id, issuer, subject)

    async def unlink(self, login: str) -> None:
        """Let no subject of a provider sign in as this person. Raises UnknownLogin."""
        document = await self._people.document(login)
        await self._people.note(document.id, Deed.SUBJECT_UNLINKED, self._actor, "unlinked")
        await self.flows.unlink(document.id)

    async def confirm_second_step(self, person: Person, code: str) -> tuple[str, ...] | None:
        """Put the second step of a person in force: the recovery codes, to be shown once. None: the code is wrong."""
        if not await self.second_steps.fits(person.id, code):
            return None
        await self._people.note(person.id, Deed.SECOND_STEP_ON, actor_of(person.id), "enrolled")
        return await self.second_steps.confirm(person.id, code)

    async def remove_second_step(self, person: str, by: str = "") -> None:
        """Ask a person (an id) for no code any more."""
        await self._people.note(person, Deed.SECOND_STEP_OFF, by or self._actor, "removed")
        await self.second_steps.remove(person)

    async def revoke_token(self, person: str, token: str, by: str = "") -> bool:
        """End a token of a person (both by id); says whether there was one."""
        if token not in {one.id for one in await self.tokens.of(person)}:
            return False
        await self._people.note(person, Deed.TOKEN_REVOKED, by or self._actor, token)
        return await self.tokens.revoke(person, token)

    async def end_session(self, person: Person, session: str) -> bool:
        """End one session of a person as it is stored; says whether there was one."""
        if session not in {one.id for one in await self.sessions.of(person.id)}:
            return False
        await self._people.note(person.id, Deed.SESSIONS_ENDED, actor_of(person.id), "one")
        return await self.sessions.close_one(person.id, session)

    async def end_other_sessions(self, person: Person, session: str) -> None:
        """End every session of a person but this one."""
        await self._people.note(person.id, Deed.SESSIONS_ENDED, actor_of(person.id), "all others")
        await self.sessions.close_others(person.id, session)

    async def revoke(self, login: str, by: str = "") -> None:
        """End every session and token of a person, who may sign in again. Raises UnknownLogin."""
        document = await self._people.document(login)
        await self._people.note(document.id, Deed.ACCESS_REVOKED, by or self._actor, "revoked")
        await self._revoke(document.id)

    async def end(self, login: str, by: str = "") -> None:
        """Take every access from a person for good; who they were stays on record. Raises UnknownLogin."""
        document = await self._people.document(login)
        await self._people.end(document, by or self._actor)
        await self._revoke(document.id)
        await self.second_steps.remove(document.id)
        await self.flows.unlink(document.id)

    # -- tokens

    async def issue_token(
        self,
        login: str,
        *,
        days: int,
        name: str = "",
        roles: Collection[Role] | None = None,
        under: str | None = None,
        by: str = "",
    ) -> str:
        """A new API token of a person, to be shown once; see ``Tokens.issue``. Raises UnknownLogin, TokenRefused."""
        person = self._people.person(await self._people.document(login))
        token = await self.tokens.issue(person, days=days, name=name, roles=roles, under=under)
        await self._people.note(person.id, Deed.TOKEN_ISSUED, by or self._actor, f"{days} days")
        return token

    # -- who that was

    async def find(self, who: str) -> PersonDocument:
        """Whoever has or had the login or the id ``who``, ended or not. Raises UnknownLogin."""
        return await self._people.ever(who)

    async def ended(self, before: datetime) -> list[PersonDocument]:
        """Those who lost every access before ``before`` and are not erased."""
        return await self._people.ended(before)

    async def erase(self, document: PersonDocument, by: str = "") -> PersonDocument:
        """Take away every access and everything that says who somebody was; their id and their grants stay."""
        erased = await self._people.erase(document, by or self._actor)
        await self._revoke(document.id)
        await self.sessions.forget(document.id)
        await self.second_steps.remove(document.id)
        await self.flows.unlink(document.id)
        return erased

    async def logins(self, people: Collection[str]) -> Mapping[str, Personal]:
        """The logins of these people (ids), also of those who were ended."""
        return await self._people.logins(people)

    # -- whom to tell

    async def contacts(
        self, *, unit: str | None = None, region: str | None = None, roles: Collection[Role] = ()
    ) -> list[Contact]:
        """The administrators of ``unit``, or those with one of ``roles`` nearest above ``region`` (four tokens)."""
        return await self._people.contacts(unit=unit, region=region, roles=roles)

    # -- inside

    async def _revoke(self, id_: str) -> None:
        await self.sessions.close_all(id_)
        await self.tokens.revoke_all(id_)
