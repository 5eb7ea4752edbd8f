"""How many requests a minute one person, token or address may make. Shared by replicas and services.

The limits are far above what people do and what a program needs that pages through everything; what they stop is
somebody who tries out tokens, scrapes, or fills the register by a loop.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from shared.documents import UNAVAILABLE
from shared.identity import Person
from shared.telemetry import logger
from shared.web.forgery import SAFE
from shared.web.host import host_of
from shared.web.session import who

Applies = Callable[[Request, Person | None], bool]


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` requests a minute of the kind that ``applies``."""

    name: str
    most: int
    applies: Applies


def _stranger(_request: Request, person: Person | None) -> bool:
    return person is None


def _changing(request: Request, _person: Person | None) -> bool:
    return request.method not in SAFE


def _evidence(request: Request, _person: Person | None) -> bool:
    return request.url.path.startswith("/prober/evidence/")


def _reading(_request: Request, _person: Person | None) -> bool:
    return True


LIMITS = (
    Limit("stranger", 600, _stranger),
    Limit("changing", 240, _changing),
    Limit("evidence", 240, _evidence),
    Limit("reading", 1200, _reading),
)
"""The classes; a request counts in the first that applies. ``GOVWATCH_RATE_FACTOR`` multiplies them."""
UNCOUNTED = frozenset({"/livez", "/readyz", "/metrics"})


async def over_limit(request: Request) -> int | None:
    """Count this request; the seconds until the next may come when it is one too many, else None.

    A token is counted by itself, a session by its person, everybody else by address. While nobody can count, nobody is
    refused: a request that needs the store is told so by what needs it.
    """
    host = host_of(request)
    factor = host.settings.rate_factor
    if not factor or request.url.path in UNCOUNTED or request.url.path.startswith(f"/{host.service}/static/"):
        return None
    try:
        person = await who(request)
        limit = next(limit for limit in LIMITS if limit.applies(request, person))
        tally = await host.identity.tallies.count(f"{limit.name}\n{_whose(request, person)}", host.now())
    except UNAVAILABLE:
        return None
    most = max(1, round(limit.most * factor))
    if tally.count <= most:
        return None
    if tally.count == most + 1:
        logger(host.service).warning("too many requests", limit=limit.name, person=person.id if person else None)
    return max(1, math.ceil((tally.resets_at - host.now()).total_seconds()))


def _whose(request: Request, person: Person | None) -> str:
    if person is None:
        return f"address {request.client.host if request.client else ''}"
    token = request.headers.get("authorization")
    return f"token {token}" if token else f"person {person.id}"
