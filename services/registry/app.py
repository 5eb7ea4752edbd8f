"""The registry as one object: what its handlers, desk, pages and API work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter

from services.registry.store import Store
from services.registry.unfiled import Grace
from shared.runtime import Duty

ACTOR = "service:registry"


def everywhere(_region: str) -> Grace:
    """The grace of every region that has no other."""
    return Grace()


@dataclass
class Registry:
    """What ``build`` makes."""

    store: Store
    now: Callable[[], datetime]
    extranet_bounds: Sequence[str] = ()
    """The private networks of which administrators may open parts."""
    grace: Callable[[str], Grace] = everywhere
    """What the rules of a region allow before a difference accuses."""
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
