"""Pages of the register: the entries a reader asked for, how many there are, and the figures above them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.registry.records import OUTLETS_COUNTED, OutletDocument
from services.registry.search import Query, window
from services.registry.store import Store
from shared.documents import SYSTEM, Scope
from shared.events.region import covers

SIZE = 50
LEVELS = 4
FRESH = timedelta(seconds=30)
"""How old a count of what a whole province may see may be."""
MANY = 2000
"""A count of at least so many is remembered for ``FRESH``."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many outlets a reader may see: by kind and state, and by region."""

    kinds: Mapping[tuple[str, str], int]
    regions: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.kinds.values())

    def of(self, kind: str, *states: str) -> int:
        """How many of a kind are in one of ``states``, or in any."""
        return sum(many for (one, state), many in self.kinds.items() if one == kind and (not states or state in states))

    def parts(self, prefix: str) -> tuple[str, dict[str, int]]:
        """Where a region divides: the first prefix from ``prefix`` down with several parts, and how many lie in each.

        Without several parts anywhere below there are none.
        """
        lying = {region: many for region, many in self.regions.items() if covers(prefix, region)}
        for depth in range(prefix.count(".") + 2 if prefix else 1, LEVELS + 1):
            parts: Counter[str] = Counter()
            for region, many in lying.items():
                parts[".".join(region.split(".")[:depth])] += many
            if len(parts) > 1:
                return ".".join(next(iter(parts)).split(".")[:-1]), dict(sorted(parts.items()))
        return prefix, {}


class Browsing:
    """Reads the register for its pages. Remembers large counts for half a minute, by scope and filter."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._remembered: dict[str, tuple[datetime, int]] = {}
        self._everything: Mapping[tuple[Any, ...], int] = {}

    async def count(self, query: Query, seen: Scope) -> int:
        """How many outlets ``query`` asks for."""
        if not query.narrowed:
            return (await self.figures(seen)).total
        where = await self._store.asked_for(query, seen)

        return await self._remember(f"{seen} {where}", lambda: self._store.outlets.count(seen, where))

    async def entries(self, query: Query, seen: Scope, total: int, skip: int) -> list[OutletDocument]:
        """Entries ``skip`` to ``skip + SIZE`` of the ``total`` that ``query`` asks for, in its order."""
        where = await self._store.asked_for(query, seen)
        order, start, limit = window(total, skip, SIZE, query.order())
        dense = query.dense and total >= MANY
        found = await self._store.browse(seen, where, order, start, limit, dense=dense)
        return found if order == query.order() else found[::-1]

    async def figures(self, seen: Scope) -> Figures:
        """What there is to see in ``seen``: large numbers as ``refresh`` last found them, small ones as they are."""
        known = Counter(
            {
                row: many
                for row, many in self._everything.items()
                if not seen.units and any(covers(prefix, row[0]) for prefix in seen.regions)
            }
        )
        return _figures(known if known.total() >= MANY else await self._store.outlets.counted(seen, OUTLETS_COUNTED))

    async def refresh(self) -> None:
        """Count everything, so that nobody who looks has to wait for it."""
        self._everything = await self._store.outlets.counted(SYSTEM, OUTLETS_COUNTED)

    async def _remember(self, key: str, count: Callable[[], Awaitable[int]]) -> int:
        """What ``count`` gives, now or, when that is many, a moment ago."""
        now = self._now()
        self._remembered = {one: kept for one, kept in self._remembered.items() if now - kept[0] < FRESH}
        if key in self._remembered:
            return self._remembered[key][1]
        counted = await count()
        if counted >= MANY:
            self._remembered[key] = (now, counted)
        return counted


def _figures(counted: Mapping[Any, int]) -> Figures:
    kinds, regions = Counter[tuple[str, str]](), Counter[str]()
    for (region, kind, state), many in counted.items():
        kinds[kind, state] += many
        regions[region] += many
    return Figures(kinds, regions)
