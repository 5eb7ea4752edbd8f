"""Wiring: what the registry hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from services.registry import api, handlers, networks, pages, people
from services.registry.app import Registry
from services.registry.store import Store
from shared.audit.relay import Recorder
from shared.bus import Hears
from shared.events import audit, probe, registry, work
from shared.identity import Provider
from shared.runtime import Base, Duty, Service
from shared.web import account_router, components_router, sign_in_router

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
    registry.ExtranetChanged,
    registry.FilingSubmitted,
    registry.FilingReturned,
    registry.FilingApproved,
    registry.ChangeUnfiled,
    registry.UnfiledSettled,
    work.VisitAsked,
    audit.Anchored,
)


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(Store(base.database), base.now, base.settings.egress_extranets)
    people_on_record = Recorder(app.store.audit, base.identity.database, place=partial(handlers.placed, app))
    base.identity.on_record = partial(handlers.on_sign_in, app)
    app.duties = (Duty("people on record", 2.0, people_on_record.sweep),)
    provider = Provider.from_settings(base.settings, base.egress, base.now)
    app.routers = [
        api.router(app),
        pages.router(app),
        networks.router(app),
        networks.api(app),
        people.router(app, base.identity),
        sign_in_router(base.identity, provider),
        account_router(base.identity, app.store.unit_names),
        components_router(),
    ]
    return app


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
