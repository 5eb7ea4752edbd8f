"""A limit on wrong passwords that replicas share and that attempts at the same moment cannot slip through."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.documents import SYSTEM, Database
from shared.identity import Identity, Passwords, Refusal, SignInRefused
from shared.identity.limiter import PER_ADDRESS, PER_LOGIN, PER_LOGIN_AND_ADDRESS, WINDOW, locked_until
from shared.settings import Settings
from tests.shared.test_identity import PASSWORD, Clock, CountingHasher

NOW = datetime(2026, 10, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minutes_ago", "limit", "until"),
    [
        ([], 3, None),
        ([1, 2], 3, None),
        ([1, 2, 3], 3, NOW + 12 * MINUTE),
        ([1, 2, 3, 4], 3, NOW + 12 * MINUTE),
        ([3, 1, 2], 3, NOW + 12 * MINUTE),
        ([1, 2, 15], 3, None),
        ([1, 2, 14], 3, NOW + MINUTE),
        ([0, 0, 0], 3, NOW + WINDOW),
    ],
)
def test_the_next_attempt_waits_until_enough_old_ones_stopped_counting(
    minutes_ago: list[int], limit: int, until: datetime | None
) -> None:
    assert locked_until([NOW - ago * MINUTE for ago in minutes_ago], limit, NOW) == until


class Replicas:
    """Two processes of one installation, on one database."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock(datetime.now(UTC))
        self.hasher = CountingHasher()
        self.both = [Identity(database, Settings(), now=self.clock, passwords=Passwords(self.hasher)) for _ in range(2)]

    async def attempt(self, login: str, password: str, address: str, replica: int = 0) -> Refusal | None:
        try:
            await self.both[replica].sign_in(login, password, address=address)
        except SignInRefused as refused:
            return refused.reason
        return None


@pytest.fixture
async def replicas(database: Database) -> Replicas:
    replicas = Replicas(database)
    await replicas.both[0].prepare()
    await replicas.both[0].create_person(login="wang", name="王", email="w@x", password=PASSWORD, grants=[])
    return replicas


async def test_after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(replicas: Replicas) -> None:
    for at in range(PER_LOGIN_AND_ADDRESS):
        assert await replicas.attempt("wang", "wrong", "10.0.0.1", replica=at % 2) is Refusal.WRONG
    assert await replicas.attempt("wang", PASSWORD, "10.0.0.1", replica=1) is Refusal.LOCKED
    assert replicas.hasher.verified == PER_LOGIN_AND_ADDRESS
    replicas.clock.on(minutes=15)
    assert await replicas.attempt("wang", PASSWORD, "10.0.0.1") is None


async def test_somebody_elses_attempts_from_elsewhere_do_not_lock_a_person_out_at_once(replicas: Replicas) -> None:
    for _ in range(PER_LOGIN_AND_ADDRESS + 1):
        await replicas.attempt("wang", "wrong", "10.0.0.66")
    assert await replicas.attempt("wang", PASSWORD, "10.0.0.1") is None


async def test_attempts_on_one_login_from_many_addresses_are_limited(replicas: Replicas) -> None:
    reasons = [await replicas.attempt("wang", "wrong", f"10.0.1.{at}") for at in range(PER_LOGIN + 1)]
    assert reasons == [Refusal.WRONG] * PER_LOGIN + [Refusal.LOCKED]


async def test_attempts_on_many_logins_from_one_address_are_limited(replicas: Replicas) -> None:
    reasons = [await replicas.attempt(f"user{at}", "wrong", "10.0.0.1") for at in range(PER_ADDRESS + 1)]
    assert reasons == [Refusal.WRONG] * PER_ADDRESS + [Refusal.LOCKED]


async def test_a_right_password_forgives_its_login_but_not_what_the_address_tried_on_others(replicas: Replicas) -> None:
    for _ in range(3):
        for _ in range(PER_LOGIN_AND_ADDRESS - 1):
            assert await replicas.attempt("wang", "wrong", "10.0.0.1") is Refusal.WRONG
        assert await replicas.attempt("wang", PASSWORD, "10.0.0.1") is None
    stored = sorted(len(kept.tries) for kept in await replicas.both[0]._limiter._attempts.find(SYSTEM))
    assert stored == [0, 0, 3 * (PER_LOGIN_AND_ADDRESS - 1)]


async def test_a_whole_office_behind_one_address_signs_in_without_being_limited(replicas: Replicas) -> None:
    for _ in range(PER_ADDRESS + 10):
        assert await replicas.attempt("wang", PASSWORD, "10.0.0.1") is None


async def test_a_hundred_attempts_at_the_same_moment_are_a_hundred_attempts(replicas: Replicas) -> None:
    reasons = await asyncio.gather(
        *(replicas.attempt("wang", f"guess {at}", "10.0.0.1", replica=at % 2) for at in range(100))
    )
    assert reasons.count(Refusal.WRONG) == PER_LOGIN_AND_ADDRESS
    assert reasons.count(Refusal.LOCKED) == 100 - PER_LOGIN_AND_ADDRESS
    assert replicas.hasher.verified == PER_LOGIN_AND_ADDRESS


async def test_no_login_and_no_address_is_readable_in_the_counters(replicas: Replicas) -> None:
    await replicas.attempt("wang", "wrong", "10.0.0.1")
    stored = str(await replicas.both[0]._limiter._attempts.find(SYSTEM))
    assert "wang" not in stored
    assert "10.0.0.1" not in stored
