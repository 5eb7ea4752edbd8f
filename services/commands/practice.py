"""``--demo``: a city to practise on. Its code is handed in by ``services.__main__``; nothing here imports it.

Everybody of the city gets the same known password, said on the sign-in page: for practising only.
"""

import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.commands.register import register
from services.registry.intake import Intake
from shared.documents import Client
from shared.embedded import CannotStart
from shared.identity import Grant, Identity, NotAccepted, Role
from shared.runtime import Steps
from shared.settings import Settings

PASSWORD = "practice-2026"  # noqa: S105 - known on purpose, and only ever set with --demo
ACTOR = "operator:demo"
TokenFor = Callable[[str], Awaitable[str]]


class Place(Protocol):
    """An office or unit of the city."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def region(self) -> str:
        """Its region."""
        ...


class Office(Place, Protocol):
    """An office of the city."""

    @property
    def looks_after(self) -> str:
        """The region prefix it supervises."""
        ...


class Person(Protocol):
    """Somebody of the city."""

    @property
    def login(self) -> str:
        """What they sign in as."""
        ...

    @property
    def name(self) -> str:
        """Their name."""
        ...

    @property
    def role(self) -> str:
        """One of shared.identity.Role."""
        ...

    @property
    def region(self) -> str | None:
        """The region prefix of their role."""
        ...

    @property
    def unit(self) -> str | None:
        """The unit they administer."""
        ...

    @property
    def email(self) -> str:
        """Where their mail goes."""
        ...


class Script(Protocol):
    """Who there is."""

    @property
    def offices(self) -> Sequence[Office]:
        """The offices."""
        ...

    @property
    def units(self) -> Sequence[Place]:
        """The units."""
        ...

    @property
    def people(self) -> Sequence[Person]:
        """The people."""
        ...


class Addresses(Protocol):
    """Where the city's servers are."""

    @property
    def dns(self) -> str:
        """Its name server, host:port."""
        ...

    @property
    def smtp(self) -> str:
        """Its mail server, host:port."""
        ...

    @property
    def control(self) -> str:
        """Its control desk, a URL."""
        ...

    @property
    def canary(self) -> str:
        """A page that is always there."""
        ...


class City(Protocol):
    """A city to practise on."""

    @property
    def script(self) -> Script:
        """Who and what there is."""
        ...

    @property
    def addresses(self) -> Addresses:
        """Where it is, once started."""
        ...

    async def start(self) -> None:
        """Open its servers."""

    async def stop(self) -> None:
        """Close them."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What ``services.__main__`` hands in: how to open a city, and how to play the loop in it."""

    open: Callable[[Path], City]
    play: Callable[[City, str, str, TokenFor], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice installation."""

    city: City
    settings: Settings
    demo: Demo

    async def register(self, settings: Settings) -> bool:
        """Enter the city's offices, units and people, once; says whether they were new."""
        script = self.city.script
        async with register(settings) as app:
            intake = Intake(app)
            for office in script.offices:
                await intake.office(office.id, office.name, office.region, office.looks_after, ACTOR)
            for unit in script.units:
                await intake.unit(unit.name, unit.region, ACTOR, unit.id)
        return await enter_people(settings, script.people)

    async def play(self, settings: Settings) -> None:
        """Play the loop, printing each step. Raises what the player raises when a step does not happen."""
        await self.demo.play(self.city, settings.origin, PASSWORD, tokens(settings))


def tokens(settings: Settings) -> TokenFor:
    """Bearer tokens for the city's programs: a function from a login to a token good for a day."""

    async def token_for(login: str) -> str:
        client = Client(settings.mongo_url.get_secret_value())
        try:
            identity = Identity(client.database(f"{settings.mongo_prefix}_identity"), settings)
            return await identity.issue_token(login, days=1)
        finally:
            client.close()

    return token_for


async def enter_people(settings: Settings, people: Iterable[Person]) -> bool:
    """Make the accounts of ``people``, all with the practice password; says whether any was new."""
    client = Client(settings.mongo_url.get_secret_value())
    identity = Identity(client.database(f"{settings.mongo_prefix}_identity"), settings)
    new = False
    try:
        await identity.prepare()
        known = {person.login for person in await identity.people()}
        for person in people:
            if person.login in known:
                continue
            role = Role(person.role)
            region = None if role is Role.UNIT_ADMINISTRATOR else person.region or ""
            with suppress(NotAccepted):
                await identity.create_person(
                    login=person.login,
                    name=person.name,
                    email=person.email,
                    password=PASSWORD,
                    grants=[Grant(role=role, region=region, unit=person.unit or None)],
                )
            new = True
    finally:
        client.close()
    return new


async def start(demo: Demo, settings: Settings, steps: Steps) -> Practice:
    """Open the city, and the settings of an installation that watches it."""
    city = demo.open(settings.data_dir / "city")
    try:
        await city.start()
    except OSError as error:
        raise CannotStart(f"the practice city cannot start: {error}") from error
    steps.on_stop("practice city", city.stop)
    where = city.addresses
    smtp_host, _, smtp_port = where.smtp.rpartition(":")
    logins = "、".join(person.login for person in city.script.people[:8])
    update = {
        "demo": True,
        "demo_hint": f"密码一律为 {PASSWORD}；可用的用户名：{logins} 等。城市控制台：{where.control}",
        "visit_interval": min(settings.visit_interval, 10),
        "content_interval": min(settings.content_interval, 60),
        "links_interval": min(settings.links_interval, 300),
        "polite_pause": min(settings.polite_pause, 0.05),
        "second_look_after": min(settings.second_look_after, 1.0),
        "canaries": [where.canary],
        "egress_allow": ["127.0.0.0/8"],
        "egress_resolver": where.dns,
        "smtp_host": smtp_host,
        "smtp_port": int(smtp_port),
        "smtp_from": "notice@govwatch.demo.invalid",
    }
    return Practice(city, settings.model_copy(update=update), demo)


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
