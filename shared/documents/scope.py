"""What a reader may see, as a filter every query carries."""

from dataclasses import dataclass
from typing import Any

from shared.events.region import covers


@dataclass(frozen=True, slots=True)
class Scope:
    """Regions (prefixes; the empty one is the whole country) and units (ids) whose documents may be seen."""

    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def covers(self, region: str, unit: str = "") -> bool:
        """Whether a document of ``region`` and ``unit`` is in this scope."""
        return any(covers(prefix, region) for prefix in self.regions) or (unit != "" and unit in self.units)

    def where(self) -> dict[str, Any]:
        """The MongoDB filter: index-friendly ranges on ``region``, and ``unit``."""
        if "" in self.regions:
            return {}
        choices: list[dict[str, Any]] = [{"region": below(prefix)} for prefix in self.regions]
        if self.units:
            choices.append({"unit": {"$in": list(self.units)}})
        if len(choices) == 1:
            return choices[0]
        return {"$or": choices} if choices else {"_id": {"$in": []}}


def below(prefix: str) -> dict[str, str]:
    """What holds exactly the region paths in ``prefix``: itself, and those that go on with a dot.

    "." sorts just before "/", and before every other character of a path: one range, which one index can walk.
    """
    return {"$gte": prefix, "$lt": prefix + "/"}


SYSTEM = Scope(regions=("",))
"""A service reading its own documents for itself."""

NOTHING = Scope()
