"""People, how they sign in, and what they hold: the only way to the identity database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from shared.audit import Entry
from shared.documents import Database
from shared.identity.accounts import Accounts
from shared.identity.errors import Refusal, SignInRefused
from shared.identity.limiter import Limiter
from shared.identity.passwords import Passwords
from shared.identity.permissions import Person
from shared.identity.records import actor_of, refused, signed_in
from shared.identity.sessions import Device
from shared.identity.store import How, Outcome, PersonDocument
from shared.identity.tallies import Tallies
from shared.identity.tokens import narrowed
from shared.settings import Settings
from shared.telemetry import logger

_log = logger("identity")


class Identity(Accounts):
    """Written by the registry and by ``govwatch admin``, read by every service.

    Sign-ins go on record by ``on_record``, which the service that signs people in sets.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        passwords: Passwords | None = None,
        actor: str = "service:identity",
    ) -> None:
        super().__init__(database, settings, now=now, passwords=passwords, actor=actor)
        self.on_record: Callable[[Entry], Awaitable[None]] | None = None
        self.tallies = Tallies(database)
        self._limiter = Limiter(database)

    # -- one's own password

    async def change_password(self, person: Person, current: str, wanted: str, device: Device) -> str:
        """What people do themselves: gives a new session, the only one left. Raises SignInRefused, NotAccepted."""
        now = self._now()
        await self._admit(person.login, device.address, now)
        document = await self._people.document(person.login)
        if not await self._people.knows(document, current):
            raise SignInRefused(Refusal.WRONG)
        await self._limiter.forgive(person.login, device.address, now)
        await self._people.set_password(document, wanted, due=False, by=actor_of(document.id))
        await self.sessions.close_all(document.id)
        _log.info("password changed", person=document.id)
        return await self.sessions.open(document.id, device, How.PASSWORD)

    async def knows_password(self, person: Person, password: str, address: str) -> bool:
        """Whether a person signed in types their own password right; tries are limited. Raises SignInRefused."""
        now = self._now()
        await self._admit(person.login, address, now)
        right = await self._people.knows(await self._people.living(person.id), password)
        if right:
            await self._limiter.forgive(person.login, address, now)
        return right

    # -- signing in

    async def sign_in(self, login: str, password: str, *, address: str = "", browser: str = "") -> str:
        """A new session id for the right login and password. Raises SignInRefused.

        For somebody with a second step it is half a session: ``awaits_code`` says so, ``give_code`` makes it whole.
        ``address`` is where the attempt comes from; attempts are limited by login, by address and by both.
        """
        login, now, device = login.strip().casefold(), self._now(), Device(address, browser)
        await self._admit(login, address, now)
        try:
            document: PersonDocument | None = await self._people.document(login)
        except LookupError:
            document = None
        if not await self._people.knows(document, password) or document is None:
            _log.warning("sign-in refused", reason=Refusal.WRONG, address=address)
            await self._record(refused(document, login, address, Refusal.WRONG, None))
            if document is not None:
                await self.sessions.record(document.id, device, How.PASSWORD, Outcome.WRONG_PASSWORD)
            raise SignInRefused(Refusal.WRONG)
        await self._limiter.forgive(login, address, now)
        if await self.second_steps.in_force(document.id):
            return await self.sessions.open(document.id, device, How.SECOND_STEP, half=True)
        return await self._signed_in(document, device, How.PASSWORD)

    async def awaits_code(self, session: str) -> bool:
        """Whether this session is half: the code of the second step is still to come."""
        document = await self.sessions.get(session)
        return document is not None and document.half

    async def give_code(self, session: str, code: str, *, address: str = "", browser: str = "") -> str:
        """A whole session for half a one and the right code. Raises SignInRefused."""
        half, now, device = await self.sessions.get(session), self._now(), Device(address, browser)
        document = await self._people.living(half.person) if half is not None and half.half else None
        if document is None:
            raise SignInRefused(Refusal.TOO_LATE)
        attempt = f"second step of {document.id}"
        await self._admit(attempt, address, now)
        if not await self.second_steps.check(document.id, code):
            _log.warning("sign-in refused", reason=Refusal.WRONG_CODE, address=address)
            await self._record(refused(document, document.login, address, Refusal.WRONG_CODE, None))
            await self.sessions.record(document.id, device, How.SECOND_STEP, Outcome.WRONG_CODE)
            raise SignInRefused(Refusal.WRONG_CODE)
        await self._limiter.forgive(attempt, address, now)
        await self.sessions.close(session)
        return await self._signed_in(document, device, How.SECOND_STEP)

    async def try_code(self, person: Person, code: str, address: str) -> bool:
        """Whether a person signed in gives a right code; tries are limited as at sign-in. Raises SignInRefused."""
        attempt, now = f"second step of {person.id}", self._now()
        await self._admit(attempt, address, now)
        right = await self.second_steps.check(person.id, code)
        if right:
            await self._limiter.forgive(attempt, address, now)
        return right

    async def sign_in_subject(self, issuer: str, subject: str, device: Device) -> str:
        """A new session for whom an administrator linked to ``subject``; nobody is made by it. Raises SignInRefused.

        A first password that waits to be changed is void from then on.
        """
        linked = await self.flows.person_of(issuer, subject)
        document = await self._people.living(linked) if linked is not None else None
        if document is None:
            _log.warning("sign-in refused", reason=Refusal.NOT_LINKED, address=device.address)
            await self._record(refused(None, "", device.address, Refusal.NOT_LINKED, None))
            raise SignInRefused(Refusal.NOT_LINKED)
        await self._people.void_first_password(document)
        return await self._signed_in(document, device, How.PROVIDER)

    async def sign_out(self, session: str) -> None:
        """End one session; unknown ones are ended already."""
        await self.sessions.close(session)

    async def person_of_session(self, session: str) -> Person | None:
        """Whose session this is, None when it is nobody's (any more), or half."""
        document = await self.sessions.get(session)
        return None if document is None or document.half else await self._who(document.person)

    async def admit_from(self, what: str, address: str) -> datetime:
        """Count an attempt at ``what`` from ``address``; gives the time to forgive it by. Raises SignInRefused."""
        now = self._now()
        until = await self._limiter.admit_from(what, address, now)
        if until is not None:
            raise SignInRefused(Refusal.LOCKED, until)
        return now

    async def forgive_from(self, what: str, address: str, at: datetime) -> None:
        """Take back the attempt counted at ``at``: it was right."""
        await self._limiter.forgive_from(what, address, at)

    async def person_of_token(self, text: str) -> Person | None:
        """Whose token this is, with the grants it leaves them, None when it is nobody's (any more)."""
        token = await self.tokens.read(text)
        person = await self._who(token.person) if token is not None else None
        if token is None or person is None:
            return None
        return person.model_copy(update={"grants": narrowed(person.grants, token.roles, token.under)})

    # -- inside

    async def _admit(self, login: str, address: str, now: datetime) -> None:
        until = await self._limiter.admit(login, address, now)
        if until is not None:
            _log.warning("sign-in refused", reason=Refusal.LOCKED, address=address)
            found = next(iter(await self._people.find({"login": login})), None)
            await self._record(refused(found, login, address, Refusal.LOCKED, until))
            raise SignInRefused(Refusal.LOCKED, until)

    async def _record(self, entry: Entry) -> None:
        if self.on_record:
            await self.on_record(entry)

    async def _signed_in(self, document: PersonDocument, device: Device, how: How) -> str:
        session = await self.sessions.open(document.id, device, how)
        await self.sessions.record(document.id, device, how, Outcome.SIGNED_IN)
        _log.info("signed in", person=document.id, how=how, address=device.address)
        await self._record(signed_in(document, how))
        return session

    async def _who(self, id_: str) -> Person | None:
        document = await self._people.living(id_)
        return None if document is None else self._people.person(document)
