"""线索 on real servers: found through links, reported, verified, handed over; an opening that is filed settles them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.commands.register import register
from services.registry.clue import ClueAct, ClueKind, ClueState, ClueStep, reported
from services.registry.records import ClueDocument
from shared.events import probe, registry
from shared.privacy import Personal
from tests.registry.stage import Desk, send, until
from tests.registry.test_existing import ID, UNIT, open_site, said, tell

LINK = "http://wjw.sample.gov.cn/"
FAKE = {"kind": "counterfeit", "url": "https://fake.example/", "name": "冒充某某局", "unit": "police"}


async def links_to(desk: Desk, at: datetime, *urls: str) -> None:
    """The home page of the site in force links to these."""
    seen = probe.ProfileSeen(outlet=ID, unit=UNIT, source="page", profile=probe.Profile(), outbound=urls,
                             evidence="e1", vantage="main", due_at=at, looked_at=at)  # fmt: skip
    await tell(desk, seen, ID)


async def clues(desk: Desk, login: str = "office", query: str = "") -> list[dict[str, Any]]:
    """The clues that somebody sees."""
    async with desk.as_(login) as client:
        found: list[dict[str, Any]] = (await client.get(f"/registry/api/clues{query}")).json()["clues"]
    return found


async def handle(desk: Desk, id_: str, login: str = "inspector", **asked: str) -> httpx.Response:
    """Do something about a clue."""
    async with desk.as_(login) as client:
        return await client.post(f"/registry/api/clues/{id_}", json={"reason": "经核实", **asked})


async def found(desk: Desk) -> dict[str, Any]:
    """A site that was found through a link of the official one, and nobody filed."""
    await open_site(desk)
    now = datetime.now(UTC)
    for second in range(2):
        at = now + timedelta(seconds=second)
        await links_to(desk, at, LINK, "http://www.sample.gov.cn/x", "http://www.gov.cn/", "http://a.example/")

    async def proposed() -> bool:
        return len(await clues(desk)) == 1

    await until(proposed)
    [clue] = await clues(desk)
    assert (clue["key"], clue["state"], clue["found_on"]) == ("wjw.sample.gov.cn", "reported", [ID])
    return clue


async def test_an_opening_nobody_filed_is_found_through_links_confirmed_once_and_settled(desk: Desk) -> None:
    clue = await found(desk)
    refused = await handle(desk, clue["id"], login="office", act="verify")
    assert refused.status_code == 403
    assert (await handle(desk, clue["id"], login="kaifeng", act="verify")).status_code == 404
    assert (await handle(desk, clue["id"], act="verify")).json()["state"] == "verified"
    assert (await handle(desk, clue["id"], act="verify")).json()["error"]["code"] == "wrong_state"
    await until(lambda: said(desk, registry.OpeningUnfiled, 1))
    [event] = await desk.said(registry.OpeningUnfiled)
    assert (event.data.candidate, event.data.url, event.region) == (clue["id"], LINK, "41.01.00.0")
    assert len(event.data.sightings) == 1

    site = {"code": "4101000002", "name": "某某委", "url": "https://wjw.sample.gov.cn/"}
    filing = (await desk.file("health", new_media=None, website=site)).json()["id"]
    assert (await handle(desk, clue["id"], act="link", filing="f-nothing")).status_code == 404
    assert (await handle(desk, clue["id"], act="link", filing=filing)).json()["state"] == "linked"
    async with desk.as_("office") as client:
        await client.post(f"/registry/api/filings/{filing}/approve", json={})

    async def settled() -> bool:
        return [one["state"] for one in await clues(desk)] == ["settled"]

    await until(settled)
    assert len(await desk.said(registry.OpeningUnfiled)) == 1


async def test_what_was_dismissed_is_not_proposed_again_and_what_is_filed_never(desk: Desk) -> None:
    clue = await found(desk)
    assert (await handle(desk, clue["id"], act="dismiss", reason=" ")).status_code == 422
    assert (await handle(desk, clue["id"], act="dismiss")).json()["state"] == "dismissed"
    later = datetime.now(UTC) + timedelta(hours=1)
    await links_to(desk, later, LINK, "http://new.sample.gov.cn/")

    async def another() -> bool:
        return len(await clues(desk)) == 2

    await until(another)
    assert {one["key"]: one["state"] for one in await clues(desk)} == {
        "wjw.sample.gov.cn": "dismissed",
        "new.sample.gov.cn": "reported",
    }


async def test_where_a_filed_site_is_known_too_is_not_proposed_and_what_another_county_dismissed_is(desk: Desk) -> None:
    await open_site(desk)
    mobile, old = "m.sample.gov.cn", "http://old.sample.gov.cn/"
    more = {"code": "4101000002", "name": "某某委", "url": "https://wjw.sample.gov.cn/sy/", "domains": [mobile]}
    filing = (await desk.file("health", new_media=None, website={**more, "redirects": [old]})).json()["id"]
    async with desk.as_("office") as client:
        await client.post(f"/registry/api/filings/{filing}/approve", json={})
    await until(lambda: said(desk, registry.Opened, 2))
    async with register(desk.settings) as app:
        step = ClueStep(at=datetime.now(UTC), actor="person:p", name=Personal("某人"), act=ClueAct.REPORT)
        theirs = reported(ClueKind.OPENING, "http://new.sample.gov.cn/", "x", step)
        dismissed = theirs.model_copy(update={"state": ClueState.DISMISSED})
        await app.store.clues.create(ClueDocument(id="c-kaifeng", region="41.02.00.0", clue=dismissed), (), ())
    now = datetime.now(UTC)
    await links_to(desk, now, LINK, f"http://{mobile}/", old, "http://new.sample.gov.cn/", "https://weibo.com/u/123456")

    async def proposed() -> bool:
        return len(await clues(desk)) == 2

    await until(proposed)
    assert {one["key"]: one["name"] for one in await clues(desk)} == {
        "new.sample.gov.cn": "new.sample.gov.cn",
        "a-weibo-123456": "新浪微博账号 123456",
    }


async def test_what_was_shut_down_instead_of_filed_is_closed_with_the_result(desk: Desk) -> None:
    clue = await found(desk)
    await handle(desk, clue["id"], act="verify")
    assert (await handle(desk, clue["id"], act="close", reason=" ")).status_code == 422
    assert (await handle(desk, clue["id"], act="close", reason="已停办")).json()["state"] == "closed"


async def test_a_counterfeit_is_reported_verified_handed_over_and_closed_with_its_result(desk: Desk) -> None:
    police, inspector = await desk.browser("police"), await desk.browser("inspector")
    wrong = await send(police, "/registry/counterfeits", "/registry/clues", {**FAKE, "url": "fake"})
    assert wrong.status_code == 422
    assert "网址应以 http" in wrong.text
    for _ in range(2):
        answer = await send(police, "/registry/counterfeits", "/registry/clues", FAKE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/registry/counterfeits")
    [clue] = await clues(desk, query="?kind=counterfeit")
    path = f"/registry/clues/{clue['id']}"
    for sent in (
        {"act": "verify", "reason": "页面冒用局名"},
        {"act": "hand_over", "to": "cyberspace", "reason": "函告"},
        {"act": "close", "reason": "已关停仿冒网站"},
    ):
        page = await send(inspector, "/registry/counterfeits", path, {"kind": "counterfeit", **sent})
        assert page.status_code == 303, page.text
    history = (await inspector.get("/registry/counterfeits")).text
    assert [word in history for word in ("页面冒用局名", "移交网信部门：函告", "办结：已关停仿冒网站")] == [True] * 3
    assert [one["state"] for one in await clues(desk)] == ["closed"]
    assert await desk.said(registry.OpeningUnfiled) == []


async def test_what_was_found_may_turn_out_to_be_a_counterfeit(desk: Desk) -> None:
    clue = await found(desk)
    accused = (await handle(desk, clue["id"], act="accuse")).json()
    assert (accused["kind"], accused["state"]) == ("counterfeit", "reported")
    assert (await handle(desk, clue["id"], act="hand_over", to="police")).json()["error"]["code"] == "wrong_state"


async def test_nobody_sees_or_handles_what_is_not_theirs(desk: Desk) -> None:
    async with desk.as_("police") as client:
        clue = (await client.post("/registry/api/clues", json=FAKE)).json()
        assert (await client.post("/registry/api/clues", json={**FAKE, "unit": "health"})).status_code == 403
    assert [len(await clues(desk, login)) for login in ("police", "health", "kaifeng")] == [1, 0, 0]
    for login, status in (("police", 403), ("health", 404), ("kaifeng", 404), ("colleague", 403)):
        assert (await handle(desk, clue["id"], login=login, act="verify")).status_code == status


async def test_two_inspectors_at_once_have_one_effect(desk: Desk) -> None:
    async with desk.as_("police") as client:
        clue = (await client.post("/registry/api/clues", json=FAKE)).json()
    answers = await asyncio.gather(*(handle(desk, clue["id"], act=act) for act in ("dismiss", "verify")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
