"""What a page was when we looked: packed, and named by the SHA-256 of its bytes as they came. Pure."""

import hashlib
import zlib
from collections.abc import Mapping

LEVEL = 6


def name_of(body: bytes) -> str:
    """The SHA-256 of ``body``, in hex: what events and notices cite."""
    return hashlib.sha256(body).hexdigest()


def pack(body: bytes) -> bytes:
    """``body``, compressed."""
    return zlib.compress(body, LEVEL)


def unpack(packed: bytes) -> bytes:
    """What ``pack`` was given."""
    return zlib.decompress(packed)


def headers(sha256: str, *, download: bool) -> Mapping[str, str]:
    """The headers under which a browser shows evidence, or saves it, and does nothing else with it."""
    place, ending = ("attachment", "bin") if download else ("inline", "txt")
    return {
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Content-Disposition": f'{place}; filename="{sha256}.{ending}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
