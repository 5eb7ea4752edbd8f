"""Whether a request that changes something was really made on one of our own pages. Pure.

Two independent proofs are asked of a browser: where the request comes from (Fetch Metadata, or the Origin header of
older browsers), and a token that only a page of the same session can know.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "page_token"


class Forgery(StrEnum):
    """Why a request is refused."""

    CROSS_SITE = "cross_site"
    UNKNOWN_ORIGIN = "unknown_origin"
    NO_COOKIE = "no_cookie"
    WRONG_TOKEN = "wrong_token"  # noqa: S105 - the name of a reason


def page_token(cookie: str) -> str:
    """The token that the forms of the session in ``cookie`` carry; it does not reveal the cookie."""
    return hmac.new(cookie.encode(), b"page token", sha256).hexdigest()


def forged_origin(headers: Mapping[str, str], public: str = "") -> Forgery | None:
    """What the headers (names in lower case) say against the request, None when nothing.

    ``public`` is the host (and port) people know us by, where a proxy in front changes the Host header.
    """
    site = headers.get("sec-fetch-site")
    if site == "same-origin":
        return None
    if site not in (None, "none"):
        return Forgery.CROSS_SITE
    origin = headers.get("origin")
    if not origin:
        return Forgery.UNKNOWN_ORIGIN
    ours = {name.lower() for name in (headers.get("host"), public) if name}
    return None if urlsplit(origin).netloc.lower() in ours else Forgery.CROSS_SITE


def forged_token(cookie: str | None, token: str | None) -> Forgery | None:
    """What the form's ``token`` says against the request, None when it belongs to the session in ``cookie``."""
    if not cookie:
        return Forgery.NO_COOKIE
    right = hmac.compare_digest(page_token(cookie).encode(), (token or "").encode())
    return None if right else Forgery.WRONG_TOKEN
