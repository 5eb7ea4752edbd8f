"""Pages of the register: the entries a reader asked for, how many there are, and the figures above them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from services.registry.search import Query, window
from services.registry.store import OUTLETS_COUNTED, OutletDocument, Store
from shared.documents import Scope
from shared.events.region import covers

Counts = TypeVar("Counts", bound=Mapping[Any, int])
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
        self._remembered: dict[str, tuple[datetime, object]] = {}

    async def count(self, query: Query, seen: Scope) -> int:
        """How many outlets ``query`` asks for."""
        if not query.narrowed:
            return (await self.figures(seen)).total
        where = await self._store.asked_for(query, seen)

        async def counted() -> Counter[str]:
            return Counter({"all": await self._store.outlets.count(seen, where)})

        return (await self._remember(f"count {seen} {where}", counted))["all"]

    async def entries(self, query: Query, seen: Scope, total: int, skip: int) -> list[OutletDocument]:
        """Entries ``skip`` to ``skip + SIZE`` of the ``total`` that ``query`` asks for, in its order."""
        where = await self._store.asked_for(query, seen)
        order, start, limit = window(total, skip, SIZE, query.order())
        found = await self._store.browse(seen, where, order, start, limit)
        return found if order == query.order() else found[::-1]

    async def figures(self, seen: Scope) -> Figures:
        """What there is to see in ``seen``."""
        counted = await self._remember(f"figures {seen}", lambda: self._store.outlets.counted(seen, OUTLETS_COUNTED))
        kinds, regions = Counter[tuple[str, str]](), Counter[str]()
        for (region, kind, state), many in counted.items():
            kinds[kind, state] += many
            regions[region] += many
        return Figures(kinds, regions)

    async def _remember(self, key: str, count: Callable[[], Awaitable[Counts]]) -> Counts:
        """What ``count`` gives, now or a moment ago."""
        now = self._now()
        self._remembered = {one: kept for one, kept in self._remembered.items() if now - kept[0] < FRESH}
        kept = self._remembered.get(key)
        if kept is not None:
            return cast("Counts", kept[1])
        counted = await count()
        if sum(counted.values()) >= MANY:
            self._remembered[key] = (now, counted)
        return counted
