"""What the register knows of the rows of a list, asked for many rows at once."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from services.registry.alias import Found, Match, Named, matched
from services.registry.filing import IN_FORCE, UNDER_WAY, FilingState, Standing, outlet_id
from services.registry.lists.compare import Known, Place, address_forms, address_key, name_key, unit_id
from services.registry.lists.rows import Entry
from services.registry.lists.shapes import Kind
from services.registry.outlet import Approved, fold, in_order
from services.registry.records import FilingDocument, OutletDocument
from services.registry.store import Store
from services.registry.unfiled import Phase
from services.registry.unit_desk import places
from shared.documents import SYSTEM, Scope
from shared.events import covers
from shared.events.registry import Outlet, OutletState, Unit, Website

PAGE = 2_000
ANOTHER = "其他地区的网站"
CLOSED = [OutletState.CLOSED.value, OutletState.MERGED.value]


async def known(store: Store, entries: Sequence[Entry], regions: Sequence[str] = ("",)) -> Known:
    """What the register knows of ``entries``: as their approved filings make it, folded or not.

    Of outlets outside of ``regions`` (prefixes) nothing is told but that they are there.
    """
    ids = [outlet_id(entry.filed) for entry in entries]
    units, bodies, near = await _units(store, entries)
    standing = await _standings(store, ids)
    addresses, named = await _lookalikes(store, [entry for entry in entries if _is_elsewhere(entry, standing)], regions)
    codes = sorted({entry.about.credit_code for entry in entries} - {""})
    holders = await store.units.find(SYSTEM, {"body.credit_code": {"$in": codes, "$gt": ""}}) if codes else []
    return Known(
        standing=standing,
        units={place: frozenset(found) for place, found in units.items()},
        addresses=addresses,
        names=named,
        bodies=bodies,
        near=near,
        codes={kept.body.credit_code: kept.body for kept in holders},
        regions=regions,
        local=frozenset(one.region for one in await store.local_regions() if one.until is None),
    )


async def _units(
    store: Store, entries: Sequence[Entry]
) -> tuple[dict[Place, set[str]], dict[str, Unit], dict[Place, str]]:
    """The units that ``entries`` name: ids by name and region, units by id, and which one an unknown name may mean."""
    names, regions = sorted({entry.unit for entry in entries}), sorted({entry.region for entry in entries})
    units: dict[Place, set[str]] = defaultdict(set)
    bodies: dict[str, Unit] = {}
    for kept in await store.units.find(SYSTEM, {"body.name": {"$in": names}}):
        units[kept.body.name, kept.body.region].add(kept.id)
        bodies[kept.id] = kept.body
    # a confirmed alias goes before an equal name: a person said which unit is meant
    for kept in await store.units.find(SYSTEM, {"region": {"$in": regions}, "body.aliases": {"$in": names}}):
        units.update({(alias, kept.body.region): {kept.id} for alias in kept.body.aliases})
        bodies[kept.id] = kept.body
    first_named = {unit_id(entry.unit, entry.region) for entry in entries}
    for kept in await store.units.find(SYSTEM, {"_id": {"$in": sorted(first_named - bodies.keys())}}):
        bodies[kept.id] = kept.body  # it moved or took another name since a list registered it
    near: dict[Place, str] = {}
    unknown = {(entry.unit, entry.region) for entry in entries} - units.keys()
    for place, found in (await meant(store, unknown)).items():
        if found.how is Match.PROPOSED and found.unit:
            near[place] = found.unit.name
        elif found.unit:
            units[place] = {found.unit.id}
            bodies[found.unit.id] = found.unit
    return units, bodies, near


async def meant(store: Store, unknown: Collection[Place]) -> dict[Place, Found]:
    """What names (each with its region) mean among the units registered in their regions."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, region in sorted(unknown):
        names[region].append(name)
    there: dict[str, list[Named]] = defaultdict(list)
    for kept in await store.units.find(SYSTEM, {"region": {"$in": sorted(names)}}, sort=[("_id", 1)]):
        there[kept.region].append(kept.named)
    return {
        (name, region): found
        for region, asked in names.items()
        for name, found in matched(asked, there[region], places(region)).items()
    }


def _is_elsewhere(entry: Entry, standing: Mapping[str, Standing]) -> bool:
    """Whether an entry is new, or at another address than the one in force."""
    stands = standing.get(outlet_id(entry.filed))
    in_force = stands.in_force if stands else None
    return in_force is None or getattr(in_force.filed, "url", "") != getattr(entry.filed, "url", "")


async def _standings(store: Store, ids: Sequence[str]) -> dict[str, Standing]:
    there = {kept.id: kept for kept in await store.outlets.find(SYSTEM, {"_id": {"$in": list(ids)}})}
    wanted, counting = set(ids), await _filings(store, ids)
    approved: dict[str, list[Approved]] = defaultdict(list)
    under_way: Counter[str] = Counter()
    for kept in counting:
        filing, at = kept.filing, kept.filing.in_force_at
        if filing.state in UNDER_WAY:
            under_way[filing.outlet] += filing.exclusive
        elif at is not None:
            one = Approved(id=kept.id, region=kept.region, filing=filing, at=at)
            for outlet in wanted & {filing.outlet, filing.into}:
                approved[outlet].append(one)
    open_fields: dict[str, set[str]] = defaultdict(set)
    for track in await store.tracks.find(SYSTEM, {"track.outlet": {"$in": list(ids)}, "track.phase": Phase.OPEN.value}):
        open_fields[track.track.outlet].add(track.track.field)
    return {
        id_: Standing(
            in_force=_last(id_, there.get(id_), approved[id_]),
            under_way=under_way[id_],
            open_fields=frozenset(open_fields.get(id_, ())),
        )
        for id_ in {*approved, *under_way}
    }


async def _filings(store: Store, ids: Sequence[str]) -> Sequence[FilingDocument]:
    """The filings of these outlets that count or wait, also those that merged another into one of them."""
    states = [FilingState.APPROVED.value, *sorted({*UNDER_WAY, *IN_FORCE})]
    of = {"$or": [{"filing.outlet": {"$in": list(ids)}}, {"filing.into": {"$in": list(ids)}}]}
    return await store.filings.find(SYSTEM, {**of, "filing.state": {"$in": states}})


def _last(outlet: str, kept: OutletDocument | None, approved: Sequence[Approved]) -> Outlet | None:
    outlets = fold(in_order(kept.folded if kept else (), approved), outlet)
    return (kept.located(outlets[-1]) if kept else outlets[-1]) if outlets else None


async def _lookalikes(
    store: Store, entries: Sequence[Entry], regions: Sequence[str]
) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """The outlets in force at the addresses and with the names of ``entries``."""
    urls = {form for entry in entries if isinstance(entry.filed, Website) for form in address_forms(entry.filed.url)}
    names = {entry.filed.name for entry in entries}
    addresses: dict[str, set[str]] = defaultdict(set)
    named: dict[str, set[str]] = defaultdict(set)
    for outlet in await _outlets(store, "outlet.filed.url", urls) if urls else []:
        if isinstance(outlet.filed, Website):
            addresses[address_key(outlet.filed.url)].add(outlet.id if _told(outlet, regions) else ANOTHER)
    for outlet in await _outlets(store, "outlet.filed.name", names):
        if _told(outlet, regions):
            named[name_key(outlet.filed)].add(outlet.id)
    return (
        {key: frozenset(found) for key, found in addresses.items()},
        {key: frozenset(found) for key, found in named.items()},
    )


def _told(outlet: Outlet, regions: Sequence[str]) -> bool:
    return any(covers(prefix, outlet.region) for prefix in regions)


async def _outlets(store: Store, field: str, values: set[str]) -> list[Outlet]:
    where = {field: {"$in": sorted(values)}, "outlet.state": {"$nin": CLOSED}}
    return [kept.outlet for kept in await store.outlets.find(SYSTEM, where)]


async def in_register(
    store: Store, kind: Kind, scope: Scope, where: Mapping[str, Any] | None = None
) -> AsyncIterator[Outlet]:
    """The websites or the accounts in ``scope`` that are not closed, by id, as their filings make them now.

    ``where`` chooses among them.
    """
    what = {"outlet.filed.kind": "website" if kind == "sites" else "new_media", "outlet.state": {"$nin": CLOSED}}
    after = ""
    while found := await store.outlets.find(
        scope, {"$and": [what, {"_id": {"$gt": after}}, dict(where or {})]}, sort=[("_id", 1)], limit=PAGE
    ):
        standings = await _standings(store, [kept.id for kept in found])
        for kept in found:
            in_force = standings[kept.id].in_force if kept.id in standings else None
            yield in_force or kept.outlet
        after = found[-1].id


async def units_of(store: Store, outlets: Sequence[Outlet]) -> dict[str, Unit]:
    """The units of ``outlets`` by id."""
    ids = sorted({outlet.unit.id for outlet in outlets})
    found: dict[str, Unit] = {}
    for start in range(0, len(ids), PAGE):
        for kept in await store.units.find(SYSTEM, {"_id": {"$in": ids[start : start + PAGE]}}):
            found[kept.id] = kept.body
    return found
