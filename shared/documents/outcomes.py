"""What becomes of a write, and what one upsert of many is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DUPLICATE_KEY = 11000
"""What MongoDB calls a refusal by a unique index."""


class Stale(Exception):  # noqa: N818 - it reads as what happened to the caller's copy
    """The document was changed by somebody else since it was read."""


class Taken(Exception):  # noqa: N818 - it reads as what the value is
    """A unique index holds another document with this value."""


@dataclass(frozen=True, slots=True)
class Merge:
    """One upsert of a projection: ``set`` always, ``on_insert`` when the document is new. Keys may be dotted."""

    id: str
    set: Mapping[str, Any] = field(default_factory=dict)
    on_insert: Mapping[str, Any] = field(default_factory=dict)
