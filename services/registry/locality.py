"""Regions with local codes as pure decisions: 开发区 and 管委会, which GB/T 2260 does not know.

Administrators add them below a region of theirs: ``41.01.05.gx`` 高新区, under 金水区. A code is given once: one that
ended stays with its name, for what lay there, and is not used again.
"""

import re
from collections.abc import Collection
from datetime import date
from enum import StrEnum

from services.registry import regions
from services.registry.refusal import Refused
from services.registry.regions import Known, Level
from shared.events.outlets import LocalRegion
from shared.events.region import is_region
from shared.web.regions import region_name

NAME = re.compile(r"[^\x00-\x1f\x7f<>]{2,40}")


class Refusal(StrEnum):
    """Why a local code is not added or changed."""

    BAD_REGION = "bad_region"
    NO_PARENT = "no_parent"
    BAD_NAME = "bad_name"
    NAME_TAKEN = "name_taken"
    CODE_TAKEN = "code_taken"
    BAD_DAY = "bad_day"
    ENDED_ALREADY = "ended_already"
    UNITS_LEFT = "units_left"


def add(region: str, name: str, since: date, there: Collection[LocalRegion]) -> LocalRegion:
    """A new region with a local code; ``there`` are those of the same parent already. Raises Refused."""
    above = parent_of(region)
    if regions.known(above) is not Known.YES:
        raise Refused(Refusal.NO_PARENT, f"上级行政区划“{above}”不在国家代码之内。", "region")
    if any(one.region == region for one in there):
        raise Refused(Refusal.CODE_TAKEN, f"代码“{region}”已经用过，停用后也不再分配给别处。", "region")
    return LocalRegion(region=region, name=_name(name, above, there), since=since, revision=1)


def rename(kept: LocalRegion, name: str, there: Collection[LocalRegion]) -> LocalRegion:
    """The region under another name. Raises Refused."""
    others = [one for one in there if one.region != kept.region]
    named = _name(name, parent_of(kept.region), others)
    return kept.model_copy(update={"name": named, "revision": kept.revision + 1})


def end(kept: LocalRegion, until: date, units: int) -> LocalRegion:
    """The region in force to the end of ``until`` only; ``units`` still lie there. Raises Refused."""
    if kept.until is not None:
        raise Refused(Refusal.ENDED_ALREADY, f"“{kept.name}”已经停用。")
    if units:
        raise Refused(Refusal.UNITS_LEFT, f"“{kept.name}”还有 {units} 个单位，请先把它们划转到别的区划。")
    if until < kept.since:
        raise Refused(Refusal.BAD_DAY, f"停用日期不能早于启用日期（{kept.since}）。", "until")
    return kept.model_copy(update={"until": until, "revision": kept.revision + 1})


def parent_of(region: str) -> str:
    """The region right above one with a local code. Raises Refused when it is none."""
    if not is_region(region) or regions.level(region) is not Level.LOCAL:
        sentence = "本地代码应写成四段，最后一段是 1 至 12 个字母或数字，例如 41.01.05.gx。"
        raise Refused(Refusal.BAD_REGION, sentence, "region")
    return f"{region.rpartition('.')[0]}.0"


def _name(text: str, above: str, others: Collection[LocalRegion]) -> str:
    name = text.strip()
    if not NAME.fullmatch(name):
        raise Refused(Refusal.BAD_NAME, "名称应为 2 至 40 个字，不能含控制字符和尖括号。", "name")
    if any(one.name == name and one.until is None for one in others):
        raise Refused(Refusal.NAME_TAKEN, f"{region_name(above)}之下已有“{name}”。", "name")
    return name
