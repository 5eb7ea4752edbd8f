"""Which private networks are open for the outlets of a region now: a service's own copy, fed by registry facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.bus import Heard
from shared.documents import SYSTEM, Database, Document, Index, Stale
from shared.events import registry
from shared.networks import may_be_opened, network_of
from shared.telemetry import logger


class ExtranetEntry(Document):
    """A permission as last heard of."""

    body: registry.Extranet


class Extranets:
    """The permissions. The highest revision wins, whatever order facts arrive in."""

    def __init__(self, database: Database, bounds: Sequence[str]) -> None:
        """``bounds``: the networks of which parts may be opened at all (a setting); what lies outside is not open."""
        self._entries = database.documents("extranets", ExtranetEntry, [Index(("body.prefix",))])
        self._bounds = bounds
        self._log = logger(database.name)

    async def hear(self, heard: Heard[registry.ExtranetChanged]) -> None:
        """Take in what the registry says."""
        body = heard.fact.extranet
        entry = ExtranetEntry(id=body.id, region=heard.event.region or "", body=body)
        while not await self._entries.create(entry):
            kept = await self._entries.get(entry.id, SYSTEM)
            if kept is None or kept.body.revision >= body.revision:
                return
            try:
                await self._entries.change(entry.model_copy(update={"version": kept.version}))
            except Stale:
                continue
            return

    async def of(self, region: str, at: datetime) -> Sequence[str]:
        """The networks (CIDR) open at ``at`` for what belongs to ``region`` (four tokens)."""
        entries = await self._entries.find(SYSTEM, _above(region), sort=[("_id", 1)])
        return [entry.body.network for entry in entries if self._counts(entry.body, at)]

    def _counts(self, body: registry.Extranet, at: datetime) -> bool:
        if not body.in_force(at):
            return False
        network = network_of(body.network)
        if network is not None and may_be_opened(network, self._bounds):
            return True
        self._log.warning("an open network lies outside of what the settings let be opened", network=body.network)
        return False


def _above(region: str) -> dict[str, Any]:
    """Permissions whose prefix covers ``region``: the whole country, and each of the region's own."""
    tokens = region.split(".")
    return {"body.prefix": {"$in": [".".join(tokens[:length]) for length in range(len(tokens) + 1)]}}
