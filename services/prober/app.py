"""The prober as one object: what its handlers, duties, pages and API work on."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from services.prober.plan import Pace
from services.prober.store import Store
from services.prober.visit import Means
from shared.directory import Directory
from shared.runtime import Base, Duty
from shared.settings import Settings

ACTOR = "service:prober"


@dataclass
class Prober:
    """What ``build`` makes. ``places`` bounds the visits under way at once, ``long_places`` those that take minutes."""

    base: Base
    store: Store
    directory: Directory
    means: Means
    places: asyncio.Semaphore
    long_places: asyncio.Semaphore
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()

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
