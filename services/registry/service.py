"""Wiring: what the registry hears, says, serves and does by itself."""

from pathlib import Path

from services.registry import api, handlers, networks, pages, people
from services.registry.app import Registry
from services.registry.store import Store
from shared.bus import Hears
from shared.events import probe, registry, work
from shared.identity import Provider
from shared.runtime import Base, Service
from shared.web import account_router, components_router, sign_in_router

HEARS = (
    Hears("approved", (registry.FilingApproved,), handlers.on_approved),
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
)


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(Store(base.database), base.now, base.settings.egress_extranets)
    provider = Provider.from_settings(base.settings, base.egress, base.now)
    app.routers = [
        api.router(app),
        pages.router(app),
        networks.router(app),
        people.router(app, base.identity),
        sign_in_router(base.identity, provider),
        account_router(base.identity, app.store.unit_names),
        components_router(),
    ]
    return app


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"))
