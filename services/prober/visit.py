"""A visit is one slot: one look, and at most one confirming look."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.prober.look import Look, Measurement, undetermined
from services.prober.means import Around, Means
from services.prober.probes import PROBES
from services.prober.probes.reachability import reachability
from services.prober.sources import SOURCES, Reading
from shared.events.probe import Outcome, Reason
from shared.events.registry import NewMedia, Website
from shared.workdays import SHANGHAI

__all__ = ["PROFILE", "Means", "Visit", "visit_account", "visit_website"]

PROFILE = "profile"
"""The name of the one probe of an account: reading it from its source."""

# Somebody answered, so we are online; only for the others the question is worth asking.
NOBODY_ANSWERED = {Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.BROKEN_RESPONSE}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a website showed. ``look`` is the last one made, ``began_at`` the time of the first."""

    began_at: datetime
    look: Look
    looks: Literal[1, 2]
    measurements: Mapping[str, Measurement]


async def visit_website(website: Website, means: Means, asked: Collection[str] = ()) -> Visit:
    """Look, and look again when the first look failed; then let the probes that are asked for measure the last look.

    ``asked`` names probes; empty means all. That of reachability measures every visit. A failure is kept only when
    both looks failed and we ourselves are online; else it is ``own_connectivity``.
    """
    first = await means.look_at(website.url)
    look, opened, looks = first, await reachability(first), 1
    if opened.outcome is Outcome.FAILED:
        await asyncio.sleep(means.pause)
        look = await means.look_at(website.url)
        opened, looks = await reachability(look), 2
        if opened.outcome is Outcome.FAILED and opened.reason in NOBODY_ANSWERED and not await means.online():
            opened = replace(undetermined(Reason.OWN_CONNECTIVITY), measured=opened.measured)
    measurements = {"reachability": opened}
    around = Around(means, look.looked_at.astimezone(SHANGHAI).date(), f"{website.url} {look.looked_at.isoformat()}")
    for name, probe in PROBES.items():
        if name not in measurements and (not asked or name in asked):
            measurements[name] = await probe.measure(look, around)
    return Visit(first.looked_at, look, 1 if looks == 1 else 2, measurements)


async def visit_account(account: NewMedia, means: Means) -> tuple[str, Reading | None]:
    """Read an account from its source: the name of the source and what it gave, None when nothing can read it."""
    name, _, address = account.source.partition(":")
    source = SOURCES.get(name)
    return name, await source(means.look_at, address, account) if source and address else None
