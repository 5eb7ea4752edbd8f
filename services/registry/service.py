"""Wiring: what the registry hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from services.registry import api, comparing, existing, handlers, networks, pages, people, suspects
from services.registry.app import Registry
from services.registry.store import Store
from shared.audit.relay import Recorder
from shared.bus import Hears
from shared.events import audit, probe, registry, work
from shared.identity import Provider
from shared.runtime import Base, Duty, Service
from shared.web import account_router, components_router, sign_in_router

LOOK_EVERY = 1800.0
HEARS = (
    Hears("approved", (registry.FilingApproved,), handlers.on_approved),
    Hears("anchors", (audit.Anchored,), handlers.on_anchored),
    Hears("reachable", (probe.Failed, probe.Recovered), existing.on_reachable),
    Hears("profiles", (probe.ProfileSeen,), comparing.on_profile_seen),
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
    registry.OpeningUnfiled,
    registry.ClosureUnfiled,
    registry.StillAlive,
    work.VisitAsked,
    audit.Anchored,
)


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(Store(base.database), base.now, base.settings.egress_extranets)
    people_on_record = Recorder(app.store.audit, base.identity.database, place=partial(handlers.placed, app))
    base.identity.on_record = partial(handlers.on_sign_in, app)
    app.duties = (
        Duty("people on record", 2.0, people_on_record.sweep),
        Duty("the gone", LOOK_EVERY, partial(existing.look_for_the_gone, app)),
        Duty("the closed", LOOK_EVERY, partial(existing.look_after_the_closed, app)),
    )
    provider = Provider.from_settings(base.settings, base.egress, base.now)
    app.routers = [
        api.router(app),
        pages.router(app),
        networks.router(app),
        suspects.router(app),
        people.router(app, base.identity),
        sign_in_router(base.identity, provider),
        account_router(base.identity, app.store.unit_names),
        components_router(),
    ]
    return app


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
