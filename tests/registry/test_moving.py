"""A unit moves to another county: two offices' feeds, its outlets, and whatever was under way. On real servers."""

import io
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from services.commands.register import register
from services.registry import moving, standing
from services.registry.app import Registry
from services.registry.intake import Intake, Outcome, read
from services.registry.known import in_register
from services.registry.lists import export
from shared.bus import Bus, Heard
from shared.bus.consumers import office_config, office_name
from shared.bus.users import ADMIN, Keys
from shared.directory import Directory
from shared.documents import SYSTEM, Database
from shared.embedded import Nats
from shared.events import Event, parse, registry
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


def named(rows: str) -> str:
    """``rows`` with another name of every website."""
    return re.sub(r"站(?=\d)", "新站", rows)


async def test_lists_after_a_move_go_by_the_new_county_alone(desk: Desk) -> None:
    unit = await imported(desk)
    assert await moved(desk, unit) == 200
    async with desk.as_("admin") as client:
        body = {"name": "中牟局", "reason": "更名", "revision": 2}
        assert (await client.post(f"/registry/api/units/{unit}/change", json=body)).status_code == 200
    await until(lambda: settled(desk, NEW, OUTLETS))
    await quiet(desk)
    async with register(desk.settings) as app:
        outlets = [outlet async for outlet in in_register(app.store, "sites", SYSTEM)]
        assert {(one.region, one.unit.name) for one in outlets} == {(NEW, "中牟局")}
        file = io.BytesIO()
        export.text(export.table("sites", outlets, {}), file)
        new_rows = file.getvalue().decode("utf-8-sig")

        async def of(rows: str, county: str) -> set[tuple[str, str, str]]:
            entries, _ = read(rows.encode(), "sites")
            batches = Intake(app).judged(entries, (county.removesuffix(".0"),))
            return {(one.verdict, one.why, one.unit.name) async for batch in batches for one in batch}

        assert await of(new_rows, NEW) == {("same", "equal", "中牟局")}
        assert await of(named(new_rows), NEW) == {("changed", "differs", "中牟局")}
        assert {why for _, why, _ in await of(named(ROWS), OLD)} == {"other_unit"}
        assert {why for _, why, _ in await of(named(ROWS), "41")} == {"unit_moved"}
        others = ROWS.replace("\n41010500", "\n41010501").replace("//s", "//t")
        assert {why for _, why, _ in await of(others, OLD)} == {"unit_moved"}
        assert {(one.region, one.unit.name) for id_ in OUTLETS if (one := await standing.in_force(app, id_))} == {
            (NEW, "中牟局")
        }
        await Intake(app).take(read(named(new_rows).encode(), "sites")[0], "operator:test", Outcome())
        changes = await app.store.filings.find(SYSTEM, {"filing.kind": "change"})
        assert {(kept.region, kept.unit, kept.filing.unit.name) for kept in changes} == {(NEW, unit, "中牟局")}


async def test_only_who_administers_both_counties_moves_a_unit(desk: Desk) -> None:
    assert [await moved(desk, "police", login) for login in ("police", "office", "kaifeng")] == [403, 403, 404]
    async with desk.as_("admin") as client:
        away = await client.post("/registry/api/units/police/move", json={**MOVE, "region": "41.02.02.0"})
        assert away.status_code == 403


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
