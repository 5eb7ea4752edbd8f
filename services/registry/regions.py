"""行政区划 as a tree: the codes of GB/T 2260 (shared/web/regions.txt) with the local codes that offices add below them.

A 直辖市 has its districts and counties right below it, a 省直辖县级单位 its province: what has no name of its own
(``11.01``, ``41.90``) is no region.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from shared.events.region import COUNTRY, is_region, prefix_of, region_of, region_tokens
from shared.web.regions import names

STATISTICAL = re.compile(r"66\d{4}|\d{4}7[1-9]")
"""Codes of 兵团 (66) and of development zones (71 to 79), which statistics use and GB/T 2260 does not give."""
SIX = 6


class Level(StrEnum):
    """层级 of a region; a local code is below all others."""

    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    LOCAL = "local"


class Known(StrEnum):
    """Whether a region exists."""

    YES = "yes"
    STATISTICAL = "statistical"
    UNKNOWN = "unknown"


def level(region: str) -> Level:
    """The level of a region of four tokens."""
    province, city, county, local = region.split(".")
    if local != "0":
        return Level.LOCAL
    if county != "00":
        return Level.COUNTY
    if city != "00":
        return Level.CITY
    return Level.PROVINCE if province != "00" else Level.COUNTRY


def parent(region: str) -> str | None:
    """The region right above, None for the country: of ``11.01.05.0`` it is ``11.00.00.0``."""
    tokens = region.split(".")
    for length in (3, 2, 1, 0):
        above = region_of(".".join(tokens[:length]))
        if above != region and (above == COUNTRY or _code(above) in names()):
            return above
    return None


def children(region: str, local: Collection[str] = ()) -> list[str]:
    """The regions right below, by code; ``local`` are the regions that offices added."""
    return [one for one in _all(local) if parent(one) == region]


def known(region: str, local: Collection[str] = ()) -> Known:
    """Whether ``region`` is in the national table or among ``local``, or has a code that only statistics use."""
    if not is_region(region):
        return Known.UNKNOWN
    if region == COUNTRY or region in local:
        return Known.YES
    if level(region) is Level.LOCAL:
        return Known.UNKNOWN
    code = _code(region)
    if code in names():
        return Known.YES
    return Known.STATISTICAL if STATISTICAL.fullmatch(code.ljust(SIX, "0")) else Known.UNKNOWN


def of_code(code: str) -> str:
    """The region of six digits. What stands for a whole 直辖市 (``110100``) is the 直辖市. Raises ValueError."""
    region = region_tokens(code)
    if level(region) is Level.CITY and _code(region) not in names():
        above = region_of(code[:2])
        if any(one.startswith(_code(region)) for one in names()):
            return above
    return region


def search(text: str, local: Mapping[str, str], limit: int = 50) -> list[str]:
    """Regions whose name holds ``text`` or whose code or path begins with it; ``local`` are names by region."""
    wanted = text.strip()
    if not wanted:
        return []
    digits = wanted.replace(".", "")
    found = (
        region
        for region in _all(local)
        if wanted in (local.get(region) or names().get(_code(region), ""))
        or (digits.isdigit() and region.replace(".", "").startswith(digits))
    )
    return [region for region, _ in zip(found, range(limit), strict=False)]


def _all(local: Collection[str]) -> Iterator[str]:
    national = (region_tokens(code.ljust(SIX, "0")) for code in names())
    yield from sorted({*national, *local})


def _code(region: str) -> str:
    """The digits that name a region in the national table: ``4101`` of ``41.01.00.0``."""
    return prefix_of(f"{region.rpartition('.')[0]}.0").replace(".", "")
