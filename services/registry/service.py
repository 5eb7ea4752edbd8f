"""Wiring: what the registry hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from services.registry import api, file_pages, filing_api, filing_pages, handlers, inbox, networks, pages, people
from services.registry.app import Registry
from services.registry.store import Store
from services.registry.waking import wake
from shared.audit.relay import Recorder
from shared.bus import Hears
from shared.events import audit, probe, registry, work
from shared.identity import Provider
from shared.runtime import Base, Duty, Service
from shared.web import account_router, components_router, sign_in_router

HEARS = (
    Hears("in-force", (registry.FilingInForce,), handlers.on_in_force),
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
    registry.FilingAccepted,
    registry.FilingApproved,
    registry.FilingInForce,
    registry.FilingWithdrawn,
    registry.FilingOverdue,
    registry.ChangeUnfiled,
    registry.UnfiledSettled,
    work.VisitAsked,
    audit.Anchored,
)


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(Store(base.database), base.now, extranet_bounds=base.settings.egress_extranets)
    people_on_record = Recorder(app.store.audit, base.identity.database, place=partial(handlers.placed, app))
    base.identity.on_record = partial(handlers.on_sign_in, app)
    app.duties = (
        Duty("people on record", 2.0, people_on_record.sweep),
        Duty("filings due", 30.0, partial(wake, app)),
    )
    provider = Provider.from_settings(base.settings, base.egress, base.now)
    app.routers = [
        api.router(app),
        pages.router(app),
        file_pages.router(app),
        filing_pages.router(app),
        filing_api.router(app),
        inbox.router(app),
        networks.router(app),
        people.router(app, base.identity),
        sign_in_router(base.identity, provider),
        account_router(base.identity, app.store.unit_names),
        components_router(),
    ]
    return app


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
