"""Names of the regions with local codes (开发区, 管委会): a service's own copy, fed by what the registry says."""

from shared.bus import Heard, Hears
from shared.documents import SYSTEM, Database, Document, Stale
from shared.events import registry

RELOAD_EVERY = 60.0


class LocalityEntry(Document):
    """A region with a local code as last heard of."""

    body: registry.LocalRegion


class Localities:
    """The regions. The highest revision wins, whatever order facts arrive in.

    ``names`` are their names by region, for pages: one mapping for the life of the service, also of those that ended.
    """

    def __init__(self, database: Database) -> None:
        self._entries = database.documents("localities", LocalityEntry)
        self.names: dict[str, str] = {}

    async def hear(self, heard: Heard[registry.RegionChanged]) -> None:
        """Take in what the registry says."""
        body = heard.fact.region
        await self._keep(LocalityEntry(id=body.region, region=body.region, body=body))
        await self.load()

    async def load(self) -> None:
        """Read the names again: another copy of this service may have heard of them."""
        entries = await self._entries.find(SYSTEM)
        self.names.update({entry.body.region: entry.body.name for entry in entries})

    async def _keep(self, entry: LocalityEntry) -> None:
        while not await self._entries.create(entry):
            kept = await self._entries.get(entry.id, SYSTEM)
            if kept is None or kept.body.revision >= entry.body.revision:
                return
            try:
                await self._entries.change(entry.model_copy(update={"version": kept.version}))
            except Stale:
                continue
            return


async def on_region(localities: Localities, heard: Heard[registry.RegionChanged]) -> None:
    """Keep the name of a region with a local code."""
    await localities.hear(heard)


HEARD = Hears("regions", (registry.RegionChanged,), on_region)
"""The line of every service's HEARS table: what runs a service answers it, before its application is asked."""
