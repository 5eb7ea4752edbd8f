"""Signing in through a provider: who is linked comes in; a token that proves less than it should opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey
from pydantic import SecretStr, ValidationError

from shared.egress import Egress
from shared.identity import How, Identity, NotAccepted, Provider
from shared.settings import Settings
from tests.browser.sample import sample_app
from tests.security.loopback import LOOPBACK
from tests.security.people.forgeries import SIGNATURES
from tests.security.people.provider import CLIENT, SECRET, Claims, TestProvider, provided
from tests.security.people.stage import Browser, Clock


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[TestProvider]:
    async with provided(clock) as provider:
        yield provider


@pytest.fixture
def settings(tmp_path: Path, provider: TestProvider) -> Settings:
    return Settings(
        data_dir=tmp_path,
        public_url="http://us.gov.cn",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SecretStr(SECRET),
    )


@pytest.fixture
async def app(identity: Identity, settings: Settings, provider: TestProvider, clock: Clock) -> AsyncIterator[FastAPI]:
    """The sample pages, with 王 linked to the subject of the provider."""
    await identity.link("wang", provider.issuer, provider.subject)
    async with Egress(LOOPBACK) as egress:
        yield sample_app(identity, settings, Provider.from_settings(settings, egress, clock))


async def come_back(browser: Browser, provider: TestProvider, wanted: str = "/registry/?a=1") -> httpx.Response:
    """Leave for the provider, sign in there, and come back."""
    left = await browser.http.get("/sign-in/oidc", params={"next": wanted})
    assert left.status_code == 303, left.text
    return await browser.get(provider.authorize(left.headers["location"]))


async def test_who_is_linked_comes_in_and_goes_where_they_wanted(
    browser: Browser, provider: TestProvider, identity: Identity
) -> None:
    page = await browser.get("/sign-in?next=/registry/%3Fa%3D1")
    assert 'href="/sign-in/oidc?next=%2Fregistry%2F%3Fa%3D1"' in page.text
    planted = browser.cookie
    back = await come_back(browser, provider)
    assert (back.status_code, back.headers["location"]) == (303, "/registry/?a=1")
    assert (await browser.get("/registry/api/me")).json() == "wang"
    assert browser.cookie != planted
    (session,) = await identity.sessions.of((await identity.record("wang")).id)
    assert session.how is How.PROVIDER


async def test_nobody_is_made_by_signing_in(browser: Browser, provider: TestProvider, identity: Identity) -> None:
    provider.subject = "somebody-else"
    back = await come_back(browser, provider)
    assert (back.status_code, "还没有关联本系统的账号" in back.text) == (401, True)
    assert [person.login for person in await identity.people()] == ["wang"]


async def test_somebody_ended_or_unlinked_is_nobody(
    browser: Browser, provider: TestProvider, identity: Identity
) -> None:
    await identity.flows.unlink((await identity.record("wang")).id)
    assert (await come_back(browser, provider)).status_code == 401
    await identity.link("wang", provider.issuer, provider.subject)
    await identity.end("wang")
    assert (await come_back(browser, provider)).status_code == 401


async def test_a_subject_is_one_person_and_a_person_one_subject(identity: Identity, app: FastAPI) -> None:
    other = await identity.create_person(
        login="li", name="李", email="x@x", password="correct horse battery", grants=[]
    )
    linked = await identity.flows.subject_of((await identity.record("wang")).id)
    assert linked is not None
    issuer = linked.issuer
    with pytest.raises(NotAccepted):
        await identity.link("li", issuer, "u-4711")
    await identity.link("li", issuer, "u-1")
    await identity.link("li", issuer, "u-2")
    assert await identity.flows.person_of(issuer, "u-1") is None
    assert await identity.flows.person_of(issuer, "u-2") == other.id
    assert await identity.flows.person_of("https://another.example", "u-2") is None


async def test_a_first_password_is_void_once_they_came_through_the_provider(
    browser: Browser, provider: TestProvider, identity: Identity, app: FastAPI
) -> None:
    await identity.set_password("wang", "made by somebody", first=True)
    assert (await come_back(browser, provider)).status_code == 303
    assert (await browser.get("/registry/")).status_code == 200
    assert (await Browser(app).sign_in(password="made by somebody")).status_code == 401
    assert "在认证平台修改" in (await browser.get("/account/password")).text


# -- tokens that prove less than they should


ANOTHER = "https://another.example"


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ("unsigned", "签名不可信"),
        ("HS256 over the public key as PEM", "签名不可信"),
        ({"iss": ANOTHER}, "不是由约定的认证平台签发"),
        ({"aud": "another-system"}, "签发给其他系统"),
        ({"exp": 1}, "不在有效时间内"),
        ({"nonce": "of another sign-in"}, "不属于这次登录"),
        ({"sub": None}, "没有身份标识"),
    ],
)
async def test_every_such_token_is_refused_with_a_sentence_and_opens_nothing(
    browser: Browser, provider: TestProvider, lie: str | Claims, says: str
) -> None:
    if isinstance(lie, str):
        provider.sign = SIGNATURES[lie](provider)
    else:
        provider.claims = lie
    back = await come_back(browser, provider)
    assert (back.status_code, says in back.text) == (401, True), back.text
    assert (await browser.get("/registry/api/me")).status_code == 401


# -- the way there and back


async def test_an_answer_comes_back_once_and_in_the_browser_it_left_from(
    browser: Browser, provider: TestProvider, app: FastAPI
) -> None:
    left = await browser.get("/sign-in/oidc")
    back = provider.authorize(left.headers["location"])
    other = Browser(app)
    await other.get("/sign-in")
    for thief in (other, Browser(app)):
        stolen = await thief.get(back)
        assert (stolen.status_code, "不是从这个浏览器发起" in stolen.text) == (401, True)
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 401


async def test_of_many_who_bring_the_same_answer_at_once_one_is_let_in(identity: Identity) -> None:
    flow = await identity.flows.begin("a browser", "/")
    taken = await asyncio.gather(*(identity.flows.take(flow.state, "a browser") for _ in range(8)))
    assert sum(one is not None for one in taken) == 1


async def test_an_answer_after_ten_minutes_is_too_late(browser: Browser, provider: TestProvider, clock: Clock) -> None:
    back = provider.authorize((await browser.get("/sign-in/oidc")).headers["location"])
    clock.on(minutes=10)
    assert (await browser.get(back)).status_code == 401


@pytest.mark.parametrize("query", ["", "code=x", "state=x", "code=x&state=x", "error=access_denied"])
async def test_an_answer_nobody_asked_for_opens_nothing(browser: Browser, query: str, provider: TestProvider) -> None:
    assert (await browser.get(f"/sign-in/oidc/callback?{query}")).status_code == 401
    assert "/token" not in provider.asked


async def test_a_code_of_somebody_else_is_worthless_without_their_verifier(
    browser: Browser, provider: TestProvider, app: FastAPI
) -> None:
    victim = Browser(app)
    stolen = httpx.URL(provider.authorize((await victim.get("/sign-in/oidc")).headers["location"])).params["code"]
    mine = httpx.URL(provider.authorize((await browser.get("/sign-in/oidc")).headers["location"]))
    back = await browser.get(str(mine.copy_set_param("code", stolen)))
    assert (back.status_code, "没有正常应答" in back.text) == (503, True)


async def test_an_answer_that_names_another_provider_is_refused(browser: Browser, provider: TestProvider) -> None:
    back = httpx.URL(provider.authorize((await browser.get("/sign-in/oidc")).headers["location"]))
    mixed_up = await browser.get(str(back.copy_set_param("iss", "https://another.example")))
    assert (mixed_up.status_code, "/token" in provider.asked) == (401, False)


async def test_knocking_on_the_way_back_is_limited_and_those_who_come_in_do_not_count(
    browser: Browser, provider: TestProvider
) -> None:
    assert (await come_back(browser, provider)).status_code == 303
    answers = [await browser.get("/sign-in/oidc/callback?code=x&state=x") for _ in range(51)]
    assert [answer.status_code for answer in answers] == [401] * 50 + [429]
    assert "尝试次数过多" in answers[-1].text


async def test_it_leads_to_no_other_site_afterwards(browser: Browser, provider: TestProvider) -> None:
    back = await come_back(browser, provider, wanted="https://evil.example/")
    assert back.headers["location"] == "/"


# -- the provider


async def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_seen(
    browser: Browser, provider: TestProvider
) -> None:
    assert (await come_back(browser, provider)).status_code == 303
    provider.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    provider.published = [provider.key]
    assert (await come_back(browser, provider)).status_code == 303
    assert provider.asked.count("/jwks") == 2
    assert provider.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "lie",
    [{"issuer": "https://another.example"}, {"token_endpoint": None}, {"jwks_uri": 7}],
    ids=lambda lie: next(iter(lie)),
)
async def test_a_provider_that_is_not_itself_is_not_followed(
    browser: Browser, provider: TestProvider, lie: Claims
) -> None:
    provider.metadata = lie
    left = await browser.get("/sign-in/oidc")
    assert (left.status_code, "没有正常应答" in left.text) == (503, True)


async def test_what_it_says_leads_nowhere_the_gate_does_not_let_us(browser: Browser, provider: TestProvider) -> None:
    provider.metadata = {"token_endpoint": "http://169.254.169.254/latest/meta-data/"}
    back = await come_back(browser, provider)
    assert back.status_code == 503


async def test_without_a_provider_there_is_no_such_way(identity: Identity, tmp_path: Path) -> None:
    browser = Browser(sample_app(identity, Settings(data_dir=tmp_path)))
    assert "统一身份认证" not in (await browser.get("/sign-in")).text
    assert (await browser.get("/sign-in/oidc")).status_code == 404


@pytest.mark.parametrize("issuer", ["http://id.gov.cn", "id.gov.cn", "https://", "https://id.gov.cn?x=1", "ftp://id"])
def test_a_provider_that_cannot_be_trusted_is_no_setting(issuer: str) -> None:
    with pytest.raises(ValidationError):
        Settings(oidc_issuer=issuer)
