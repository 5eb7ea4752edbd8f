"""Secrets that must be read again are stored sealed (AES-256-GCM): a copy of the database alone does not open them."""

import os
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_urlsafe

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import Settings

NONCE_BYTES = 12


class NotOpened(Exception):  # noqa: N818 - it reads as what happened
    """There is no key here, or not the one something was sealed with; the message is for the operator."""


class Seal:
    """Seals and opens with the setting ``identity_key``, or with a key of its own in ``<data_dir>/keys``."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.identity_key.get_secret_value()
        self._file = settings.data_dir / "keys" / "identity.key"

    def close(self, secret: bytes, owner: str) -> str:
        """``secret`` as text that only ``open`` for the same ``owner`` reads."""
        nonce = token_bytes(NONCE_BYTES)
        return b64encode(nonce + self._cipher().encrypt(nonce, secret, owner.encode())).decode()

    def open(self, sealed: str, owner: str) -> bytes:
        """What was sealed for ``owner``. Raises NotOpened."""
        raw = b64decode(sealed)
        try:
            return self._cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], owner.encode())
        except InvalidTag as error:
            raise NotOpened("sealed with another key: is GOVWATCH_IDENTITY_KEY the one it was?") from error

    def _cipher(self) -> AESGCM:
        return AESGCM(sha256(b"govwatch identity\n" + (self._given or _kept(self._file)).encode()).digest())


def _kept(file: Path) -> str:
    """The text of ``file``, which is made when it is missing, readable by its owner only. Raises NotOpened."""
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(file)
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise NotOpened(f"set GOVWATCH_IDENTITY_KEY, or let {file} be written: {error.strerror}") from error


def _make(file: Path) -> None:
    """A fresh key, put in place whole: of two processes that make one the first wins."""
    fresh = file.with_suffix(f".{token_urlsafe(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as text:
        text.write(token_urlsafe(32))
    with suppress(FileExistsError):
        file.hardlink_to(fresh)
    fresh.unlink()
