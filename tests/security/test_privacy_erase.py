"""``govwatch privacy``: after an erasure nothing in any database says who somebody was, and their acts still stand."""

import argparse
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from services.commands import privacy
from services.notifier.case import signed
from services.notifier.delivery import Delivery, DeliveryState, Kind
from services.notifier.message import Message
from services.notifier.rectification import Done, receive
from services.notifier.routing import Recipient, Side
from services.notifier.store import DeliveryDocument, NoticeDocument
from services.notifier.store import Store as Notices
from services.registry.clue import ClueAct, ClueKind, ClueStep, reported
from services.registry.contact import Duty, DutyContact
from services.registry.exemption import Exemption, Step, Wanted
from services.registry.extranet import Act, Permission
from services.registry.records import (
    ClueDocument,
    ContactDocument,
    ExemptionDocument,
    ExtranetDocument,
    FilingDocument,
    UnitDocument,
)
from services.registry.store import Store as Register
from services.registry.unit import UnitAct
from shared.documents import SYSTEM, Database
from shared.events import registry
from shared.events.registry import Extranet, UnitRef
from shared.identity import Grant, Identity, NotAccepted, Person, Role, SignInRefused
from shared.identity.store import PersonDocument, pseudonym
from shared.settings import Settings
from tests.notifier.made import NOW, case
from tests.registry.filings import step, submit

NAME, LOGIN, EMAIL = "欧阳金丝", "jinsi", "jinsi@canary.example"
PASSWORD = "correct horse battery"
REGION = "41.01.05.0"
A_DAY = timedelta(days=1)
UNIT = Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1")


class Office:
    """An installation where two people of one name did something, and an operator."""

    def __init__(self, mongo_url: str, database: Database) -> None:
        self.settings = Settings(mongo_url=SecretStr(mongo_url), mongo_prefix=database.name)
        self.client = database.client
        self.identity = Identity(self._database("identity"), self.settings)
        self.register = Register(self._database("registry"))
        self.notices = Notices(self._database("notifier"))

    def _database(self, service: str) -> Database:
        return self.client.database(f"{self.settings.mongo_prefix}_{service}")

    async def types(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        privacy.add(parser.add_subparsers())
        parsed = parser.parse_args(["privacy", *words])
        code: int = await parsed.run(parsed, self.settings)
        return code

    async def somebody(self, login: str = LOGIN, email: str = EMAIL) -> Person:
        """A person who filed, signed for a notice, and was written to."""
        person = await self.identity.create_person(
            login=login, name=NAME, email=email, password=PASSWORD, grants=[UNIT]
        )
        actor = f"person:{person.id}"
        act = step(actor).model_copy(update={"name": person.name})
        await self.register.filings.create(
            FilingDocument(id=f"f-{login}", region=REGION, filing=submit(step=act), asked_at=NOW)
        )
        await self.register.drafts.create(
            FilingDocument(id=f"r-{login}", region=REGION, filing=submit(step=act), asked_at=NOW)
        )
        network = Extranet(
            id=f"x-{login}", prefix="41.01", network="10.3.0.0/16", since=NOW, until=NOW + A_DAY, revision=1
        )
        opened = Act(at=NOW, actor=actor, name=person.name, act="open", reason="x")
        permission = Permission(extranet=network, acts=(opened,))
        await self.register.extranets.create(ExtranetDocument(id=network.id, region=REGION, permission=permission))
        asking = Step(at=NOW, actor=actor, name=person.name, act="ask")
        wanted = Wanted(criterion="V-S4-1", reason="x", since=NOW.date(), until=NOW.date())
        asked = Exemption(unit=UnitRef(id="u-1", name="x"), wanted=wanted, steps=(asking,))
        await self.register.exemptions.create(
            ExemptionDocument(id=f"e-{login}", region=REGION, unit="u-1", exemption=asked)
        )
        done = UnitAct(at=NOW, actor=actor, name=person.name, act="create")
        unit = registry.Unit(id=f"u-{login}", name="某局", region=REGION, revision=1)
        await self.register.units.create(UnitDocument(id=unit.id, region=REGION, body=unit, history=(done,)))
        contact = DutyContact(duty=Duty.STAFF, name=person.name, email=person.email, since=NOW.date())
        await self.register.contacts.create(ContactDocument(id=f"c-{login}", region=REGION, contact=contact))
        step_of = ClueStep(at=NOW, actor=actor, name=person.name, act=ClueAct.REPORT)
        told = reported(ClueKind.COUNTERFEIT, "https://fake.example/", "x", step_of)
        await self.register.clues.create(ClueDocument(id=f"c-{login}", region=REGION, clue=told))
        received = receive(case(), by=person.name, now=NOW)
        assert isinstance(received, Done)
        await self.notices.notices.create(
            NoticeDocument(id=f"n-{login}", region=REGION, case=signed(received.case, case(), actor))
        )
        for state in (DeliveryState.DELIVERED, DeliveryState.WAITING):
            await self.notices.deliveries.create(
                DeliveryDocument(id=f"d-{login}-{state}", region=REGION, delivery=letter(person, state))
            )
        return person

    async def says(self, text: str) -> list[str]:
        """The documents of any database of this installation that hold ``text``."""
        found = []
        for service in ("identity", "registry", "notifier"):
            raw = self.client.raw(f"{self.settings.mongo_prefix}_{service}")
            for name in await raw.list_collection_names():
                found += [f"{name} {doc['_id']}" async for doc in raw[name].find({}) if text in repr(doc)]
        return sorted(found)


def letter(person: Person, state: DeliveryState) -> Delivery:
    recipient = Recipient(side=Side.UNIT, name=person.name, address=person.email, person=person.id)
    text = f"{NAME}:贵单位的监管对象存在下列问题"
    return Delivery(
        about="n-1",
        kind=Kind.ISSUED,
        channel="mail",
        created_at=NOW,
        recipient=recipient,
        message=Message(
            id="d", name=person.name, address=person.email, subject="x", text=text, html=text, written_at=NOW
        ),
        state=state,
        settled_at=None if state is DeliveryState.WAITING else NOW,
    )


def counted(each: int, deliveries: int) -> str:
    """What the command says it changed."""
    of_each = ("filings", "drafts", "networks", "exemptions", "units", "contacts", "clues", "notices")
    return ", ".join([*(f"{each} {what}" for what in of_each), f"{deliveries} deliveries", "0 answers"])


@pytest.fixture
async def office(mongo_url: str, database: Database) -> AsyncIterator[Office]:
    office = Office(mongo_url, database)
    yield office
    for service in ("identity", "registry", "notifier"):
        await office.client.drop(f"{database.name}_{service}")


async def test_nothing_says_any_more_who_they_were(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    person = await office.somebody()
    session, token = await office.identity.sign_in(LOGIN, PASSWORD), await office.identity.issue_token(LOGIN, days=1)
    assert len(await office.says(NAME)) == 11
    assert await office.types("erase", "--login", LOGIN, "--reason", "asked for it") == 0
    said = capsys.readouterr().out
    assert said.endswith(f"{person.id} is {pseudonym(person.id)}: {counted(1, deliveries=2)}\n")
    assert NAME not in said
    for canary in (NAME, f"'{LOGIN}'", EMAIL, "argon2"):
        assert await office.says(canary) == []
    assert await office.identity.person_of_session(session) is None
    assert await office.identity.person_of_token(token) is None
    with pytest.raises(SignInRefused):
        await office.identity.sign_in(LOGIN, PASSWORD)


async def test_the_acts_still_stand_under_a_name_nobody_else_can_get(office: Office) -> None:
    person = await office.somebody()
    before = await office.register.filings.get("f-jinsi", SYSTEM)
    assert await office.types("erase", "--login", LOGIN, "--reason", "x") == 0
    filing = await office.register.filings.get("f-jinsi", SYSTEM)
    notice = await office.notices.notices.get("n-jinsi", SYSTEM)
    assert before is not None
    assert filing is not None
    assert notice is not None
    [act] = filing.filing.steps
    assert (act.name, act.actor, act.at) == (pseudonym(person.id), f"person:{person.id}", before.filing.steps[0].at)
    assert [one.by for one in notice.case.history] == ["系统", pseudonym(person.id)]
    permission = await office.register.extranets.get("x-jinsi", SYSTEM)
    assert permission is not None
    assert [(one.name, one.actor) for one in permission.permission.acts] == [(pseudonym(person.id), act.actor)]
    kept: PersonDocument = await office.identity.find(person.id)
    assert (kept.name, kept.grants) == (pseudonym(person.id), (UNIT,))
    with pytest.raises(NotAccepted, match="taken"):
        await office.identity.create_person(login=LOGIN, name="x", email="", password=PASSWORD, grants=[])


async def test_somebody_of_the_same_name_stays(office: Office) -> None:
    await office.somebody()
    await office.somebody("other", "other@canary.example")
    assert await office.types("erase", "--login", LOGIN, "--reason", "x") == 0
    assert len(await office.says(NAME)) == 11
    assert len(await office.says("other@canary.example")) == 4
    assert await office.identity.sign_in("other", PASSWORD)


async def test_doing_it_again_changes_nothing_and_half_done_is_done_to_the_end(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await office.somebody()

    async def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Identity, "erase", dies)
        with pytest.raises(KeyboardInterrupt):
            await office.types("erase", "--login", LOGIN, "--reason", "x")
    assert await office.says(NAME) == [f"people {person.id}"]
    for who in (LOGIN, person.id):
        assert await office.types("erase", "--login", who, "--reason", "x") == 0
        assert f": {counted(0, deliveries=0)}" in capsys.readouterr().out
    assert await office.says(NAME) == []


async def test_those_are_due_who_left_long_ago(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1200)
    for login in ("long-ago", "lately", "here"):
        await office.somebody(login, f"{login}@canary.example")
    for login, at in (("long-ago", long_ago), ("lately", datetime.now(UTC) - timedelta(days=30))):
        person = await office.identity.find(login)
        people = office.identity._store.people
        await people.change(person.model_copy(update={"ended_at": at}))
    await office.types("report")
    assert "due: 1 people" in capsys.readouterr().out
    assert await office.types("erase", "--due", "--reason", "x") == 0
    assert [await office.says(f"{login}@canary.example") == [] for login in ("long-ago", "lately", "here")] == [
        True,
        False,
        False,
    ]
    assert (await office.identity.find("long-ago")).ended_at == long_ago.replace(
        microsecond=long_ago.microsecond // 1000 * 1000
    )
    capsys.readouterr()
    await office.types("erase", "--due", "--reason", "x")
    assert capsys.readouterr().out.endswith("nobody is due\n")


async def test_a_person_may_see_all_that_is_kept_of_them(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    await office.somebody()
    assert await office.types("report", "--login", LOGIN) == 0
    shown = [line for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert {line.split("\t")[0] for line in shown} == {
        "id",
        "login",
        "name",
        "email",
        "grant",
        "filing",
        "exemption",
        "clue",
        "notice",
        "unit",
        "contact",
        "delivery",
    }
    assert f"name\t{NAME}" in shown
    assert sum(EMAIL in line for line in shown) == 3


async def test_who_is_not_there_and_why_not_said(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert await office.types("erase", "--login", "nobody", "--reason", "x") == 1
    assert "nobody has or had the login" in capsys.readouterr().err
    await office.somebody()
    assert await office.types("erase", "--login", LOGIN, "--reason", " ") == privacy.USAGE
    assert await office.says(EMAIL) != []
