"""Where somebody is signed in, and every attempt to: listed for them, and ended by them."""

from collections.abc import Callable

import pytest

from shared.identity import Device, How, Identity
from shared.web.browsers import browser_family
from tests.security.people.stage import PHONE, Browser, Clock


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1 Safari/605.1", "Safari · macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64; UOS) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "Chrome · 统信 UOS"),
        (PHONE, "微信 · iPhone"),
        ("curl/8.0", "其他"),
        ("", "其他"),
        ("<script>alert(1)</script>" * 99, "其他"),
    ],
)
def test_a_browser_is_called_by_its_family(agent: str, family: str) -> None:
    assert browser_family(agent) == family


async def test_every_open_session_is_listed_and_this_one_is_marked(browsers: Callable[..., Browser]) -> None:
    here, there = browsers(), browsers(address="203.0.113.5", agent=PHONE)
    await here.sign_in()
    await there.sign_in()
    listed = (await here.get("/account/sign-ins")).text
    for text in ("Chrome · Windows", "192.0.2.7", "微信 · iPhone", "203.0.113.5"):
        assert text in listed
    assert listed.count("本次登录") == 1
    assert here.cookie not in listed
    assert there.cookie not in listed


async def test_one_of_them_or_all_others_are_ended_at_once(
    browsers: Callable[..., Browser], identity: Identity, clock: Clock
) -> None:
    here, second, third = browsers(), browsers(), browsers()
    for browser in (here, second, third):
        clock.on(seconds=1)
        await browser.sign_in()
    person = (await identity.record("wang")).id
    latest = (await identity.sessions.of(person))[0]
    await here.send("/account/sign-ins", "/account/sessions/end", session=latest.id)
    assert (await third.get("/registry/")).headers["location"].startswith("/sign-in")
    assert (await second.get("/registry/")).status_code == 200
    await here.send("/account/sign-ins", "/account/sessions/end-others")
    assert (await second.get("/registry/")).status_code == 303
    assert (await here.get("/registry/")).status_code == 200


async def test_nobody_ends_the_session_of_somebody_else(browser: Browser, identity: Identity) -> None:
    other = await identity.create_person(
        login="li", name="李", email="x@x", password="correct horse battery", grants=[]
    )
    session = await identity.sessions.open(other.id, Device(), How.PASSWORD)
    (document,) = await identity.sessions.of(other.id)
    await browser.sign_in()
    await browser.send("/account/sign-ins", "/account/sessions/end", session=document.id)
    await browser.send("/account/sign-ins", "/account/sessions/end-others")
    assert await identity.person_of_session(session) is not None


async def test_wrong_attempts_stand_in_the_record_too(
    browsers: Callable[..., Browser], identity: Identity, clock: Clock
) -> None:
    await browsers(address="203.0.113.66").sign_in(password="wrong")
    clock.on(seconds=1)
    here = browsers()
    await here.sign_in()
    records = await identity.sessions.records((await identity.record("wang")).id)
    assert [(one.outcome, one.address) for one in records] == [
        ("signed_in", "192.0.2.7"),
        ("wrong_password", "203.0.113.66"),
    ]
    assert {(one.expires_at - one.at).days for one in records} == {183}
    listed = (await here.get("/account/sign-ins")).text
    assert "203.0.113.66" in listed
    assert "密码不对" in listed


async def test_attempts_that_were_locked_out_do_not_fill_the_record(browser: Browser, identity: Identity) -> None:
    for _ in range(8):
        await browser.sign_in(password="wrong")
    assert len(await identity.sessions.records((await identity.record("wang")).id)) == 5


async def test_a_sentence_in_an_address_is_not_repeated_on_the_page(browser: Browser) -> None:
    await browser.sign_in()
    assert "请联系 13800000000" not in (await browser.get("/account?done=请联系 13800000000")).text
    assert "密码已修改" in (await browser.get("/account?done=password")).text
