"""Passwords: argon2id, off the event loop, a few at a time."""

import asyncio
import unicodedata
from enum import StrEnum

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shared.identity.secrets import readable

SHORTEST = 12
LONGEST = 200
AT_ONCE = 2


class Weakness(StrEnum):
    """Why a password is not accepted."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CONTAINS_LOGIN = "contains_login"
    FEW_CHARACTERS = "few_characters"
    AS_BEFORE = "as_before"


def weakness(password: str, login: str) -> Weakness | None:
    """What is wrong with ``password``, None when nothing is.

    Length instead of prescribed classes of characters, as NIST SP 800-63B (5.1.1.2) advises.
    """
    if len(password) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(password) > LONGEST:
        return Weakness.TOO_LONG
    if login.casefold() in password.casefold():
        return Weakness.CONTAINS_LOGIN
    if len(set(password)) < SHORTEST // 2:
        return Weakness.FEW_CHARACTERS
    return None


def first_password(login: str) -> str:
    """A password made for somebody with ``login``, who must change it at once: 99 random bits, easy to copy."""
    while True:
        password = readable(5)
        if weakness(password, login) is None:
            return password


class Passwords:
    """Hashes and verifies. One hash costs about 64 MiB and a third of a second, so only ``AT_ONCE`` run together."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """The argon2id hash of ``password``, salted, in PHC format."""
        async with self._turn:
            return await asyncio.to_thread(self._hash.hash, _normal(password))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether ``stored`` is a hash of ``password``. None (nobody has this login) takes as long and is False."""
        if stored is None:
            self._nobodys = self._nobodys or await self.hash("nobody has this password")
        async with self._turn:
            right = await asyncio.to_thread(self._hash.verify, _normal(password), stored or self._nobodys)
        return right and stored is not None


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
