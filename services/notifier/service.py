"""Wiring: what the notifier hears, says, serves and does by itself."""

from pathlib import Path

from services.notifier import api, feeding, handlers, pages
from services.notifier.alerts import ALERTING
from services.notifier.app import Notifier
from services.notifier.follow_up import EVERY, FORGET_EVERY, follow_up, forget_recipients
from services.notifier.store import Store
from shared import localities
from shared.bus import Hears
from shared.events import audit, notice, registry, score, work
from shared.extranets import Extranets
from shared.runtime import Base, Duty, Service

HEARS = (
    Hears("findings", (score.FindingRaised, score.FindingCleared), handlers.on_finding),
    Hears("alerts", ALERTING, handlers.on_alert),
    Hears("notices", (notice.Issued, notice.Overdue, notice.Closed), handlers.on_notice),
    Hears("work", (work.NotifierDue,), handlers.on_due, workers=16),
    Hears("extranets", (registry.ExtranetChanged,), handlers.on_extranet),
    Hears("anchors", (audit.Anchored,), handlers.on_anchored),
    localities.HEARD,
    Hears("feed", feeding.FOR_OFFICES, feeding.on_fact, batch=100),
)
SAYS = (
    notice.Issued,
    notice.Received,
    notice.Replied,
    notice.Overdue,
    notice.Closed,
    work.NotifierDue,
    audit.Anchored,
)


async def build(base: Base) -> Notifier:
    """The notifier at work."""
    app = Notifier(base, Store(base.database), Extranets(base.database, base.settings.egress_extranets))
    app.routers = [api.router(app), api.events(app), pages.router(app)]
    app.duties = (
        Duty("follow up", EVERY, lambda: follow_up(app)),
        Duty("forget recipients", FORGET_EVERY, lambda: forget_recipients(app)),
        Duty("feed endpoints", feeding.PAUSE, lambda: feeding.feed(app)),
    )
    return app


SERVICE = Service("notifier", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
