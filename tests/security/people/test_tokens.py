"""Tokens: narrower than their person and never wider, shown once, ended by who may, in a header only."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from shared.identity import Grant, Identity, Role, TokenFault, TokenRefused
from shared.identity.tokens import narrowed
from shared.web.session import Bar
from tests.security.people.stage import Browser, Clock, shown

UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
OFFICE = Grant(role=Role.APPROVER, region="41.01", until=UNTIL)
COUNTY = Grant(role=Role.INSPECTOR, region="41.01.05")
UNIT = Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1")
HELD = (OFFICE, COUNTY, UNIT)


@pytest.mark.parametrize(
    ("roles", "under", "left"),
    [
        (None, None, HELD),
        ([Role.APPROVER], None, (OFFICE,)),
        ([Role.UNIT_ADMINISTRATOR], None, (UNIT,)),
        ([Role.AUDITOR], None, ()),
        ([], None, ()),
        (None, "41.01.05", (OFFICE.model_copy(update={"region": "41.01.05"}), COUNTY)),
        (None, "41.01.02", (OFFICE.model_copy(update={"region": "41.01.02"}),)),
        (None, "41", (OFFICE, COUNTY)),
        (None, "", (OFFICE, COUNTY)),
        (None, "41.0", ()),
        (None, "42", ()),
        ([Role.INSPECTOR], "41.01.02", ()),
        ([Role.UNIT_ADMINISTRATOR], "41.01", ()),
    ],
)
def test_a_token_leaves_of_the_grants_what_was_asked_for_and_never_more(
    roles: list[Role] | None, under: str | None, left: tuple[Grant, ...]
) -> None:
    assert narrowed(HELD, roles, under) == left


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"days": 0}, TokenFault.DAYS),
        ({"days": 367}, TokenFault.DAYS),
        ({"roles": [Role.ADMINISTRATOR]}, TokenFault.ROLES),
        ({"roles": [Role.APPROVER, Role.AUDITOR]}, TokenFault.ROLES),
        ({"under": "41"}, TokenFault.REGION),
        ({"under": ""}, TokenFault.REGION),
        ({"under": "41.02"}, TokenFault.REGION),
        ({"under": "41.0"}, TokenFault.REGION),
    ],
)
async def test_a_token_wider_than_its_person_is_not_issued(
    identity: Identity, asked: dict[str, object], fault: TokenFault
) -> None:
    with pytest.raises(TokenRefused) as refused:
        await identity.issue_token("wang", **{"days": 30, **asked})  # type: ignore[arg-type]  # a table of arguments
    assert refused.value.reason is fault


async def test_a_token_shrinks_with_its_person(identity: Identity) -> None:
    token = await identity.issue_token("wang", days=30, roles=[Role.APPROVER], under="41.01.05")
    person = await identity.person_of_token(token)
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.APPROVER, "41.01.05")]
    await identity.ungrant("wang", Grant(role=Role.APPROVER, region="41.01"), "operator:test")
    person = await identity.person_of_token(token)
    assert person is not None
    assert person.grants == ()


async def test_a_token_does_not_grow_with_its_person(identity: Identity) -> None:
    token = await identity.issue_token("wang", days=30, roles=[Role.APPROVER], under="41.01.05")
    await identity.grant("wang", Grant(role=Role.APPROVER, region="41.02"), "operator:test")
    await identity.grant("wang", Grant(role=Role.ADMINISTRATOR, region="41.01"), "operator:test")
    person = await identity.person_of_token(token)
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.APPROVER, "41.01.05")]


async def issued(browser: Browser, **asked: object) -> httpx.Response:
    typed = {"name": "数据大屏", "days": "30", "roles": ["inspector"], "under": "41.01.05", **asked}
    return await browser.send("/account/tokens", "/account/tokens", **typed)


async def test_it_is_shown_once_and_listed_without_its_secret(browser: Browser, identity: Identity) -> None:
    await browser.sign_in()
    (token,) = shown(await issued(browser))
    person = await identity.person_of_token(token)
    assert person is not None
    assert [(grant.role, grant.region) for grant in person.grants] == [(Role.INSPECTOR, "41.01.05")]
    listed = await browser.get("/account/tokens")
    for text in ("数据大屏", token.split("_")[1], "检查人员", "河南省郑州市金水区"):
        assert text in listed.text
    assert token.split("_", 2)[2] not in listed.text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"name": " "}, "写明用途"),
        ({"name": "x" * 41}, "不超过 40 个字"),
        ({"days": "9999"}, "请选择有效期"),
        ({"roles": []}, "至少选一个角色"),
        ({"roles": ["administrator"]}, "不能超出本人的角色"),
        ({"roles": ["god"]}, "至少选一个角色"),
        ({"under": "41"}, "不能超出本人在所选角色上的管辖范围"),
        ({"under": "4101"}, "行政区划写作"),
    ],
)
async def test_a_form_that_asks_for_too_much_gives_no_token(
    browser: Browser, identity: Identity, asked: dict[str, object], says: str
) -> None:
    await browser.sign_in()
    refused = await issued(browser, **asked)
    assert (refused.status_code, says in refused.text, shown(refused)) == (422, True, [])
    assert await identity.tokens.of((await identity.record("wang")).id) == []


async def test_its_owner_revokes_it_and_nobody_elses(browser: Browser, identity: Identity) -> None:
    grant = Grant(role=Role.APPROVER, region="41.02")
    await identity.create_person(login="li", name="李", email="li@x", password="correct horse battery", grants=[grant])
    mine, theirs = [await identity.issue_token(login, days=1) for login in ("wang", "li")]
    await browser.sign_in()
    for token in (mine, theirs):
        await browser.send("/account/tokens", "/account/tokens/revoke", token=token.split("_")[1])
    assert await identity.person_of_token(mine) is None
    assert await identity.person_of_token(theirs) is not None


async def test_when_it_was_last_used_is_noted_now_and_then(identity: Identity, clock: Clock) -> None:
    token, person = await identity.issue_token("wang", days=30), (await identity.record("wang")).id
    noted = []
    for minutes in (0, 9, 1):
        clock.on(minutes=minutes)
        await identity.person_of_token(token)
        noted.append((await identity.tokens.of(person))[0].used_at)
    assert noted[0] == noted[1]
    assert noted[2] is not None
    assert noted[1] is not None
    assert (noted[2] - noted[1]).total_seconds() == 600


async def test_noting_its_use_never_brings_a_revoked_token_back(identity: Identity, clock: Clock) -> None:
    token, person = await identity.issue_token("wang", days=30), (await identity.record("wang")).id
    (document,) = await identity.tokens.of(person)
    await identity.tokens.revoke(person, document.id)
    await identity.tokens._note(document, clock.at)
    assert await identity.person_of_token(token) is None


@pytest.mark.parametrize("where", ["token", "access_token", "api_key", "key", "q", "next"])
async def test_a_token_in_an_address_is_refused_even_with_a_good_session(
    browser: Browser, identity: Identity, where: str
) -> None:
    token = await identity.issue_token("wang", days=1)
    await browser.sign_in()
    for path in ("/registry/api/me", "/registry/", "/account"):
        refused = await browser.http.get(path, params={where: token})
        assert refused.status_code == 400
        assert token not in refused.text
        assert "尽快作废" in refused.text
    api = await browser.http.get(
        "/registry/api/me", params={where: token}, headers={"Authorization": f"Bearer {token}"}
    )
    assert api.json()["error"]["code"] == Bar.TOKEN_IN_URL


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/tokens", "/account/sign-ins"])
async def test_a_token_manages_no_account(app: FastAPI, identity: Identity, path: str) -> None:
    headers = {"Authorization": f"Bearer {await identity.issue_token('wang', days=1)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://us", headers=headers) as program:
        sent = {"name": "x", "days": "30"} if path == "/account/tokens" else {}
        for answer in (await program.get(path), await program.post(path, data=sent)):
            assert answer.status_code in (403, 405)
    assert len(await identity.tokens.of((await identity.record("wang")).id)) == 1


async def test_guessing_tokens_is_limited_by_address_and_shuts_nobody_out(
    browsers: Callable[..., Browser], identity: Identity, clock: Clock
) -> None:
    token = await identity.issue_token("wang", days=1)
    guesser, neighbour = browsers(address="198.51.100.1"), browsers(address="198.51.100.2")
    wrong = token[:-3] + "AAA"
    answers = [await guesser.get("/registry/api/me", Authorization=f"Bearer {wrong}") for _ in range(51)]
    assert [answer.status_code for answer in answers] == [401] * 50 + [429]
    assert answers[-1].json()["error"]["code"] == "too_many_tries"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 901
    assert (await guesser.get("/registry/api/me", Authorization=f"Bearer {token}")).status_code == 200
    assert (await neighbour.get("/registry/api/me", Authorization=f"Bearer {wrong}")).status_code == 401
    clock.on(minutes=16)
    assert (await guesser.get("/registry/api/me", Authorization=f"Bearer {wrong}")).status_code == 401
