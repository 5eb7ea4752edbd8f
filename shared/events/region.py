"""行政区划 as four tokens: province, city, county (GB/T 2260) and a local code.

``41.01.05.0`` is 金水区 of 郑州; ``41.01.00.0`` is 郑州 itself; ``41.00.00.0`` is 河南. A *prefix* (``41.01``, or
the empty string for the whole country) names a region with everything below it.
"""

import re
from typing import Annotated

from pydantic import StringConstraints

REGION = r"^\d{2}\.\d{2}\.\d{2}\.[0-9A-Za-z]{1,12}$"
PREFIX = r"^(\d{2}(\.\d{2}(\.\d{2}(\.[0-9A-Za-z]{1,12})?)?)?)?$"

Region = Annotated[str, StringConstraints(pattern=REGION)]
RegionPrefix = Annotated[str, StringConstraints(pattern=PREFIX)]

COUNTRY = "00.00.00.0"


def is_region(text: str) -> bool:
    """Whether ``text`` is a full region path of four tokens."""
    return re.fullmatch(REGION[1:-1], text) is not None


def is_prefix(text: str) -> bool:
    """Whether ``text`` is a region prefix; the empty one is."""
    return re.fullmatch(PREFIX[1:-1], text) is not None


def covers(prefix: str, region: str) -> bool:
    """Whether ``region`` lies in ``prefix``. Compares whole tokens: ``41.0`` covers nothing."""
    return prefix in ("", region) or region.startswith(prefix + ".")


def region_tokens(code: str) -> str:
    """The region path of a six-digit GB/T 2260 code: ``410105`` -> ``41.01.05.0``.

    Raises ValueError when ``code`` is not six digits.
    """
    if not re.fullmatch(r"[0-9]{6}", code):
        raise ValueError(f"a region code has six digits, not {code!r}")
    return f"{code[:2]}.{code[2:4]}.{code[4:]}.0"


def region_of(prefix: str) -> str:
    """The region that a prefix begins with: ``41.01`` -> ``41.01.00.0``, the empty one -> ``00.00.00.0``."""
    tokens = prefix.split(".") if prefix else []
    return ".".join([*tokens, *COUNTRY.split(".")[len(tokens) :]])


def prefix_of(region: str) -> str:
    """The prefix an authority of ``region`` looks after: ``41.01.00.0`` -> ``41.01``, ``00.00.00.0`` -> all."""
    tokens = region.split(".")
    while tokens and tokens[-1] in ("0", "00"):
        tokens.pop()
    return ".".join(tokens)
