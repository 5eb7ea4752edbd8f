"""A whole province is imported on the page, browsed, and exported as it was: on a real MongoDB."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, cast

import httpx
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from services.registry.app import Registry
from services.registry.carrying import carry_on
from services.registry.intake import read
from services.registry.lists.shapes import Kind
from services.registry.service import SERVICE
from shared.bus import Bus
from shared.documents import SYSTEM, Database
from shared.egress import Egress
from shared.identity import Grant, Identity, Passwords, Role
from shared.runtime import Base, utc_now
from shared.settings import Settings
from shared.web import create_app
from tests.registry import papers, province
from tests.registry.stage import HERE, send
from tests.registry.test_list_pages import counts, sent

pytestmark = pytest.mark.timeout(240)
PASSWORD = "correct horse battery"


class Office:
    """The registry's pages without its relay, and the browser and the token of its administrator."""

    def __init__(self, app: Registry, browser: httpx.AsyncClient, program: httpx.AsyncClient) -> None:
        self.app, self.browser, self.program = app, browser, program

    async def imports(self, kind: Kind, rows: Any) -> tuple[int, ...]:
        """Send a list, have it checked and carried out: what was counted."""
        answer = await sent(self.browser, papers.text(rows), name=f"{kind}.csv", kind=kind)
        address = answer.headers["location"]
        await carry_on(self.app)
        assert counts((await self.browser.get(address)).text) == (len(rows) - 1, 0, 0, 0)
        assert (await send(self.browser, address, f"{address}/take", {})).status_code == 303
        await carry_on(self.app)
        return counts((await self.browser.get(address)).text)

    async def exports(self, kind: Kind, form: str) -> bytes:
        """The register in a form."""
        answer = await self.browser.get(f"/registry/export?what={kind}&form={form}")
        assert answer.status_code == 200
        return answer.content


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """See ``Office``."""
    settings = Settings(_env_file=None)
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    people = database.client.database(f"{database.name}_identity")
    identity = Identity(people, settings, passwords=cheap)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.client.drop, people.name)
        await identity.prepare()
        grant = Grant(role=Role.ADMINISTRATOR, region="33")
        await identity.create_person(login="head", name="head", email="", password=PASSWORD, grants=[grant])
        egress = Egress.from_settings(settings)
        stack.push_async_callback(egress.aclose)
        base = Base(SERVICE.name, settings, database, cast("Bus", None), identity, egress, utc_now)
        app = cast("Registry", await SERVICE.build(base))
        await database.prepare()
        web = httpx.ASGITransport(create_app(SERVICE, base, app.routers))
        bearer = {"Authorization": f"Bearer {await identity.issue_token('head', days=1)}"}
        browser = httpx.AsyncClient(transport=web, base_url="http://x.gov.cn", headers=HERE)
        program = httpx.AsyncClient(transport=web, base_url="http://x.gov.cn", headers=bearer)
        await send(browser, "/sign-in", "/sign-in", {"login": "head", "password": PASSWORD})
        yield Office(app, browser, program)


async def test_a_province_is_imported_browsed_and_exported_as_it_was(office: Office) -> None:
    assert await office.imports("sites", province.sites()) == (province.SITES, 0, 0, 0)
    assert await office.imports("accounts", province.accounts()) == (province.ACCOUNTS, 0, 0, 0)
    whole = province.SITES + province.ACCOUNTS
    assert await office.app.store.outlets.count(SYSTEM) == await office.app.store.filings.count(SYSTEM) == whole

    first = (await office.browser.get("/registry/")).text
    assert f"page={whole // 50}" in first
    last = (await office.browser.get(f"/registry/?page={whole // 50}")).text
    assert max(row[1] for row in province.sites()[1:]) in last
    found = (await office.browser.get("/registry/", params={"q": "发布5699"})).text
    assert found.count("/registry/outlets/a-") == 1
    assert await _walked(office.program) == whole

    lists: tuple[tuple[Kind, papers.Rows], ...] = (("sites", province.sites()), ("accounts", province.accounts()))
    for kind, rows in lists:
        for form in ("csv", "xlsx"):
            data = await office.exports(kind, form)
            entries, faults = await asyncio.to_thread(read, data, kind)
            came, _ = read(papers.text(rows), kind)
            assert faults == []
            assert {_said(entry) for entry in entries} == {_said(entry) for entry in came}


def _said(entry: Any) -> str:
    return f"{entry.unit} {entry.region} {entry.filed.model_dump_json()}"


async def _walked(program: httpx.AsyncClient) -> int:
    """How many different outlets the API gives, page after page."""
    seen: set[str] = set()
    after: str | None = ""
    while after is not None:
        answer = (await program.get("/registry/api/outlets", params={"after": after, "limit": 200})).json()
        seen |= {one["id"] for one in answer["outlets"]}
        after = answer["after"]
    return len(seen)
