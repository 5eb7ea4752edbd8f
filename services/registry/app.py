"""The registry as one object: what its handlers, desk, pages and API work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter

from services.registry.rules import Rules, packaged
from services.registry.store import Store
from shared.runtime import Duty


@dataclass
class Registry:
    """What ``build`` makes."""

    store: Store
    now: Callable[[], datetime]
    extranet_bounds: Sequence[str] = ()
    """The private networks of which administrators may open parts."""
    practice: str = ""
    """What stands behind every name of a practice city (``.demo``)."""
    rules: Rules = field(default_factory=packaged)
    """The filing rules of every region."""
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
