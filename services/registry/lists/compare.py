"""A list held against the register: what is new, what changes, what is there already, and what contradicts it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from services.registry.alias import plain
from services.registry.filing import Standing, changed_fields, outlet_id
from services.registry.lists.cells import BLANK
from services.registry.lists.rows import Entry
from services.registry.remarks import Weight
from services.registry.review import review_region
from shared.events import covers
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, Unit, UnitRef, Website

Place = tuple[str, str]
"""A unit's name and its region."""


class Verdict(StrEnum):
    """What a row is to the register."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"


class Why(StrEnum):
    """Why a row is what it is."""

    NOT_THERE = "not_there"
    DIFFERS = "differs"
    EQUAL = "equal"
    OTHER_UNIT = "other_unit"
    CLOSED = "closed"
    UNDER_WAY = "under_way"
    SAME_ADDRESS = "same_address"
    SAME_ADDRESS_IN_LIST = "same_address_in_list"
    UNITS_OF_ONE_NAME = "units_of_one_name"
    UNKNOWN_REGION = "unknown_region"
    UNIT_MOVED = "unit_moved"
    CODE_OF_ANOTHER = "credit_code_of_another"
    CODE_OF_ANOTHER_IN_LIST = "credit_code_of_another_in_list"


@dataclass(frozen=True, slots=True)
class Known:
    """What the register knows of the outlets, units, addresses and names of some rows.

    ``addresses`` and ``names`` give the ids of the outlets in force by ``address_key`` and by ``name_key``, ``bodies``
    the units by id, ``units`` their ids by name or confirmed alias, ``codes`` the units by 统一社会信用代码,
    ``near`` names the one registered unit that an unknown name may mean. ``regions`` are those of which who asks may
    hear, ``local`` the regions with local codes that offices registered.
    """

    standing: Mapping[str, Standing] = field(default_factory=dict)
    units: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    addresses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bodies: Mapping[str, Unit] = field(default_factory=dict)
    codes: Mapping[str, Unit] = field(default_factory=dict)
    near: Mapping[Place, str] = field(default_factory=dict)
    regions: Sequence[str] = ("",)
    local: frozenset[str] = frozenset()

    def tells(self, region: str) -> bool:
        """Whether who asks may hear of what lies in ``region``."""
        return any(covers(prefix, region) for prefix in self.regions)


@dataclass(frozen=True, slots=True)
class Above:
    """What the rows above one brought: the lines of new addresses, the units and lines of 统一社会信用代码.

    ``units`` are the new units by plain name and region: a name written with other brackets is no other unit.
    """

    addresses: dict[str, int] = field(default_factory=dict)
    codes: dict[str, tuple[str, int]] = field(default_factory=dict)
    units: dict[Place, UnitRef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """One row held against the register. ``filed`` is what shall be in force, ``fields`` what that changes.

    ``sentence`` says what contradicts the register and ``field`` where; ``note`` what a person should look at though
    nothing contradicts.
    """

    entry: Entry
    verdict: Verdict
    why: Why
    unit: UnitRef
    filed: Particulars
    standing: Standing
    fields: tuple[str, ...] = ()
    field: str = ""
    sentence: str = ""
    note: str = ""


def unit_id(name: str, region: str) -> str:
    """The id of a unit that is registered by its name and region alone."""
    return "u-" + sha256(f"{region}\n{name}".encode()).hexdigest()[:12]


def address_key(url: str) -> str:
    """A web address without what makes no other place of it: scheme, case of the host, a slash at the end."""
    parts = urlsplit(url)
    return f"{parts.netloc.casefold()}{parts.path.rstrip('/')}{'?' + parts.query if parts.query else ''}"


def address_forms(url: str) -> list[str]:
    """The ways in which an address of the same key is usually written."""
    rest = url.partition("://")[2].rstrip("/")
    return [f"{scheme}://{rest}{slash}" for scheme in ("http", "https") for slash in ("", "/")]


def name_key(filed: Particulars) -> str:
    """A name among those it can be taken for: websites, or the accounts of one platform."""
    return f"{filed.platform if isinstance(filed, NewMedia) else 'website'}\n{filed.name}"


def judge(entry: Entry, known: Known, above: Above) -> Judged:
    """What ``entry`` is to the register; ``above`` remembers what it brings for the rows below."""
    id_ = outlet_id(entry.filed)
    standing = known.standing.get(id_, Standing())
    in_force = standing.in_force
    unit, several = _unit(entry, in_force, known, above)
    filed = _kept(entry.filed, in_force.filed) if in_force else entry.filed
    fields = changed_fields(in_force.filed, filed) if in_force else ()
    verdict, why = _verdict(in_force, fields)
    against = (
        _nowhere(entry, known)
        or _elsewhere(in_force, known)
        or _moved(entry, unit, known)
        or _against(entry, unit, standing, verdict, several=several)
        or (_code(entry, unit, known, above) if verdict is Verdict.NEW else None)
    )
    if against is None and isinstance(filed, Website) and (verdict is Verdict.NEW or "url" in fields):
        against = _address(entry, filed, known, above)
    if against is not None:
        why, name, sentence = against
        return Judged(entry, Verdict.CONFLICT, why, unit, filed, standing, fields, name, sentence)
    others = known.names.get(name_key(filed), frozenset()) - {id_} if verdict is Verdict.NEW else None
    notes = [f"台账中已有同名的{'、'.join(sorted(others)[:3])}，请核对是否重复"] if others else []
    notes += [note] if (note := _of_unit(entry, unit, known)) else []
    return Judged(entry, verdict, why, unit, filed, standing, fields, note="；".join(notes))


def _nowhere(entry: Entry, known: Known) -> tuple[Why, str, str] | None:
    """Whether a row is for a region that does not exist."""
    said = [one for one in review_region(entry.region, known.local) if one.weight is Weight.REFUSE]
    return (Why.UNKNOWN_REGION, "region", said[0].sentence) if said else None


def _of_unit(entry: Entry, ref: UnitRef, known: Known) -> str:
    """What a list says otherwise of a unit that is registered already, or which one a new name may mean."""
    unit = known.bodies.get(ref.id)
    if unit is None:
        near = known.near.get((entry.unit, entry.region))
        return f"“{entry.unit}”可能是已登记的“{near}”的别名；导入时另行登记，并列为待确认的别名，请核对" if near else ""
    differs = any(
        value not in ("", None) and value != getattr(unit, name) for name, value in asdict(entry.about).items()
    )
    return f"台账中“{unit.name}”的单位信息与本行不同，导入不改单位信息，请核对" if differs else ""


def _verdict(in_force: Outlet | None, fields: Sequence[str]) -> tuple[Verdict, Why]:
    if in_force is None:
        return Verdict.NEW, Why.NOT_THERE
    return (Verdict.CHANGED, Why.DIFFERS) if fields else (Verdict.SAME, Why.EQUAL)


def _unit(entry: Entry, in_force: Outlet | None, known: Known, above: Above) -> tuple[UnitRef, bool]:
    """The unit a row means, and whether several may be meant."""
    if in_force is not None and (in_force.unit.name.strip(BLANK), in_force.region) == (entry.unit, entry.region):
        return in_force.unit, False
    derived = unit_id(entry.unit, entry.region)
    ids = known.units.get((entry.unit, entry.region), frozenset())
    if in_force is not None and in_force.unit.id in ids:
        return in_force.unit, False
    id_ = derived if not ids or derived in ids else min(ids)
    meant = known.bodies.get(id_)
    if not ids and meant is None:
        place = plain(entry.unit) or entry.unit, entry.region
        return above.units.setdefault(place, UnitRef(id=id_, name=entry.unit)), False
    return UnitRef(id=id_, name=meant.name if meant else entry.unit), id_ != derived and len(ids) > 1


def _kept(filed: Particulars, in_force: Particulars) -> Particulars:
    """``in_force`` with what the list says; where it says nothing or differs in blanks only, what is in force stays."""
    said = {
        name: value
        for name in filed.model_fields_set
        if not _says_nothing(value := getattr(filed, name), getattr(in_force, name, None))
    }
    return in_force.model_copy(update=said) if type(in_force) is type(filed) else filed


def _says_nothing(value: object, before: object) -> bool:
    if value in ("", (), None):
        return True
    if isinstance(value, tuple) and isinstance(before, tuple):
        return value == tuple(one.strip(BLANK) if isinstance(one, str) else one for one in before)
    return isinstance(value, str) and isinstance(before, str) and value == before.strip(BLANK)


def _elsewhere(in_force: Outlet | None, known: Known) -> tuple[Why, str, str] | None:
    """What is said of an outlet of which who asks may not hear: that it is another's, and nothing else."""
    if in_force is None or known.tells(in_force.region):
        return None
    return Why.OTHER_UNIT, "", "该标识码或账号已由其他单位备案，请与主管单位核对"


def _moved(entry: Entry, unit: UnitRef, known: Known) -> tuple[Why, str, str] | None:
    """Whether a row names a unit where it was before it moved: a list of before brings nothing back."""
    meant = known.bodies.get(unit.id)
    if meant is None or meant.region == entry.region:
        return None
    where = f"{meant.name}（{meant.region}）" if known.tells(meant.region) else "其他地区"
    return Why.UNIT_MOVED, "unit", f"“{entry.unit}”已划转，现为{where}，请按现在的名称和行政区划填写"


def _against(
    entry: Entry, unit: UnitRef, standing: Standing, verdict: Verdict, *, several: bool
) -> tuple[Why, str, str] | None:
    in_force = standing.in_force
    if in_force is not None and in_force.unit.id != unit.id:
        where = f"{in_force.unit.name}（{in_force.region}）"
        return Why.OTHER_UNIT, "unit", f"台账中它属于{where}，与本行的主办单位或行政区划不符，请核对"
    if in_force is not None and in_force.state in (OutletState.CLOSED, OutletState.MERGED):
        return Why.CLOSED, "", "台账中它已永久关停或整合，不能由清单恢复"
    if several:
        return Why.UNITS_OF_ONE_NAME, "unit", f"台账中{entry.region}有几个同名的“{entry.unit}”，分不清是哪一个"
    if standing.under_way and verdict is not Verdict.SAME:
        return Why.UNDER_WAY, "", "它另有一件备案正在办理，办结后再导入"
    return None


def _code(entry: Entry, unit: UnitRef, known: Known, above: Above) -> tuple[Why, str, str] | None:
    """Whether a unit that is not registered yet comes with the 统一社会信用代码 of another: one belongs to one unit."""
    code = entry.about.credit_code
    if not code or unit.id in known.bodies:
        return None
    other = known.codes.get(code)
    if other is not None:
        whose = f"“{other.name}”" if known.tells(other.region) else "其他地区的单位"
        return Why.CODE_OF_ANOTHER, "credit_code", f"此统一社会信用代码已登记在{whose}名下，请核对"
    id_, line = above.codes.setdefault(code, (unit.id, entry.line))
    if id_ == unit.id:
        return None
    return Why.CODE_OF_ANOTHER_IN_LIST, "credit_code", f"与第 {line} 行的统一社会信用代码相同，主办单位不同，请核对"


def _address(entry: Entry, filed: Website, known: Known, above: Above) -> tuple[Why, str, str] | None:
    key = address_key(filed.url)
    others = known.addresses.get(key, frozenset()) - {outlet_id(filed)}
    if others:
        return Why.SAME_ADDRESS, "address", f"台账中 {'、'.join(sorted(others)[:3])} 已是这个网址，标识码不同，请核对"
    line = above.addresses.setdefault(key, entry.line)
    if line != entry.line:
        return Why.SAME_ADDRESS_IN_LIST, "address", f"与第 {line} 行的网址相同，标识码不同，请核对"
    return None
