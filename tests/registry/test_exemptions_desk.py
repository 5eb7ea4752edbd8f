"""Exemptions on real servers: asked for, decided on, taken back, and over at the end of their last day, said once."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registry.app import Registry
from services.registry.excusing import Excusing
from services.registry.exemption import Exemption, State, Step, Wanted
from services.registry.records import ExemptionDocument
from services.registry.service import SERVICE
from services.registry.store import Store
from shared.audit import Deed
from shared.documents import SYSTEM, Client, Database
from shared.events import parse, registry
from shared.events.registry import UnitRef
from shared.runtime import running
from shared.workdays import SHANGHAI, end_of_day
from tests.registry.stage import Desk, send, until

OUTLET = "a-weibo-zzwj"
TODAY = datetime.now(SHANGHAI).date()
IN_SPRING = str(TODAY + timedelta(days=100))
ASKED = {
    "outlet": OUTLET,
    "criterion": "V-A2-1",
    "reason": "人事栏目全年没有变动，已人工核实。",
    "evidence_url": "http://police.example/note.pdf",
    "until": IN_SPRING,
}
PATH = "/registry/api/exemptions"


async def asks(desk: Desk, login: str = "police", **changed: Any) -> httpx.Response:
    """Somebody asks by API."""
    async with desk.as_(login) as client:
        return await client.post(PATH, json={**ASKED, **changed})


async def decides(desk: Desk, login: str, id_: str, act: str, reason: str = "") -> httpx.Response:
    """Somebody decides by API."""
    async with desk.as_(login) as client:
        return await client.post(f"{PATH}/{id_}/{act}", json={"reason": reason})


async def test_an_exemption_is_asked_for_granted_and_taken_back_on_pages(desk: Desk) -> None:
    await desk.in_force()
    police, office = await desk.browser("police"), await desk.browser("office")
    ask = f"/registry/exemptions/ask?outlet={OUTLET}&criterion=V-A2-1"
    form = {**ASKED, "since": str(TODAY), "key": "k1"}
    wrong = await send(police, ask, "/registry/exemptions/ask", {**form, "until": str(TODAY - timedelta(days=1))})
    assert (wrong.status_code, "到期日不能早于开始日" in wrong.text) == (422, True)
    assert ASKED["reason"] in wrong.text

    answer = await send(police, ask, "/registry/exemptions/ask", form)
    again = await send(police, ask, "/registry/exemptions/ask", form)
    path = answer.headers["location"]
    assert (answer.status_code, again.headers["location"]) == (303, path)
    assert f'action="{path}/grant"' not in (await police.get(path)).text

    assert (await send(office, path, f"{path}/grant", {"reason": "同意"})).status_code == 303
    assert "豁免中" in (await office.get(f"/registry/outlets/{OUTLET}")).text
    assert (await send(office, path, f"{path}/revoke", {"reason": " "})).status_code == 422
    assert (await send(office, path, f"{path}/revoke", {"reason": "已有人事变动"})).status_code == 303
    shown = (await police.get(path)).text
    assert [word in shown for word in ("已收回", "申请", "同意", "已有人事变动")] == [True] * 4

    async def told() -> bool:
        return len(await desk.said(registry.ExemptionGranted, registry.ExemptionEnded)) == 2

    await until(told)
    granted, ended = await desk.said(registry.ExemptionGranted, registry.ExemptionEnded)
    assert (granted.type, granted.data.exemption.until) == ("registry.exemption_granted", TODAY + timedelta(days=100))
    assert (ended.type, ended.data.how, ended.data.exemption.revision) == ("registry.exemption_ended", "revoked", 3)
    assert "police" not in granted.data.exemption.model_dump_json().replace(ASKED["evidence_url"], "").replace(
        '"id":"police","name":"police"', ""
    )


async def test_two_approvers_at_once_have_one_effect_and_one_is_told(desk: Desk) -> None:
    await desk.in_force()
    id_ = (await asks(desk)).json()["id"]
    answers = await asyncio.gather(*(decides(desk, who, id_, "grant") for who in ("office", "colleague")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def told() -> bool:
        return len(await desk.said(registry.ExemptionGranted)) == 1

    await until(told)
    refused = await decides(desk, "colleague", id_, "refuse", "不必")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "wrong_state")


async def test_nobody_sees_asks_or_decides_what_is_not_theirs(desk: Desk) -> None:
    await desk.in_force()
    id_ = (await asks(desk)).json()["id"]
    for stranger in ("kaifeng", "health"):
        async with desk.as_(stranger) as client:
            assert [(await client.get(f"{base}/{id_}")).status_code for base in (PATH, "/registry/exemptions")] == [
                404,
                404,
            ]
            assert (await client.get(PATH)).json()["exemptions"] == []
        assert (await asks(desk, stranger)).status_code == 404
        assert (await decides(desk, stranger, id_, "grant")).status_code == 404
    assert (await decides(desk, "police", id_, "grant")).status_code == 403
    assert (await asks(desk, "office")).status_code == 403


async def test_the_same_thing_is_asked_for_once_at_a_time_and_a_key_names_one_request(desk: Desk) -> None:
    await desk.in_force()
    answers = await asyncio.gather(*(asks(desk) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    whole = await asks(desk, outlet="", unit="police")
    assert (whole.status_code, whole.json()["outlet"]) == (201, "")
    async with desk.as_("police") as client:
        key, other = {"Idempotency-Key": "k"}, {**ASKED, "criterion": "V-A1-1"}
        first = await client.post(PATH, json=other, headers=key)
        again = await client.post(PATH, json=other, headers=key)
        assert first.json()["id"] == again.json()["id"]
        refused = await client.post(PATH, json={**ASKED, "criterion": "V-A3-1"}, headers=key)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "key_used")


async def test_after_its_end_an_exemption_is_asked_for_anew(desk: Desk) -> None:
    await desk.in_force()
    first = (await asks(desk)).json()["id"]
    assert (await decides(desk, "office", first, "grant")).status_code == 200
    renewal = await asks(desk)
    assert renewal.status_code == 201
    assert renewal.json()["id"] != first
    assert (await decides(desk, "office", renewal.json()["id"], "refuse", "情况已变")).status_code == 200
    async with desk.as_("office") as client:
        states = {state: (await client.get(f"{PATH}?state={state}")).json() for state in ("granted", "refused", "soon")}
    assert {state: len(found["exemptions"]) for state, found in states.items()} == {
        "granted": 1,
        "refused": 1,
        "soon": 0,
    }


def document(last: Any, number: int = 0, state: State = State.GRANTED) -> ExemptionDocument:
    """An exemption granted some time ago whose last day is ``last``."""
    unit = UnitRef(id="police", name="police")
    steps = tuple(
        Step(at=datetime(2026, 1, 1, tzinfo=UTC), actor="person:p-1", name="某人", act=act) for act in ("ask", "grant")
    )
    wanted = Wanted(criterion="V-A2-1", reason="x", evidence_url="http://x.example/", since=last, until=last)
    body = Exemption(outlet=f"w-{number}", unit=unit, wanted=wanted, state=state, steps=steps)
    return ExemptionDocument(id=f"e-{number}", region="41.01.00.0", unit="police", exemption=body)


class Clock:
    """A clock to set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.mark.parametrize(
    ("after", "said"), [(timedelta(0), 0), (timedelta(seconds=1), 1), (timedelta(days=40), 1)], ids=str
)
async def test_an_exemption_ends_with_its_last_second_also_after_downtime(
    database: Database, after: timedelta, said: int
) -> None:
    store = Store(database)
    await database.prepare()
    clock = Clock(end_of_day(TODAY) + after)
    await store.exemptions.create(document(TODAY))
    await store.exemptions.create(document(TODAY + timedelta(days=90), 1))
    await store.exemptions.create(document(TODAY, 2, State.ASKED))
    for _ in range(2):
        await Excusing(Registry(store, clock)).expire()
    waiting = [entry for _, entries in await store.exemptions.waiting(100) for entry in entries]
    ended = [parse(entry.body.encode()) for entry in waiting]
    assert [(event.data.exemption.id, event.data.how) for event in ended] == [("e-0", "expired")] * said
    recorded = [entry.deed for _, entries in await store.exemptions.unrecorded(100) for entry in entries]
    assert recorded == [Deed.EXEMPTION_ENDED] * said


async def test_many_replicas_end_each_exemption_once(database: Database) -> None:
    store = Store(database)
    await database.prepare()
    for number in range(40):
        await store.exemptions.create(document(TODAY - timedelta(days=1), number))
    await asyncio.gather(*(Excusing(Registry(store, lambda: datetime.now(UTC))).expire() for _ in range(3)))
    waiting = [entry for _, entries in await store.exemptions.waiting(100) for entry in entries]
    assert len(waiting) == 40
    assert await store.exemptions.count(SYSTEM, {"exemption.state": "granted"}) == 0


async def test_two_registries_at_work_say_an_end_once_after_being_away(desk: Desk, mongo_url: str) -> None:
    """The desk's own registry swept before this one was stored; two more start as after a night of downtime."""
    client = Client(mongo_url)
    store = Store(client.database(f"{desk.settings.mongo_prefix}_registry"))
    await store.exemptions.create(document(TODAY - timedelta(days=3)))
    async with running(SERVICE, desk.settings), running(SERVICE, desk.settings):

        async def told() -> bool:
            return len(await desk.said(registry.ExemptionEnded)) == 1

        await until(told)
    shown: Mapping[str, Any] = (await store.exemptions.find(SYSTEM))[0].exemption.model_dump(mode="json")
    assert (shown["state"], shown["steps"][-1]["actor"]) == ("expired", "service:registry")
    assert len(await desk.said(registry.ExemptionEnded)) == 1
    client.close()
