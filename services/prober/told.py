"""The facts a visit becomes. The ids are those of the slot, so that a visit made twice is told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.prober import homepage
from services.prober.app import ACTOR
from services.prober.look import Measurement
from services.prober.sources import Reading
from services.prober.state import State, Why
from services.prober.visit import PROFILE, Visit
from shared.events import Event, Fact, probe
from shared.events.registry import Outlet, Website
from shared.outbox import say


@dataclass(frozen=True, slots=True)
class Slot:
    """What a visit is for."""

    outlet: Outlet
    due_at: datetime
    purpose: probe.Purpose
    vantage: str

    def say(self, fact: Fact, what: str) -> Event[Any]:
        """``fact`` about this slot; ``what`` tells apart the facts of one slot."""
        return say(
            fact,
            subject=self.outlet.id,
            region=self.outlet.region,
            actor=ACTOR,
            reason=self.purpose.value,
            id_=f"{self.outlet.id}|{what}|{self.vantage}|{self.due_at.isoformat()}",
        )


def completed(slot: Slot, visit: Visit, name: str, evidence: str | None) -> Event[Any]:
    """``probe.completed`` of one probe of a website."""
    return _completed(slot, name, visit.measurements[name], visit.look.looked_at, evidence, visit.looks)


def account_seen(slot: Slot, source: str, reading: Reading, evidence: str | None) -> Event[Any]:
    """``probe.profile_seen`` when the source showed the account, else ``probe.completed`` that says why not."""
    if reading.profile is None:
        failed = Measurement(probe.Outcome.UNDETERMINED, reading.reason)
        return _completed(slot, PROFILE, failed, reading.look.looked_at, evidence, 1)
    return profile_seen(slot, source, reading.profile, reading.look.looked_at, evidence, gone=reading.gone)


def website_seen(slot: Slot, visit: Visit, evidence: str | None) -> Sequence[Event[Any]]:
    """``probe.profile_seen`` of a website when its home page showed whose it is, else nothing."""
    profile = homepage.profile_of(visit.look.page, visit.measurements)
    if profile is None:
        return ()
    seen = profile_seen(slot, homepage.SOURCE, profile, visit.look.looked_at, evidence)
    if visit.look.page and slot.purpose is probe.Purpose.SCHEDULED:
        outbound = homepage.outbound(visit.look.page)
        seen = seen.model_copy(update={"data": seen.data.model_copy(update={"outbound": outbound})})
    return (seen,)


def closed_website_seen(slot: Slot, visit: Visit, evidence: str | None) -> Sequence[Event[Any]]:
    """``probe.profile_seen`` of a website that was closed: what it shows, or that it is gone; else nothing."""
    if visit.measurements["reachability"].outcome is not probe.Outcome.FAILED:
        return website_seen(slot, visit, evidence)
    return (profile_seen(slot, homepage.SOURCE, probe.Profile(), visit.look.looked_at, evidence, gone=True),)


def profile_seen(
    slot: Slot, source: str, profile: probe.Profile, at: datetime, evidence: str | None, *, gone: bool = False
) -> Event[Any]:
    """``probe.profile_seen``: ``source`` was read ``at`` that time, and showed ``profile``."""
    fact = probe.ProfileSeen(
        outlet=slot.outlet.id,
        unit=slot.outlet.unit,
        source=source,
        profile=profile,
        gone=gone,
        evidence=evidence,
        vantage=slot.vantage,
        due_at=slot.due_at,
        looked_at=at,
    )
    return slot.say(fact, f"seen:{source}")


def change_of_state(
    slot: Slot, website: Website, before: State, after: State, why: Why, evidence: str | None
) -> Sequence[Event[Any]]:
    """``probe.failed`` or ``probe.recovered`` when the state changed so, else nothing."""
    outlet = slot.outlet
    fact: probe.Failed | probe.Recovered
    if why is Why.WENT_DOWN and after.since and after.reason:
        fact = probe.Failed(
            outlet=outlet.id,
            unit=outlet.unit,
            name=outlet.name,
            url=website.url,
            reason=after.reason,
            since=after.since,
            evidence=evidence,
            vantage=slot.vantage,
        )
    elif why is Why.CAME_BACK and after.since and before.since:
        fact = probe.Recovered(
            outlet=outlet.id,
            unit=outlet.unit,
            name=outlet.name,
            url=website.url,
            since=after.since,
            failed_since=before.since,
            vantage=slot.vantage,
        )
    else:
        return ()
    return (say(fact, subject=outlet.id, region=outlet.region, actor=ACTOR, reason=why.value),)


def _completed(
    slot: Slot, name: str, measured: Measurement, looked_at: datetime, evidence: str | None, looks: Any
) -> Event[Any]:
    fact = probe.Completed(
        outlet=slot.outlet.id,
        unit=slot.outlet.unit,
        probe=name,
        outcome=measured.outcome,
        reason=measured.reason,
        measured=dict(measured.measured),
        evidence=evidence,
        vantage=slot.vantage,
        purpose=slot.purpose,
        due_at=slot.due_at,
        looked_at=looked_at,
        looks=looks,
    )
    return slot.say(fact, name)
