"""Codes that change every half minute (TOTP, RFC 6238 over RFC 4226: HMAC-SHA-1, six digits, 30 seconds). Pure."""

import hmac
from base64 import b32encode
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote, urlencode

STEP = 30
DIGITS = 6
NEIGHBOURS = 1
"""Steps before and after the present one that count too: clocks of telephones differ (RFC 6238, 5.2)."""
SECRET_BYTES = 20
ISSUER = "govwatch"


def counter_at(at: datetime) -> int:
    """The number of the step that ``at`` lies in."""
    return int(at.timestamp()) // STEP


def code_of(secret: bytes, counter: int) -> str:
    """The code of step ``counter``: six digits (RFC 4226, 5.3)."""
    mac = hmac.new(secret, counter.to_bytes(8, "big"), sha1).digest()
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def accepted(secret: bytes, code: str, at: datetime, last: int) -> int | None:
    """The step whose code this is, None when it is wrong or not newer than ``last``, the step used before.

    Every neighbouring step is compared, so that the time taken does not tell which one it was.
    """
    now = counter_at(at)
    steps = range(now - NEIGHBOURS, now + NEIGHBOURS + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return next((step for step in fitting if step > last), None)


def typed_key(secret: bytes) -> str:
    """The secret as people type it into an app: base32 in groups of four."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address_of(secret: bytes, login: str) -> str:
    """The secret as an ``otpauth:`` address, which apps read from a QR code."""
    query = urlencode({"secret": b32encode(secret).decode().rstrip("="), "issuer": ISSUER})
    return f"otpauth://totp/{quote(f'{ISSUER}:{login}')}?{query}"
