"""ID tokens: signed by a key of the provider with an algorithm of ours, for us, now, for this very sign-in.

What is checked stands in OpenID Connect Core 1.0, 3.1.3.7, and RFC 8725 (no ``none``, no symmetric algorithm: whoever
knows the public key could sign with it).
"""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "PS256")
LEEWAY = timedelta(seconds=60)
LONGEST = 16_384


class TokenFlaw(StrEnum):
    """What is wrong with an ID token."""

    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NONCE = "nonce"
    SUBJECT = "subject"


class BadToken(Exception):  # noqa: N818 - it reads as what it is
    """An ID token that proves nothing to us."""

    def __init__(self, flaw: TokenFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


class Keys:
    """The public keys of a provider that sign. What is no key of a kind we accept is left out."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        stated = jwks.get("keys")
        read = [_key(one) for one in stated] if isinstance(stated, list) else []
        self._keys = KeySet([key for key in read if key is not None])

    def knows(self, token: str) -> bool:
        """Whether the key that ``token`` says it was signed with is here; a token that names none needs no other."""
        kid = _kid(token)
        return kid is None or any(key.kid == kid for key in self._keys.keys)

    def claims(self, token: str) -> Mapping[str, Any]:
        """What ``token`` claims, its signature being good. Raises BadToken."""
        if len(token) > LONGEST or not self._keys.keys:
            raise BadToken(TokenFlaw.SIGNATURE)
        try:
            return jwt.decode(token, self._keys, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError) as error:
            raise BadToken(TokenFlaw.SIGNATURE) from error


def checked_subject(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, at: datetime) -> str:
    """The subject of an ID token whose signature is good. Pure. Raises BadToken."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise BadToken(TokenFlaw.ISSUER)
    if client not in audiences or claims.get("azp", client) != client or (len(audiences) > 1 and "azp" not in claims):
        raise BadToken(TokenFlaw.AUDIENCE)
    if not _in_time(claims, at):
        raise BadToken(TokenFlaw.EXPIRED)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise BadToken(TokenFlaw.NONCE)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise BadToken(TokenFlaw.SUBJECT)
    return subject


def _in_time(claims: Mapping[str, Any], at: datetime) -> bool:
    """Not over, and not of the future, by clocks that differ a little."""
    now, leeway = at.timestamp(), LEEWAY.total_seconds()
    issued, ends, begins = (claims.get(name, 0 if name == "nbf" else None) for name in ("iat", "exp", "nbf"))
    if not (_is_number(issued) and _is_number(ends) and _is_number(begins)):
        return False
    return now < ends + leeway and max(issued, begins) <= now + leeway


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(stated: Any) -> ECKey | RSAKey | None:
    kinds: dict[str, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    kind = kinds.get(stated.get("kty", "")) if isinstance(stated, dict) and stated.get("use", "sig") == "sig" else None
    if kind is None:
        return None
    try:
        return kind.import_key(stated)
    except (JoseError, ValueError):
        return None


def _kid(token: str) -> str | None:
    head = token.partition(".")[0]
    try:
        kid = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("kid")
    except (ValueError, AttributeError):
        return None
    return kid if isinstance(kid, str) else None
