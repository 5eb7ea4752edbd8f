"""What the registry does about filings when nobody asks: their day comes, or a limit passes."""

from services.registry import filing as decisions
from services.registry import standing
from services.registry.app import Registry
from services.registry.desk import breaches, of_service, public, said
from services.registry.records import FilingDocument
from shared.audit import derived
from shared.documents import Stale
from shared.events import Fact, registry
from shared.events.registry import FilingKind, OutletState

AT_A_TIME = 200


async def wake(app: Registry) -> None:
    """Look at every filing whose day has come. Safe to run at the same time elsewhere."""
    now = app.now()
    while found := await app.store.waking(decisions.day_of(now), AT_A_TIME):
        for document in found:
            try:
                await _wake(app, document)
            except Stale:
                continue
        if len(found) < AT_A_TIME:
            return


async def _wake(app: Registry, document: FilingDocument) -> None:
    now = app.now()
    filing = document.filing
    facts: list[Fact] = []
    if decisions.is_due(filing, now):
        filing = decisions.take_effect(filing, of_service(now))
        facts.append(registry.FilingInForce(filing=public(document.moved(filing))))
    broken = decisions.overdue(filing, decisions.day_of(now), still_suspended=await _still_suspended(app, document))
    filing = filing.model_copy(update={"broken": (*filing.broken, *broken)})
    changed = document.moved(filing)
    events = [said(fact, changed, "service:registry") for fact in (*facts, *breaches(changed, broken))]
    if not events:
        later = decisions.wakes_on(filing, after=decisions.day_of(now))
        changed = changed.model_copy(update={"wakes_on": later})
    await app.store.filings.change(changed, events, derived(events, document.unit))


async def _still_suspended(app: Registry, document: FilingDocument) -> bool:
    if document.filing.kind is not FilingKind.SUSPEND:
        return False
    outlet = await standing.in_force(app, document.filing.outlet)
    return outlet is not None and outlet.state is OutletState.SUSPENDED and outlet.until == document.filing.until
