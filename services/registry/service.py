"""Wiring: what the registry hears, says, serves and does by itself."""

from functools import partial
from pathlib import Path

from fastapi import APIRouter

from services.registry import (
    api,
    cleaning,
    comparing,
    contact_pages,
    exemption_api,
    exemptions,
    existing,
    file_pages,
    filing_api,
    filing_pages,
    handlers,
    inbox,
    list_pages,
    moving,
    networks,
    official,
    outlet_page,
    people,
    posts,
    register,
    statistics_pages,
    suspects,
    unit_api,
    unit_pages,
    zones,
)
from services.registry.app import Registry
from services.registry.browsing import FRESH, Browsing
from services.registry.carrying import carry_on
from services.registry.contact_desk import LOOK_EVERY, Contacts
from services.registry.excusing import Excusing
from services.registry.store import Store
from services.registry.waking import wake
from shared import localities
from shared.audit.relay import Recorder
from shared.bus import Hears
from shared.events import audit, probe, registry, work
from shared.identity import Provider
from shared.runtime import Base, Duty, Service
from shared.web import account_router, components_router, sign_in_router

PRACTICE = ".demo"
EXISTING_EVERY = 1800.0
HEARS = (
    Hears("in-force", (registry.FilingInForce,), handlers.on_in_force),
    Hears("units", (registry.UnitChanged,), moving.on_unit_changed),
    Hears("anchors", (audit.Anchored,), handlers.on_anchored),
    localities.HEARD,
    Hears("profiles", (probe.ProfileSeen,), comparing.on_profile_seen),
    Hears("posts", (probe.ProfileSeen,), posts.on_profile_seen),
    Hears("reachable", (probe.Failed, probe.Recovered), existing.on_reachable),
)
SAYS = (
    registry.Opened,
    registry.Changed,
    registry.Suspended,
    registry.Closed,
    registry.UnitChanged,
    registry.ContactsMissing,
    registry.OfficeChanged,
    registry.ExtranetChanged,
    registry.RegionChanged,
    registry.FilingSubmitted,
    registry.FilingReturned,
    registry.FilingAccepted,
    registry.FilingApproved,
    registry.FilingInForce,
    registry.FilingWithdrawn,
    registry.FilingOverdue,
    registry.ExemptionGranted,
    registry.ExemptionEnded,
    registry.ChangeUnfiled,
    registry.UnfiledSettled,
    registry.OpeningUnfiled,
    registry.ClosureUnfiled,
    registry.StillAlive,
    work.VisitAsked,
    audit.Anchored,
)
END_EXEMPTIONS_EVERY = 60.0


async def build(base: Base) -> Registry:
    """The registry at work."""
    app = Registry(
        Store(base.database),
        base.now,
        extranet_bounds=base.settings.egress_extranets,
        practice=PRACTICE if base.settings.demo else "",
    )
    people_on_record = Recorder(app.store.audit, base.identity.database, place=partial(handlers.placed, app))
    base.identity.on_record = partial(handlers.on_sign_in, app)
    browsing = Browsing(app.store, app.now)
    contacts = Contacts(app, base.identity)
    app.duties = (
        Duty("people on record", 2.0, people_on_record.sweep),
        Duty("filings due", 30.0, partial(wake, app)),
        Duty("imports", 0.5, partial(carry_on, app)),
        Duty("exemptions that are over", END_EXEMPTIONS_EVERY, Excusing(app).expire),
        Duty("contacts of units", LOOK_EVERY, contacts.sweep),
        Duty("the gone", EXISTING_EVERY, partial(existing.look_for_the_gone, app)),
        Duty("the closed", EXISTING_EVERY, partial(existing.look_after_the_closed, app)),
        Duty("figures", FRESH.total_seconds(), browsing.refresh),
        Duty("search keys", 3600.0, partial(handlers.make_keys, app)),
    )
    app.routers = _routers(app, base, browsing, contacts)
    return app


def _routers(app: Registry, base: Base, browsing: Browsing, contacts: Contacts) -> list[APIRouter]:
    provider = Provider.from_settings(base.settings, base.egress, base.now)
    return [
        api.router(app),
        register.router(app, browsing),
        outlet_page.router(app),
        official.router(app),
        official.api(app),
        list_pages.router(app),
        file_pages.router(app),
        filing_pages.router(app),
        filing_api.router(app),
        inbox.router(app),
        networks.router(app),
        exemptions.router(app),
        exemption_api.router(app),
        zones.router(app),
        zones.api(app),
        cleaning.router(app, base.identity),
        cleaning.api(app, base.identity),
        statistics_pages.router(app),
        unit_pages.router(app, base.identity),
        unit_api.router(app),
        contact_pages.router(contacts),
        contact_pages.api(app, contacts),
        suspects.router(app),
        suspects.api(app),
        networks.api(app),
        people.router(app, base.identity),
        sign_in_router(base.identity, provider),
        account_router(base.identity, app.store.unit_names),
        components_router(),
    ]


SERVICE = Service("registry", HEARS, SAYS, build, templates=Path(__file__).with_name("templates"), tabs=register.tabs)
