"""The registry at work on real servers: what lives on though it was filed as closed, closing by closing."""

from datetime import UTC, datetime, timedelta

from services.commands.register import register
from services.registry.existence import day_of
from services.registry.existing import look_after_the_closed
from shared.events import probe, registry
from tests.registry.stage import ACCOUNT, Desk, until
from tests.registry.test_existing import (
    ID,
    WEIBO,
    asked,
    carry_out,
    close,
    duty,
    followed,
    looked,
    open_site,
    said,
    shown,
    tell,
)


async def test_each_time_something_is_closed_it_is_watched_from_that_day(desk: Desk) -> None:
    await open_site(desk)
    now = datetime.now(UTC)

    async def watched_until(wanted: str | None) -> bool:
        track = await followed(desk, ID, "alive")
        return bool(track) and (track["until"] or "")[:10] == (wanted or "")

    async def at(later: datetime, until: datetime | None) -> None:
        async with register(desk.settings) as app:
            app.now = lambda: later
            document = await app.store.track(ID, "alive")
            assert document is not None
            moved = {"asked_at": later, "until": until}
            await app.store.follow(document.model_copy(update={"track": document.track.model_copy(update=moved)}))

    ninety = str((now + timedelta(days=90)).date())
    await carry_out(desk, "suspend", "suspended", until=str(day_of(now) + timedelta(days=5)))
    await until(lambda: watched_until(ninety))
    await carry_out(desk, "resume", "running")
    await until(lambda: watched_until(None))
    await carry_out(desk, "suspend", "suspended", until=str(day_of(now) + timedelta(days=5)))
    await until(lambda: watched_until(ninety))
    await at(now - timedelta(days=60), now + timedelta(days=30))
    await carry_out(desk, "offline", "closed")
    await until(lambda: watched_until(ninety))
    await duty(desk, look_after_the_closed, now + timedelta(days=6))
    assert await asked(desk) == []


async def test_what_was_closed_and_still_answers_is_told_once_until_it_is_silent(desk: Desk) -> None:
    await desk.in_force()
    await close(desk)
    now = datetime.now(UTC)

    async def phase(wanted: str) -> bool:
        return (await followed(desk, WEIBO, "alive")).get("phase") == wanted

    await until(lambda: phase("quiet"))
    await duty(desk, look_after_the_closed, now + timedelta(days=6))
    assert await asked(desk) == []
    await duty(desk, look_after_the_closed, now + timedelta(days=7, minutes=1))
    await duty(desk, look_after_the_closed, now + timedelta(days=8))

    async def once() -> bool:
        return [one.purpose for one in await asked(desk)] == [probe.Purpose.CLOSED]

    await until(once)
    await looked(desk, shown(WEIBO, now + timedelta(days=7), "json_feed", name="他人的号"), "alive")
    for hour in range(3):
        at = now + timedelta(days=8, hours=hour)
        await looked(desk, shown(WEIBO, at, "json_feed", name=ACCOUNT["name"]), "alive")
    await until(lambda: said(desk, registry.StillAlive, 1))
    [event] = await desk.said(registry.StillAlive)
    assert (event.data.name, len(event.data.sightings)) == (ACCOUNT["name"], 2)
    assert event.data.closed_on is not None
    await tell(desk, shown(WEIBO, now + timedelta(days=9), "json_feed", gone=True), WEIBO)
    await until(lambda: said(desk, registry.UnfiledSettled, 1))
    assert len(await desk.said(registry.StillAlive)) == 1
    await duty(desk, look_after_the_closed, now + timedelta(days=100))
    assert [one.purpose for one in await asked(desk)] == [probe.Purpose.CLOSED] * 2, (
        "one to be sure, none after 90 days"
    )
