"""The matrix of ``matrix.py``, cell by cell: every route, everybody, every place; and what no answer may tell."""

import re
from collections.abc import AsyncIterator, Sequence
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio

from shared.identity import Grant, Role
from tests.security.matrix import LINES, Line
from tests.security.matrix_rules import HELD, HIDDEN, MARKS, REFUSED, SEE, SIGN_IN, YES, Persona, Place, granted
from tests.security.offices import Installation, installed
from tests.security.open_routes import OWN, PUBLIC
from tests.security.places_registry import Made

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLACES = tuple(Place)
BATCHES = [LINES[start : start + 25] for start in range(0, len(LINES), 25)]
"""The lines in parts that take about as long."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(mongo_url: str) -> AsyncIterator[Installation]:
    """The installation the matrix is tried on."""
    async with installed(mongo_url) as running:
        yield running


async def test_every_route_stands_in_the_matrix_or_is_public_for_a_reason(city: Installation) -> None:
    named = {line.route for line in LINES} | PUBLIC.keys() | OWN.keys()
    assert city.routes() - named == set(), "new routes without a line in the matrix"
    assert named - city.routes() == set(), "lines of routes that are not there"
    assert {line.route for line in LINES} & PUBLIC.keys() == set()


async def test_what_is_ones_own_is_for_nobody_and_for_no_token(city: Installation) -> None:
    for method, path in OWN:
        answer = await city.people[Persona.NOBODY].send(method, path, {} if method == "POST" else None)
        assert answer.status_code == 403 or answer.headers["location"].startswith("/sign-in"), (method, path)
        assert told_of(answer) == set()


@pytest.mark.parametrize("path", sorted(path for method, path in OWN if method == "GET"))
async def test_ones_own_pages_tell_of_nobody_else(city: Installation, path: str) -> None:
    for persona in HELD:
        answer = await city.people[persona].send("GET", path)
        assert answer.status_code == 200
        assert told_of(answer) <= {place for place in Place if HELD[persona][1] == f"u-{place}"}


@pytest.mark.parametrize("lines", BATCHES, ids=lambda lines: f"{lines[0].path} and on")
async def test_everybody_gets_what_the_matrix_says_and_hears_of_nothing_else(
    city: Installation, lines: Sequence[Line]
) -> None:
    wrong: list[str] = []
    for line in lines:
        wrong += [found for persona in Persona for found in await tried(city, line, persona)]
    assert wrong == []


async def test_what_is_public_shows_nobodys_things(city: Installation) -> None:
    for method, path in PUBLIC:
        answer = await city.people[Persona.NOBODY].send(
            method, path.format(digest="0", name="govwatch.css"), {} if method == "POST" else None
        )
        assert answer.status_code in (200, 303, 400, 401, 404, 422), path
        assert told_of(answer) == set(), path


async def test_evidence_is_of_an_outlet_and_never_shown_under_another(city: Installation) -> None:
    inspector = city.people[Persona.INSPECTOR]
    own, far = [await city.places.make("outlet", place) for place in (Place.OWN, Place.ELSEWHERE)]
    for sha256, outlet, status in (
        (own.sha256, own.id_, 200),
        (far.sha256, own.id_, 404),
        (own.sha256, far.id_, 404),
        (far.sha256, far.id_, 404),
    ):
        answer = await inspector.send("GET", f"/prober/evidence/{sha256}?outlet={outlet}")
        assert answer.status_code == status
        assert told_of(answer) <= {Place.OWN}


async def test_who_files_what_another_unit_has_is_refused_and_hears_nothing_of_it(city: Installation) -> None:
    theirs, officer = await city.places.make("submitted", Place.ELSEWHERE), Grant(role=Role.APPROVER, region="41.02")
    filing = {"kind": "open", "new_media": {"platform": "weibo", "account": theirs.fresh, "name": "同一账号"}}
    mine = city.people[Persona.UNIT_ADMINISTRATOR]
    while_under_way = await mine.send("POST", "/registry/api/filings", {"unit": "u-jia", **filing})
    approver = await city.person("kaifeng", officer)
    approved = await approver.send("POST", f"/registry/api/filings/{theirs.id_}/approve", {})
    in_force = await mine.send("POST", "/registry/api/filings", {"unit": "u-jia", **filing})
    codes = [answer.json()["error"]["code"] for answer in (while_under_way, in_force)]
    assert (approved.status_code, codes) == (200, ["another_under_way", "other_unit"])
    assert told_of(while_under_way) | told_of(in_force) == set()


async def test_the_page_of_a_filing_shows_nothing_of_an_outlet_another_unit_has(
    city: Installation,
) -> None:
    mine = await city.places.make("submitted", Place.OWN)
    await city.places.open(f"a-weibo-{mine.fresh}", Place.ELSEWHERE)
    page = await city.people[Persona.APPROVER].send("GET", f"/registry/filings/{mine.id_}")
    assert page.status_code == 200
    assert told_of(page) == {Place.OWN}
    assert f"/registry/outlets/a-weibo-{mine.fresh}" not in page.text


async def test_what_is_hidden_answers_like_what_is_not_there(city: Installation) -> None:
    nothing = Made(id_="none", unit="u-none", sha256="0" * 64, fresh="new1", prefix="41.02.02", contact="none")
    for line in LINES:
        if not line.about or line.about == "ruleset" or line.listing:
            continue
        there = await city.places.make(line.about, Place.ELSEWHERE)
        for persona in (Persona.INSPECTOR, Persona.UNIT_ADMINISTRATOR, Persona.SUBSCRIBER):
            one, other = [await city.people[persona].asks(line, made) for made in (there, nothing)]
            assert one.status_code == other.status_code, (persona, line.route)
            assert blank(one, there) == blank(other, nothing), (persona, line.route)


async def tried(city: Installation, line: Line, persona: Persona) -> list[str]:
    """What of the cells of one persona is not as promised."""
    somebody, wrong, answer = city.people[persona], list[str](), None
    for place, expected in zip(PLACES, line.rule.rows[persona], strict=True):
        fresh = line.method == "POST"
        made = await city.places.make(line.about, place) if fresh else city.places.standing[line.about, place]
        if answer is None or not line.same_for_all:
            answer = await somebody.asks(line, made)
        got = outcome(line, answer, made)
        if got != expected:
            wrong.append(f"{line.method} {line.path} by {persona} at {place}: {got}, not {expected}")
        allowed = granted(SEE, persona) | (granted(line.rule, persona) if line.about in ("event", "network") else set())
        if got == YES and line.method == "GET" and line.about not in ("", "ruleset"):
            assert place in told_of(answer), f"{line.path} shows no mark: a leak would not be noticed"
        wrong += [f"{line.method} {line.path} tells {persona} of {one}" for one in told_of(answer) - allowed]
    return wrong


def outcome(line: Line, answer: httpx.Response, made: Made) -> str:
    """What happened, in the words of the matrix."""
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in"):
        return SIGN_IN
    if answer.status_code in (403, 404):
        return REFUSED if answer.status_code == 403 else HIDDEN
    if answer.status_code not in (200, 201, 204, 303):
        return f"{answer.status_code} {answer.text[:200]}"
    return YES if not line.listing or made.id_.removeprefix("w-") in answer.text else HIDDEN


def told_of(answer: httpx.Response) -> set[Place]:
    """The places whose mark is anywhere in an answer, its headers included."""
    text = unquote(answer.text + str(answer.headers))
    return {place for place, mark in MARKS.items() if mark in text}


def blank(answer: httpx.Response, made: Made) -> str:
    """An answer without what the request itself named, and without what differs every time."""
    text = answer.text
    for named in (made.contact, made.id_, made.sha256, made.fresh, made.unit):
        text = text.replace(named, "") if named else text
    return re.sub(r"[0-9a-f]{32,64}|\d\d:\d\d(:\d\d)?", "", text)
