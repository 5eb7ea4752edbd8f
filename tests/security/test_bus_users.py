"""What users of the bus may do works, and no more than their tables say; tried with raw nats-py on a real server."""

import asyncio
import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.errors import APIError

from services.catalog import SERVICES
from shared.bus import STREAMS, Bus, stream_of
from shared.bus.consumers import office_name
from shared.bus.link import API
from shared.bus.users import Keys
from shared.embedded import Nats
from shared.events import facts_by_type, work
from shared.outbox import say
from tests.security.bus_town import KAIFENG, USERS, ZHENGZHOU, inhabited, picture, signed_in, sweep

QUICK = 0.4


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """See ``sweep``."""
    yield from sweep()


@pytest.fixture
async def town(nats: Nats, bus: Bus) -> None:
    """See ``inhabited``."""
    await inhabited(nats, bus)


def test_who_may_publish_where_schedules_are_is_the_service_of_the_stream() -> None:
    """Headers reach the whole stream there. On every other stream the server refuses those headers."""
    for plan in STREAMS.values():
        examples = [subject.replace("*", "x") for subject in plan.subjects]
        patterns = {name: [p.replace(".>", ".*") for p in user.may_publish] for name, user in USERS.items()}
        who = {
            name
            for name, allowed in patterns.items()
            for example in examples
            if any(fnmatchcase(example, pattern) for pattern in allowed)
        }
        assert not plan.schedules or who == {plan.name.removeprefix("WORK_")}
        assert plan.schedules == bool(plan.config(replicas=1).allow_msg_schedules)


async def test_an_office_gets_its_own_city_and_nothing_of_another(town: None, nats_url: str, keys: Keys) -> None:
    name = office_name("zhengzhou")
    async with signed_in(nats_url, keys, name) as connection:
        feed = await connection.jetstream().pull_subscribe_bind(name, "FACTS", inbox_prefix=f"_INBOX.{name}.".encode())
        [message] = await feed.fetch(1, timeout=5)
        assert message.subject == f"registry.unit_changed.{ZHENGZHOU}"
        await message.ack_sync(timeout=2)
        with pytest.raises(TimeoutError):
            await feed.fetch(1, timeout=QUICK)


async def test_a_service_says_all_its_table_says_and_nothing_else(town: None, nats_url: str, keys: Keys) -> None:
    names = list(facts_by_type())
    for service in SERVICES.values():
        async with signed_in(nats_url, keys, service.name) as connection:
            js = connection.jetstream(prefix=API, timeout=QUICK)
            answers = await asyncio.gather(*(_stored(js, name) for name in names))
        said = {name for name, yes in zip(names, answers, strict=True) if yes}
        assert said == {fact.type for fact in service.says}


async def _stored(js: JetStreamContext, name: str) -> bool:
    where = "x" if name.startswith("work.") else KAIFENG
    try:
        await js.publish(f"{name}.{where}", b"{}", stream=stream_of(name))
    except (Error, TimeoutError):
        return False
    return True


async def test_what_a_service_says_is_kept_without_a_word_about_its_connection(
    town: None, nats_url: str, keys: Keys, bus: Bus
) -> None:
    async with signed_in(nats_url, keys, "registry") as connection:
        ack = await connection.jetstream(prefix=API).publish(f"registry.closed.{KAIFENG}", b"{}")
    kept = await bus.js.get_msg("FACTS", ack.seq)
    assert kept.headers is None


async def test_the_same_event_of_a_service_is_stored_once(town: None, nats_url: str, keys: Keys) -> None:
    async with signed_in(nats_url, keys, "registry") as connection:
        js = connection.jetstream(prefix=API)
        acks = [
            await js.publish(f"registry.closed.{KAIFENG}", b"{}", headers={"Nats-Msg-Id": "the-same"}) for _ in range(2)
        ]
    assert (acks[0].seq, acks[1].duplicate) == (acks[1].seq, True)


async def test_a_service_plans_lists_and_cancels_its_own_work_with_its_own_key(
    town: None, nats_url: str, keys: Keys
) -> None:
    bus = await Bus.connect(nats_url, "prober", keys.seed("prober"))
    due = say(work.VisitDue(outlet="w-2"), subject="w-2", region=None, actor="service:prober", reason="plan")
    await bus.plan(due, "0 0 0 1 1 *")
    assert await bus.planned(work.VisitDue.type) == {"w-1", "w-2"}
    await bus.unplan(work.VisitDue.type, "w-2")
    await bus.unplan(work.VisitDue.type, "never-planned")
    assert await bus.planned(work.VisitDue.type) == {"w-1"}
    await bus.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Nats-Rollup": "all"},
        {"Nats-Rollup": "sub"},
        {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": f"registry.closed.{KAIFENG}"},
        {"Nats-Schedule-Next": "purge", "Nats-Scheduler": f"registry.unit_changed.{KAIFENG}"},
        {"Nats-TTL": "1s"},
        {"Nats-Incr": "1"},
        {"Nats-Stream-Source": "FACTS 1 > > registry.closed"},
        {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"},
    ],
    ids=json.dumps,
)
async def test_where_several_publish_no_header_moves_anything(
    town: None, nats_url: str, keys: Keys, bus: Bus, headers: dict[str, str]
) -> None:
    before = await picture(bus)
    async with signed_in(nats_url, keys, "registry") as registry, signed_in(nats_url, keys, "prober") as prober:
        for connection, where in (
            (registry, f"registry.closed.{KAIFENG}"),
            (registry, "work.prober.asked.x"),
            (registry, f"dead.registry.probe.profile_seen.{KAIFENG}"),
            (prober, f"probe.completed.{KAIFENG}"),
        ):
            with pytest.raises(APIError):
                await connection.jetstream(prefix=API, timeout=2).publish(where, b"{}", headers=headers)
    assert await picture(bus) == before
