"""A unit gets another name: its outlets take it, and nobody is accused of showing it. On real servers."""

from datetime import UTC, datetime, timedelta

from services.commands.register import register
from shared.documents import SYSTEM
from shared.events import probe, registry
from shared.outbox import say
from tests.registry.stage import Desk, until
from tests.registry.test_moving import quiet


async def test_an_outlet_takes_the_new_name_of_its_unit(desk: Desk) -> None:
    await desk.in_force()
    async with desk.as_("admin") as client:
        body = {"name": "郑州市公安局", "reason": "更名", "revision": 1}
        assert (await client.post("/registry/api/units/police/change", json=body)).status_code == 200

        async def named() -> bool:
            answer = await client.get("/registry/api/outlets/a-weibo-zzwj")
            return bool(answer.json()["unit"]["name"] == "郑州市公安局")

        await until(named)


async def test_a_renamed_unit_is_not_accused_of_showing_its_name(desk: Desk) -> None:
    await desk.in_force()
    before = datetime.now(UTC)
    await shows(desk, "police", before)
    await looked(desk, before)
    async with desk.as_("admin") as client:
        body = {"name": "郑州市公安局", "reason": "更名", "revision": 1}
        assert (await client.post("/registry/api/units/police/change", json=body)).status_code == 200
    await quiet(desk)
    for minute in (1, 2, 3):
        await shows(desk, "郑州市公安局", before + timedelta(minutes=minute))
    await looked(desk, before + timedelta(minutes=3))
    assert await desk.said(registry.ChangeUnfiled) == []

    for minute in (4, 5):
        await shows(desk, "某某传媒公司", before + timedelta(minutes=minute))
    await looked(desk, before + timedelta(minutes=5))
    await quiet(desk)
    [told] = await desk.said(registry.ChangeUnfiled)
    assert (told.data.difference.field, told.data.difference.filed) == ("organiser", "郑州市公安局")


async def shows(desk: Desk, organiser: str, at: datetime) -> None:
    """The platform names ``organiser`` as the unit of the account."""
    seen = probe.ProfileSeen(
        outlet="a-weibo-zzwj",
        unit=registry.UnitRef(id="police", name="police"),
        source="json_feed",
        profile=probe.Profile(organiser=organiser),
        vantage="main",
        due_at=at,
        looked_at=at,
    )
    said = say(seen, subject=seen.outlet, region="41.01.00.0", actor="service:prober", reason="scheduled")
    await desk.bus.publish(said)


async def looked(desk: Desk, at: datetime) -> None:
    """Wait until the look of ``at`` has been compared."""

    async def so() -> bool:
        async with register(desk.settings) as app:
            kept = (await app.store.tracks_of("a-weibo-zzwj", SYSTEM)).get("organiser")
        known = kept.track.looked_at if kept else None
        return known is not None and known >= at - timedelta(milliseconds=1)

    await until(so)
