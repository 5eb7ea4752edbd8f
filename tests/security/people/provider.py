"""A small OpenID Connect provider on loopback, real HTTP, that can be told to lie."""

import asyncio
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.security.loopback import page, serving

CLIENT, SECRET = "govwatch", "a secret/of: ours"
Claims = dict[str, Any]


class TestProvider:
    """``claims`` are laid over those of an honest ID token; ``sign`` may be replaced; ``asked`` is what came in."""

    __test__ = False

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.issuer = ""
        self.subject = "u-4711"
        self.claims: Claims = {}
        self.metadata: Claims = {}
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.published = [self.key]
        self.sign: Callable[[Claims], str] = self.honestly
        self.asked: list[str] = []
        self._now = now
        self._codes: dict[str, dict[str, str]] = {}

    def honestly(self, claims: Claims) -> str:
        """An ID token signed with the key."""
        return jwt.encode({"alg": "ES256", "kid": str(self.key.kid)}, claims, self.key)

    def authorize(self, address: str) -> str:
        """What somebody who opens ``address`` and signs in there is sent back with: the address to open next."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return f"{asked['redirect_uri']}?{answer}"

    async def respond(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head, _, body = request.partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        status, said = self._answer(path, head.decode(), body.decode())
        writer.write(page(json.dumps(said), status=status, content_type="application/json"))
        await writer.drain()

    def _answer(self, path: str, head: str, body: str) -> tuple[str, Claims]:
        if path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
            honest = {"issuer": self.issuer, **{name: f"{self.issuer}/{end}" for name, end in ends.items()}}
            return "200 OK", {**honest, **self.metadata}
        if path == "/jwks":
            return "200 OK", {"keys": [key.as_dict(private=False) for key in self.published]}
        return self._redeem(head, {name: values[0] for name, values in parse_qs(body).items()})

    def _redeem(self, head: str, form: dict[str, str]) -> tuple[str, Claims]:
        asked = self._codes.pop(form["code"], None)
        pair = "govwatch:a%20secret%2Fof%3A%20ours"
        known = f"authorization: basic {b64encode(pair.encode()).decode()}".lower() in head.lower()
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (
            asked is None
            or not known
            or (challenge, form["redirect_uri"])
            != (
                asked["code_challenge"],
                asked["redirect_uri"],
            )
        ):
            return "400 Bad Request", {"error": "invalid_grant"}
        at = int(self._now().timestamp())
        honest = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": at, "exp": at + 300}
        claims = {**honest, "nonce": asked["nonce"], **self.claims}
        kept = {name: value for name, value in claims.items() if value is not None}
        return "200 OK", {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(kept)}


@asynccontextmanager
async def provided(now: Callable[[], datetime]) -> AsyncIterator[TestProvider]:
    """A provider at work."""
    provider = TestProvider(now)
    async with serving(provider.respond) as site:
        provider.issuer = site.url("").rstrip("/")
        yield provider
