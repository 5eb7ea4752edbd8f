"""The registry as one object: what its handlers, desk, pages and API work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter

from services.registry.store import Store
from services.registry.unfiled import Grace
from shared.runtime import Duty

ACTOR = "service:registry"


class AccountAt(NamedTuple):
    """An account by its address: the platform's code, and the id of the outlet it would be."""

    platform: str
    outlet: str


def no_account(_url: str) -> AccountAt | None:
    """That no address is known as an account's page."""
    return None


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
    account_of: Callable[[str], AccountAt | None] = no_account
    """The account whose page an address is."""
    grace: Callable[[str], Grace] = everywhere
    """What the rules of a region allow before a difference accuses."""
    routers: list[APIRouter] = field(default_factory=list)
    duties: Sequence[Duty] = ()
