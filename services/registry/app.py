"""The registry as one object: what its handlers, desk, pages and API work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter

from services.registry.filing import day_of
from services.registry.platforms import key, parse
from services.registry.rules import Rules, packaged
from services.registry.store import Store
from services.registry.unfiled import Grace
from shared.runtime import Duty

ACTOR = "service:registry"


class AccountAt(NamedTuple):
    """An account by its address: the platform's code, and the id of the outlet it would be."""

    platform: str
    outlet: str


def account_at(url: str) -> AccountAt | None:
    """The account whose page ``url`` is, as the table of platforms knows them."""
    found = parse(url)
    return AccountAt(found.platform, key(found.platform, found.subtype, found.account)) if found else None


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
    account_of: Callable[[str], AccountAt | None] = account_at
    """The account whose page an address is."""
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()

    def grace(self, region: str) -> Grace:
        """What the rules of a region allow today before a difference accuses."""
        said = self.rules.grace(region, day_of(self.now()))
        days = {name: timedelta(days=getattr(said, name)) for name in ("lately", "gone", "afterwards", "every")}
        return Grace(pending=said.pending, sightings=said.sightings, **days)
