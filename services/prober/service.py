"""The prober on one screen: what it hears, says, serves and does by itself."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from services.prober import api, handlers, pages, plan, schedules
from services.prober.app import Prober, intervals
from services.prober.connectivity import Connectivity
from services.prober.headless import Headless
from services.prober.looking import looker
from services.prober.means import Means
from services.prober.politeness import Polite
from services.prober.store import Store
from shared import directory, localities
from shared.bus import Hears
from shared.egress import Egress
from shared.events import audit, notice, probe, registry, work
from shared.extranets import Extranets
from shared.runtime import Base, Duty, Service
from shared.settings import Settings

MOST_WORKERS = 128
MOST_ASKED = 16
RECONCILE_EVERY = 60.0
# Enough of a page to see whether it is there.
TOUCH = 65_536
# A visit keeps dozens of pages behind the home page until it ends.
FURTHER = 1_000_000


async def build(base: Base) -> Prober:
    """The prober at work. Raises ValueError when an interval that is set is none of the tiers."""
    settings = base.settings
    for pace, interval in intervals(settings).items():
        plan.schedule(base.name, interval, plan.tiers(pace))
    headless = Headless(settings.chromium, looker(base.egress, base.now)) if settings.chromium else None
    ways = Ways(settings, base.egress, base.now, headless)
    app = Prober(
        base=base,
        store=Store(base.database),
        directory=directory.Directory(base.database),
        extranets=Extranets(base.database, settings.egress_extranets),
        means=ways.means,
        means_allowing=ways.allowing,
        places=asyncio.Semaphore(settings.visit_workers),
        long_places=asyncio.Semaphore(max(1, settings.visit_workers // 4)),
    )
    app.routers = [api.router(app), pages.router(app)]
    app.duties = (
        Duty("reconcile schedules", RECONCILE_EVERY, partial(schedules.reconcile, app)),
        *([Duty("browser", RECONCILE_EVERY, headless.keep)] if headless else []),
    )
    return app


class Ways:
    """What visits need, by the settings: every way to look goes through ``egress`` and is dated by ``now``."""

    def __init__(
        self, settings: Settings, egress: Egress, now: Callable[[], datetime], headless: Headless | None
    ) -> None:
        look_at = looker(egress, now)
        self._egress = egress
        self._now = now
        self._follow = Polite(looker(egress, now, FURTHER), settings.polite_pause)
        self._touch = Polite(looker(egress, now, TOUCH), settings.polite_pause)
        self._headless = headless
        self.means = Means(
            look_at,
            Connectivity(egress, settings.canaries, now).online,
            settings.second_look_after,
            follow=self._follow,
            touch=self._touch,
            render=headless,
            pages=settings.column_pages,
            links=settings.links_tried,
        )

    def allowing(self, networks: Sequence[str]) -> Means:
        """The means of a visit that may also go to these private networks: the same queues and the same browser."""
        egress = self._egress.allowing(networks)
        look_at = looker(egress, self._now)
        return replace(
            self.means,
            look_at=look_at,
            follow=self._follow.by(looker(egress, self._now, FURTHER)),
            touch=self._touch.by(looker(egress, self._now, TOUCH)),
            render=self._headless.by(look_at) if self._headless else None,
        )


SERVICE = Service(
    name="prober",
    hears=(
        Hears("directory", directory.HEARS, handlers.on_registry),
        Hears("extranets", (registry.ExtranetChanged,), handlers.on_extranet),
        localities.HEARD,
        Hears("replies", (notice.Replied,), handlers.on_replied),
        Hears("visits", (work.VisitDue,), handlers.on_visit_due, workers=MOST_WORKERS),
        Hears("asked", (work.VisitAsked,), handlers.on_visit_due, workers=MOST_ASKED),
    ),
    says=(probe.Completed, probe.ProfileSeen, probe.Failed, probe.Recovered, work.VisitDue, audit.Anchored),
    build=build,
    templates=Path(__file__).with_name("templates"),
)
