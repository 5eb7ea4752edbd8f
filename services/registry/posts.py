"""When each account last posted and how many follow it, as its platform showed it: kept for the clean-up lists."""

from services.registry.app import Registry
from services.registry.records import PostDocument
from shared.bus import Heard
from shared.documents import SYSTEM, Stale
from shared.events import probe


async def on_profile_seen(app: Registry, heard: Heard[probe.ProfileSeen]) -> None:
    """Keep the newest time of a post and the newest count; what is not newer changes nothing."""
    seen = heard.fact
    if seen.profile.last_post_at is None and seen.profile.followers is None:
        return
    outlet = await app.store.outlet(seen.outlet, SYSTEM)
    if outlet is None:
        return
    documents = app.store.posts
    fresh = with_what_was_seen(PostDocument(id=outlet.id, region=outlet.region, unit=outlet.unit), seen)
    while not await documents.create(fresh):
        kept = await documents.get(outlet.id, SYSTEM)
        if kept is None or (changed := with_what_was_seen(kept, seen)) == kept:
            return
        try:
            await documents.change(changed)
        except Stale:
            continue
        return


def with_what_was_seen(kept: PostDocument, seen: probe.ProfileSeen) -> PostDocument:
    """``kept`` with what of a look is newer. Looks may arrive in any order."""
    posted = [at for at in (kept.last_post_at, seen.profile.last_post_at) if at is not None]
    changed = kept.model_copy(update={"last_post_at": max(posted, default=None)})
    if seen.profile.followers is None or (kept.counted_at is not None and seen.looked_at <= kept.counted_at):
        return changed
    return changed.model_copy(update={"followers": seen.profile.followers, "counted_at": seen.looked_at})
