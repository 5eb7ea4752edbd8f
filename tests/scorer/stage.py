"""The scorer without a bus: facts are given to its handlers, what it would say waits in its outboxes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from services.scorer import handlers
from services.scorer.app import Scorer
from services.scorer.observations import Sample
from services.scorer.ruleset import Rulesets
from services.scorer.store import FindingDocument, Store
from shared.bus import Heard
from shared.directory import Directory
from shared.documents import SYSTEM, Client, Database
from shared.events import Event, Fact, parse, probe, registry
from shared.events.registry import Outlet, OutletState, Particulars, UnitRef
from shared.outbox import say
from tests.scorer.given import ACCOUNT, NOON, RULESETS, difference

REGION = "41.01.05.0"
UNIT = UnitRef(id="u-1", name="某区公安分局")


class Clock(Protocol):
    """What time it is, and how to change it."""

    at: datetime

    def __call__(self) -> datetime: ...


def outlet(
    filed: Particulars = ACCOUNT,
    *,
    id_: str = "w-1",
    region: str = REGION,
    state: OutletState = OutletState.RUNNING,
    revision: int = 1,
) -> Outlet:
    """An outlet of ``UNIT`` in force."""
    return Outlet(id=id_, region=region, unit=UNIT, state=state, revision=revision, since=NOON, filed=filed)


def opened(thing: Outlet) -> registry.Opened:
    """The fact that it is in force."""
    return registry.Opened(outlet=thing, filing="f-1")


def unfiled(field: str = "name", number: int = 1) -> registry.ChangeUnfiled:
    """The fact that an account was renamed and nobody filed it."""
    return registry.ChangeUnfiled(outlet="w-1", unit=UNIT, name="某网警", difference=difference(field, number))


def settled(field: str = "name", number: int = 1, how: Any = "filed_late") -> registry.UnfiledSettled:
    """The fact that this was put right."""
    return registry.UnfiledSettled(
        outlet="w-1", unit=UNIT, name="某网警", difference=difference(field, number), how=how
    )


def completed(sample: Sample, outlet_id: str = "w-1") -> probe.Completed:
    """A look as the prober says it."""
    return probe.Completed(
        outlet=outlet_id,
        unit=UNIT,
        probe=sample.probe,
        outcome=sample.outcome,
        reason=sample.reason,
        measured=dict(sample.measured),
        evidence=sample.evidence,
        vantage=sample.vantage,
        purpose=sample.purpose,
        due_at=sample.due_at,
        looked_at=sample.looked_at,
    )


def profile_seen(sample: Sample, outlet_id: str = "w-1") -> probe.ProfileSeen:
    """What a source showed, as the prober says it."""
    return probe.ProfileSeen(
        outlet=outlet_id,
        unit=UNIT,
        source=sample.source,
        profile=probe.Profile.model_validate(sample.measured),
        evidence=sample.evidence,
        vantage=sample.vantage,
        due_at=sample.due_at,
        looked_at=sample.looked_at,
    )


def heard(fact: Fact, *, region: str = REGION, time: datetime = NOON) -> Heard[Any]:
    """A fact as a handler gets it."""
    event: Event[Any] = say(fact, subject="w-1", region=region, actor="service:test", reason="test", time=time)
    return Heard(event, time, 1)


@dataclass
class Stage:
    """A scorer with a database of its own."""

    app: Scorer
    clock: Clock
    database: Database

    async def open(self, thing: Outlet) -> None:
        """Let it hear of an outlet."""
        await self.hear(handlers.on_registry, opened(thing), region=thing.region)

    async def hear(
        self, handler: Callable[[Scorer, Any], Awaitable[None]], fact: Fact, *, region: str = REGION
    ) -> None:
        """Give ``fact`` to a handler."""
        await handler(self.app, heard(fact, region=region, time=self.clock()))

    async def look(self, *samples: Sample, region: str = REGION) -> None:
        """Let it hear of looks, all in one batch."""
        facts = [profile_seen(s) if s.probe == "profile" else completed(s) for s in samples]
        await handlers.on_observations(self.app, [heard(fact, region=region, time=self.clock()) for fact in facts])

    async def later(self, **passed: float) -> None:
        """Let time pass and the scorer do what it does by itself."""
        self.clock.at += timedelta(**passed)
        await handlers.judge_all(self.app)

    async def finding(self, criterion: str) -> FindingDocument:
        """The current finding of the outlet and a criterion."""
        return (await self.app.store.findings_of("w-1", SYSTEM))[criterion]

    async def said(self) -> Sequence[Event[Any]]:
        """What waits to be said, by finding and in order."""
        waiting = await self.app.store.findings.waiting(1000)
        return [parse(entry.body.encode()) for _, entries in sorted(waiting) for entry in entries]

    async def stories(self) -> list[str]:
        """The same in short: ``filing_violation raised violated 1``."""
        told = [(event, event.data.finding) for event in await self.said()]
        return [
            f"{finding.criterion.id} {event.type.rpartition('_')[2]} {event.reason} {finding.episode}"
            for event, finding in told
        ]

    def with_rulesets(self, rulesets: Rulesets) -> "Stage":
        """The same scorer after a restart with other rulesets."""
        return Stage(Scorer(self.app.store, self.app.directory, rulesets, self.clock), self.clock, self.database)


@asynccontextmanager
async def staged(client: Client, clock: Clock, rulesets: Rulesets = RULESETS) -> AsyncIterator[Stage]:
    """A scorer on a fresh database."""
    database = client.database(f"test_{uuid4().hex[:12]}")
    app = Scorer(Store(database), Directory(database), rulesets, clock)
    await database.prepare()
    try:
        yield Stage(app, clock, database)
    finally:
        await client.drop(database.name)


async def stored_looks(stage: Stage) -> int:
    """How many looks are kept."""
    return sum(len(day.samples) for day in await stage.app.store.days.find(SYSTEM))
