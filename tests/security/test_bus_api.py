"""Z2: with a city's key, or a service's, tried with raw nats-py: every subject of the API, every wildcard, every trick.

What counts is the effect: nothing came back, and nothing that is kept changed.
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Iterator

import nats as nats_py
import nkeys  # type: ignore[import-untyped]  # it ships no types
import pytest
from nats.errors import Error
from nats.js.errors import APIError

from shared.bus import Bus
from shared.bus.link import API
from shared.bus.users import Keys
from shared.embedded import Nats
from shared.events import facts_by_type
from tests.security.bus_api import BODY, ELSEWHERE, WIDE, requests
from tests.security.bus_town import (
    CONSUMERS,
    KAIFENG,
    USERS,
    ZHENGZHOU,
    Ear,
    inhabited,
    picture,
    signed_in,
    sweep,
    told,
)

QUICK = 0.3
MAY_ASK = ("CONSUMER.MSG.NEXT.", "CONSUMER.INFO.", "STREAM.INFO.WORK_")
WHO = ("office_zhengzhou", "registry", "prober", "scorer", "notifier")


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """See ``sweep``."""
    yield from sweep()


@pytest.fixture
async def town(nats: Nats, bus: Bus) -> None:
    """See ``inhabited``."""
    await inhabited(nats, bus)


def foreign(user: str) -> list[str]:
    """Everything that can be published to and is not this user's."""
    mine = {USERS[user].local(subject) for subject in USERS[user].may_publish}
    says = [f"{name}.{ZHENGZHOU}" for name in facts_by_type() if not name.startswith("work.")]
    work = [f"work.{of}.{what}" for of in ("prober", "notifier") for what in ("plan.w-1", "due.w-1", "cancel")]
    dead = [f"dead.{of}.{subject}" for of in (*WHO, "admin") for subject in says]
    acks = [f"$JS.ACK.{stream}.{consumer}.1.1.1.1700000000000000000.0" for consumer, stream in CONSUMERS.items()]
    every = [*requests(CONSUMERS), *ELSEWHERE, *says, *work, *dead, *acks]
    return [subject for subject in every if not any(_matches(subject, own) for own in mine)]


def _matches(subject: str, pattern: str) -> bool:
    ours, theirs = subject.split("."), pattern.split(".")
    if theirs[-1] == ">":
        return len(ours) >= len(theirs) and all(b in ("*", a) for a, b in zip(ours, theirs[:-1], strict=False))
    return len(ours) == len(theirs) and all(b in ("*", a) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("user", WHO)
def test_of_the_api_a_user_has_only_what_the_issue_names(user: str) -> None:
    asks = [s.removeprefix("$JS.API.") for s in USERS[user].may_publish if s.startswith("$JS.API.")]
    allowed = MAY_ASK[:1] if user.startswith("office_") else MAY_ASK
    assert asks
    assert [ask for ask in asks if not ask.startswith(allowed)] == []
    assert [ask for ask in asks if ask.split(".")[-1] not in {*_consumers_of(user), f"WORK_{user}"}] == []
    assert not any(token in (">", "*") for ask in asks for token in ask.split("."))


def _consumers_of(user: str) -> list[str]:
    return [name for name in CONSUMERS if name == user or name.startswith(f"{user}_")]


async def test_what_is_not_its_own_has_no_answer_and_no_effect(town: None, nats_url: str, keys: Keys, bus: Bus) -> None:
    for user in WHO:
        before = await picture(bus, but=user)
        tried = foreign(user)
        assert len(tried) > 500
        async with signed_in(nats_url, keys, user) as connection:
            ear = Ear(connection, USERS[user])
            await ear.listen(f"_INBOX.{user}.answers.*")
            for number, subject in enumerate(tried):
                await connection.publish(subject, BODY, reply=f"_INBOX.{user}.answers.{number}")
            await ear.settled()
        assert [(user, tried[int(subject.rsplit(".", 1)[1])], data) for subject, data in ear.heard] == []
        assert await picture(bus, but=user) == before, user


async def test_listening_widely_brings_nothing_alone_or_in_a_queue_group(
    town: None, nats_url: str, keys: Keys, bus: Bus
) -> None:
    for user in WHO:
        async with signed_in(nats_url, keys, user) as connection, signed_in(nats_url, keys, "office_kaifeng") as other:
            ear = Ear(connection, USERS[user])
            for subject, queue in itertools.product(WIDE, ("", "workers", "office_kaifeng")):
                await ear.listen(subject, queue)
            await connection.flush()
            for region in (KAIFENG, ZHENGZHOU):
                await bus.publish(told(region))
            inbox = b"_INBOX.office_kaifeng."
            feed = await other.jetstream().pull_subscribe_bind("office_kaifeng", "FACTS", inbox_prefix=inbox)
            [message, *_] = await feed.fetch(1, timeout=5)
            assert message.subject.endswith(KAIFENG)
            await message.ack_sync(timeout=5)
            await ear.settled()
        assert [subject for subject, _ in ear.heard if not subject.startswith(f"_INBOX.{user}.")] == [], user


async def test_a_reply_of_its_choosing_reaches_nobody_else(town: None, nats_url: str, keys: Keys, bus: Bus) -> None:
    """The server answers wherever it is told, with the rights of the account that was asked; here it stays at home."""
    for user in WHO:
        before = await picture(bus, but=user)
        replies = [s for s in foreign(user) if not s.startswith(("$JS.ACK.", "_R_", "_GR_", "$GR"))]
        async with signed_in(nats_url, keys, user) as connection:
            for ask, reply in itertools.product(_asks(user)[:4], replies):
                await connection.publish(ask, b'{"batch":1,"no_wait":true}', reply=reply)
            await Ear(connection, USERS[user]).settled()
        assert await picture(bus, but=user) == before, user


async def test_an_answer_cannot_be_made_anothers_acknowledgement(
    town: None, nats_url: str, keys: Keys, bus: Bus
) -> None:
    """An empty answer to ``$JS.ACK.…`` would take a message off another's consumer without anybody having read it."""
    ours = await bus.js.pull_subscribe_bind("office_kaifeng", "FACTS")
    [given] = await ours.fetch(1, timeout=5)
    for user in WHO:
        before = await picture(bus, but=user)
        for ask, reply in itertools.product(_asks(user), (given.reply, "_R_.abc.def", "$GR.x.y")):
            async with signed_in(nats_url, keys, user) as connection:  # the server ends one that tries
                await connection.publish(ask, b'{"batch":1,"no_wait":true}', reply=reply)
                with contextlib.suppress(Error):
                    await connection.flush()
        async with signed_in(nats_url, keys, user) as connection:
            await Ear(connection, USERS[user]).settled()
        assert await picture(bus, but=user) == before, user


def _asks(user: str) -> list[str]:
    return [USERS[user].local(s) for s in reversed(USERS[user].may_publish) if s.startswith("$JS.API.")]


TRICKS = {
    "a schedule for another's queue": {
        "Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "work.{other}.due.evil"
    },
    "a schedule for a fact": {
        "Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": f"registry.closed.{KAIFENG}"
    },
    "a schedule made of another's message": {
        "Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "work.{me}.due.stolen",
        "Nats-Schedule-Source": "work.{other}.due.{key}",
    },
    "a rollup of the whole stream": {"Nats-Rollup": "all"},
    "a trace told to another": {"Nats-Trace-Dest": f"registry.closed.{KAIFENG}"},
    "a trace told to the API": {"Nats-Trace-Dest": "$JS.API.STREAM.PURGE.FACTS"},
    "ending another's schedule": {"Nats-Schedule-Next": "purge", "Nats-Scheduler": "work.{other}.plan.{key}"},
}  # fmt: skip  # one trick a line
REFUSED = ("a schedule for", "a schedule made")


@pytest.mark.parametrize(("me", "other", "key"), [("prober", "notifier", "n-1"), ("notifier", "prober", "w-1")])
async def test_a_header_works_on_nobody_elses_messages(
    town: None, nats_url: str, keys: Keys, bus: Bus, me: str, other: str, key: str
) -> None:
    """A schedule names what it publishes, and what it ends, in headers, where permissions do not look."""
    before = await picture(bus, but=me)
    async with signed_in(nats_url, keys, me) as connection:
        js = connection.jetstream(prefix=API, timeout=QUICK)
        for trick, where in itertools.product(TRICKS, (f"work.{me}.plan.evil", f"work.{me}.due.evil")):
            headers = {name: value.format(me=me, other=other, key=key) for name, value in TRICKS[trick].items()}
            [answer] = await asyncio.gather(js.publish(where, b"evil", headers=headers), return_exceptions=True)
            assert not trick.startswith(REFUSED) or isinstance(answer, APIError), (trick, where, answer)
        await Ear(connection, USERS[me]).settled()
    after = await picture(bus, but=me)
    others = [name for name in before if not name.startswith(f"WORK_{me}")]
    assert {name: after[name] for name in others} == {name: before[name] for name in others}


async def test_only_those_with_a_key_are_let_in(town: None, nats_url: str) -> None:
    async def quiet(_error: Exception) -> None:
        return None

    stranger = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
    for credential in ({}, {"user": "admin", "password": ""}, {"token": "x"}, {"nkeys_seed_str": stranger}):
        with pytest.raises((Error, OSError)):
            await nats_py.connect(nats_url, allow_reconnect=False, error_cb=quiet, connect_timeout=2, **credential)
