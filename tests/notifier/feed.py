"""What the tests of the webhook feed share: the notifier at work with its feed, facts to say, what arrived."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from services.commands import webhook as command
from services.notifier import delivery as decisions
from services.notifier import feeding
from services.notifier.delivery import DeliveryState
from services.notifier.endpoint import Endpoint
from services.notifier.store import EndpointDocument, FeedDocument
from shared.bus.users import ADMIN, Keys
from shared.documents import SYSTEM
from shared.events import Fact, notice
from shared.outbox import say
from tests.notifier.made import REGION, case
from tests.notifier.receiver import OFFICE, Receiver
from tests.notifier.stage import Stage, eventually

NOTICE = case().notice


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses and first delays short."""
    monkeypatch.setattr(feeding, "PAUSE", 0.05)
    monkeypatch.setattr(decisions, "FIRST_DELAY", 0.2)


@asynccontextmanager
async def fed(stage: Stage) -> AsyncIterator[None]:
    """The notifier at work with its feed."""
    async with stage.working():
        task = asyncio.create_task(feeding.feed(stage.app))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


async def registered(stage: Stage, endpoint: Endpoint) -> None:
    """Keep an endpoint."""
    document = EndpointDocument(id=endpoint.office.id, region=endpoint.office.region, endpoint=endpoint)
    assert await stage.app.store.endpoints.create(document)


async def endpoint_of(stage: Stage, office: str = OFFICE.id) -> Endpoint:
    """The endpoint of an office."""
    document = await stage.app.store.endpoints.get(office, SYSTEM)
    assert document is not None
    return document.endpoint


async def healthy(stage: Stage) -> bool:
    """Whether the office's endpoint does not fail (any more)."""
    return (await endpoint_of(stage)).failures == 0


async def line(stage: Stage) -> list[FeedDocument]:
    """Everything queued, in order."""
    return await stage.app.store.feed.find(SYSTEM, sort=[("sequence", 1)])


async def told(stage: Stage, *facts: Fact, region: str = REGION) -> list[str]:
    """Say ``facts`` of a region; returns the ids of the events."""
    events = [say(fact, subject="x", region=region, actor="service:test", reason="test") for fact in facts]
    for event in events:
        await stage.admin.publish(event)
    return [event.id for event in events]


async def numbered(stage: Stage, number: int) -> None:
    """Say so many facts, telling them apart by the number of their notice."""
    await told(stage, *(notice.Received(notice=NOTICE.model_copy(update={"number": str(n)})) for n in range(number)))


def numbers(receiver: Receiver) -> list[str]:
    """The numbers of the notices that arrived."""
    return [event["data"]["notice"]["number"] for event in receiver.verified()]


async def arrives(receiver: Receiver, number: int) -> None:
    """Return once so many requests arrived."""

    async def enough() -> bool:
        return len(receiver.arrived) >= number

    await eventually(enough)


async def settled(stage: Stage, number: int) -> bool:
    """Whether so many events are delivered."""
    delivered = {"delivery.state": DeliveryState.DELIVERED.value}
    return await stage.app.store.feed.count(SYSTEM, delivered) == number


async def heard_all(stage: Stage) -> bool:
    """Whether the feed heard everything that was said."""
    info = await stage.admin.js.consumer_info("FACTS", "notifier_feed")
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def looks_after(stage: Stage, prefix: str) -> bool:
    """Whether the office's endpoint is for that region."""
    return (await endpoint_of(stage)).office.looks_after == prefix


class Operator:
    """Types ``govwatch webhook`` beside the running notifier."""

    def __init__(self, stage: Stage, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
        seed = {"nats_seed": SecretStr(keys.seed(ADMIN))}
        self.settings = stage.app.base.settings.model_copy(update=seed)
        self._capsys = capsys

    async def types(self, *words: str) -> int:
        """Run one command line; returns its exit code."""
        parser = argparse.ArgumentParser()
        command.add(parser.add_subparsers())
        self._capsys.readouterr()
        parsed = parser.parse_args(["webhook", *words])
        code: int = await parsed.run(parsed, self.settings)
        return code

    def sees(self) -> str:
        """What was printed since."""
        return self._capsys.readouterr().out
