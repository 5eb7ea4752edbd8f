"""Loads what a person may see as small rows, and counts it: see ``services.registry.statistics``."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.registry.app import Registry
from services.registry.filing import Act, FilingState
from services.registry.statistics import NOT_PLANNED, DeedRow, FilingRow, OutletRow, Period, Tally, stood, tally
from shared.audit import Deed
from shared.documents import SYSTEM, Scope
from shared.events.registry import FilingKind, OutletState

AT_A_TIME = 5000
DEEDS = (
    Deed.UNFILED_CONFIRMED,
    Deed.UNFILED_SETTLED,
    Deed.OPENING_UNFILED,
    Deed.CLOSURE_UNFILED,
    Deed.STILL_ALIVE,
)
OF_OUTLETS = (
    "region",
    "folded",
    "outlet.state",
    "outlet.filed.kind",
    "outlet.filed.platform",
    "outlet.filed.site_class",
    "outlet.filed.shared_platform.state",
)
OF_FILINGS = (
    "region",
    "filing.outlet",
    "filing.kind",
    "filing.fields",
    "filing.late",
    "filing.in_force_at",
    "filing.steps.act",
    "filing.steps.at",
    "filing.broken.rule",
    "filing.broken.due_on",
    "filing.filed.kind",
    "filing.filed.shared_platform.state",
)
COUNTS = (FilingKind.OPEN, FilingKind.CHANGE, FilingKind.DOMAIN)


async def counted(app: Registry, seen: Scope, period: Period) -> Tally:
    """The figures of ``period`` in ``seen``."""
    outlets = list(map(_outlet, await app.store.outlets.rows(seen, OF_OUTLETS)))
    filings = list(map(_filing, await app.store.filings.rows(seen, OF_FILINGS, _in(period))))
    on_record = {"record.deed": {"$in": list(DEEDS)}, "record.at": _between(period)}
    deeds = [DeedRow(one.region, one.deed) for one in await app.store.audit.find(seen, on_record, limit=0)]
    return await asyncio.to_thread(tally, await _as_they_stood(app, outlets, period), filings, deeds, period)


async def _as_they_stood(app: Registry, outlets: Sequence[OutletRow], period: Period) -> list[OutletRow]:
    """The outlets at the end of ``period``: those of which something came into force since are folded again."""
    since = {"filing.in_force_at": {"$gte": period.ends}}
    later = {row["filing"]["outlet"] for row in await app.store.filings.rows(SYSTEM, ("filing.outlet",), since)}
    of: dict[str, list[FilingRow]] = {row.id: [] for row in outlets if row.id in later}
    ids = sorted(of)
    for start in range(0, len(ids), AT_A_TIME):
        where = {"filing.outlet": {"$in": ids[start : start + AT_A_TIME]}}
        for filing in map(_filing, await app.store.filings.rows(SYSTEM, OF_FILINGS, where)):
            of[filing.outlet].append(filing)
    found = (stood(row, of[row.id], period) if row.id in of else row for row in outlets)
    return [row for row in found if row is not None]


def _in(period: Period) -> dict[str, Any]:
    days = {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}
    return {
        "filing.state": {"$ne": FilingState.DRAFT.value},
        "filing.steps.0.act": {"$ne": Act.IMPORT.value},
        "$or": [
            {"filing.steps": {"$elemMatch": {"at": _between(period)}}},
            {"filing.in_force_at": _between(period)},
            {"filing.broken": {"$elemMatch": {"due_on": days}}},
        ],
    }


def _between(period: Period) -> dict[str, Any]:
    return {"$gte": period.begins, "$lt": period.ends}


def _outlet(row: Mapping[str, Any]) -> OutletRow:
    outlet = row["outlet"]
    filed = outlet["filed"]
    return OutletRow(
        id=row["_id"],
        region=row["region"],
        of=filed["kind"],
        what=filed.get("site_class") or filed.get("platform", ""),
        state=OutletState(outlet["state"]),
        migration=_migration(filed),
        folded=tuple(row["folded"]),
    )


def _filing(row: Mapping[str, Any]) -> FilingRow:
    filing = row["filing"]
    kind = FilingKind(filing["kind"])
    return FilingRow(
        id=row["_id"],
        outlet=filing["outlet"],
        region=row["region"],
        of=filing["filed"]["kind"],
        kind=kind,
        steps=tuple((Act(step["act"]), step["at"]) for step in filing["steps"]),
        in_force_at=filing.get("in_force_at"),
        fields=tuple(filing.get("fields", ())),
        late=filing.get("late", False),
        broken=tuple((one["rule"], date.fromisoformat(one["due_on"])) for one in filing.get("broken", ())),
        migration=_migration(filing["filed"]) if kind in COUNTS else None,
    )


def _migration(filed: Mapping[str, Any]) -> str:
    return str((filed.get("shared_platform") or {}).get("state", NOT_PLANNED))
