"""What the prober does when it hears: keep the schedules, make the visits, look again when a unit replied."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.prober import plan, state, told
from services.prober.app import ACTOR, Prober
from services.prober.look import Page
from services.prober.probes import PROBES, paced
from services.prober.schedules import watch
from services.prober.store import Changed, Result, SeenVisit, StateDocument, change
from services.prober.told import Slot
from services.prober.visit import PROFILE, Visit, visit_account, visit_website
from shared.bus import Heard, TryAgain
from shared.documents import SYSTEM
from shared.events import Event, notice, probe, registry, work
from shared.events.registry import NewMedia, Website
from shared.outbox import say
from shared.telemetry import logger

PUT_OFF = 20.0

log = logger("prober")


class UnknownOutlet(LookupError):  # noqa: N818 - it reads as what happened
    """A visit is due to an outlet we have not heard of yet: it is tried again until we have."""


async def on_registry(app: Prober, heard: Heard[Any]) -> None:
    """Keep the directory, and the schedule of an outlet that opened, changed, paused, resumed or closed."""
    await app.directory.hear(heard)
    told_of = getattr(heard.fact, "outlet", None)
    if isinstance(told_of, registry.Outlet):
        await watch(app, await app.directory.outlet(told_of.id, SYSTEM) or told_of)


async def on_extranet(app: Prober, heard: Heard[registry.ExtranetChanged]) -> None:
    """Know which private networks are open for which regions."""
    await app.extranets.hear(heard)


async def on_replied(app: Prober, heard: Heard[notice.Replied]) -> None:
    """Look again at once at what a unit says it has put right."""
    outlet = await app.directory.outlet(heard.fact.notice.target, SYSTEM)
    if outlet is None:
        return
    due = work.VisitDue(outlet=outlet.id, probes=heard.fact.probes, purpose=probe.Purpose.RECHECK)
    key = f"again-{outlet.id}-{heard.event.id[:12]}"
    again = say(due, subject=key, region=None, actor=ACTOR, reason=heard.event.type, id_=f"again|{heard.event.id}")
    await app.base.bus.publish(again)


async def on_visit_due(app: Prober, heard: Heard[work.VisitDue]) -> None:
    """Make the visit of one slot and tell what was seen.

    A visit for probes that follow links takes minutes; when enough of them are under way it is put off, so that short
    ones never wait behind it. Raises UnknownOutlet, TryAgain.
    """
    due = heard.fact
    outlet = await app.directory.outlet(due.outlet, SYSTEM)
    if outlet is None:
        raise UnknownOutlet(due.outlet)
    # a schedule that names no probe means those of each visit, a single look all
    asked = due.probes or (paced(plan.Pace.VISIT) if due.interval else tuple(PROBES))
    is_long = isinstance(outlet.filed, Website) and not set(asked) <= set(paced(plan.Pace.VISIT))
    places = app.long_places if is_long else app.places
    if is_long and places.locked():
        raise TryAgain(PUT_OFF, "enough long visits are under way")
    due_at = plan.slot(heard.event.subject, due.interval, heard.at)
    async with places:
        going = plan.going(outlet, due.purpose, due.interval, due_at, app.base.now())
        if going not in (plan.Going.ON_TIME, plan.Going.AT_ONCE):
            log.info("no visit", outlet=outlet.id, reason=going.value, due_at=due_at.isoformat())
            return
        slot = Slot(outlet, due_at, due.purpose, app.base.settings.vantage)
        if isinstance(outlet.filed, Website):
            await _visit_website(app, slot, outlet.filed, asked)
        else:
            await _visit_account(app, slot, outlet.filed)


async def _visit_website(app: Prober, slot: Slot, website: Website, asked: Sequence[str]) -> None:
    visit = await visit_website(website, await app.means_for(slot.outlet), asked)
    evidence = await _keep(app, slot, visit.look.page, visit.look.looked_at)
    for page in {page.url: page for each in visit.measurements.values() for page in each.pages}.values():
        await _keep(app, slot, page, visit.look.looked_at)
    names = [name for name in visit.measurements if name in asked]
    await _publish(app, [told.completed(slot, visit, name, evidence) for name in names])
    await _follow(app, slot, website, visit, evidence)
    results = {
        name: Result(outcome=each.outcome, reason=each.reason, measured=dict(each.measured))
        for name, each in visit.measurements.items()
    }
    seen = SeenVisit(
        due_at=slot.due_at,
        looked_at=visit.look.looked_at,
        purpose=slot.purpose,
        looks=visit.looks,
        results=results,
        evidence=evidence,
    )
    await app.store.remember(slot.outlet, seen)


async def _visit_account(app: Prober, slot: Slot, account: NewMedia) -> None:
    source, reading = await visit_account(account, await app.means_for(slot.outlet))
    if reading is None:
        log.warning("nothing can read this account", outlet=slot.outlet.id, source=account.source)
        return
    evidence = await _keep(app, slot, reading.look.page, reading.look.looked_at)
    await _publish(app, [told.account_seen(slot, source, reading, evidence)])
    outcome = probe.Outcome.ANSWERED if reading.profile else probe.Outcome.UNDETERMINED
    took = {"seconds": reading.look.seconds, "phases": dict(reading.look.phases)}
    seen = SeenVisit(
        due_at=slot.due_at,
        looked_at=reading.look.looked_at,
        purpose=slot.purpose,
        results={PROFILE: Result(outcome=outcome, reason=reading.reason, measured=took)},
        profile=reading.profile,
        source=source,
        evidence=evidence,
    )
    await app.store.remember(slot.outlet, seen)


async def _keep(app: Prober, slot: Slot, page: Page | None, at: datetime) -> str | None:
    if page is None or not page.body:
        return None
    return await app.store.keep_evidence(
        slot.outlet,
        page.body,
        url=page.url,
        content_type=page.headers.get("content-type", ""),
        at=at,
    )


async def _publish(app: Prober, events: Sequence[Event[Any]]) -> None:
    await asyncio.gather(*(app.base.bus.publish(event) for event in events))


async def _follow(app: Prober, slot: Slot, website: Website, visit: Visit, evidence: str | None) -> None:
    """Move the state of the website by what was seen; a confirmed change is told from its outbox."""
    outlet = slot.outlet

    def moved(kept: StateDocument | None) -> Changed[StateDocument]:
        before = kept.state if kept else state.State()
        after, why = state.step(
            before,
            visit.measurements["reachability"],
            looks=visit.looks,
            began_at=visit.began_at,
            looked_at=visit.look.looked_at,
        )
        if after == before:
            return None, ()
        document = StateDocument(id=outlet.id, region=outlet.region, unit=outlet.unit.id, state=after)
        return document, told.change_of_state(slot, website, before, after, why, evidence)

    await change(app.store.states, outlet.id, moved)
