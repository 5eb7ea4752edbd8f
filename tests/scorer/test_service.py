"""The whole scorer on real servers, with its own rights on the bus: two of it, and everything heard is judged once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from services.scorer.app import RulesetChanged
from services.scorer.ruleset import PACKAGED, RulesetError
from services.scorer.service import HEARS, SAYS, SERVICE
from services.scorer.store import Store
from shared.bus import Bus
from shared.bus.consumers import consumer_config
from shared.bus.users import Keys, service_user
from shared.documents import SYSTEM, Client
from shared.embedded import Nats
from shared.events import Event, Fact, parse, registry
from shared.outbox import say
from shared.runtime import running
from shared.settings import Settings
from tests.scorer.given import ACCOUNT, PORTAL, RULESETS, difference, look, marks
from tests.scorer.stage import UNIT, completed, opened, outlet

REGION = "41.01.05.0"
TRACE = f"00-{7:032x}-{7:016x}-01"
ABSENT = {"site_code": "absent", "icp": "present"}


@pytest.fixture
async def settings(mongo_url: str, nats: Nats, keys: Keys, bus: Bus) -> AsyncIterator[Settings]:
    """An installation with a bus that knows the scorer, and databases of its own."""
    for line in HEARS:
        await bus.js.add_consumer(line.stream, consumer_config("scorer", line))
    nats.allow([service_user("scorer", HEARS, SAYS)])
    made = Settings(
        mongo_url=SecretStr(mongo_url),
        nats_url=f"nats://127.0.0.1:{nats.port}",
        nats_seed=SecretStr(keys.seed("scorer")),
        mongo_prefix=f"test_{uuid4().hex[:12]}",
    )
    yield made
    client = Client(mongo_url)
    for name in ("scorer", "identity"):
        await client.drop(f"{made.mongo_prefix}_{name}")
    client.close()


@asynccontextmanager
async def working(settings: Settings, replicas: int = 1) -> AsyncIterator[Store]:
    """So many scorers at work, and a look into their database."""
    client = Client(settings.mongo_url.get_secret_value())
    async with AsyncExitStack() as stack:
        for _ in range(replicas):
            await stack.enter_async_context(running(SERVICE, settings))
        yield Store(client.database(f"{settings.mongo_prefix}_scorer"))
    client.close()


async def tell(bus: Bus, fact: Fact, *, key: str = "") -> None:
    """Put a fact on its stream; another ``key`` puts it there once more."""
    event = say(fact, subject="w-1", region=REGION, actor="service:test", reason="test")
    event = event.model_copy(update={"traceparent": TRACE})
    await bus.publish_raw(event.address, event.encode(), key or uuid4().hex)


async def told(bus: Bus) -> list[Event[Any]]:
    """What the scorer said on FACTS, in order."""
    state = (await bus.stream("FACTS")).state
    stored = [await bus.js.get_msg("FACTS", n) for n in range(state.first_seq, state.last_seq + 1)]
    events = [parse(message.data or b"") for message in stored]
    return [event for event in events if event.type.startswith("score.")]


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as ``ask`` says yes."""
    async with asyncio.timeout(30):
        while not await ask():  # noqa: ASYNC110 - what is asked lives in servers
            await asyncio.sleep(0.02)


async def test_two_scorers_keep_every_look_and_say_each_change_once(settings: Settings, bus: Bus) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    looks = [
        look("reachability", now - timedelta(minutes=5 * n), measured={"seconds": 0.3, "status": 200})
        for n in range(300)
    ]
    missing = [marks(ABSENT, 0) for _ in range(4)]
    async with working(settings, replicas=2) as store:
        await tell(bus, opened(outlet(PORTAL)))
        facts = [completed(each) for each in looks]
        facts += [
            completed(each).model_copy(
                update={"due_at": now - timedelta(hours=n), "looked_at": now - timedelta(hours=n)}
            )
            for n, each in enumerate(missing)
        ]
        await asyncio.gather(*(tell(bus, fact) for fact in facts for _ in range(2)))

        async def all_kept() -> bool:
            days = await store.days.find(SYSTEM)
            return sum(len(day.samples) for day in days) == 304 and len(await told(bus)) == 1

        await until(all_kept)
        await until(lambda: drained(bus, "observations"))
    [event] = await told(bus)
    assert (event.type, event.address) == ("score.finding_raised", f"score.finding_raised.{REGION}")
    assert event.data.finding.criterion.id == "D-402"
    assert event.traceparent is not None
    assert event.traceparent.split("-")[1] == TRACE.split("-")[1]


async def drained(bus: Bus, durable: str) -> bool:
    """Whether a consumer has nothing left to do."""
    stream = next(line.stream for line in HEARS if line.durable == durable)
    info = await bus.js.consumer_info(stream, f"scorer_{durable}")
    return not info.num_pending and not info.num_ack_pending


async def test_a_renamed_account_is_found_and_cleared_on_a_late_filing(settings: Settings, bus: Bus) -> None:
    change = registry.ChangeUnfiled(outlet="w-1", unit=UNIT, name=ACCOUNT.name, difference=difference())
    late = registry.UnfiledSettled(
        outlet="w-1", unit=UNIT, name=ACCOUNT.name, difference=difference(), how="filed_late", filing="f-9"
    )
    async with working(settings):
        await tell(bus, change)
        await tell(bus, opened(outlet()))
        await until(lambda: said(bus, ["score.finding_raised"]))
        await tell(bus, late)
        await until(lambda: said(bus, ["score.finding_raised", "score.finding_cleared"]))


async def said(bus: Bus, types: list[str]) -> bool:
    """Whether the scorer has said exactly this."""
    return [event.type for event in await told(bus)] == types


async def test_a_ruleset_that_has_judged_is_immutable(settings: Settings, bus: Bus, tmp_path: Path) -> None:
    overlay = tmp_path / "cn-410105-jinshui.yaml"
    text = (PACKAGED / "cn-410100-zhengzhou.yaml").read_text(encoding="utf-8")
    text = text.replace("cn-410100-zhengzhou", "cn-410105-jinshui").replace('region: "41.01"', 'region: "41.01.05"')
    overlay.write_text(text, encoding="utf-8")
    ours = settings.model_copy(update={"ruleset_dir": tmp_path})
    async with working(ours) as store:
        await tell(bus, opened(outlet()))
        await until(lambda: used(store, "cn-410105-jinshui@3"))
    overlay.write_text(text.replace("observed_days: 7", "observed_days: 8"), encoding="utf-8")
    with pytest.raises(
        RulesetChanged, match=r"cn-410105-jinshui version 3 has judged with digest .* raise its version"
    ):
        async with working(ours):
            pass
    overlay.write_text(text.replace("observed_days: 7", "observed_days: 8").replace('"3"', '"4"'), encoding="utf-8")
    async with working(ours) as store:
        await tell(bus, opened(outlet(revision=2)))
        await until(lambda: used(store, "cn-410105-jinshui@4"))


async def used(store: Store, name: str) -> bool:
    """Whether a ruleset has judged."""
    return await store.used.get(name, SYSTEM) is not None


async def test_a_scorer_with_a_wrong_ruleset_does_not_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "cn-xx.yaml").write_text("ruleset: cn-xx\nregion: 4\n", encoding="utf-8")
    with pytest.raises(RulesetError, match=r"cn-xx.yaml:"):
        async with working(settings.model_copy(update={"ruleset_dir": tmp_path})):
            pass
    assert "cn-xx" not in RULESETS.by_id
