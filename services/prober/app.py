"""The prober as one object: what its handlers, duties, pages and API work on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from services.prober.store import Store
from services.prober.visit import Means
from shared.directory import Directory
from shared.runtime import Base, Duty

ACTOR = "service:prober"


@dataclass
class Prober:
    """What ``build`` makes. ``places`` bounds the visits under way at once."""

    base: Base
    store: Store
    directory: Directory
    means: Means
    places: asyncio.Semaphore
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
