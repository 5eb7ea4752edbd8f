"""The prober as one object: what its handlers, duties, pages and API work on."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from services.prober.plan import Pace
from services.prober.store import Store
from services.prober.visit import Means
from shared.directory import Directory
from shared.events.registry import Outlet
from shared.extranets import Extranets
from shared.runtime import Base, Duty
from shared.settings import Settings

ACTOR = "service:prober"


@dataclass
class Prober:
    """What ``build`` makes. ``places`` bounds the visits under way at once, ``long_places`` those that take minutes.

    ``means_allowing`` are the ``means`` with a gate that also goes to the private networks it is given.
    """

    base: Base
    store: Store
    directory: Directory
    extranets: Extranets
    means: Means
    means_allowing: Callable[[Sequence[str]], Means]
    places: asyncio.Semaphore
    long_places: asyncio.Semaphore
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()

    async def means_for(self, outlet: Outlet) -> Means:
        """What a visit to ``outlet`` needs: a private network is open only to outlets of the region it is open for."""
        networks = await self.extranets.of(outlet.region, self.base.now())
        return self.means_allowing(networks) if networks else self.means

    @property
    def intervals(self) -> Mapping[Pace, int]:
        """Seconds between two visits, by pace."""
        return intervals(self.base.settings)


def intervals(settings: Settings) -> Mapping[Pace, int]:
    """Seconds between two visits, by pace."""
    return {
        Pace.VISIT: settings.visit_interval,
        Pace.CONTENT: settings.content_interval,
        Pace.LINKS: settings.links_interval,
    }
