"""Signing as Standard Webhooks 1.0 says: HMAC-SHA256 over ``<id>.<timestamp>.<body>``, one secret for each endpoint.

What is signed are the very bytes that are sent; nothing is serialised a second time. Pure.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret (the standard asks for 24 to 64 bytes)."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, id_: str, at: int, body: bytes) -> str:
    """The signature of one message sent at ``at`` (Unix seconds). Raises ValueError when ``secret`` is none of ours."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not key:
        raise ValueError("a secret without a key signs nothing")
    signed = hmac.new(key, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(secrets_: Iterable[str], id_: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message; one signature for each secret, so that a receiver may know either."""
    at = int(now.timestamp())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signature(secret, id_, at, body) for secret in secrets_),
    }
