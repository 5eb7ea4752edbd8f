"""Names of new-media platforms, for pages. Data: ``platforms.txt``; what else is known of them is the registry's."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("platforms.txt")


class PlatformName(NamedTuple):
    """What a platform is called, and its sub-types by code; the first sub-type is the default."""

    name: str
    subtypes: dict[str, str]


@cache
def platform_names() -> dict[str, PlatformName]:
    """Every platform by code, in the order in which they are offered."""
    found: dict[str, PlatformName] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name, *subtypes = line.split(" ")
        found[code] = PlatformName(name, dict(one.split("=", 1) for one in subtypes))
    return found


def platform_name(platform: str, subtype: str = "") -> str:
    """The name of a platform, or of its sub-type: 微信公众号, 微信视频号. A code without a name is its own name."""
    known = platform_names().get(platform)
    return known.subtypes.get(subtype, known.name) if known else platform
