"""Requests a minute are limited by person, token and address, counted together by all services and replicas."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.documents import Client, Database
from shared.identity import Identity, Role
from shared.identity.tallies import Tallies
from shared.settings import Settings
from shared.web.limits import LIMITS
from tests.browser.sample import sample_app
from tests.security.houses import House, housed

FACTOR = 0.01
MOST = {limit.name: max(1, round(limit.most * FACTOR)) for limit in LIMITS}


class Clock:
    """A clock to set."""

    at = datetime(2026, 11, 22, 8, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(mongo_url: str, clock: Clock) -> AsyncIterator[House]:
    async with housed(mongo_url, clock, rate_factor=FACTOR) as made:
        for login in ("li", "wang"):
            await made.person(login, Role.INSPECTOR, "41.01")
        yield made


async def until_refused(client: httpx.AsyncClient, path: str, method: str = "GET") -> httpx.Response:
    """Ask until the answer is 429; how often it went well is in ``answer.extensions``."""
    for number in range(200):
        answer = await client.request(method, path, json={} if method == "POST" else None)
        if answer.status_code == 429:
            answer.extensions["well"] = number
            return answer
    raise AssertionError("never refused")


async def test_who_asks_too_often_is_told_to_wait_and_for_how_long(house: House, clock: Clock) -> None:
    token = await house.identity.issue_token("li", days=1)
    async with house.program("registry", token) as program:
        answer = await until_refused(program, "/registry/api/outlets")
        assert answer.extensions["well"] == MOST["reading"]
        assert answer.headers["retry-after"] == "30"
        assert answer.json()["error"]["code"] == "too_many"
        clock.at += timedelta(seconds=29)
        assert (await program.get("/registry/api/outlets")).status_code == 429
        clock.at += timedelta(seconds=1)
        assert (await program.get("/registry/api/outlets")).status_code == 200


async def test_every_service_counts_the_same_and_nobody_pays_for_another(house: House) -> None:
    first, second = [await house.identity.issue_token("li", days=1) for _ in range(2)]
    other = await house.identity.issue_token("wang", days=1)
    async with house.program("registry", first) as here, house.program("prober", first) as there:
        await until_refused(here, "/registry/api/outlets")
        assert (await there.get("/prober/api/outlets")).status_code == 429
    for token in (second, other):
        async with house.program("registry", token) as program:
            assert (await program.get("/registry/api/outlets")).status_code == 200
    browser = await house.browser("registry", "li")
    async with browser.http:
        assert (await browser.http.get("/registry/")).status_code == 200


async def test_changing_evidence_and_reading_are_counted_apart(house: House) -> None:
    token = await house.identity.issue_token("li", days=1)
    async with house.program("registry", token) as program, house.program("prober", token) as prober:
        changing = await until_refused(program, "/registry/api/filings/f-1/approve", "POST")
        evidence = await until_refused(prober, f"/prober/evidence/{'0' * 64}?outlet=w-1")
        assert (await program.get("/registry/api/outlets")).status_code == 200
    assert changing.extensions["well"] == MOST["changing"]
    assert evidence.extensions["well"] == MOST["evidence"]


async def test_trying_out_tokens_and_sessions_is_counted_by_address(house: House) -> None:
    for number in range(MOST["stranger"]):
        async with house.program("registry", f"guess{number}") as guesser:
            assert (await guesser.get("/registry/api/outlets")).status_code == 401
    async with house.program("scorer") as nobody:
        assert (await nobody.get("/scorer/api/rulesets")).status_code == 429
        page = await nobody.get("/scorer/")
        assert (page.status_code, "操作过于频繁" in page.text) == (429, True)
    async with house.program("registry", await house.identity.issue_token("li", days=1)) as known:
        assert (await known.get("/registry/api/outlets")).status_code == 200


async def test_what_orchestrators_and_browsers_fetch_by_themselves_is_not_counted(house: House) -> None:
    async with house.program("registry") as nobody:
        await until_refused(nobody, "/registry/")
        style = await nobody.get("/registry/static/0/govwatch.css")
        assert style.status_code == 200


async def test_a_hundred_at_the_same_moment_are_a_hundred(database: Database, mongo_url: str) -> None:
    await database.prepare()
    client = Client(mongo_url)
    other = Tallies(client.database(database.name))
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    replicas = [Tallies(database), other]
    counts = [tally.count for tally in await asyncio.gather(*(replicas[n % 2].count("x", now) for n in range(100)))]
    client.close()
    assert sorted(counts) == list(range(1, 101))


async def test_no_limit_where_the_operator_wants_none(mongo_url: str) -> None:
    async with housed(mongo_url, rate_factor=0) as house, house.program("registry") as nobody:
        for _ in range(30):
            assert (await nobody.get("/registry/api/outlets")).status_code == 401
        assert await house.bases["registry"].database.tally("x", datetime.now(UTC) + timedelta(minutes=1)) == 1


async def test_while_nobody_can_count_the_answer_is_that_of_the_request() -> None:
    away = Client("mongodb://127.0.0.1:9/", patience_ms=50)
    app = sample_app(Identity(away.database("x"), Settings()), Settings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        assert (await client.get("/sign-in")).status_code == 200
    away.close()
