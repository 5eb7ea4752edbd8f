"""The registry at work on real servers: people file, mend and approve; what an account shows is compared."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from services.commands.register import register
from services.registry.intake import Intake, Outcome, read
from services.registry.service import SERVICE
from shared.bus import Bus
from shared.bus.consumers import consumer_config
from shared.bus.users import ADMIN, Keys
from shared.documents import Client, Database
from shared.embedded import Nats
from shared.events import Event, parse, probe, registry
from shared.identity import Grant, Identity, Passwords, Role
from shared.outbox import say
from shared.runtime import running
from shared.settings import Settings

HERE = {"Sec-Fetch-Site": "same-origin"}
ACCOUNT = {"platform": "weibo", "account": "zzwj", "name": "郑州网警", "verified_as": "郑州市公安局"}
OTHER_NAME = "郑州网络安全警示"
PEOPLE = {
    "police": Grant(role=Role.UNIT_ADMINISTRATOR, unit="police"),
    "health": Grant(role=Role.UNIT_ADMINISTRATOR, unit="health"),
    "office": Grant(role=Role.APPROVER, region="41.01"),
    "colleague": Grant(role=Role.APPROVER, region="41.01"),
    "kaifeng": Grant(role=Role.APPROVER, region="41.02"),
}


class Desk:
    """The registry in this process, on real servers, with people who have tokens."""

    def __init__(self, app: Any, tokens: dict[str, str], bus: Bus, settings: Settings) -> None:
        self.bus = bus
        self.settings = settings
        self._app = app
        self._tokens = tokens

    def as_(self, login: str) -> httpx.AsyncClient:
        """A program with the token of ``login``."""
        headers = {"Authorization": f"Bearer {self._tokens[login]}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://x.gov.cn", headers=headers)

    async def browser(self, login: str) -> httpx.AsyncClient:
        """A browser in which ``login`` signed in."""
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://x.gov.cn", headers=HERE)
        answer = await send(client, "/sign-in", "/sign-in", {"login": login, "password": "correct horse battery"})
        assert answer.status_code == 303
        return client

    async def file(self, login: str = "police", **asked: Any) -> httpx.Response:
        """Submit a filing."""
        body = {"unit": login, "kind": "open", "new_media": ACCOUNT, **asked}
        async with self.as_(login) as client:
            return await client.post("/registry/api/filings", json=body)

    async def in_force(self, **changed: str) -> None:
        """Open the account (or change it) with everybody's agreement."""
        kind = "change" if changed else "open"
        filing = (await self.file(kind=kind, new_media={**ACCOUNT, **changed})).json()["id"]
        async with self.as_("office") as client:
            assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200
            name = changed.get("name", ACCOUNT["name"])
            await until(lambda: _named(client, name))

    async def shows(self, name: str, at: datetime) -> None:
        """The platform shows ``name``."""
        unit = registry.UnitRef(id="police", name="郑州市公安局")
        seen = probe.ProfileSeen(
            outlet="a-weibo-zzwj",
            unit=unit,
            source="json_feed",
            profile=probe.Profile(name=name, verified_as=ACCOUNT["verified_as"]),
            vantage="main",
            due_at=at,
            looked_at=at,
        )
        told = say(seen, subject=seen.outlet, region="41.01.00.0", actor="service:prober", reason="scheduled")
        await self.bus.publish(told)

    async def said(self, *facts: type[Any]) -> list[Event[Any]]:
        """What the registry said of these kinds, in order."""
        state = (await self.bus.stream("FACTS")).state
        events = [
            parse((await self.bus.js.get_msg("FACTS", number)).data or b"")
            for number in range(state.first_seq, state.last_seq + 1)
        ]
        return [event for event in events if isinstance(event.data, facts)]


async def send(client: httpx.AsyncClient, page: str, path: str, data: dict[str, str]) -> httpx.Response:
    """Open ``page`` and send its form to ``path``."""
    shown = await client.get(page)
    token = re.search(r'name="page_token" value="([0-9a-f]{64})"', shown.text)
    assert token, shown.text
    return await client.post(path, data={"page_token": token[1], **data})


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait for ``look``, ten seconds at most."""
    for _ in range(500):
        if await look():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not happen in ten seconds")


async def _named(client: httpx.AsyncClient, name: str) -> bool:
    answer = await client.get("/registry/api/outlets/a-weibo-zzwj")
    return answer.status_code == 200 and answer.json()["filed"]["name"] == name


@pytest.fixture
async def desk(
    tmp_path: Path, mongo_url: str, database: Database, nats: Nats, keys: Keys, bus: Bus
) -> AsyncIterator[Desk]:
    """See ``Desk``."""
    settings = Settings(
        data_dir=tmp_path,
        nats_url=nats.url,
        nats_seed=SecretStr(keys.seed(ADMIN)),
        mongo_url=SecretStr(mongo_url),
        mongo_prefix=database.name,
    )
    for line in SERVICE.hears:
        await bus.js.add_consumer(line.stream, consumer_config(SERVICE.name, line))
    async with register(settings) as app:
        for unit in ("police", "health"):
            await Intake(app).unit(unit, "41.01.00.0", "operator:test", unit)
    client = Client(mongo_url)
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(client.database(f"{database.name}_identity"), settings, passwords=cheap)
    await identity.prepare()
    for login, grant in PEOPLE.items():
        await identity.create_person(
            login=login, name=login, email=f"{login}@x.invalid", password="correct horse battery", grants=[grant]
        )
    tokens = {login: await identity.issue_token(login, days=1) for login in PEOPLE}
    async with running(SERVICE, settings) as (web, _):
        yield Desk(web, tokens, bus, settings)
    for name in ("registry", "identity"):
        await client.drop(f"{database.name}_{name}")
    client.close()


async def test_an_opening_is_filed_on_a_page_returned_mended_and_approved(desk: Desk) -> None:
    police, office = await desk.browser("police"), await desk.browser("office")
    form = {"unit": "police", "kind": "new_media", "filing_kind": "open", "key": "k1", **ACCOUNT}
    wrong = await send(police, "/registry/file?what=new_media", "/registry/file", {**form, "account": "a b"})
    assert wrong.status_code == 422
    assert "账号标识只能用字母" in wrong.text

    answer = await send(police, "/registry/file?what=new_media", "/registry/file", form)
    filing = answer.headers["location"]
    again = await send(police, "/registry/file?what=new_media", "/registry/file", form)
    assert again.headers["location"] == filing

    nothing_said = await send(office, filing, f"{filing}/return", {"reason": " "})
    assert nothing_said.status_code == 422
    assert (await send(office, filing, f"{filing}/return", {"reason": "请写全称"})).status_code == 303
    mended = {**form, "name": "郑州网警巡查执法"}
    assert (await send(police, f"{filing}/mend", f"{filing}/mend", mended)).status_code == 303
    assert (await send(office, filing, f"{filing}/approve", {})).status_code == 303

    async def shown() -> bool:
        return "郑州网警巡查执法" in (await office.get("/registry/outlets/a-weibo-zzwj")).text

    await until(shown)
    history = (await office.get(filing)).text
    assert [word in history for word in ("提交", "退回", "请写全称", "补正提交", "批准")] == [True] * 5
    said = await desk.said(registry.FilingSubmitted, registry.FilingReturned, registry.Opened)
    assert [event.type for event in said] == [
        "registry.filing_submitted",
        "registry.filing_returned",
        "registry.filing_submitted",
        "registry.opened",
    ]


async def test_two_approvers_at_once_have_one_effect_and_one_is_told(desk: Desk) -> None:
    filing = (await desk.file()).json()["id"]
    async with desk.as_("office") as one, desk.as_("colleague") as other:
        path = f"/registry/api/filings/{filing}/approve"
        answers = await asyncio.gather(one.post(path, json={}), other.post(path, json={}))
    assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def opened() -> bool:
        return len(await desk.said(registry.Opened)) == 1

    await until(opened)
    assert len(await desk.said(registry.FilingApproved)) == 1


async def test_the_same_outlet_cannot_be_filed_twice_at_once_or_by_two_units(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.file() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    async with desk.as_("office") as client:
        [filing] = (await client.get("/registry/api/filings?state=submitted")).json()["filings"]
        await client.post(f"/registry/api/filings/{filing['id']}/approve", json={})
        await until(lambda: _named(client, ACCOUNT["name"]))
    theirs = await desk.file("health", unit="health")
    assert (theirs.status_code, theirs.json()["error"]["code"]) == (409, "other_unit")


async def test_what_is_approved_counts_before_it_is_folded(desk: Desk) -> None:
    """With the bus away an approval is folded hours later: nobody may file the same outlet meanwhile."""
    filing = (await desk.file()).json()["id"]
    async with desk.as_("office") as client:
        assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200
        again, theirs = await asyncio.gather(desk.file(), desk.file("health", unit="health"))
    assert [again.json()["error"]["code"], theirs.json()["error"]["code"]] == ["already_open", "other_unit"]


async def test_a_key_names_one_submission_and_no_other(desk: Desk) -> None:
    async with desk.as_("police") as client:
        body = {"unit": "police", "kind": "open", "new_media": ACCOUNT}
        key = {"Idempotency-Key": "k"}
        first = await client.post("/registry/api/filings", json=body, headers=key)
        again = await client.post("/registry/api/filings", json=body, headers=key)
        assert first.json()["id"] == again.json()["id"]
        other = {**body, "new_media": {**ACCOUNT, "account": "other"}}
        refused = await client.post("/registry/api/filings", json=other, headers=key)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "key_used")


async def test_nobody_sees_or_decides_what_is_not_theirs(desk: Desk) -> None:
    filing = (await desk.file()).json()["id"]
    paths = [f"/registry/api/filings/{filing}", f"/registry/filings/{filing}"]
    for stranger in ("kaifeng", "health"):
        async with desk.as_(stranger) as client:
            assert [(await client.get(path)).status_code for path in paths] == [404, 404]
            assert (await client.get("/registry/api/filings")).json()["filings"] == []
            assert (await client.post(f"{paths[0]}/approve", json={})).status_code == 404
    async with desk.as_("police") as client:
        assert (await client.post(f"{paths[0]}/approve", json={})).status_code == 403
        for_another = {"unit": "health", "kind": "open", "new_media": ACCOUNT}
        assert (await client.post("/registry/api/filings", json=for_another)).status_code == 403


async def test_an_unfiled_change_is_told_once_and_settled_by_a_late_filing(desk: Desk) -> None:
    await desk.in_force()
    now = datetime.now(UTC)
    for minute in range(4):
        await desk.shows(OTHER_NAME, now + timedelta(minutes=minute))

    async def told() -> bool:
        return len(await desk.said(registry.ChangeUnfiled)) == 1

    await until(told)
    [event] = await desk.said(registry.ChangeUnfiled)
    assert (event.data.difference.filed, event.data.difference.seen) == (ACCOUNT["name"], OTHER_NAME)
    again = await desk.bus.js.get_last_msg("WORK", "work.prober.due.*")
    assert parse(again.data or b"").data.outlet == "a-weibo-zzwj"

    await desk.in_force(name=OTHER_NAME)

    async def settled() -> bool:
        return len(await desk.said(registry.UnfiledSettled)) == 1

    await until(settled)
    [event] = await desk.said(registry.UnfiledSettled)
    assert event.data.how == "filed_late"
    async with desk.as_("office") as client:
        outlet = (await client.get("/registry/api/outlets/a-weibo-zzwj")).json()
    assert [filing["late"] for filing in outlet["filings"]] == [True, False]
    assert len(await desk.said(registry.ChangeUnfiled)) == 1


async def test_a_change_filed_beforehand_raises_nothing(desk: Desk) -> None:
    await desk.in_force()
    await desk.in_force(name=OTHER_NAME)
    now = datetime.now(UTC)
    for minute, name in enumerate([ACCOUNT["name"], ACCOUNT["name"], OTHER_NAME, OTHER_NAME]):
        await desk.shows(name, now + timedelta(minutes=minute))

    async def looked() -> bool:
        async with desk.as_("office") as client:
            [name, *_] = (await client.get("/registry/api/outlets/a-weibo-zzwj")).json()["watched"] or [{}]
            return str(name.get("looked_at", "")) >= (now + timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M")

    await until(looked)
    assert await desk.said(registry.ChangeUnfiled, registry.UnfiledSettled) == []


async def test_a_list_is_imported_once_as_filings_in_force(desk: Desk) -> None:
    rows = "code,name,address,unit,region,class\n" + "".join(
        f"41010000{n:02},网站{n},https://s{n}.zz.gov.cn/,单位{n % 3},410100,department\n" for n in range(20)
    )
    entries, faults = read(rows.encode(), "sites")
    assert faults == []
    first, second = Outcome(), Outcome()
    async with register(desk.settings) as app:
        await Intake(app).take(entries, "operator:test", first)
        await Intake(app).take(entries, "operator:test", second)
    assert (first.registered, second.registered, second.already) == (20, 0, 20)

    async def in_force() -> bool:
        async with desk.as_("office") as client:
            return len((await client.get("/registry/api/outlets")).json()["outlets"]) == 20

    await until(in_force)
    opened = await desk.said(registry.Opened)
    assert {(event.actor, event.reason) for event in opened} == {("operator:test", "import")}
    assert len(opened) == 20


async def test_the_register_is_searched_by_name_unit_and_code_and_paged(desk: Desk) -> None:
    rows = "code,name,address,unit,region,class\n" + "".join(
        f"41010001{n:02},示例(测试)网站{n},https://t{n}.zz.gov.cn/,单位.{n % 3},410100,department\n" for n in range(60)
    )
    entries, _ = read(rows.encode(), "sites")
    async with register(desk.settings) as app:
        await Intake(app).take(entries, "operator:test", Outcome())
    async with desk.as_("office") as client:

        async def in_force() -> bool:
            return "共 60 条" in (await client.get("/registry/")).text

        await until(in_force)
        assert "第 51–60 条" in (await client.get("/registry/?page=2")).text
        found = [
            (await client.get("/registry/", params={"q": q})).text for q in ("(测试)网站59", "单位.1", "4101000107")
        ]
    assert [re.findall(r"共 (\d+) 条", text) for text in found] == [["1"], ["20"], ["1"]]
