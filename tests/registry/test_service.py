"""The registry at work on real servers: people file, mend and approve; what an account shows is compared."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.commands.register import register
from shared.documents import SYSTEM
from shared.events import Fact, parse, registry
from tests.registry.stage import ACCOUNT, OTHER_NAME, Desk, named, send, until


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
        await until(lambda: named(client, ACCOUNT["name"]))
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
    again = await desk.bus.js.get_last_msg("ASKED", "work.prober.asked.*")
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


async def test_an_unfiled_change_ends_with_its_outlet_and_is_not_held_against_who_files_it_next(desk: Desk) -> None:
    await desk.in_force()
    now = datetime.now(UTC)
    for minute in range(2):
        await desk.shows(OTHER_NAME, now + timedelta(minutes=minute))

    async def told(fact: type[Fact]) -> bool:
        return len(await desk.said(fact)) == 1

    await until(lambda: told(registry.ChangeUnfiled))
    async with desk.as_("office") as client:
        for unit, kind in (("police", "close"), ("health", "open")):
            filing = (await desk.file(unit, kind=kind, new_media={**ACCOUNT, "name": "卫生健康"})).json()["id"]
            assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200
            if kind == "close":
                await until(lambda: told(registry.UnfiledSettled))
        await until(lambda: named(client, "卫生健康"))
    [event] = await desk.said(registry.UnfiledSettled)
    assert (event.data.how, event.data.unit.id, event.data.difference.field) == ("ended", "police", "name")

    async with register(desk.settings) as app:

        async def handed_over() -> bool:
            return {kept.unit for kept in (await app.store.tracks_of("a-weibo-zzwj", SYSTEM)).values()} == {"health"}

        await until(handed_over)
    async with desk.as_("health") as client:
        watched = (await client.get("/registry/api/outlets/a-weibo-zzwj")).json()["watched"]
    assert {one["phase"] for one in watched} == {"quiet"}


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
