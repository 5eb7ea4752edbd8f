"""A unit moves to another county: two offices' feeds, its outlets, and whatever was under way. On real servers."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from services.commands.register import register
from services.registry import moving
from services.registry.app import Registry
from services.registry.intake import Intake, Outcome, read
from shared.bus import Bus, Heard
from shared.bus.consumers import office_config, office_name
from shared.bus.users import ADMIN, Keys
from shared.directory import Directory
from shared.documents import SYSTEM, Database
from shared.embedded import Nats
from shared.events import Event, parse, probe, registry
from shared.outbox import say
from shared.workdays import SHANGHAI
from tests.registry.stage import ACCOUNT, OTHER_NAME, Desk, until

OLD, NEW = "41.01.05.0", "41.01.22.0"
MOVE = {"region": NEW, "on": "2026-11-01", "revision": 1, "reason": "区划调整"}
ROWS = "code,name,address,unit,region,class\n" + "".join(
    f"41010500{n:02},站{n},https://s{n}.zz.gov.cn/,惠济局,{OLD},department\n" for n in range(3)
)
OUTLETS = [f"w-41010500{n:02}" for n in range(3)]


@pytest.fixture
async def feeds(nats: Nats, keys: Keys, bus: Bus) -> AsyncIterator["Feeds"]:
    """The durable consumers of an office in each of the two counties, from the first fact on."""
    for office, prefix in (("old", OLD.removesuffix(".0")), ("new", NEW.removesuffix(".0"))):
        await bus.js.add_consumer("FACTS", office_config(office, prefix))
    connection = await _connected(nats, keys)
    yield Feeds(connection)
    await connection.close()


async def _connected(server: Nats, keys: Keys) -> Client:
    return await nats.connect(server.url, nkeys_seed_str=keys.seed(ADMIN))


class Feeds:
    """What each office has got so far."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self.got: dict[str, list[Event[Any]]] = {"old": [], "new": []}

    async def fetch(self) -> None:
        """Take what there is now."""
        for office, got in self.got.items():
            feed = await self._connection.jetstream().pull_subscribe_bind(office_name(office), "FACTS")
            pending = (await feed.consumer_info()).num_pending
            for message in await feed.fetch(pending, timeout=10) if pending else ():
                got.append(parse(message.data))
                await message.ack_sync(timeout=5)
            await feed.unsubscribe()

    def told(self, office: str, after: int = 0) -> Sequence[tuple[str, str]]:
        """(fact, subject) of what an office got after its first so many, in order."""
        return [(one.type, one.subject) for one in self.got[office][after:]]


async def settled(desk: Desk, region: str, outlets: Sequence[str]) -> bool:
    async with desk.as_("admin") as client:
        found = (await client.get("/registry/api/outlets?limit=200")).json()["outlets"]
    return sorted(one["id"] for one in found if one["region"] == region) == sorted(outlets)


async def imported(desk: Desk) -> str:
    async with register(desk.settings) as app:
        await Intake(app).take(read(ROWS.encode(), "sites")[0], "operator:test", Outcome())
        unit = (await app.store.units.find(SYSTEM, {"body.name": "惠济局"}))[0].id
    await until(lambda: settled(desk, OLD, OUTLETS))
    return unit


async def moved(desk: Desk, unit: str, login: str = "admin") -> int:
    async with desk.as_(login) as client:
        return (await client.post(f"/registry/api/units/{unit}/move", json=MOVE)).status_code


async def quiet(desk: Desk) -> None:
    """Wait until nothing waits in an outbox and the registry has taken in what it said itself."""

    async def still() -> bool:
        async with register(desk.settings) as app:
            waiting = [await collection.waiting(1) for collection in app.store.database.collections]
        consumers = [await desk.bus.js.consumer_info("FACTS", f"registry_{name}") for name in ("units", "in-force")]
        return not any(waiting) and all(one.num_pending + one.num_ack_pending == 0 for one in consumers)

    await until(still)


async def test_the_feed_of_the_old_county_sees_the_move_once_and_nothing_after_the_new_one_everything(
    desk: Desk, feeds: Feeds
) -> None:
    unit = await imported(desk)
    await quiet(desk)
    await feeds.fetch()
    before = len(feeds.got["old"])
    assert feeds.told("new") == []

    assert await moved(desk, unit) == 200
    await until(lambda: settled(desk, NEW, OUTLETS))
    await quiet(desk)
    await feeds.fetch()
    move = [("registry.unit_changed", unit), *(("registry.changed", id_) for id_ in OUTLETS)]
    for office, known in (("old", before), ("new", 0)):
        assert sorted(feeds.told(office, known)) == sorted(move)
    assert {one.data.unit.region for one in feeds.got["new"] if isinstance(one.data, registry.UnitChanged)} == {NEW}
    facts = [one.data for one in feeds.got["old"][before:] if isinstance(one.data, registry.Changed)]
    assert {(one.outlet.region, one.outlet.revision, one.fields) for one in facts} == {(NEW, 2, ("region",))}

    both = {office: len(got) for office, got in feeds.got.items()}
    async with desk.as_("admin") as client:
        changed = {"name": "惠济局", "level": "county", "reason": "补全", "revision": 2}
        assert (await client.post(f"/registry/api/units/{unit}/change", json=changed)).status_code == 200
    await quiet(desk)
    await feeds.fetch()
    assert feeds.told("old", both["old"]) == []
    assert feeds.told("new", both["new"]) == [("registry.unit_changed", unit)]


async def test_a_move_cut_off_in_the_middle_is_finished_and_running_again_changes_nothing(
    desk: Desk, database: Database
) -> None:
    unit = await imported(desk)
    assert await moved(desk, unit) == 200
    await until(lambda: settled(desk, NEW, OUTLETS))
    await quiet(desk)
    async with register(desk.settings) as app:
        await back(app, OUTLETS[2])
        await moving.follow(app, unit, "operator:test")
        once = [await app.store.outlets.get(id_, SYSTEM) for id_ in OUTLETS]
        await moving.follow(app, unit, "operator:test")
        assert [await app.store.outlets.get(id_, SYSTEM) for id_ in OUTLETS] == once
        assert [(one.outlet.region, one.outlet.revision) for one in once if one] == [(NEW, 2), (NEW, 2), (NEW, 4)]
    await quiet(desk)
    directory = Directory(database.client.database(f"{database.name}_directory"))
    said = await desk.said(registry.UnitChanged, registry.Opened, registry.Changed)
    for event in reversed(said):
        await directory.hear(Heard(event, event.time, 1))
    assert {one.region for one in await directory.outlets(SYSTEM)} == {NEW}
    heard = await directory.unit(unit)
    assert heard is not None
    assert heard.region == NEW
    await database.client.drop(f"{database.name}_directory")


async def back(app: Registry, outlet: str) -> None:
    """Put an outlet where it was before the move reached it."""
    kept = await app.store.outlets.get(outlet, SYSTEM)
    assert kept is not None
    there = kept.outlet.model_copy(update={"region": OLD, "revision": kept.outlet.revision + 1})
    await app.store.outlets.change(kept.model_copy(update={"outlet": there, "region": OLD}))


async def test_what_was_filed_before_the_move_is_decided_and_folded_in_the_new_county(desk: Desk) -> None:
    await desk.in_force()
    filing = (await desk.file(kind="change", new_media={**ACCOUNT, "name": "郑州公安"})).json()["id"]
    assert await moved(desk, "police") == 200
    await until(lambda: settled(desk, NEW, ["a-weibo-zzwj"]))
    await quiet(desk)
    async with desk.as_("office") as client:
        assert (await client.get(f"/registry/api/filings/{filing}")).json()["region"] == NEW
        assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200
    await quiet(desk)
    async with desk.as_("office") as client:
        outlet = (await client.get("/registry/api/outlets/a-weibo-zzwj")).json()
    assert (outlet["region"], outlet["revision"], outlet["filed"]["name"]) == (NEW, 3, "郑州公安")
    last = (await desk.said(registry.FilingApproved, registry.Changed))[-2:]
    assert {one.region for one in last} == {NEW}


async def test_a_list_of_before_does_not_bring_a_unit_back(desk: Desk) -> None:
    unit = await imported(desk)
    assert await moved(desk, unit) == 200
    async with register(desk.settings) as app:
        again = await Intake(app).unit("惠济局", OLD, "operator:test")
    assert (again.id, again.region) == (unit, NEW)


async def test_only_who_administers_both_counties_moves_a_unit(desk: Desk) -> None:
    assert [await moved(desk, "police", login) for login in ("police", "office", "kaifeng")] == [403, 403, 404]
    async with desk.as_("admin") as client:
        away = await client.post("/registry/api/units/police/move", json={**MOVE, "region": "41.02.02.0"})
        assert away.status_code == 403


async def test_an_outlet_takes_the_new_name_of_its_unit(desk: Desk) -> None:
    await desk.in_force()
    async with desk.as_("admin") as client:
        body = {"name": "郑州市公安局", "reason": "更名", "revision": 1}
        assert (await client.post("/registry/api/units/police/change", json=body)).status_code == 200

        async def named() -> bool:
            answer = await client.get("/registry/api/outlets/a-weibo-zzwj")
            return bool(answer.json()["unit"]["name"] == "郑州市公安局")

        await until(named)


async def test_the_new_county_sees_what_was_in_force_before_the_move_and_reads_no_filing_of_the_old(desk: Desk) -> None:
    await desk.in_force()
    await desk.in_force(name=OTHER_NAME)
    assert await moved(desk, "police") == 200
    await until(lambda: settled(desk, NEW, ["a-weibo-zzwj"]))
    await quiet(desk)
    today = datetime.now(SHANGHAI).date().isoformat()
    async with desk.as_("county") as county, desk.as_("office") as office:
        there, known = [
            (await client.get("/registry/outlets/a-weibo-zzwj", params={"on": today})).text
            for client in (county, office)
        ]
        filings = (await county.get("/registry/api/filings")).json()["filings"]
    assert [OTHER_NAME in text and "逐项变更" in text and "尚未备案" not in text for text in (there, known)] == [
        True
    ] * 2
    assert (filings, "/registry/filings/f-" in there, "/registry/filings/f-" in known) == ([], False, True)


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
