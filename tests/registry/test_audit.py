"""What the registry puts on record: filing steps, sign-ins, what people were given; and the page that shows it."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from services.commands.register import register
from services.registry.intake import Intake
from services.registry.service import HEARS
from shared.audit import Deed, Record
from shared.audit.store import Chain
from shared.documents import SYSTEM, Client, Scope
from shared.events import audit
from shared.identity import Grant, Identity, NotAccepted, Passwords, Role
from shared.identity.limiter import PER_LOGIN_AND_ADDRESS
from shared.identity.store import person_id
from shared.outbox import say
from tests.registry.stage import ACCOUNT, HERE, Desk, send, until

PASSWORD = "correct horse battery"
CITY = Scope(regions=("41.01",))
FILTERS: dict[str, bool] = {
    "": True,
    "deed=filing_submitted": True,
    "deed=filing_approved": False,
    "actor=police": True,
    "actor=POLICE": True,
    "actor=office": False,
    "region=41.01": True,
    "region=41.02": False,
    "since=2026-01-01&until=2099-01-01": True,
    "until=2026-01-01": False,
    "since=2099-01-01": False,
    "deed=&actor=&object=&region=&since=&until=": True,
    "actor[$ne]=x&object[$gt]=": True,
    "object={%22$gt%22:%22%22}": False,
    "before=1": False,
}
IMPOSSIBLE = ("since=yesterday", "deed=nothing", "region=4101", "before=-1", "actor=" + "x" * 200)


@pytest.fixture
async def chain(desk: Desk, mongo_url: str) -> AsyncIterator[Chain]:
    """The chain of the registry at work."""
    client = Client(mongo_url)
    yield Chain(client.database(f"{desk.settings.mongo_prefix}_registry"), "registry")
    client.close()


@pytest.fixture
async def identity(desk: Desk, mongo_url: str) -> AsyncIterator[Identity]:
    """Identity as ``govwatch admin`` has it."""
    client = Client(mongo_url)
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    database = client.database(f"{desk.settings.mongo_prefix}_identity")
    yield Identity(database, desk.settings, passwords=cheap, actor="operator:root")
    client.close()


async def recorded(chain: Chain, number: int, where: dict[str, Any], seen: Scope = SYSTEM) -> Sequence[Record]:
    """Records that match, oldest first, once there are ``number``."""

    async def enough() -> bool:
        return len(await chain.find(seen, where)) >= number

    await until(enough)
    found = list(reversed(await chain.find(seen, where)))
    assert len(found) == number
    return found


async def browsing(desk: Desk, identity: Identity, login: str, role: Role, region: str) -> httpx.AsyncClient:
    """A browser of somebody new."""
    grant = Grant(role=role, region=region)
    await identity.create_person(login=login, name=login, email="x@x.invalid", password=PASSWORD, grants=[grant])
    return await desk.browser(login)


async def test_every_step_of_a_filing_is_on_record_with_who_why_and_from_where(desk: Desk, chain: Chain) -> None:
    id_ = (await desk.file()).json()["id"]
    browser = await desk.browser("office")
    page = f"/registry/filings/{id_}"
    await send(browser, page, f"{page}/return", {"reason": "认证主体与单位不一致"})
    unit = await desk.browser("police")
    await send(unit, f"{page}/mend", f"{page}/mend", {"kind": "new_media", **ACCOUNT})
    await send(browser, page, f"{page}/approve", {"reason": "同意"})
    steps = await recorded(chain, 5, {"record.object": id_})
    police, office = (f"person:{person_id(login)}" for login in ("police", "office"))
    assert [(one.deed, one.actor, one.reason, one.details.get("words")) for one in steps] == [
        (Deed.FILING_SUBMITTED, police, "submit", None),
        (Deed.FILING_RETURNED, office, "return", "认证主体与单位不一致"),
        (Deed.FILING_SUBMITTED, police, "resubmit", None),
        (Deed.FILING_APPROVED, office, "approve", "同意"),
        (Deed.FILING_IN_FORCE, office, "take_effect", "同意"),
    ]
    assert {(one.region, one.unit, one.kind, one.address) for one in steps} == {
        ("41.01.00.0", "police", "filing", "127.0.0.1")
    }
    assert (await chain.check()).fault is None


async def test_a_sign_in_is_on_record_before_it_is_answered(desk: Desk, chain: Chain) -> None:
    await desk.browser("police")
    [one] = await chain.find(CITY, {"record.deed": Deed.SIGNED_IN.value})
    assert (one.actor, one.object, one.unit, one.address) == (
        f"person:{person_id('police')}",
        person_id("police"),
        "police",
        "127.0.0.1",
    )


async def test_refusals_are_on_record_and_what_may_be_a_password_is_not(desk: Desk, chain: Chain) -> None:
    async def tries(login: str, password: str) -> None:
        transport = httpx.ASGITransport(desk._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.gov.cn", headers=HERE) as client:
            answer = await send(client, "/sign-in", "/sign-in", {"login": login, "password": password})
            assert answer.status_code in (401, 429)

    await tries("my secret password", "wrong")
    for _ in range(PER_LOGIN_AND_ADDRESS + 3):
        await tries("office", "wrong")
    refusals = [*reversed(await chain.find(SYSTEM, {"record.deed": Deed.SIGN_IN_REFUSED.value}))]
    assert [(one.object, one.reason) for one in refusals] == [
        ("nobody", "wrong"),
        *[(person_id("office"), "wrong")] * PER_LOGIN_AND_ADDRESS,
        (person_id("office"), "locked"),
    ]
    assert "secret" not in "".join(one.model_dump_json() for one in refusals)
    assert (await chain.check()).fault is None


async def test_what_people_are_given_and_lose_is_on_record_where_they_are(
    desk: Desk, chain: Chain, identity: Identity
) -> None:
    grant = Grant(role=Role.UNIT_ADMINISTRATOR, unit="health")
    await identity.create_person(login="li", name="李某", email="li@x.invalid", password=PASSWORD, grants=[grant])
    await identity.issue_token("li", days=30)
    await identity.revoke("li")
    await identity.set_password("li", PASSWORD + "!")
    await identity.end("li")
    found = await recorded(chain, 5, {"record.object": person_id("li")}, CITY)
    assert [one.deed for one in found] == [
        Deed.PERSON_CREATED,
        Deed.TOKEN_ISSUED,
        Deed.ACCESS_REVOKED,
        Deed.PASSWORD_CHANGED,
        Deed.PERSON_ENDED,
    ]
    assert {(one.actor, one.region, one.unit) for one in found} == {("operator:root", "41.01.00.0", "health")}
    assert found[0].details == {"grants": "unit_administrator of health"}
    everything = "".join(one.model_dump_json() for one in found)
    assert not re.search("李某|x.invalid|correct|argon", everything)


async def test_what_was_not_done_is_not_on_record(desk: Desk, chain: Chain, identity: Identity) -> None:
    person = await identity.create_person(login="li", name="李某", email="", password=PASSWORD, grants=[])
    other = await identity.create_person(login="wang", name="王某", email="", password=PASSWORD, grants=[])
    token = await identity.issue_token("li", days=30)
    await identity.link("wang", "https://id.example", "w-1")
    assert not await identity.revoke_token(person.id, token), "the whole secret typed where an id belongs"
    assert not await identity.end_session(person, "nobodys")
    await identity.second_steps.begin(person)
    assert await identity.confirm_second_step(person, "000000") is None
    with pytest.raises(NotAccepted):
        await identity.link("li", "https://id.example", "w-1")
    await identity.end("li")
    found = await recorded(chain, 3, {"record.object": person.id})
    assert [one.deed for one in found] == [Deed.PERSON_CREATED, Deed.TOKEN_ISSUED, Deed.PERSON_ENDED]
    assert [one.deed for one in await recorded(chain, 2, {"record.object": other.id})] == [
        Deed.PERSON_CREATED,
        Deed.SUBJECT_LINKED,
    ]
    assert token.rpartition("_")[2] not in "".join(one.model_dump_json() for one in found)


async def test_what_another_service_says_of_its_chain_is_witnessed_once(desk: Desk, chain: Chain) -> None:
    assert any(audit.Anchored in line.facts for line in HEARS)
    fact = audit.Anchored(service="scorer", sequence=7, hash="ab" * 32, at=datetime.now(UTC))
    event = say(fact, subject="scorer", region="00.00.00.0", actor="service:scorer", reason="daily")
    for copy in ("one", "two"):
        await desk.bus.publish_raw(event.address, event.encode(), copy)
    [seen] = await recorded(chain, 1, {"record.deed": Deed.ANCHOR_WITNESSED.value, "record.object": "scorer"})
    assert (seen.details["sequence"], seen.details["hash"], seen.region) == ("7", "ab" * 32, "00.00.00.0")


async def test_a_chain_is_anchored_by_itself_and_on_command(desk: Desk, chain: Chain) -> None:
    await desk.file()

    async def anchored(number: int) -> bool:
        return len(await desk.said(audit.Anchored)) == number

    assert await chain.anchored_at() is not None or (await chain.last()) is not None
    before = len(await desk.said(audit.Anchored))
    last = await chain.last()
    assert last is not None
    document = await chain.anchor(datetime.now(UTC))
    assert document is not None
    await until(lambda: anchored(before + 1))
    told = (await desk.said(audit.Anchored))[-1]
    assert told.address == "audit.anchored.00.00.00.0"
    assert (told.data.service, told.data.sequence, told.data.hash) == ("registry", document.sequence, document.hash)


async def test_the_page_shows_an_auditor_the_records_of_their_region_and_nobody_else_any(
    desk: Desk, chain: Chain, identity: Identity
) -> None:
    id_ = (await desk.file()).json()["id"]
    await recorded(chain, 1, {"record.object": id_})
    ours = await browsing(desk, identity, "shenji", Role.AUDITOR, "41.01")
    theirs = await browsing(desk, identity, "shenji2", Role.AUDITOR, "41.02")
    administrator = await browsing(desk, identity, "guanli", Role.ADMINISTRATOR, "41")
    assert id_ in (await ours.get("/registry/audit")).text
    assert id_ in (await administrator.get("/registry/audit")).text
    assert "没有符合条件的记录" in (await theirs.get(f"/registry/audit?object={id_}")).text
    assert id_ not in (await theirs.get("/registry/audit?region=41.01")).text
    for nobody in (await desk.browser("police"), await desk.browser("office")):
        answer = await nobody.get("/registry/audit")
        assert (answer.status_code, id_ in answer.text) == (403, False)
        assert "/registry/audit" not in (await nobody.get("/registry/")).text
    assert 'href="/registry/audit"' in (await ours.get("/registry/")).text
    assert (await ours.get("/registry/audit", headers={"Cookie": ""})).status_code in (200, 303)


async def test_filters_choose_and_one_that_cannot_be_is_told_at_its_field(
    desk: Desk, chain: Chain, identity: Identity
) -> None:
    id_ = (await desk.file()).json()["id"]
    await recorded(chain, 1, {"record.object": id_})
    auditor = await browsing(desk, identity, "shenji", Role.AUDITOR, "")
    for query, shown in FILTERS.items():
        answer = await auditor.get(f"/registry/audit?{query}")
        assert (answer.status_code, f'href="/registry/filings/{id_}"' in answer.text) == (200, shown), query
    for query in IMPOSSIBLE:
        answer = await auditor.get(f"/registry/audit?{query}")
        assert (answer.status_code, "填写有误" in answer.text) == (422, True), query


async def test_long_chains_are_shown_page_by_page_without_a_gap(desk: Desk, chain: Chain, identity: Identity) -> None:
    async with register(desk.settings) as app:
        for number in range(120):
            await Intake(app).unit(f"第{number}单位", "41.01.05.0", "operator:test")
    await recorded_at_least(chain, 120)
    auditor = await browsing(desk, identity, "shenji", Role.AUDITOR, "41.01.05")
    seen: list[int] = []
    address: str | None = "/registry/audit?deed=unit_changed"
    while address:
        text = (await auditor.get(address)).text
        seen += [int(found) for found in re.findall(r'<td class="number">(\d+)</td>', text)]
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


async def recorded_at_least(chain: Chain, number: int) -> None:
    """Return when the chain holds so many records of units."""

    async def enough() -> bool:
        return len(await chain.find(SYSTEM, {"record.region": "41.01.05.0"}, limit=number)) == number

    await until(enough)
