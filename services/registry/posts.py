"""When each account last posted, as its platform showed it: kept for the clean-up lists."""

from services.registry.app import Registry
from services.registry.records import PostDocument
from shared.bus import Heard
from shared.documents import SYSTEM, Stale
from shared.events import probe


async def on_profile_seen(app: Registry, heard: Heard[probe.ProfileSeen]) -> None:
    """Keep the newest time of a post; one that is not newer changes nothing."""
    seen = heard.fact
    latest, documents = seen.profile.last_post_at, app.store.posts
    if latest is None:
        return
    outlet = await app.store.outlet(seen.outlet, SYSTEM)
    if outlet is None:
        return
    document = PostDocument(id=outlet.id, region=outlet.region, unit=outlet.unit, last_post_at=latest)
    while not await documents.create(document):
        kept = await documents.get(outlet.id, SYSTEM)
        if kept is None or kept.last_post_at >= latest:
            return
        try:
            await documents.change(document.model_copy(update={"version": kept.version}))
        except Stale:
            continue
        return
