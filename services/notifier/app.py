"""The notifier as one object: what its handlers, duties, pages and API work on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from services.notifier.store import Store
from shared.extranets import Extranets
from shared.runtime import Base, Duty

ACTOR = "service:notifier"


@dataclass
class Notifier:
    """What ``build`` makes."""

    base: Base
    store: Store
    extranets: Extranets
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
    fed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something new for an endpoint."""
