"""Random texts that are also keys: session ids, API tokens, recovery codes. Only digests are stored."""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from secrets import choice, token_hex, token_urlsafe

READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""What people copy by hand without doubt: no i, l, o, 0, 1."""
TOKEN = re.compile(r"gov_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


def new_session_id() -> str:
    """A fresh session id: 256 random bits, 43 characters."""
    return token_urlsafe(32)


def readable(groups: int) -> str:
    """A fresh text to be copied by hand: ``groups`` of four, 19.8 random bits in each: ``mk4t-9pwx``."""
    return "-".join("".join(choice(READABLE) for _ in range(4)) for _ in range(groups))


def digest(secret: str) -> str:
    """What is stored of a secret of high entropy."""
    return sha256(secret.encode()).hexdigest()


def same(secret: str, stored: str) -> bool:
    """Whether ``stored`` is the digest of ``secret``; takes the same time wherever they differ."""
    return hmac.compare_digest(digest(secret), stored)


@dataclass(frozen=True, slots=True)
class TokenText:
    """An API token as its holder has it: ``gov_<id>_<secret>``."""

    id: str
    secret: str

    @classmethod
    def fresh(cls) -> "TokenText":
        """A new one: 48 bits of name, 256 bits of secret."""
        return cls(token_hex(6), token_urlsafe(32))

    @classmethod
    def read(cls, text: str) -> "TokenText | None":
        """The token in ``text``, None when it is none."""
        match = TOKEN.fullmatch(text)
        return None if match is None else cls(match[1], match[2])

    def __str__(self) -> str:
        return f"gov_{self.id}_{self.secret}"

    def __repr__(self) -> str:
        return f"TokenText(id={self.id!r})"
