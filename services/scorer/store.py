"""The scorer's documents: looks by day, unfiled changes, lives of outlets, current findings, rulesets that judged."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.scorer.excused import Excuse, Excuses
from services.scorer.observations import PROFILE, Observations, Offline, Sample, Unfiled, day_of, times_offline
from shared.audit.store import Chain
from shared.bus import Heard
from shared.documents import SYSTEM, Database, Document, Index, Merge, Scope
from shared.events import probe, registry, score

KEPT = timedelta(days=400)


class Look(BaseModel):
    """One look as stored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    due_at: AwareDatetime
    looked_at: AwareDatetime
    outcome: probe.Outcome
    reason: probe.Reason
    purpose: probe.Purpose
    measured: dict[str, Any]
    evidence: str | None = None
    source: str = ""


class DayDocument(Document):
    """The looks of one outlet, probe and vantage on one day (Asia/Shanghai), by slot."""

    outlet: str
    probe: str
    vantage: str
    day: str
    samples: dict[str, Look]


class UnfiledDocument(Document):
    """A change nobody filed, by the id of the difference. ``settled`` is set once and never taken back."""

    outlet: str
    difference: registry.Difference
    settled: Literal["reverted", "filed_late", "ended"] | None = None


class ExemptionDocument(Document):
    """An exemption as heard of; ``ended_at`` is set once and never taken back."""

    outlet: str
    exemption: registry.Exemption
    ended_at: AwareDatetime | None = None


class Since(BaseModel):
    """A state of an outlet, and when it began."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: registry.OutletState
    at: AwareDatetime


class LifeDocument(Document):
    """The states of an outlet, by the revision of its filings that brought them."""

    states: dict[str, Since]


class FindingDocument(Document):
    """The current finding of one outlet and criterion.

    ``open`` = raised and not cleared; ``verdict`` is the last conclusion, None when the criterion is not judged (any
    more). ``points`` and ``at_most`` are exact, as text.
    """

    target: str
    target_name: str
    unit_name: str
    criterion: score.Criterion
    open: bool
    episode: int
    verdict: score.Verdict | None
    reason: str
    why: str
    points: str
    at_most: str
    evidence: tuple[score.Exhibit, ...]
    measured: dict[str, Any]
    as_of: AwareDatetime
    raised_at: AwareDatetime | None = None


class UsedDocument(Document):
    """A ruleset that has judged, as it was then (canonical JSON): from then on it is immutable."""

    digest: str
    canonical: str
    used_at: AwareDatetime


class Store:
    """Everything the scorer keeps."""

    def __init__(self, database: Database) -> None:
        self.audit = Chain(database, "scorer")
        self.days = database.documents(
            "days", DayDocument, [Index(("outlet", "probe", "day")), Index(("expires_at",), expire_after=0)]
        )
        self.unfiled = database.documents("unfiled", UnfiledDocument, [Index(("outlet",))])
        self.exemptions = database.documents("exemptions", ExemptionDocument, [Index(("outlet", "unit"))])
        self.lives = database.documents("lives", LifeDocument)
        self.findings = database.documents(
            "findings", FindingDocument, [Index(("target",)), Index(("open", "-raised_at")), Index(("unit",))]
        )
        self.used = database.documents("used_rulesets", UsedDocument)

    async def project(self, heard: Iterable[Heard[probe.Completed] | Heard[probe.ProfileSeen]]) -> None:
        """Put looks into their slots. Running it again, or in another order, changes nothing."""
        await self.days.merge([_look(each) for each in heard])

    async def project_unfiled(self, heard: Heard[registry.ChangeUnfiled] | Heard[registry.UnfiledSettled]) -> None:
        """Keep a change nobody filed, or how it was settled; settled wins in whatever order they arrive."""
        fact = heard.fact
        settled = {"settled": fact.how} if isinstance(fact, registry.UnfiledSettled) else {}
        await self.unfiled.merge(
            [
                Merge(
                    fact.difference.id,
                    set={"difference": fact.difference.model_dump(), **settled},
                    on_insert={"region": heard.event.region, "unit": fact.unit.id, "outlet": fact.outlet},
                )
            ]
        )

    async def project_exemption(self, heard: Heard[registry.ExemptionGranted] | Heard[registry.ExemptionEnded]) -> None:
        """Keep an exemption, or that it ended; the end stays in whatever order they arrive."""
        told = heard.fact.exemption
        ended = {"ended_at": heard.event.time} if isinstance(heard.fact, registry.ExemptionEnded) else {}
        await self.exemptions.merge(
            [
                Merge(
                    told.id,
                    set={"exemption": told.model_dump(mode="json"), **ended},
                    on_insert={"region": heard.event.region, "unit": told.unit.id, "outlet": told.outlet},
                )
            ]
        )

    async def excuses(self, outlet: registry.Outlet, at: datetime) -> Excuses:
        """The exemptions of ``outlet``, and of its whole unit, that count at ``at``."""
        where = {"$or": [{"outlet": outlet.id}, {"outlet": "", "unit": outlet.unit.id}]}
        kept = await self.exemptions.find(SYSTEM, where, sort=[("_id", 1)])
        return Excuses.at((Excuse(one.exemption, one.ended_at) for one in kept), at)

    async def project_state(self, heard: Heard[registry.Opened]) -> None:
        """Keep the state of an outlet that a fact about it brought, in whatever order the facts arrive."""
        outlet = heard.fact.outlet
        since = Since(state=outlet.state, at=heard.event.time)
        await self.lives.merge(
            [
                Merge(
                    outlet.id,
                    set={f"states.{outlet.revision}": since.model_dump()},
                    on_insert={"region": outlet.region, "unit": outlet.unit.id},
                )
            ]
        )

    async def offline(self, outlet: str) -> tuple[Offline, ...]:
        """The times ``outlet`` was offline by filing."""
        life = await self.lives.get(outlet, SYSTEM)
        states = sorted(life.states.items(), key=lambda item: int(item[0])) if life else []
        return times_offline((since.state, since.at) for _, since in states)

    async def observations(self, outlet: str, probes: Sequence[str], first: date) -> Observations:
        """What is known of ``outlet``: looks of ``probes`` since a day, every unfiled change, its times offline."""
        # a look may be stored under the day it was due and read under the day it was taken
        where = {"outlet": outlet, "probe": {"$in": list(probes)}, "day": {"$gte": str(first - timedelta(days=1))}}
        days = await self.days.find(SYSTEM, where)
        unfiled = await self.unfiled.find(SYSTEM, {"outlet": outlet})
        return Observations(
            tuple(_sample(day, look) for day in days for look in day.samples.values()),
            tuple(Unfiled(kept.difference, kept.settled) for kept in unfiled),
            await self.offline(outlet),
        )

    async def findings_of(self, outlet: str, scope: Scope) -> Mapping[str, FindingDocument]:
        """The findings of an outlet, by criterion."""
        found = await self.findings.find(scope, {"target": outlet}, sort=[("_id", 1)])
        return {kept.criterion.id: kept for kept in found}


def finding_id(outlet: str, criterion: str) -> str:
    """The id of the current finding of an outlet and a criterion."""
    return f"{outlet}:{criterion}"


def _look(heard: Heard[probe.Completed] | Heard[probe.ProfileSeen]) -> Merge:
    fact = heard.fact
    day = day_of(fact.due_at)
    if isinstance(fact, probe.ProfileSeen):
        name, source = PROFILE, fact.source
        look = Look(
            due_at=fact.due_at,
            looked_at=fact.looked_at,
            outcome=probe.Outcome.UNDETERMINED if fact.gone else probe.Outcome.ANSWERED,
            reason=probe.Reason.NOT_IN_SOURCE if fact.gone else probe.Reason.OK,
            purpose=probe.Purpose.SCHEDULED,
            measured=fact.profile.model_dump(mode="json"),
            evidence=fact.evidence,
            source=source,
        )
    else:
        name, source = fact.probe, ""
        look = Look.model_validate(fact.model_dump())
    return Merge(
        "|".join((fact.outlet, name, fact.vantage, str(day))),
        set={f"samples.{_slot(fact.due_at, source)}": look.model_dump()},
        on_insert={
            "region": heard.event.region,
            "unit": fact.unit.id,
            "outlet": fact.outlet,
            "probe": name,
            "vantage": fact.vantage,
            "day": str(day),
            "expires_at": datetime.combine(day, time(), UTC) + KEPT,
        },
    )


def _slot(due_at: datetime, source: str) -> str:
    """A slot as a field name: the moment it was due, and the source where several are read."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", f"{due_at.astimezone(UTC):%Y%m%dT%H%M%S_%f}-{source}")


def _sample(day: DayDocument, look: Look) -> Sample:
    return Sample(
        probe=day.probe,
        vantage=day.vantage,
        due_at=look.due_at,
        looked_at=look.looked_at,
        outcome=look.outcome,
        reason=look.reason,
        purpose=look.purpose,
        measured=look.measured,
        evidence=look.evidence,
        source=look.source,
    )
