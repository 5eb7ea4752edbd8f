"""Separation of duties: somebody with two roles is still one person, and pages offer nobody what they may not do."""

import html
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.identity import Grant, Role
from tests.security.matrix import FORMS, Form
from tests.security.matrix_rules import SEE, Persona, Place, granted
from tests.security.offices import Installation, Somebody, installed
from tests.security.places_registry import Made

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOTH_SIDES = (
    Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-jia"),
    Grant(role=Role.APPROVER, region="41.01"),
    Grant(role=Role.REVIEWER, region="41.01"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(mongo_url: str) -> AsyncIterator[Installation]:
    """The installation of the matrix."""
    async with installed(mongo_url) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(city: Installation) -> Somebody:
    """Somebody who administers a unit and is approver and reviewer of its region."""
    return await city.person("both", *BOTH_SIDES)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.action.rpartition("/")[2])
async def test_a_page_offers_what_the_person_may_do_and_nothing_else(city: Installation, form: Form) -> None:
    wrong = []
    for place in Place:
        made = await city.places.make(form.about, place)
        for persona in Persona:
            page = await city.people[persona].send("GET", made.fill(form.page))
            offered = page.status_code == 200 and made.fill(form.action) in html.unescape(page.text)
            if offered != (place in granted(form.rule, persona)):
                wrong.append(f"{persona} at {place}: {offered}")
    assert wrong == []


@pytest.mark.parametrize("act", ["approve", "return"])
async def test_nobody_decides_on_their_own_filing(city: Installation, both: Somebody, act: str) -> None:
    account = {"platform": "weibo", "account": f"both{act}", "name": "甲单位的账号"}
    sent = {"unit": "u-jia", "kind": "open", "new_media": account}
    filing = (await both.send("POST", "/registry/api/filings", sent)).json()["id"]
    assert f"/registry/filings/{filing}/{act}" not in (await both.send("GET", f"/registry/filings/{filing}")).text
    reason = {"reason": "同意"}
    refused = await both.send("POST", f"/registry/api/filings/{filing}/{act}", reason)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "own_filing")
    assert (await both.send("POST", f"/registry/filings/{filing}/{act}", reason)).status_code == 409
    colleague = city.people[Persona.APPROVER]
    assert (await colleague.send("POST", f"/registry/api/filings/{filing}/{act}", reason)).status_code == 200


async def test_nobody_approves_what_they_mended(city: Installation, both: Somebody) -> None:
    made = await city.places.make("returned", Place.OWN)
    mended = {"kind": "new_media", "platform": "weibo", "account": made.fresh, "name": "补正后的名称"}
    assert (await both.send("POST", f"/registry/filings/{made.id_}/mend", mended)).status_code == 303
    refused = await both.send("POST", f"/registry/api/filings/{made.id_}/approve", {})
    assert refused.json()["error"]["code"] == "own_filing"


async def test_nobody_reviews_their_own_reply(city: Installation, both: Somebody) -> None:
    made = await city.places.make("passed", Place.OWN)
    assert offers(await shown(both, made), "review")
    reply = {"version": 1, "measures": "已整改", "done_on": "2026-11-01"}
    assert (await both.send("POST", f"/notifier/api/notices/{made.id_}/reply", reply)).status_code == 200
    assert not offers(await shown(both, made), "review")
    refused = await both.send("POST", f"/notifier/api/notices/{made.id_}/review", {"version": 2})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "own_reply")
    other = city.people[Persona.REVIEWER]
    assert offers(await shown(other, made), "review")
    assert (await other.send("POST", f"/notifier/api/notices/{made.id_}/review", {"version": 2})).status_code == 200


async def test_an_approver_of_a_unit_still_sees_only_their_region(city: Installation, both: Somebody) -> None:
    for place in Place:
        made = city.places.standing["submitted", place]
        answer = await both.send("GET", f"/registry/filings/{made.id_}")
        assert (answer.status_code == 200) is (place in granted(SEE, Persona.APPROVER))


async def shown(somebody: Somebody, made: Made) -> str:
    """The page of a notice."""
    return (await somebody.send("GET", f"/notifier/notices/{made.id_}")).text


def offers(page: str, act: str) -> bool:
    """Whether a page has the form for an act."""
    return f'/{act}"' in page
