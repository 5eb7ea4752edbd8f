"""What somebody asks for, and how things stand when they ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.registry.filing.record import Attached
from services.registry.rules import Count, Limit
from shared.events.registry import FilingKind, Outlet, Particulars


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filing asks for. See ``Filing`` for the days."""

    kind: FilingKind
    filed: Particulars
    purpose: str = ""
    effective_on: date | None = None
    done_on: date | None = None
    until: date | None = None
    into: str | None = None
    after: str | None = None
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How an outlet stands when something is filed or decided for it.

    ``in_force`` is the outlet, None when it was never opened; ``under_way`` counts its filings not yet decided that
    this one may not stand beside; ``open_fields`` are the fields of which an unfiled change is already known
    (``closure``, ``alive`` and ``opening`` among them), ``gone_since`` the day on which such a closure was first seen;
    ``counted`` the kinds of filing in force for it; ``suspensions`` those of this calendar year; ``target`` what it
    shall be merged into; ``has`` how many of each count the unit has already, with the limit; ``first_known`` whether
    the filing it waits for is one of the same outlet that may still come into force, ``waited_for`` whether it is.
    """

    in_force: Outlet | None = None
    under_way: int = 0
    open_fields: frozenset[str] = frozenset()
    gone_since: date | None = None
    counted: frozenset[FilingKind] = frozenset()
    suspensions: int = 0
    target: Outlet | None = None
    has: Mapping[Count, tuple[int, Limit]] = field(default_factory=dict)
    first_known: bool = True
    waited_for: bool = False
