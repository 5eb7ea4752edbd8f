"""One unit, several names (卫健局 = 卫生健康局). Pure: a rule only ever proposes, a person decides.

A name is compared within one region, without the region's own name before it and with the abbreviations of
``aliases.yaml`` written out.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from services.registry.refusal import Refused
from services.registry.unit import LONGEST_NAME, Refusal
from shared.events.registry import Unit

RULES = Path(__file__).with_name("aliases.yaml")
LEVEL_SIGNS = ("省", "市", "县", "区")
SHORTEST = 2
"""A place of two signs keeps both: 房县 is never 房."""


class Match(StrEnum):
    """How a name was found."""

    EXACT = "exact"
    ALIAS = "alias"
    PROPOSED = "proposed"
    NONE = "none"


class Proposal(BaseModel):
    """Another name somebody or a rule put forward for a unit, and what a person said of it.

    Confirmed ones are the unit's ``aliases`` and stand here no more.
    """

    model_config = ConfigDict(frozen=True)

    alias: str
    source: Literal["rule", "typed"]
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A unit as far as names go: with the proposals a person rejected."""

    unit: Unit
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a name may mean: the unit, unless ``how`` is none. ``proposed`` needs a person before it is used."""

    how: Match
    unit: Unit | None = None


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    same: tuple[tuple[str, ...], ...]
    endings: Mapping[str, str]


@cache
def rules() -> _Rules:
    """The rules of ``aliases.yaml``."""
    return _Rules.model_validate(yaml.safe_load(RULES.read_text(encoding="utf-8")))


def plain(name: str) -> str:
    """``name`` as names are compared: width, case, blanks and brackets make no difference."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and sign not in "()[]·,.、“”\"'-")


def core(name: str, places: Sequence[str]) -> str:
    """``name`` without the names of its region (``places``, the widest first), abbreviations written out."""
    text = plain(name)
    for place in places:
        full = plain(place)
        short = full[:-1] if full.endswith(LEVEL_SIGNS) and len(full) > SHORTEST else full
        for prefix in (full, short):
            if text.startswith(prefix) and len(text) > len(prefix) + 1:
                text = text[len(prefix) :]
                break
    for ending, longer in rules().endings.items():
        if text.endswith(ending) and not text.endswith(longer):
            text = text.removesuffix(ending) + longer
            break
    bare = text[1:] if text.startswith(LEVEL_SIGNS) else text
    for group in rules().same:
        if text in group or bare in group:
            return group[0]
    return text


def match(name: str, units: Iterable[Named], places: Sequence[str]) -> Found:
    """What ``name`` means among the ``units`` of one region.

    A confirmed alias goes before an equal name: a person said which unit is meant. Two units a rule would propose
    are no proposal: nobody could tell which.
    """
    return matched([name], units, places)[name]


def matched(names: Iterable[str], units: Iterable[Named], places: Sequence[str]) -> dict[str, Found]:
    """``match`` of many names among the same units: every unit is looked at once."""
    known = list(units)
    aliases = {plain(alias): one.unit for one in reversed(known) for alias in one.unit.aliases}
    named = {plain(one.unit.name): one.unit for one in reversed(known)}
    cores: dict[str, list[Named]] = defaultdict(list)
    for one in known:
        cores[core(one.unit.name, places)].append(one)
    found: dict[str, Found] = {}
    for name in names:
        wanted = plain(name)
        near = [one.unit for one in cores.get(core(name, places), ()) if proposable(name, one, places)]
        if wanted in aliases:
            found[name] = Found(Match.ALIAS, aliases[wanted])
        elif wanted in named:
            found[name] = Found(Match.EXACT, named[wanted])
        else:
            found[name] = Found(Match.PROPOSED, near[0]) if len(near) == 1 else Found(Match.NONE)
    return found


def proposable(name: str, one: Named, places: Sequence[str]) -> bool:
    """Whether a rule takes ``name`` for another name of this unit, and nobody has said no to it."""
    taken = {plain(text) for text in (one.unit.name, *one.unit.aliases, *one.rejected)}
    return plain(name) not in taken and core(name, places) == core(one.unit.name, places)


def put_forward(
    one: Named, proposals: Sequence[Proposal], alias: str, source: Literal["rule", "typed"]
) -> tuple[Proposal, ...]:
    """``proposals`` with one more. Raises Refused for a name that is there already, or was rejected."""
    text = alias.strip()
    if not plain(text) or len(text) > LONGEST_NAME:
        raise Refused(Refusal.BAD_FIELD, f"请填写别名，不超过 {LONGEST_NAME} 字。", "alias")
    if plain(text) in map(plain, one.rejected):
        raise Refused(Refusal.REJECTED_BEFORE, "此名称已被否定过；确需使用的，由系统管理员在列表中改为确认。", "alias")
    if plain(text) in map(plain, (one.unit.name, *one.unit.aliases, *(known.alias for known in proposals))):
        raise Refused(Refusal.NOTHING_CHANGED, "此名称已经在列。", "alias")
    return (*proposals, Proposal(alias=text, source=source))


def confirm(
    unit: Unit, proposals: Sequence[Proposal], alias: str, others: Iterable[Unit]
) -> tuple[Unit, tuple[Proposal, ...]]:
    """A person says that ``alias`` is the unit; ``others`` are the region's other units. Raises Refused."""
    rest = tuple(one for one in proposals if one.alias != alias)
    if len(rest) == len(proposals):
        raise Refused(Refusal.NO_PROPOSAL, "没有待确认的这个别名。")
    for other in others:
        if plain(alias) in map(plain, other.aliases):
            raise Refused(Refusal.ALIAS_OF_ANOTHER, f"此名称已确认为“{other.name}”的别名。")
    named = unit.model_copy(update={"aliases": (*unit.aliases, alias), "revision": unit.revision + 1})
    return named, rest


def reject(unit: Unit, proposals: Sequence[Proposal], alias: str) -> tuple[Unit, tuple[Proposal, ...]]:
    """A person says that ``alias`` is not the unit, or no more: no rule proposes it again. Raises Refused."""
    rest = tuple(one for one in proposals if one.alias != alias)
    if alias in unit.aliases:
        left = tuple(text for text in unit.aliases if text != alias)
        unit = unit.model_copy(update={"aliases": left, "revision": unit.revision + 1})
    elif len(rest) == len(proposals):
        raise Refused(Refusal.NO_PROPOSAL, "没有待确认的这个别名。")
    return unit, (*rest, Proposal(alias=alias, source="typed", rejected=True))
