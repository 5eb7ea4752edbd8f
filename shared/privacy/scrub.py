"""The net behind the types: well-known shapes of secrets and of personal data in plain text, and telling names of keys.

It knows shapes, not people: a name that somebody typed into a sentence stays. That is what the types are for.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import SecretBytes, SecretStr

from shared.privacy.texts import MASK, Opaque

SHORTEST = 6
KEYS = re.compile(r"passw|secret|token|seed$|authorization|cookie|e_?mail|phone|mobile|id_?card", re.IGNORECASE)
"""Names of fields whose value is hidden whatever it is."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def _is_card(digits: str) -> bool:
    """Whether the last of 18 characters is the check digit GB 11643-1999 asks for."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11] == digits[17].upper()


def _number(found: re.Match[str]) -> str:
    text = found[0]
    return text if found.lastgroup == "card" and not _is_card(text) else MASK


_RUN = re.compile(r"[0-9](?:[- ]?[0-9]){10}")
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9]\.)"
    r"(?:(?P<mobile>(?:(?:\+|00)?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4})"
    r"|(?P<card>[1-9][0-9]{16}[0-9Xx]))(?![0-9A-Za-z_])"
)
_WORDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # user and password in an address
    ("://", re.compile(r"://[^\s/?#'\"]{1,500}@"), f"://{MASK}@"),
    # a mail address
    ("@", re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII), MASK),
    # our API tokens, the signing secrets of webhooks, what a program sends to be let in
    ("gov_", re.compile(r"gov_[0-9a-f]{12}_[A-Za-z0-9_-]{43}"), MASK),
    ("whsec_", re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), MASK),
    ("earer", re.compile(r"\b([Bb]earer)\s{1,9}[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    # a JSON Web Token
    ("eyJ", re.compile(r"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    # the seed of an nkey
    ("S", re.compile(r"S[ACNOUX][A-Z2-7]{56}"), MASK),
)
"""A mark that each of a kind holds, its shape, and what is put in its place."""


def scrub(text: str) -> str:
    """``text`` with ``***`` in place of every secret, mail address, mobile and ID card number of a known shape."""
    if len(text) < SHORTEST:
        return text
    for mark, shape, instead in _WORDS:
        if mark in text:
            text = shape.sub(instead, text)
    return _NUMBER.sub(_number, text) if _RUN.search(text) else text


def redacted(value: Any) -> Any:
    """``value`` as it may be logged: by its type, by the names of its keys, and by the shapes of its texts.

    Containers become plain dicts and lists; a thing that is neither is told in its own words, which are scrubbed.
    """
    if isinstance(value, str):
        return MASK if isinstance(value, Opaque) else scrub(str(value))
    if value is None or isinstance(value, (bool, float, date)):
        return value
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redacted(inner) for inner in value]
    said = str(value)
    shown = MASK if isinstance(value, (SecretStr, SecretBytes)) else scrub(said)
    return value if isinstance(value, int) and shown == said else shown


def _mapping(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """All texts are looked at in one go first: there is hardly ever anything in them, and then each may stay."""
    together = "\n".join([inner for inner in value.values() if type(inner) is str])
    clean = scrub(together) == together
    return {
        key: MASK if _tells(key) else inner if clean and type(inner) is str else redacted(inner)
        for key, inner in value.items()
    }


@lru_cache(1024)
def _tells(key: Any) -> bool:
    return isinstance(key, str) and KEYS.search(key) is not None
