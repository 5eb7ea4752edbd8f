"""Where a redirect may go: a path of our own, nothing else. Pure."""

import re
from urllib.parse import urlsplit

LONGEST = 2000
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """``wanted`` when every browser takes it for a path of the same site, else ``otherwise``."""
    if not wanted or len(wanted) > LONGEST or _UNSAFE.search(wanted):
        return otherwise
    if not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return wanted if not parts.scheme and not parts.netloc else otherwise


def path_of(url: str | None, host: str) -> str:
    """The path and query of ``url`` when it is one of ``host``, else ``/``."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return "/"
    if parts.netloc != host:
        return "/"
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))
