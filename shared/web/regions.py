"""Names of regions, for pages and mails. Data: ``regions.txt``, the codes of GB/T 2260; local codes are handed in."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from shared.events.region import covers, prefix_of, region_of

NATION = "全国"
LEVELS = 3
MOST_CHOICES = 600
NO_LOCAL: Mapping[str, str] = MappingProxyType({})
_FILE = Path(__file__).with_name("regions.txt")


@cache
def names() -> dict[str, str]:
    """The name of every prefix of two, four or six digits that has one: ``{"4101": "郑州市", …}``."""
    found: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name, *counties = line.split(" ")
        if name != "-":
            found[code] = name
        found.update({code + county[:2]: county[2:] for county in counties})
    return found


def region_name(region: str, local: Mapping[str, str] = NO_LOCAL) -> str:
    """The name in full, 河南省郑州市金水区, of a path (``41.01.05.0``) or a prefix (``41.01``; the empty one: 全国).

    ``local`` are the names of local codes by region. What has no name is added as its path: 金水区（41.01.05.gx）.
    """
    return "".join(_names_of(region, local)) + _unnamed(region, local)


def short_region_name(region: str, local: Mapping[str, str] = NO_LOCAL) -> str:
    """The last part of the name: 金水区."""
    return _names_of(region, local)[-1] + _unnamed(region, local)


def region_choices(below: Collection[str], local: Mapping[str, str], *, whole: bool) -> list[tuple[str, str]]:
    """What may be chosen below some prefixes: regions as prefixes or ``whole`` (``41.01.05.0``), with names in full.

    Of more than ``MOST_CHOICES`` only provinces and cities are left: nobody reads a list of all counties.
    """
    national = [region_of(".".join(code[at : at + 2] for at in range(0, len(code), 2))) for code in names()]
    found = sorted(one for one in (*national, *local) if any(covers(prefix, one) for prefix in below))
    if len(found) > MOST_CHOICES:
        found = [one for one in found if one.split(".")[2:] == ["00", "0"]]
    return [(one if whole else prefix_of(one), region_name(one, local)) for one in found]


def _codes(region: str) -> list[str]:
    """The codes above and of ``region``: ``["41", "4101", "410105"]``; a local code makes a fourth, with a dot."""
    tokens = region.split(".")
    counted = [
        f"{'.' if at == LEVELS else ''}{token}" for at, token in enumerate(tokens) if token not in ("", "0", "00")
    ]
    return ["".join(counted[:length]) for length in range(1, len(counted) + 1)]


def _names_of(region: str, local: Mapping[str, str]) -> list[str]:
    known = [names()[code] for code in _codes(region) if code in names()]
    return [*known, *([local[region]] if region in local else [])] or [NATION]


def _unnamed(region: str, local: Mapping[str, str]) -> str:
    codes = _codes(region)
    return f"（{region}）" if codes and codes[-1] not in names() and region not in local else ""
