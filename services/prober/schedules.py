"""Schedules on the bus are a projection of the directory: made when we hear, and put right by a duty."""

from services.prober import plan
from services.prober.app import ACTOR, Prober
from services.prober.store import WatchDocument
from shared.documents import SYSTEM
from shared.events import registry
from shared.events.work import VisitDue
from shared.outbox import say

PAGE = 500


async def watch(app: Prober, outlet: registry.Outlet) -> None:
    """Visit ``outlet`` by its schedule from now on, or no more, as its state says."""
    wanted = watch_of(outlet, app.base.settings.visit_interval)
    await app.store.keep_watch(wanted)
    if wanted.cron:
        await _plan(app, wanted)
    else:
        await app.base.bus.unplan(VisitDue.type, outlet.id)


async def reconcile(app: Prober) -> None:
    """Plan what should be on the bus and is not (or otherwise), take off what should not be there."""
    planned = await app.base.bus.planned(VisitDue.type)
    wanted: set[str] = set()
    after = ""
    while outlets := await app.directory.outlets(SYSTEM, {"_id": {"$gt": after}}, limit=PAGE):
        after = outlets[-1].id
        ids = [outlet.id for outlet in outlets]
        kept = {one.id: one for one in await app.store.watches.find(SYSTEM, {"_id": {"$in": ids}})}
        for outlet in outlets:
            fresh = watch_of(outlet, app.base.settings.visit_interval)
            before = kept.get(outlet.id)
            if before is None or before.model_copy(update={"version": 0}) != fresh:
                await app.store.keep_watch(fresh)
            if fresh.cron:
                wanted.add(outlet.id)
                if outlet.id not in planned or before is None or before.cron != fresh.cron:
                    await _plan(app, fresh)
    for stray in planned - wanted:
        await app.base.bus.unplan(VisitDue.type, stray)


def watch_of(outlet: registry.Outlet, interval: int) -> WatchDocument:
    """How ``outlet`` should be watched."""
    why = plan.watching(outlet)
    return WatchDocument(
        id=outlet.id,
        region=outlet.region,
        unit=outlet.unit.id,
        name=outlet.name,
        unit_name=outlet.unit.name,
        kind=outlet.filed.kind,
        watching=why,
        interval=interval,
        cron=plan.schedule(outlet.id, interval).cron if why is plan.Watching.RUNNING else "",
    )


async def _plan(app: Prober, wanted: WatchDocument) -> None:
    due = VisitDue(outlet=wanted.id, interval=wanted.interval)
    event = say(due, subject=wanted.id, region=None, actor=ACTOR, reason=wanted.watching)
    # each visit begins a trace of its own: that of what made the schedule would never end
    await app.base.bus.plan(event.model_copy(update={"traceparent": None}), wanted.cron, ttl=wanted.interval)
