"""Keep the columns that websites were last seen to have, and propose what is not filed of them."""

from services.registry.app import Registry
from services.registry.proposal import Proposed, proposals
from services.registry.records import ColumnsDocument, OutletDocument
from shared.documents import SYSTEM, Scope
from shared.events import probe
from shared.events.registry import Website


async def keep_columns(app: Registry, kept: OutletDocument, seen: probe.ProfileSeen) -> None:
    """Keep what the newest look showed; an older one, or one that did not look for columns, changes nothing."""
    found = seen.profile.columns
    if found is None or not isinstance(kept.outlet.filed, Website):
        return
    fresh = ColumnsDocument(
        id=kept.id,
        region=kept.region,
        unit=kept.unit,
        seen=found,
        whole=seen.profile.columns_whole,
        seen_at=seen.looked_at,
        evidence=seen.evidence,
    )
    if await app.store.columns.create(fresh):
        return
    before = await app.store.columns.get(kept.id, SYSTEM)
    if before is not None and before.seen_at < fresh.seen_at:
        await app.store.columns.change(fresh.model_copy(update={"version": before.version}))


async def proposed(app: Registry, kept: OutletDocument, scope: Scope) -> tuple[ColumnsDocument | None, list[Proposed]]:
    """What was last seen of the columns of an outlet in force, and what of it is not filed."""
    found = await app.store.columns.get(kept.id, scope)
    if found is None or not isinstance(kept.outlet.filed, Website):
        return None, []
    return found, proposals(kept.outlet.filed.columns, found.seen, whole=found.whole)
