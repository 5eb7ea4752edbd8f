"""The registry at work on real servers: websites that stay dark, accounts that vanish, and what lives on closed."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.commands.register import register
from services.registry import desk as counter
from services.registry.existence import day_of
from services.registry.existing import look_for_the_gone, running_seen
from services.registry.filing import Asked
from services.registry.rules import Term
from shared.documents import SYSTEM
from shared.events import Fact, parse, probe, registry
from shared.events.registry import FilingKind, NewMedia
from shared.outbox import say
from tests.registry.filings import rules_with
from tests.registry.stage import ACCOUNT, Desk, until
from tests.registry.test_waking import person

AFTERWARDS = """rules:
  - {kind: close, which: {outlets: [new_media]}, within: {days: 5}, cite: x}
"""

UNIT = registry.UnitRef(id="police", name="police")
SITE = {"code": "4101000001", "name": "某某局", "url": "https://www.sample.gov.cn/"}
ID, WEIBO = "w-4101000001", "a-weibo-zzwj"


async def open_site(desk: Desk) -> None:
    """A website in force."""
    filing = (await desk.file(new_media=None, website=SITE)).json()["id"]
    async with desk.as_("office") as client:
        await client.post(f"/registry/api/filings/{filing}/approve", json={})
    await until(lambda: said(desk, registry.Opened, 1))


async def close(desk: Desk, **what: Any) -> None:
    """Close an outlet with everybody's agreement."""
    filing = (await desk.file(kind="close", **what)).json()["id"]
    async with desk.as_("office") as client:
        await client.post(f"/registry/api/filings/{filing}/approve", json={})
    await until(lambda: said(desk, registry.Closed, 1))


async def tell(desk: Desk, fact: Fact, outlet: str) -> None:
    """The prober says something."""
    await desk.bus.publish(say(fact, subject=outlet, region="41.01.00.0", actor="service:prober", reason="test"))


async def said(desk: Desk, fact: type[Fact], number: int) -> bool:
    """Whether so many were said."""
    return len(await desk.said(fact)) == number


async def asked(desk: Desk) -> list[Any]:
    """The looks that were asked for."""
    state = (await desk.bus.stream("ASKED")).state
    numbers = range(max(1, state.first_seq), state.last_seq + 1)
    return [parse((await desk.bus.js.get_msg("ASKED", number)).data or b"").data for number in numbers]


async def duty(desk: Desk, run: Callable[[Any], Awaitable[None]], now: datetime) -> None:
    """A duty of the registry, done at ``now``; its relay sends what comes of it."""
    async with register(desk.settings) as app:
        app.now = lambda: now
        await run(app)


def failed(since: datetime) -> probe.Failed:
    """The website stopped answering."""
    return probe.Failed(outlet=ID, unit=UNIT, name=SITE["name"], url=SITE["url"], reason=probe.Reason.TIMEOUT,
                        since=since, evidence=None, vantage="main")  # fmt: skip


def shown(outlet: str, at: datetime, source: str, *, gone: bool = False, **profile: str) -> probe.ProfileSeen:
    """Something was read."""
    return probe.ProfileSeen(outlet=outlet, unit=UNIT, source=source, profile=probe.Profile(**profile), gone=gone,
                             vantage="main", due_at=at, looked_at=at)  # fmt: skip


async def followed(desk: Desk, outlet: str, field: str) -> dict[str, Any]:
    """What is followed of a field."""
    async with desk.as_("office") as client:
        watched = (await client.get(f"/registry/api/outlets/{outlet}")).json()["watched"]
    return next((track for track in watched if track["field"] == field), {})


async def looked(desk: Desk, seen: probe.ProfileSeen, field: str) -> None:
    """Something was read, and what is followed knows it: looks that are told at once may be heard in any order."""
    await tell(desk, seen, seen.outlet)

    async def known() -> bool:
        at = (await followed(desk, seen.outlet, field)).get("looked_at")
        return at is not None and datetime.fromisoformat(at) >= seen.looked_at - timedelta(seconds=1)

    await until(known)


async def carry_out(desk: Desk, kind: str, state: str, **what: Any) -> None:
    """File something of the website, with everybody's agreement."""
    filing = (await desk.file(kind=kind, new_media=None, website=SITE, **what)).json()["id"]
    async with desk.as_("office") as client:
        await client.post(f"/registry/api/filings/{filing}/approve", json={})

    async def stands() -> bool:
        async with desk.as_("office") as client:
            return bool((await client.get(f"/registry/api/outlets/{ID}")).json()["state"] == state)

    await until(stands)


async def test_a_website_that_stays_dark_is_told_once_and_settled_when_it_is_back(desk: Desk) -> None:
    await open_site(desk)
    now = datetime.now(UTC)
    await tell(desk, failed(now), ID)

    async def suspected() -> bool:
        return (await followed(desk, ID, "closure")).get("phase") == "suspected"

    await until(suspected)
    await duty(desk, look_for_the_gone, now + timedelta(days=13))
    assert await asked(desk) == []
    await duty(desk, look_for_the_gone, now + timedelta(days=14))
    await duty(desk, look_for_the_gone, now + timedelta(days=14, minutes=30))
    await duty(desk, look_for_the_gone, now + timedelta(days=14, hours=2))
    await duty(desk, look_for_the_gone, now + timedelta(days=14, hours=4))
    await until(lambda: said(desk, registry.ClosureUnfiled, 1))
    [event] = await desk.said(registry.ClosureUnfiled)
    assert (event.data.outlet, event.data.name, len(event.data.sightings)) == (ID, "某某局", 2)
    [again] = await asked(desk)
    assert (again.outlet, again.purpose, again.probes) == (ID, probe.Purpose.RECHECK, ("marks",))

    since = event.data.since
    back = probe.Recovered(outlet=ID, unit=UNIT, name="某某局", url=SITE["url"], since=now + timedelta(days=20),
                           failed_since=since, vantage="main")  # fmt: skip
    await tell(desk, back, ID)
    await until(lambda: said(desk, registry.UnfiledSettled, 1))
    [settled] = await desk.said(registry.UnfiledSettled)
    assert (settled.data.difference.field, settled.data.how) == ("closure", "reverted")
    assert len(await desk.said(registry.ClosureUnfiled)) == 1


async def test_a_website_that_was_dark_when_suspended_and_stays_so_is_told_after_it_should_be_back(desk: Desk) -> None:
    await open_site(desk)
    now = datetime.now(UTC)
    await tell(desk, failed(now - timedelta(days=3)), ID)

    async def phase(field: str, wanted: str) -> bool:
        return (await followed(desk, ID, field)).get("phase") == wanted

    await until(lambda: phase("closure", "suspected"))
    await carry_out(desk, "suspend", "suspended", until=str(day_of(now) + timedelta(days=5)))
    await until(lambda: phase("alive", "quiet"))
    assert await phase("closure", "quiet")
    await duty(desk, look_for_the_gone, now + timedelta(days=20))
    await carry_out(desk, "resume", "running")
    await until(lambda: phase("closure", "suspected"))
    await duty(desk, look_for_the_gone, now + timedelta(days=13))
    assert await asked(desk) == []
    await duty(desk, look_for_the_gone, now + timedelta(days=14, minutes=1))
    await duty(desk, look_for_the_gone, now + timedelta(days=14, hours=2))
    await until(lambda: said(desk, registry.ClosureUnfiled, 1))
    [event] = await desk.said(registry.ClosureUnfiled)
    assert now < event.data.since < now + timedelta(minutes=1)


async def test_a_website_that_answers_when_it_is_looked_for_is_not_gone(desk: Desk) -> None:
    await open_site(desk)
    now = datetime.now(UTC)
    await tell(desk, failed(now), ID)

    async def phase(wanted: str) -> bool:
        return (await followed(desk, ID, "closure")).get("phase") == wanted

    await until(lambda: phase("suspected"))
    await duty(desk, look_for_the_gone, now + timedelta(days=14))
    answered = shown(ID, now + timedelta(seconds=1), "page", code=SITE["code"], url=SITE["url"])
    await tell(desk, answered, ID)
    await until(lambda: phase("quiet"))
    await duty(desk, look_for_the_gone, now + timedelta(days=15))
    assert await desk.said(registry.ClosureUnfiled) == []


async def test_an_account_that_is_gone_is_told_once_and_a_late_closing_settles_it(desk: Desk) -> None:
    await desk.in_force()
    now = datetime.now(UTC)
    for second in range(3):
        await looked(desk, shown(WEIBO, now + timedelta(seconds=10 * second), "json_feed", gone=True), "closure")
    await until(lambda: said(desk, registry.ClosureUnfiled, 1))
    assert (await followed(desk, WEIBO, "closure"))["seen"] == "已不存在"
    await close(desk)
    await until(lambda: said(desk, registry.UnfiledSettled, 1))
    [settled] = await desk.said(registry.UnfiledSettled)
    assert (settled.data.how, settled.data.difference.field) == ("filed_late", "closure")
    assert settled.data.filing


async def test_an_account_whose_closing_may_be_filed_afterwards_is_accused_when_that_term_is_over(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.in_force()
    now = datetime.now(UTC)
    over = datetime.combine(Term(days=5).last_day(day_of(now)), now.timetz()) + timedelta(days=1)
    filed = Asked(kind=FilingKind.CLOSE, filed=NewMedia(**ACCOUNT), done_on=day_of(now))
    async with register(desk.settings) as running:
        app = replace(running, rules=rules_with(tmp_path, AFTERWARDS))

        async def gone(at: datetime) -> None:
            kept = await app.store.outlet(WEIBO, SYSTEM)
            assert kept is not None
            await running_seen(app, kept, shown(WEIBO, at, "json_feed", gone=True))

        for hour in range(3):
            await gone(now + timedelta(hours=hour))
        office = counter.Desk(app)
        in_time = await office.submit(person("police"), "police", filed, "k1")
        assert (in_time.filing.late, in_time.filing.broken) == (False, ())
        await office.withdraw(person("police"), in_time.id, "")
        await gone(over)
        await until(lambda: said(desk, registry.ClosureUnfiled, 1))
        app.now = lambda: over
        too_late = await office.submit(person("police"), "police", filed, "k2")
        assert (too_late.filing.late, [one.rule for one in too_late.filing.broken]) == (True, ["close.within"])
    [event] = await desk.said(registry.ClosureUnfiled)
    assert [sighting.seen_at.date() for sighting in event.data.sightings] == [now.date(), over.date()]
    assert len(await asked(desk)) == 1


async def test_an_account_whose_closing_is_under_way_may_be_gone(desk: Desk) -> None:
    await desk.in_force()
    assert (await desk.file(kind="close")).status_code == 201
    now = datetime.now(UTC)
    for second in range(3):
        await tell(desk, shown(WEIBO, now + timedelta(seconds=second), "json_feed", gone=True), WEIBO)
    await tell(desk, shown(WEIBO, now + timedelta(seconds=9), "json_feed", name=ACCOUNT["name"]), WEIBO)

    async def compared() -> bool:
        return bool(await followed(desk, WEIBO, "name"))

    await until(compared)
    assert await followed(desk, WEIBO, "closure") == {}
    assert await desk.said(registry.ClosureUnfiled) == []
