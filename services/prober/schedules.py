"""Schedules on the bus are a projection of the directory: made when we hear, and put right by a duty."""

from collections.abc import Mapping

from services.prober import plan
from services.prober.app import ACTOR, Prober
from services.prober.plan import Pace
from services.prober.probes import paced
from services.prober.store import WatchDocument
from shared.documents import SYSTEM
from shared.events import registry
from shared.events.work import VisitDue
from shared.outbox import say

PAGE = 500


async def watch(app: Prober, outlet: registry.Outlet) -> None:
    """Visit ``outlet`` by its schedules from now on, or no more, as its state says."""
    wanted = watch_of(outlet, app.intervals)
    await app.store.keep_watch(wanted)
    crons = _crons(wanted)
    for pace in Pace:
        if pace in crons:
            await _plan(app, wanted, pace, crons[pace])
        else:
            await app.base.bus.unplan(VisitDue.type, plan.key(outlet.id, pace))


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
            fresh = watch_of(outlet, app.intervals)
            before = kept.get(outlet.id)
            if before is None or before.model_copy(update={"version": 0}) != fresh:
                await app.store.keep_watch(fresh)
            for pace, cron in _crons(fresh).items():
                key = plan.key(outlet.id, pace)
                wanted.add(key)
                if key not in planned or before is None or _crons(before) != _crons(fresh):
                    await _plan(app, fresh, pace, cron)
    for stray in planned - wanted:
        await app.base.bus.unplan(VisitDue.type, stray)


def watch_of(outlet: registry.Outlet, intervals: Mapping[Pace, int]) -> WatchDocument:
    """How ``outlet`` should be watched. An account has nothing that is looked at more seldom."""
    why = plan.watching(outlet)
    paces = [pace for pace in Pace if pace is Pace.VISIT or isinstance(outlet.filed, registry.Website)]
    crons = {
        pace: plan.schedule(plan.key(outlet.id, pace), intervals[pace], plan.tiers(pace)).cron
        for pace in paces
        if why is plan.Watching.RUNNING
    }
    return WatchDocument(
        id=outlet.id,
        region=outlet.region,
        unit=outlet.unit.id,
        name=outlet.name,
        unit_name=outlet.unit.name,
        kind=outlet.filed.kind,
        watching=why,
        interval=intervals[Pace.VISIT],
        cron=crons.pop(Pace.VISIT, ""),
        others={pace.value: cron for pace, cron in crons.items()},
    )


def _crons(watch: WatchDocument) -> Mapping[Pace, str]:
    others = {Pace(pace): cron for pace, cron in watch.others.items()}
    return others | ({Pace.VISIT: watch.cron} if watch.cron else {})


async def _plan(app: Prober, wanted: WatchDocument, pace: Pace, cron: str) -> None:
    interval = app.intervals[pace]
    due = VisitDue(outlet=wanted.id, probes=() if pace is Pace.VISIT else paced(pace), interval=interval)
    event = say(due, subject=plan.key(wanted.id, pace), region=None, actor=ACTOR, reason=wanted.watching)
    # each visit begins a trace of its own: that of what made the schedule would never end
    await app.base.bus.plan(event.model_copy(update={"traceparent": None}), cron, ttl=interval)
