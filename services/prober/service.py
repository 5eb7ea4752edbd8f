"""The prober on one screen: what it hears, says, serves and does by itself."""

import asyncio
from functools import partial
from pathlib import Path

from services.prober import api, handlers, pages, plan, schedules
from services.prober.app import Prober
from services.prober.connectivity import Connectivity
from services.prober.looking import looker
from services.prober.store import Store
from services.prober.visit import Means
from shared import directory
from shared.bus import Hears
from shared.events import notice, probe, work
from shared.runtime import Base, Duty, Service

MOST_WORKERS = 128
RECONCILE_EVERY = 60.0


async def build(base: Base) -> Prober:
    """The prober at work. Raises ValueError when the interval that is set is none of the tiers."""
    settings = base.settings
    plan.schedule(base.name, settings.visit_interval)
    connectivity = Connectivity(base.egress, settings.canaries, base.now)
    means = Means(looker(base.egress, base.now), connectivity.online, settings.second_look_after)
    app = Prober(
        base=base,
        store=Store(base.database),
        directory=directory.Directory(base.database),
        means=means,
        places=asyncio.Semaphore(settings.visit_workers),
    )
    app.routers = [api.router(app), pages.router(app)]
    app.duties = (Duty("reconcile schedules", RECONCILE_EVERY, partial(schedules.reconcile, app)),)
    return app


SERVICE = Service(
    name="prober",
    hears=(
        Hears("directory", directory.HEARS, handlers.on_registry),
        Hears("replies", (notice.Replied,), handlers.on_replied),
        Hears("visits", (work.VisitDue,), handlers.on_visit_due, workers=MOST_WORKERS),
    ),
    says=(probe.Completed, probe.ProfileSeen, probe.Failed, probe.Recovered, work.VisitDue),
    build=build,
    templates=Path(__file__).with_name("templates"),
)
