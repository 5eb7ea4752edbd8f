"""S6: who opens a private network for a region, and what is on record of it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.audit import Deed
from shared.documents import SYSTEM
from shared.events import Event, parse
from shared.identity import Role
from shared.workdays import SHANGHAI
from tests.security.houses import House, housed

BOUNDS = ["10.0.0.0/8"]


@pytest.fixture
async def house(mongo_url: str) -> AsyncIterator[House]:
    async with housed(mongo_url, egress_extranets=BOUNDS) as made:
        yield made


ASKED = {"region": "41.01", "network": "10.3.0.0/16", "reason": "教育局门户在政务外网"}


def asked(**changed: str) -> dict[str, str]:
    until = datetime.now(SHANGHAI).date() + timedelta(days=30)
    return {**ASKED, "until": until.isoformat(), **changed}


async def test_an_administrator_opens_and_closes_a_network_and_every_act_is_on_record(house: House) -> None:
    await house.person("admin", Role.ADMINISTRATOR, "41.01")
    token = await house.identity.issue_token("admin", days=1)
    async with house.program("registry", token) as program:
        answer = await program.post("/registry/api/networks", json=asked())
        assert answer.status_code == 201, answer.text
        id_ = answer.json()["extranet"]["id"]
        assert (await program.post(f"/registry/api/networks/{id_}/close", json={"reason": "x"})).status_code == 200
        assert (await program.post(f"/registry/api/networks/{id_}/close", json={"reason": "x"})).status_code == 409
        [shown] = (await program.get("/registry/api/networks")).json()["networks"]
    assert [(each["act"], each["reason"], each["name"]) for each in shown["acts"]] == [
        ("open", ASKED["reason"], "admin"),
        ("close", "x", "admin"),
    ]
    noted = [each for _, entries in await house.built["registry"].store.extranets.unrecorded(10) for each in entries]
    assert [(each.deed, each.reason, each.details["words"], each.details["network"]) for each in noted] == [
        (Deed.NETWORK_CHANGED, "open", ASKED["reason"], "10.3.0.0/16"),
        (Deed.NETWORK_CHANGED, "close", "x", "10.3.0.0/16"),
    ]
    facts = await said(house)
    assert [(fact.type, fact.region, fact.reason, fact.data.extranet.revision) for fact in facts] == [
        ("registry.extranet_changed", "41.01.00.0", "open", 1),
        ("registry.extranet_changed", "41.01.00.0", "close", 2),
    ]
    assert {fact.actor for fact in facts} == {each.actor for each in noted}


async def said(house: House) -> list[Event[Any]]:
    waiting = await house.built["registry"].store.extranets.waiting(10)
    return [parse(entry.body.encode()) for _, entries in waiting for entry in entries]


OTHERS = [
    (Role.ADMINISTRATOR, "41.01", "41"),
    (Role.ADMINISTRATOR, "41.01", "41.02"),
    (Role.ADMINISTRATOR, "41.01", ""),
    (Role.ADMINISTRATOR, "41.01.05", "41.01"),
    (Role.APPROVER, "41", "41.01"),
    (Role.INSPECTOR, "", "41.01"),
    (Role.AUDITOR, "", "41.01"),
    (Role.UNIT_ADMINISTRATOR, "u-1", "41.01"),
]


async def test_nobody_else_opens_one(house: House) -> None:
    for number, (role, where, region) in enumerate(OTHERS):
        login = f"somebody{number}"
        await house.person(login, role, where)
        async with house.program("registry", await house.identity.issue_token(login, days=1)) as program:
            answer = await program.post("/registry/api/networks", json=asked(region=region))
        assert answer.status_code == 403, (role, where, region)
    assert await said(house) == []


async def test_another_region_neither_sees_nor_closes_it(house: House) -> None:
    await house.person("admin", Role.ADMINISTRATOR, "41.01")
    await house.person("kaifeng", Role.ADMINISTRATOR, "41.02")
    async with house.program("registry", await house.identity.issue_token("admin", days=1)) as program:
        id_ = (await program.post("/registry/api/networks", json=asked())).json()["extranet"]["id"]
    async with house.program("registry", await house.identity.issue_token("kaifeng", days=1)) as other:
        assert (await other.get("/registry/api/networks")).json()["networks"] == []
        assert (await other.post(f"/registry/api/networks/{id_}/close", json={"reason": "x"})).status_code == 404


async def test_the_page_opens_and_closes_says_what_is_wrong_and_who_did_it(house: House) -> None:
    await house.person("admin", Role.ADMINISTRATOR, "41.01")
    browser = await house.browser("registry", "admin")
    async with browser.http:
        wrong = await browser.post("/registry/networks", asked(network="192.168.0.0/16"))
        assert wrong.status_code == 422
        assert "不在可以开放的政务外网范围之内" in wrong.text
        assert 'value="192.168.0.0/16"' in wrong.text
        assert (await browser.post("/registry/networks", {**asked(), "unit": "u-1"})).status_code == 422
        assert (await browser.post("/registry/networks", asked())).status_code == 303
        page = (await browser.http.get("/registry/networks")).text
        for words in ("10.3.0.0/16", "郑州市", ASKED["reason"], "开放"):
            assert words in page, words
        [document] = await house.built["registry"].store.extranets.find(SYSTEM)
        closing = f"/registry/networks/{document.id}/close"
        assert (await browser.post(closing, {"reason": "已迁出"})).status_code == 303
        assert "已结束" in (await browser.http.get("/registry/networks")).text
