"""Wiring: what the registry hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from services.registry import api, handlers, pages
from services.registry.app import Registry
from services.registry.store import Store
from shared.audit.relay import Recorder
from shared.bus import Hears
from shared.events import audit, probe, registry, work
from shared.runtime import Base, Duty, Service
from shared.web import components_router, sign_in_router

HEARS = (
    Hears("approved", (registry.FilingApproved,), handlers.on_approved),
    Hears("anchors", (audit.Anchored,), handlers.on_anchored),
    Hears("profiles", (probe.ProfileSeen,), handlers.on_profile_seen),
)
SAYS = (
    registry.Opened,
    registry.Changed,
    registry.Suspended,
    registry.Closed,
    registry.UnitChanged,
    registry.OfficeChanged,
    registry.FilingSubmitted,
    registry.FilingReturned,
    registry.FilingApproved,
    registry.ChangeUnfiled,
    registry.UnfiledSettled,
    work.VisitDue,
    audit.Anchored,
)


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(Store(base.database), base.now)
    people = Recorder(app.store.audit, base.identity.database, place=partial(handlers.placed, app))
    base.identity.record = partial(handlers.on_sign_in, app)
    app.duties = (Duty("people on record", 2.0, people.sweep),)
    app.routers = [api.router(app), pages.router(app), sign_in_router(base.identity), components_router()]
    return app


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
