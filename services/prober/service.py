"""The prober on one screen: what it hears, says, serves and does by itself."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from services.prober import api, handlers, pages, plan, schedules
from services.prober.app import Prober, intervals
from services.prober.connectivity import Connectivity
from services.prober.headless import Headless
from services.prober.looking import looker
from services.prober.means import Means, Render
from services.prober.politeness import Polite
from services.prober.store import Store
from shared import directory
from shared.bus import Hears
from shared.egress import Egress
from shared.events import audit, notice, probe, work
from shared.runtime import Base, Duty, Service
from shared.settings import Settings

MOST_WORKERS = 128
RECONCILE_EVERY = 60.0
# Enough of a page to see whether it is there.
TOUCH = 65_536


async def build(base: Base) -> Prober:
    """The prober at work. Raises ValueError when an interval that is set is none of the tiers."""
    settings = base.settings
    for pace, interval in intervals(settings).items():
        plan.schedule(base.name, interval, plan.tiers(pace))
    headless = Headless(settings.chromium, looker(base.egress, base.now)) if settings.chromium else None
    means = means_of(settings, base.egress, base.now, headless)
    app = Prober(
        base=base,
        store=Store(base.database),
        directory=directory.Directory(base.database),
        means=means,
        places=asyncio.Semaphore(settings.visit_workers),
        long_places=asyncio.Semaphore(max(1, settings.visit_workers // 4)),
    )
    app.routers = [api.router(app), pages.router(app)]
    app.duties = (
        Duty("reconcile schedules", RECONCILE_EVERY, partial(schedules.reconcile, app)),
        *([Duty("browser", RECONCILE_EVERY, headless.keep)] if headless else []),
    )
    return app


def means_of(settings: Settings, egress: Egress, now: Callable[[], datetime], render: Render | None = None) -> Means:
    """What a visit needs, by the settings: every way to look goes through ``egress`` and is dated by ``now``."""
    look_at = looker(egress, now)
    return Means(
        look_at,
        Connectivity(egress, settings.canaries, now).online,
        settings.second_look_after,
        follow=Polite(look_at, settings.polite_pause),
        touch=Polite(looker(egress, now, TOUCH), settings.polite_pause),
        render=render,
        pages=settings.column_pages,
        links=settings.links_tried,
    )


SERVICE = Service(
    name="prober",
    hears=(
        Hears("directory", directory.HEARS, handlers.on_registry),
        Hears("replies", (notice.Replied,), handlers.on_replied),
        Hears("visits", (work.VisitDue,), handlers.on_visit_due, workers=MOST_WORKERS),
    ),
    says=(probe.Completed, probe.ProfileSeen, probe.Failed, probe.Recovered, work.VisitDue, audit.Anchored),
    build=build,
    templates=Path(__file__).with_name("templates"),
)
