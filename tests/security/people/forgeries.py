"""ID tokens as a forger makes them."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.security.people.provider import Claims, TestProvider


def written(*parts: Claims) -> str:
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def unsigned(claims: Claims) -> str:
    return written({"alg": "none"}, claims) + "."


def confused(public: bytes) -> Callable[[Claims], str]:
    """Signed with HMAC, the public key being the secret: whoever reads /jwks could do it."""

    def sign(claims: Claims) -> str:
        said = written({"alg": "HS256", "kid": "one"}, claims)
        signature = hmac.digest(public, said.encode(), "sha256")
        return f"{said}.{urlsafe_b64encode(signature).decode().rstrip('=')}"

    return sign


def stranger(claims: Claims) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, ECKey.generate_key("P-256"))


def altered(provider: TestProvider) -> Callable[[Claims], str]:
    def sign(claims: Claims) -> str:
        head, _, signature = provider.honestly({**claims, "sub": "u-1"}).split(".")
        return f"{head}.{written(claims)}.{signature}"

    return sign


SIGNATURES: dict[str, Callable[[TestProvider], Callable[[Claims], str]]] = {
    "unsigned": lambda _: unsigned,
    "HS256 over the public key as PEM": lambda provider: confused(provider.key.as_pem(private=False)),
    "HS256 over the public key as JSON": lambda p: confused(json.dumps(p.key.as_dict(private=False)).encode()),
    "another key under the same name": lambda _: stranger,
    "altered": altered,
    "no token": lambda _: lambda _claims: "",
    "not a token": lambda _: lambda _claims: "a.b.c",
    "very long": lambda provider: lambda claims: provider.honestly({**claims, "more": "x" * 20_000}),
}
