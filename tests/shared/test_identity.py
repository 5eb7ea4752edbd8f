"""Signing in, sessions and tokens, on a real MongoDB."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.documents import SYSTEM, Database
from shared.identity import Grant, Identity, NotAccepted, Passwords, Refusal, Role, SignInRefused, UnknownLogin
from shared.identity import secrets as identity_secrets
from shared.identity.passwords import Weakness, weakness
from shared.settings import Settings

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that goes on when told."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def on(self, **length: float) -> None:
        self.at += timedelta(**length)


class CountingHasher(Argon2Hasher):
    """The real thing, cheap, that counts how often it verifies."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002 - the library's name
        self.verified += 1
        return super().verify(password, hash)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def identity(database: Database, clock: Clock, hasher: CountingHasher) -> Identity:
    identity = Identity(database, Settings(), now=clock, passwords=Passwords(hasher))
    await identity.prepare()
    await identity.create_person(
        login="Wang.Guan",
        name="王管理",
        email="wang@example.gov.cn",
        password=PASSWORD,
        grants=[Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1", until=clock.at + timedelta(days=30))],
    )
    return identity


async def refused(attempt: Awaitable[str]) -> Refusal:
    with pytest.raises(SignInRefused) as caught:
        await attempt
    return caught.value.reason


async def test_the_right_password_opens_a_session_of_that_person(identity: Identity) -> None:
    session = await identity.sign_in(" wang.guan ", PASSWORD)
    person = await identity.person_of_session(session)
    assert person is not None
    assert (person.login, person.name, person.grants[0].unit) == ("wang.guan", "王管理", "u-1")


@pytest.mark.parametrize(
    ("login", "password"),
    [("wang.guan", "correct horse batter"), ("wang.guan", ""), ("nobody", PASSWORD), ("", ""), ("wang\x00guan", "x")],
)
async def test_every_wrong_pair_is_refused_in_the_same_words(identity: Identity, login: str, password: str) -> None:
    assert await refused(identity.sign_in(login, password)) is Refusal.WRONG


async def test_an_unknown_login_costs_as_much_as_a_wrong_password(identity: Identity, hasher: CountingHasher) -> None:
    await refused(identity.sign_in("wang.guan", "wrong"))
    assert hasher.verified == 1
    await refused(identity.sign_in("nobody", "wrong"))
    assert hasher.verified == 2


async def test_passwords_are_stored_as_argon2id_with_a_salt(identity: Identity) -> None:
    await identity.create_person(login="li", name="李", email="li@example.gov.cn", password=PASSWORD, grants=[])
    stored = [document.password for document in await identity._store.people.find(SYSTEM)]
    assert len(set(stored)) == 2
    assert all(text.startswith("$argon2id$") for text in stored)


def test_the_default_cost_is_that_of_rfc_9106() -> None:
    stored = Argon2Hasher().hash("x")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_password_typed_in_another_unicode_form_is_the_same(identity: Identity) -> None:
    await identity.set_password("wang.guan", "密码要够长并且有重音café一二")
    assert await identity.sign_in("wang.guan", "密码要够长并且有重音cafe\u0301一二")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", Weakness.TOO_SHORT),
        ("x" * 201, Weakness.TOO_LONG),
        ("my Wang.Guan 2026", Weakness.CONTAINS_LOGIN),
        ("aaaaaaaaaaaaaab", Weakness.FEW_CHARACTERS),
        (PASSWORD, None),
        ("一二三四五六七八九十甲乙", None),
    ],
)
def test_a_password_is_refused_for_a_named_reason(password: str, problem: Weakness | None) -> None:
    assert weakness(password, "wang.guan") is problem


@pytest.mark.parametrize("login", ["", "x", "-dash", "有字", "two words", "a" * 65, "wang.guan", "WANG.guan"])
async def test_a_login_that_cannot_be_or_is_taken_is_not_accepted(identity: Identity, login: str) -> None:
    with pytest.raises(NotAccepted):
        await identity.create_person(login=login, name="x", email="x@x", password=PASSWORD, grants=[])


# -- sessions


async def test_only_a_digest_of_the_session_id_is_stored(identity: Identity) -> None:
    session = await identity.sign_in("wang.guan", PASSWORD)
    (stored,) = await identity._store.sessions.find(SYSTEM)
    assert len(session) == 43
    assert session not in str(stored)


async def test_two_sign_ins_are_two_sessions(identity: Identity) -> None:
    first, second = await identity.sign_in("wang.guan", PASSWORD), await identity.sign_in("wang.guan", PASSWORD)
    await identity.sign_out(first)
    assert await identity.person_of_session(first) is None
    assert await identity.person_of_session(second) is not None


async def test_a_session_ends_after_its_hours_whether_or_not_mongodb_has_removed_it(
    identity: Identity, clock: Clock
) -> None:
    session = await identity.sign_in("wang.guan", PASSWORD)
    clock.on(hours=8, seconds=-1)
    assert await identity.person_of_session(session) is not None
    clock.on(seconds=1)
    assert await identity.person_of_session(session) is None


async def test_mongodb_is_told_to_remove_what_expired(identity: Identity) -> None:
    for documents in (identity._store.sessions, identity._store.tokens, identity._limiter._attempts):
        indexes = await documents._raw.index_information()
        assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


async def test_a_made_up_session_id_is_nobodys(identity: Identity) -> None:
    for made_up in ("", "x", "\x00", "a" * 43, identity_secrets.new_session_id()):
        assert await identity.person_of_session(made_up) is None


async def end(identity: Identity) -> None:
    await identity.end("wang.guan")


async def revoke(identity: Identity) -> None:
    await identity.revoke("wang.guan")


async def change_password(identity: Identity) -> None:
    await identity.set_password("wang.guan", "another long enough one")


@pytest.mark.parametrize("act", [end, revoke, change_password])
async def test_ending_revoking_and_a_new_password_end_every_session(
    identity: Identity, act: Callable[[Identity], Awaitable[None]]
) -> None:
    session = await identity.sign_in("wang.guan", PASSWORD)
    await act(identity)
    assert await identity.person_of_session(session) is None


async def test_somebody_ended_cannot_sign_in_and_their_login_is_not_given_again(identity: Identity) -> None:
    await identity.end("wang.guan")
    assert await refused(identity.sign_in("wang.guan", PASSWORD)) is Refusal.WRONG
    with pytest.raises(UnknownLogin):
        await identity.issue_token("wang.guan", days=1)
    with pytest.raises(NotAccepted):
        await identity.create_person(login="wang.guan", name="x", email="x@x", password=PASSWORD, grants=[])
    assert await identity.people() == []


async def test_a_grant_that_ended_is_gone_from_the_next_request(identity: Identity, clock: Clock) -> None:
    clock.on(days=29, hours=23)
    session = await identity.sign_in("wang.guan", PASSWORD)
    clock.on(hours=1)
    person = await identity.person_of_session(session)
    assert person is not None
    assert person.grants == ()
    assert await identity.contacts(unit="u-1") == []


# -- tokens


async def test_a_token_is_its_persons_until_it_expires(identity: Identity, clock: Clock) -> None:
    token = await identity.issue_token("wang.guan", days=30)
    clock.on(days=30, seconds=-1)
    person = await identity.person_of_token(token)
    assert person is not None
    assert person.login == "wang.guan"
    clock.on(seconds=1)
    assert await identity.person_of_token(token) is None


async def test_only_a_digest_of_a_token_is_stored(identity: Identity) -> None:
    token = await identity.issue_token("wang.guan", days=1)
    (stored,) = await identity._store.tokens.find(SYSTEM)
    prefix, name, secret = token.split("_", 2)
    assert (prefix, name) == ("gov", stored.id)
    assert len(secret) == 43
    assert secret not in str(stored)


async def test_a_token_altered_anywhere_is_nobodys(identity: Identity) -> None:
    token = await identity.issue_token("wang.guan", days=1)
    for at in range(len(token)):
        other = "A" if token[at] != "A" else "B"
        assert await identity.person_of_token(token[:at] + other + token[at + 1 :]) is None
    for other in ("", "gov__", token + "x", token[:-1], token.upper(), f" {token}", f"{token}\n", token.split("_")[2]):
        assert await identity.person_of_token(other) is None


async def test_secrets_are_compared_in_constant_time_also_when_the_token_is_unknown(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[str, str]] = []
    honest = hmac.compare_digest

    def watched(left: str, right: str) -> bool:
        compared.append((left, right))
        return honest(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    token = await identity.issue_token("wang.guan", days=1)
    assert await identity.person_of_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert await identity.person_of_token(str(identity_secrets.TokenText.fresh())) is None
    assert len(compared) == 2


async def test_revoking_ends_tokens_and_a_new_password_does_not(identity: Identity) -> None:
    token = await identity.issue_token("wang.guan", days=1)
    await change_password(identity)
    assert await identity.person_of_token(token) is not None
    await revoke(identity)
    assert await identity.person_of_token(token) is None


@pytest.mark.parametrize("days", [0, -1, 367])
async def test_a_token_always_expires_within_a_year(identity: Identity, days: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 366 days"):
        await identity.issue_token("wang.guan", days=days)


def test_a_token_in_a_log_does_not_show_its_secret() -> None:
    token = identity_secrets.TokenText.fresh()
    assert token.secret not in repr(token)


# -- contacts


async def test_contacts_come_from_grants_in_force(identity: Identity) -> None:
    await identity.create_person(
        login="zhang",
        name="张审核",
        email="zhang@example.gov.cn",
        password=PASSWORD,
        grants=[Grant(role=Role.APPROVER, region="41.01")],
    )
    (unit,) = await identity.contacts(unit="u-1")
    (office,) = await identity.contacts(region="41.01.05.0", roles=[Role.APPROVER, Role.INSPECTOR])
    assert (unit.email, office.email) == ("wang@example.gov.cn", "zhang@example.gov.cn")
    assert await identity.contacts(region="41.02.02.0", roles=[Role.APPROVER]) == []
    await identity.end("zhang")
    assert await identity.contacts(region="41.01.05.0", roles=[Role.APPROVER]) == []
