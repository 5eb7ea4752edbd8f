"""Names of regions, for pages and mails. Data: ``regions.txt``, the codes of GB/T 2260; local codes are handed in."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

NATION = "全国"
LEVELS = 3
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
