"""What every list for programs promises: it goes on where it was, for whoever may see it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.contracts.programs import FILINGS, code, office, opening, program, unit
from tests.security.matrix_rules import REGIONS, Persona, Place
from tests.security.offices import Installation, installed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(mongo_url: str) -> AsyncIterator[Installation]:
    """The four services, with people and things."""
    async with installed(mongo_url, rate_factor=0) as running:
        yield running


@pytest.mark.parametrize(
    ("service", "path", "name"),
    [
        ("registry", "/registry/api/outlets", "outlets"),
        ("registry", "/registry/api/filings", "filings"),
        ("registry", "/registry/api/unfiled", "unfiled"),
        ("registry", "/registry/api/units", "units"),
        ("registry", "/registry/api/exemptions", "exemptions"),
        ("registry", "/registry/api/clues", "clues"),
        ("registry", "/registry/api/networks", "networks"),
        ("registry", "/registry/api/cleanup", "rows"),
        ("prober", "/prober/api/outlets", "outlets"),
        ("scorer", "/scorer/api/findings", "findings"),
        ("notifier", "/notifier/api/notices", "notices"),
    ],
)
async def test_a_list_in_parts_is_the_list(city: Installation, service: str, path: str, name: str) -> None:
    async with program(city, Persona.APPROVER, service) as http:
        whole = (await http.get(path, params={"limit": 200})).json()
        assert whole["after"] is None
        parts: list[Any] = []
        after: str | None = ""
        while after is not None:
            part = (await http.get(path, params={"limit": 2, "after": after})).json()
            assert len(part[name]) <= 2
            parts += part[name]
            after = part["after"]
    assert parts == whole[name]
    assert len(parts) > 2


async def test_a_list_goes_on_where_it_was_whatever_came_in_meanwhile(city: Installation) -> None:
    async with office(city) as http:
        first = (await http.get(FILINGS, params={"limit": 3})).json()
        rest = (await http.get(FILINGS, params={"limit": 200, "after": first["after"]})).json()["filings"]
        async with unit(city) as other:
            assert (await other.post(FILINGS, json=opening("newest"))).status_code == 201
        assert (await http.get(FILINGS, params={"limit": 1})).json()["filings"][0]["outlet"] == "a-weibo-newest"
        later = (await http.get(FILINGS, params={"limit": 200, "after": first["after"]})).json()["filings"]
    assert [one["id"] for one in later] == [one["id"] for one in rest]


async def test_a_cursor_that_is_none_is_refused(city: Installation) -> None:
    async with office(city) as http:
        good = (await http.get(FILINGS, params={"limit": 1})).json()["after"]
        for bad in ("0", "none", good[:-2], good + "AA", "Ö", "W10", "😀"):
            answer = await http.get(FILINGS, params={"after": bad})
            assert code(answer) == (422, "invalid"), bad
            assert "after" in answer.json()["error"]["fields"]
        assert code(await http.get("/registry/api/unfiled", params={"after": good})) == (422, "invalid")


async def test_a_cursor_opens_nothing(city: Installation) -> None:
    async with office(city) as http:
        theirs = (await http.get(FILINGS, params={"limit": 1})).json()["after"]
    async with program(city, Persona.CO_SUPERVISOR_OF_A_UNIT) as http:
        seen = (await http.get(FILINGS, params={"after": theirs, "limit": 200})).json()["filings"]
    assert {one["region"] for one in seen} <= {REGIONS[Place.ELSEWHERE]}


@pytest.mark.parametrize(
    ("asked", "field", "value"),
    [
        ({"state": "returned"}, "state", "returned"),
        ({"kind": "open"}, "kind", "open"),
        ({"unit": "u-jia"}, "unit", "u-jia"),
        ({"region": "41.01.05"}, "region", "41.01.05.0"),
        ({"region": "41.01.05.0"}, "region", "41.01.05.0"),
    ],
)
async def test_filings_are_narrowed(city: Installation, asked: dict[str, str], field: str, value: str) -> None:
    await city.places.make("returned", Place.OWN)
    async with office(city) as http:
        found = (await http.get(FILINGS, params={**asked, "limit": 200})).json()["filings"]
        nothing = (await http.get(FILINGS, params={"region": "41.02"})).json()["filings"]
    assert found
    assert {one[field] if field != "unit" else one["unit"]["id"] for one in found} == {value}
    assert nothing == []
