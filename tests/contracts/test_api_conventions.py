"""What every route for programs promises: asked twice is done once, a stale view changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.documents import SYSTEM
from shared.once import ABANDONED, Answer, Asked, AskedDocument, Conflict, Once
from tests.contracts.exchanges import carried_out, exchanges
from tests.contracts.handbook import ROOT
from tests.contracts.programs import FILINGS, code, office, opening, program, unit
from tests.security.matrix_rules import Persona, Place
from tests.security.offices import ORIGIN, Installation, installed

CHANGED = {"name": "改名{fresh}", "revision": 1, "reason": "机构改革"}
MOVED = {"region": "41.01.06.0", "on": "2026-11-01", "revision": 1, "reason": "区划调整"}
CONTACT = {"duty": "staff", "name": "新联络人", "phone": "0371-66181234", "since": "2026-11-01", "version": 1}
LEFT = {"leaves_on": "2026-12-01", "version": 1}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(mongo_url: str) -> AsyncIterator[Installation]:
    """The four services, with people and things."""
    async with installed(mongo_url, rate_factor=0) as running:
        yield running


async def filings_of(city: Installation, account: str) -> int:
    return await city.places.registry.store.filings.count(SYSTEM, {"filing.filed.account": account})


async def test_a_replayed_request_gets_the_same_answer_and_has_one_effect(city: Installation) -> None:
    async with unit(city, **{"Idempotency-Key": "replayed"}) as http:
        first, again = [await http.post(FILINGS, json=opening("replayed")) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert [again.headers[name] for name in ("location", "etag")] == [
        first.headers[name] for name in ("location", "etag")
    ]
    assert await filings_of(city, "replayed") == 1


async def test_a_replayed_decision_gets_the_same_answer_though_it_could_not_be_made_again(city: Installation) -> None:
    made = await city.places.make("submitted", Place.OWN)
    async with office(city) as http:
        path, key = f"{FILINGS}/{made.id_}/approve", {"Idempotency-Key": made.id_}
        first, again, without = [await http.post(path, json={}, headers=sent) for sent in (key, key, {})]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert code(without) == (409, "wrong_state")


async def test_a_key_is_for_one_request(city: Installation) -> None:
    async with unit(city, **{"Idempotency-Key": "one"}) as http:
        assert (await http.post(FILINGS, json=opening("one"))).status_code == 201
        other = await http.post(FILINGS, json=opening("one", name="另一名称"))
        elsewhere = await http.post(f"{FILINGS}/f-1/approve", json={})
    assert code(other) == code(elsewhere) == (409, "key_used")
    assert await filings_of(city, "one") == 1


async def test_keys_of_two_people_never_meet(city: Installation) -> None:
    made = await city.places.make("submitted", Place.OWN)
    async with unit(city) as one, office(city) as other:
        headers = {"Idempotency-Key": "shared"}
        assert (await one.post(FILINGS, json=opening("shared"), headers=headers)).status_code == 201
        assert (await other.post(f"{FILINGS}/{made.id_}/approve", json={}, headers=headers)).status_code == 200


async def test_what_was_refused_may_be_mended_under_the_same_key(city: Installation) -> None:
    async with unit(city, **{"Idempotency-Key": "mended"}) as http:
        assert (await http.post(FILINGS, json=opening("mended", name=""))).status_code == 422
        assert (await http.post(FILINGS, json=opening("mended"))).status_code == 201


async def test_of_two_at_once_one_has_the_effect_and_the_other_is_told(city: Installation) -> None:
    async with unit(city, **{"Idempotency-Key": "at-once"}) as http:
        both = await asyncio.gather(*(http.post(FILINGS, json=opening("at-once")) for _ in range(2)))
    assert await filings_of(city, "at-once") == 1
    assert any(answer.status_code == 201 for answer in both)
    for answer in both:
        assert answer.status_code == 201 or code(answer) == (409, "under_way")


async def test_a_double_submit_without_a_key_has_one_effect_and_the_other_is_told_why(city: Installation) -> None:
    async with unit(city) as http:
        both = await asyncio.gather(*(http.post(FILINGS, json=opening("double")) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert [code(answer) for answer in both if answer.status_code == 409] == [(409, "another_under_way")]
    assert await filings_of(city, "double") == 1


@pytest.mark.parametrize(
    ("service", "about", "who", "path", "sends"),
    [
        ("registry", "submitted", Persona.APPROVER, "/registry/api/filings/{id_}/approve", {}),
        ("registry", "submitted", Persona.APPROVER, "/registry/api/filings/{id_}/return", {"reason": "请核对"}),
        ("registry", "network", Persona.ADMINISTRATOR, "/registry/api/networks/{id_}/close", {"reason": "不再需要"}),
        ("registry", "exemption", Persona.APPROVER, "/registry/api/exemptions/{id_}/grant", {}),
        ("registry", "exemption", Persona.APPROVER, "/registry/api/exemptions/{id_}/refuse", {"reason": "理由不足"}),
        ("registry", "exempted", Persona.APPROVER, "/registry/api/exemptions/{id_}/revoke", {"reason": "情况已变"}),
        (
            "registry",
            "clue",
            Persona.INSPECTOR,
            "/registry/api/clues/{id_}",
            {"act": "dismiss", "reason": "经核实不是"},
        ),
        ("registry", "region", Persona.ADMINISTRATOR, "/registry/api/regions/{id_}/rename", {"name": "高新技术区"}),
        ("registry", "region", Persona.ADMINISTRATOR, "/registry/api/regions/{id_}/end", {"until": "2099-12-31"}),
        ("registry", "registered", Persona.ADMINISTRATOR, "/registry/api/units/{id_}/change", CHANGED),
        ("registry", "registered", Persona.ADMINISTRATOR, "/registry/api/units/{id_}/move", MOVED),
        ("registry", "registered", Persona.ADMINISTRATOR, "/registry/api/units/{id_}/aliases", {"alias": "又名"}),
        (
            "registry",
            "registered",
            Persona.ADMINISTRATOR,
            "/registry/api/units/{id_}/aliases/confirm",
            {"alias": "{fresh}"},
        ),
        (
            "registry",
            "registered",
            Persona.ADMINISTRATOR,
            "/registry/api/units/{id_}/aliases/reject",
            {"alias": "{fresh}"},
        ),
        (
            "registry",
            "registered",
            Persona.ADMINISTRATOR,
            "/registry/api/units/{id_}/contacts/{contact}/change",
            CONTACT,
        ),
        ("registry", "registered", Persona.ADMINISTRATOR, "/registry/api/units/{id_}/contacts/{contact}/leave", LEFT),
        ("notifier", "issued", Persona.UNIT_ADMINISTRATOR, "/notifier/api/notices/{id_}/receipt", {"version": 1}),
        (
            "notifier",
            "received",
            Persona.UNIT_ADMINISTRATOR,
            "/notifier/api/notices/{id_}/reply",
            {"version": 1, "measures": "已整改", "done_on": "2026-11-01"},
        ),
        ("notifier", "passed", Persona.REVIEWER, "/notifier/api/notices/{id_}/review", {"version": 1}),
    ],
)
async def test_a_stale_if_match_changes_nothing_and_is_told_why(
    city: Installation, service: str, about: str, who: Persona, path: str, sends: dict[str, Any]
) -> None:
    made = await city.places.make(about, Place.OWN)
    path, sends = made.fill(path), made.fill(sends)
    async with program(city, who, service) as http:
        for stale in ('"2.0123456789abcdef"', '"nothing of ours"', ""):
            refused = await http.post(path, json=sends, headers={"If-Match": stale})
            assert code(refused) == (412, "stale")
            assert "重新获取" in refused.json()["error"]["message"]
        done = await http.post(path, json=sends, headers={"If-Match": '"1.0123456789abcdef"'})
        again = await http.post(path, json=sends, headers={"If-Match": '"1.0123456789abcdef"'})
    assert done.status_code == 200
    assert done.headers["etag"].startswith('"2.')
    assert code(again) == (412, "stale")


async def test_a_draft_is_kept_submitted_and_discarded_as_it_was_seen_or_not_at_all(city: Installation) -> None:
    drafts = "/registry/api/drafts"
    stale = {"If-Match": '"2.0123456789abcdef"'}
    async with unit(city) as http:
        kept = await http.post(drafts, json=opening("drafted"))
        tag, again = {"If-Match": kept.headers["etag"]}, {**opening("drafted"), "begun": kept.json()["id"]}
        assert kept.headers["etag"].startswith('"1.')
        for path, sends in ((drafts, again), (FILINGS, again), (f"{drafts}/{kept.json()['id']}/discard", {})):
            assert code(await http.post(path, json=sends, headers=stale)) == (412, "stale")
        moved = await http.post(drafts, json=again, headers=tag)
        assert (moved.status_code, code(await http.post(FILINGS, json=again, headers=tag))) == (201, (412, "stale"))
        filed = await http.post(FILINGS, json=again, headers={"If-Match": moved.headers["etag"]})
        other = await http.post(drafts, json=opening("drafted2"))
        found = await http.get(f"{drafts}/{other.json()['id']}")
        gone = await http.post(f"{drafts}/{other.json()['id']}/discard", headers={"If-Match": found.headers["etag"]})
    assert (filed.status_code, found.json()["version"], gone.status_code) == (201, 1, 204)


async def test_of_two_who_decide_on_the_same_view_one_does_and_the_other_is_told(city: Installation) -> None:
    made = await city.places.make("submitted", Place.OWN)
    async with office(city) as http:
        tag = (await http.get(f"{FILINGS}/{made.id_}")).headers["etag"]
        approve, send_back = await asyncio.gather(
            http.post(f"{FILINGS}/{made.id_}/approve", json={}, headers={"If-Match": tag}),
            http.post(f"{FILINGS}/{made.id_}/return", json={"reason": "请核对"}, headers={"If-Match": tag}),
        )
        kept = (await http.get(f"{FILINGS}/{made.id_}")).json()
    assert sorted(answer.status_code for answer in (approve, send_back)) == [200, 412]
    assert kept["state"] == ("archived" if approve.status_code == 200 else "returned")
    assert kept["version"] == 2


@pytest.mark.parametrize(
    ("service", "about", "path"),
    [
        ("registry", "outlet", "/registry/api/outlets/{}"),
        ("registry", "submitted", "/registry/api/filings/{}"),
        ("registry", "exemption", "/registry/api/exemptions/{}"),
        ("registry", "clue", "/registry/api/clues/{}"),
        ("registry", "registered", "/registry/api/units/{}"),
        ("prober", "outlet", "/prober/api/outlets/{}"),
        ("scorer", "ruleset", "/scorer/api/rulesets/{}"),
        ("notifier", "issued", "/notifier/api/notices/{}"),
    ],
)
async def test_who_has_it_already_is_sent_nothing(city: Installation, service: str, about: str, path: str) -> None:
    made = await city.places.make(about, Place.OWN)
    async with program(city, Persona.APPROVER, service) as http:
        tag = (await http.get(path.format(made.id_))).headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await http.get(path.format(made.id_), headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await http.get(path.format(made.id_), headers={"If-None-Match": '"1.other"'})).status_code == 200


async def test_an_etag_tells_of_what_is_shown_along_and_a_change_asks_for_the_version_alone(
    city: Installation,
) -> None:
    made = await city.places.make("issued", Place.OWN)
    path = f"/notifier/api/notices/{made.id_}"
    store = city.places.notifier.store
    async with program(city, Persona.UNIT_ADMINISTRATOR, "notifier") as http:
        before = (await http.get(path)).headers["etag"]
        [delivery] = await store.deliveries_about(made.id_, SYSTEM)
        told = delivery.delivery.model_copy(update={"why": "邮件服务器没有应答"})
        await store.deliveries.change(delivery.model_copy(update={"delivery": told}))
        after = await http.get(path, headers={"If-None-Match": before})
        assert (after.status_code, after.headers["etag"] == before) == (200, False)
        done = await http.post(f"{path}/receipt", json={"version": 1}, headers={"If-Match": before})
    assert done.status_code == 200


async def test_who_died_half_way_leaves_a_key_that_may_be_used_again(city: Installation) -> None:
    once = Once(city.places.registry.store.database)
    now = datetime.now(UTC)
    asked = Asked("person:p-1", "died", "POST /x", "content")
    begun = await once.begin(asked, now)
    assert isinstance(begun, AskedDocument)
    assert await once.begin(asked, now + timedelta(seconds=1)) is Conflict.UNDER_WAY
    taken = await once.begin(asked, now + ABANDONED)
    assert isinstance(taken, AskedDocument)
    await once.release(begun)
    await once.finish(taken, 200, {}, "{}")
    assert isinstance(await once.begin(asked, now), Answer)


async def test_what_is_remembered_of_a_person_is_forgotten_with_them(city: Installation) -> None:
    once = Once(city.places.registry.store.database)
    now = datetime.now(UTC)
    for actor, key, body in (
        ("person:p-own", "a", "{}"),
        ("person:p-other", "b", '{"name":"李四(一)"}'),
        ("person:p-other", "c", "{}"),
    ):
        begun = await once.begin(Asked(actor, key, "POST /x", ""), now)
        assert isinstance(begun, AskedDocument)
        await once.finish(begun, 200, {}, body)
    assert await once.forget("person:p-own", "李四(一)") == 2
    assert isinstance(await once.begin(Asked("person:p-other", "c", "POST /x", ""), now), Answer)


async def test_an_address_names_all_its_methods(city: Installation) -> None:
    async with office(city) as http:
        answer = await http.put(FILINGS)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_a_change_without_a_token_is_told_to_sign_in(city: Installation) -> None:
    transport = httpx.ASGITransport(city.apps["registry"])
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        assert code(await http.post(FILINGS, json={})) == (401, "not_signed_in")
        http.cookies.set("govwatch", "somebody's")
        assert code(await http.post(FILINGS, json={})) == (403, "forged")


async def test_the_examples_of_the_handbook_go_as_they_stand(city: Installation) -> None:
    for account in ("first", "second"):
        async with unit(city) as http:
            assert (await http.post(FILINGS, json=opening(f"handbook-{account}"))).status_code == 201
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    known = {
        "TOKEN": city.people[Persona.UNIT_ADMINISTRATOR].token,
        "OFFICE": city.people[Persona.APPROVER].token,
    }
    shown = list(exchanges(text))
    assert len(shown) == text.count("```http")
    transport = httpx.ASGITransport(city.apps["registry"])
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        for exchange in shown:
            await carried_out(http, exchange, known)
