"""Codes from a telephone: right by the standard, each good once, and no secret shown twice."""

import asyncio
from base64 import b32decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from shared.documents import SYSTEM, Database
from shared.identity import Identity, Passwords
from shared.identity.sealing import NotOpened, Seal
from shared.identity.totp import accepted, address_of, code_of, counter_at
from shared.settings import Settings
from tests.security.people.stage import PASSWORD, Browser, Clock, shown

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    assert code_of(RFC, seconds // 30) == code


@pytest.mark.parametrize(("away", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_away(clock: Clock, away: int, right: bool) -> None:
    now = counter_at(clock.at)
    assert (accepted(RFC, code_of(RFC, now + away), clock.at, 0) == now + away) is right


def test_a_step_counts_once_and_older_ones_not_any_more(clock: Clock) -> None:
    now = counter_at(clock.at)
    assert accepted(RFC, code_of(RFC, now), clock.at, now) is None
    assert accepted(RFC, code_of(RFC, now - 1), clock.at, now) is None
    assert accepted(RFC, code_of(RFC, now + 1), clock.at, now) == now + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "⑴⑵⑶⑷⑸⑹", " ", "\x00"])
def test_what_is_no_code_is_wrong(clock: Clock, code: str) -> None:
    assert accepted(RFC, code, clock.at, 0) is None


def test_the_address_for_the_app_holds_the_secret_and_whose_it_is() -> None:
    text = "otpauth://totp/govwatch%3Awang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=govwatch"
    assert address_of(RFC, "wang") == text


class Phone:
    """The telephone of 王, told once."""

    def __init__(self, key: str, clock: Clock) -> None:
        self.secret = b32decode(key.replace(" ", ""))
        self._clock = clock

    @property
    def code(self) -> str:
        return code_of(self.secret, counter_at(self._clock.at))


@pytest.fixture
async def enrolled(browsers: Callable[..., Browser], clock: Clock) -> tuple[Phone, list[str]]:
    """王 has enrolled a telephone; with the recovery codes."""
    browser = browsers()
    await browser.sign_in()
    begun = await browser.send("/account/second-step", "/account/second-step/begin", password=PASSWORD)
    (key,) = shown(begun)
    phone = Phone(key, clock)
    confirmed = await browser.answer(begun, "/account/second-step/confirm", code=phone.code)
    recovery = shown(confirmed)
    assert len(set(recovery)) == 10
    clock.on(seconds=30)
    return phone, recovery


async def to_the_code(browser: Browser) -> Any:
    asked = await browser.sign_in(wanted="/registry/")
    assert (asked.status_code, "验证码" in asked.text) == (200, True)
    return asked


async def test_the_password_alone_opens_nothing_any_more(
    browser: Browser, identity: Identity, enrolled: tuple[Phone, list[str]]
) -> None:
    asked = await to_the_code(browser)
    assert (await browser.get("/registry/")).headers["location"].startswith("/sign-in")
    assert (await browser.get("/registry/api/me")).status_code == 401
    assert await identity.person_of_session(browser.cookie) is None
    half = browser.cookie
    done = await browser.answer(asked, "/sign-in/code", code=enrolled[0].code, next="/registry/")
    assert (done.status_code, done.headers["location"]) == (303, "/registry/")
    assert browser.cookie != half
    assert (await browser.get("/registry/")).status_code == 200
    assert await identity.sessions.get(half) is None


async def test_a_code_seen_over_the_shoulder_is_void_once_used(
    browsers: Callable[..., Browser], enrolled: tuple[Phone, list[str]], clock: Clock
) -> None:
    phone = enrolled[0]
    owner, onlooker = browsers(), browsers(address="198.51.100.9")
    there, here = await to_the_code(onlooker), await to_the_code(owner)
    assert (await owner.answer(here, "/sign-in/code", code=phone.code)).status_code == 303
    replayed = await onlooker.answer(there, "/sign-in/code", code=phone.code)
    assert (replayed.status_code, "已经用过" in replayed.text) == (401, True)
    clock.on(seconds=30)
    assert (await onlooker.answer(there, "/sign-in/code", code=phone.code)).status_code == 303


async def test_two_replicas_take_one_code_once(
    database: Database, settings: Settings, identity: Identity, clock: Clock, enrolled: tuple[Phone, list[str]]
) -> None:
    other = Identity(database, settings, now=clock, passwords=Passwords())
    person = (await identity.record("wang")).id
    both = [one.second_steps.check(person, enrolled[0].code) for one in (identity, other) for _ in range(4)]
    assert sorted(await asyncio.gather(*both)) == [False] * 7 + [True]


async def test_a_recovery_code_opens_once_however_it_is_typed(
    browser: Browser, enrolled: tuple[Phone, list[str]], identity: Identity
) -> None:
    recovery = enrolled[1][0]
    for typed, status in ((recovery.upper().replace("-", " "), 303), (recovery, 401)):
        asked = await to_the_code(browser)
        assert (await browser.answer(asked, "/sign-in/code", code=typed)).status_code == status
        await browser.send("/account" if status == 303 else "/sign-in/code", "/sign-out")
    left = await identity.second_steps.in_force((await identity.record("wang")).id)
    assert left is not None
    assert left.recovery_left == 9


async def test_guessing_codes_is_locked_also_for_the_right_one(
    browser: Browser, enrolled: tuple[Phone, list[str]], clock: Clock
) -> None:
    asked = await to_the_code(browser)
    answers = [await browser.answer(asked, "/sign-in/code", code="000000") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "尝试次数过多" in answers[-1].text
    asked = await to_the_code(browser)
    assert (await browser.answer(asked, "/sign-in/code", code=enrolled[0].code)).status_code == 429
    clock.on(minutes=16)
    asked = await to_the_code(browser)
    assert (await browser.answer(asked, "/sign-in/code", code=enrolled[0].code)).status_code == 303


async def test_half_a_sign_in_waits_five_minutes(
    browser: Browser, enrolled: tuple[Phone, list[str]], clock: Clock
) -> None:
    asked = await to_the_code(browser)
    clock.on(minutes=5)
    late = await browser.answer(asked, "/sign-in/code", code=enrolled[0].code)
    assert (late.status_code, "重新登录" in late.text) == (401, True)


async def test_it_is_taken_off_with_a_code_only(
    browsers: Callable[..., Browser], enrolled: tuple[Phone, list[str]]
) -> None:
    browser = browsers()
    asked = await to_the_code(browser)
    await browser.answer(asked, "/sign-in/code", code=enrolled[1][0])
    page, end = "/account/second-step", "/account/second-step/end"
    assert (await browser.send(page, end, code="000000")).status_code == 422
    assert (await browser.send(page, end, code=enrolled[0].code)).status_code == 303
    assert (await browsers().sign_in()).status_code == 303


async def test_enrolling_asks_for_the_password_and_for_a_first_code(browser: Browser, identity: Identity) -> None:
    await browser.sign_in()
    page, begin = "/account/second-step", "/account/second-step/begin"
    assert (await browser.send(page, begin, password="wrong")).status_code == 422
    begun = await browser.send(page, begin, password=PASSWORD)
    wrong = await browser.answer(begun, "/account/second-step/confirm", code="000000")
    assert wrong.status_code == 422
    assert shown(wrong) == shown(begun)
    await browser.send("/account", "/sign-out")
    assert (await browser.sign_in()).status_code == 303


async def test_a_secret_is_stored_sealed_never_logged_and_never_shown_again(
    browser: Browser, identity: Identity, clock: Clock
) -> None:
    with capture_logs() as lines:
        await browser.sign_in()
        begun = await browser.send("/account/second-step", "/account/second-step/begin", password=PASSWORD)
        (key,) = shown(begun)
        phone = Phone(key, clock)
        recovery = shown(await browser.answer(begun, "/account/second-step/confirm", code=phone.code))
    (stored,) = await identity._store.second_steps.find(SYSTEM)
    told = f"{stored} {lines}"
    for secret in (key, key.replace(" ", ""), phone.secret.hex(), *recovery):
        assert secret not in told
    again = await browser.send("/account/second-step", "/account/second-step/confirm", code=phone.code)
    assert (again.status_code, shown(again)) == (303, [])
    assert key not in (await browser.get("/account/second-step")).text


def test_a_seal_opens_for_its_owner_and_with_its_key_only(tmp_path: Path) -> None:
    seal = Seal(Settings(data_dir=tmp_path))
    sealed = seal.close(b"secret", "p-1")
    assert seal.close(b"secret", "p-1") != sealed
    assert Seal(Settings(data_dir=tmp_path)).open(sealed, "p-1") == b"secret"
    for other, owner in (
        (seal, "p-2"),
        (Seal(Settings(data_dir=tmp_path / "elsewhere")), "p-1"),
        (Seal(Settings(data_dir=tmp_path, identity_key=SecretStr("another"))), "p-1"),
    ):
        with pytest.raises(NotOpened):
            other.open(sealed, owner)


async def test_without_the_key_it_is_said_and_nobody_gets_past(
    browser: Browser, settings: Settings, enrolled: tuple[Phone, list[str]]
) -> None:
    asked = await to_the_code(browser)
    (settings.data_dir / "keys" / "identity.key").write_text("another", encoding="ascii")
    answer = await browser.answer(asked, "/sign-in/code", code=enrolled[0].code)
    assert (answer.status_code, "两步验证暂时不能用" in answer.text) == (503, True)
    assert (await browser.get("/registry/api/me")).status_code == 401
    assert (await browser.answer(asked, "/sign-in/code", code=enrolled[1][0])).status_code == 303


def test_where_no_key_can_be_kept_nothing_is_sealed(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the way", encoding="ascii")
    with pytest.raises(NotOpened, match="GOVWATCH_IDENTITY_KEY"):
        Seal(Settings(data_dir=tmp_path)).close(b"x", "p-1")


def test_the_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    Seal(Settings(data_dir=tmp_path)).close(b"x", "p-1")
    assert (tmp_path / "keys" / "identity.key").stat().st_mode & 0o777 == 0o600
