"""The prober's documents: what is watched, which websites are up, the latest visits, and the evidence."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.prober import evidence
from services.prober.plan import Watching
from services.prober.state import State
from shared.audit.store import Chain
from shared.documents import SYSTEM, Database, Document, Documents, Index, Scope, Stale
from shared.events import Event
from shared.events.probe import Outcome, Profile, Purpose, Reason
from shared.events.registry import Outlet

KEPT_VISITS = 48
LARGE = 200_000
D = TypeVar("D", bound=Document)


class WatchDocument(Document):
    """An outlet as the schedules see it.

    ``cron`` is the schedule of its visits on the bus; empty: it is not watched. ``others`` are those of what is looked
    at more seldom, by pace.
    """

    name: str
    unit_name: str
    kind: str
    watching: Watching
    interval: int
    cron: str = ""
    others: dict[str, str] = Field(default_factory=dict)


class StateDocument(Document):
    """Whether a website is up. Its outbox says ``probe.failed`` and ``probe.recovered``."""

    state: State


class Result(BaseModel):
    """What one probe of a visit gave."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: Outcome
    reason: Reason
    measured: dict[str, Any]


class SeenVisit(BaseModel):
    """One visit as pages show it. ``profile`` is what a source showed of an account."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    due_at: AwareDatetime
    looked_at: AwareDatetime
    purpose: Purpose
    looks: Literal[1, 2] = 1
    results: dict[str, Result]
    profile: Profile | None = None
    source: str = ""
    evidence: str | None = None


class RecentDocument(Document):
    """The latest visits of an outlet, the newest first, and of each probe at least the latest one that asked it."""

    visits: tuple[SeenVisit, ...] = ()

    def latest(self, *probes: str) -> SeenVisit | None:
        """The latest visit that brought a result of one of ``probes``."""
        return next((visit for visit in self.visits if any(name in visit.results for name in probes)), None)


class BodyDocument(Document):
    """The bytes of one page, compressed, by their SHA-256; where and when they were first seen."""

    packed: bytes
    size: int
    content_type: str
    first_seen_at: AwareDatetime
    first_seen_on: str


class ExhibitDocument(Document):
    """That an outlet showed certain bytes: what decides who may see them. The id is ``<sha256>|<outlet>``."""

    outlet: str
    url: str
    first_seen_at: AwareDatetime


class Store:
    """Everything the prober keeps."""

    def __init__(self, database: Database) -> None:
        self.audit = Chain(database, "prober")
        self.watches = database.documents("watches", WatchDocument, [Index(("unit",)), Index(("name",))])
        self.states = database.documents("states", StateDocument)
        self.recents = database.documents("recents", RecentDocument, [Index(("unit",))])
        self._bodies = database.documents("bodies", BodyDocument)
        self._exhibits = database.documents("exhibits", ExhibitDocument, [Index(("unit",)), Index(("outlet",))])

    async def keep_watch(self, watch: WatchDocument) -> None:
        """Keep ``watch``, instead of what was kept."""
        await change(self.watches, watch.id, lambda _: (watch, ()))

    async def states_of(self, outlets: Sequence[str], scope: Scope) -> Mapping[str, StateDocument]:
        """The states of these outlets, by id."""
        return {kept.id: kept for kept in await self.states.find(scope, {"_id": {"$in": list(outlets)}})}

    async def recents_of(self, outlets: Sequence[str], scope: Scope) -> Mapping[str, RecentDocument]:
        """The latest visits of these outlets, by id."""
        return {kept.id: kept for kept in await self.recents.find(scope, {"_id": {"$in": list(outlets)}})}

    async def remember(self, outlet: Outlet, visit: SeenVisit) -> None:
        """Put ``visit`` first among the latest of ``outlet``; the same slot again replaces itself."""

        def with_visit(kept: RecentDocument | None) -> tuple[RecentDocument, Sequence[Event[Any]]]:
            others = [old for old in kept.visits if old.due_at != visit.due_at] if kept else []
            newest = sorted([visit, *others], key=lambda one: one.due_at, reverse=True)
            visits = tuple(_worth_keeping(newest))
            return RecentDocument(id=outlet.id, region=outlet.region, unit=outlet.unit.id, visits=visits), ()

        await change(self.recents, outlet.id, with_visit)

    async def keep_evidence(
        self, outlet: Outlet, body: bytes, *, url: str, content_type: str, at: AwareDatetime
    ) -> str:
        """Keep ``body`` once, note that ``outlet`` showed it, and return its SHA-256."""
        name = evidence.name_of(body)
        exhibit = ExhibitDocument(
            id=f"{name}|{outlet.id}",
            region=outlet.region,
            unit=outlet.unit.id,
            outlet=outlet.id,
            url=url,
            first_seen_at=at,
        )
        if await self._bodies.get(name, SYSTEM) is None:
            packed = await asyncio.to_thread(evidence.pack, body) if len(body) > LARGE else evidence.pack(body)
            await self._bodies.create(
                BodyDocument(
                    id=name,
                    region=outlet.region,
                    packed=packed,
                    size=len(body),
                    content_type=content_type,
                    first_seen_at=at,
                    first_seen_on=outlet.id,
                )
            )
        await self._exhibits.create(exhibit)
        return name

    async def evidence(self, sha256: str, outlet: str, scope: Scope) -> tuple[BodyDocument, ExhibitDocument] | None:
        """The bytes of ``sha256`` as shown by ``outlet``; None when it never showed them, or is out of ``scope``."""
        exhibit = await self._exhibits.get(f"{sha256}|{outlet}", scope)
        body = await self._bodies.get(sha256, SYSTEM) if exhibit else None
        return (body, exhibit) if body and exhibit else None


def _worth_keeping(newest: Sequence[SeenVisit]) -> Iterator[SeenVisit]:
    """The newest visits, and older ones as long as no later one brought a result of the same probe."""
    known: set[str] = set()
    for number, visit in enumerate(newest):
        if number < KEPT_VISITS or not known.issuperset(visit.results):
            yield visit
        known |= set(visit.results)


Changed = tuple[D | None, Sequence[Event[Any]]]


async def change(documents: Documents[D], id_: str, decide: Callable[[D | None], Changed[D]]) -> None:
    """Read, let ``decide`` say what it becomes (None: as it is) and which events tell, and save; again when stale."""
    while True:
        kept = await documents.get(id_, SYSTEM)
        wanted, events = decide(kept)
        if wanted is None:
            return
        if kept is None:
            if await documents.create(wanted, events):
                return
            continue
        try:
            await documents.change(wanted.model_copy(update={"version": kept.version}), events)
        except Stale:
            continue
        return
