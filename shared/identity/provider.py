"""Signing in through an OpenID Connect provider (Core 1.0, authorization code with PKCE), every request by the gate."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from shared.egress import Egress, EgressError
from shared.identity.flows import Flow
from shared.identity.id_token import Keys, checked_subject
from shared.identity.store import FlowDocument
from shared.settings import Settings
from shared.telemetry import logger

CALLBACK = "/sign-in/oidc/callback"
LARGEST_ANSWER = 500_000
CEILING = 10.0
KEPT = timedelta(minutes=10)
OK = 200
_log = logger("identity")


class ProviderFailed(Exception):  # noqa: N818 - it reads as what happened
    """The provider did not answer, or not what it should; the message is for the operator."""


class Metadata(BaseModel):
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """One provider: where it is asked, and who it says somebody is."""

    def __init__(self, settings: Settings, egress: Egress, now: Callable[[], datetime]) -> None:
        self.issuer = settings.oidc_issuer
        self._client = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._callback = settings.origin + CALLBACK
        self._egress = egress
        self._now = now
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, Keys] | None = None

    @classmethod
    def from_settings(cls, settings: Settings, egress: Egress, now: Callable[[], datetime]) -> Self | None:
        """The provider of this installation, None when there is none."""
        return cls(settings, egress, now) if settings.oidc_issuer else None

    async def address(self, flow: Flow) -> str:
        """Where the browser is sent. Raises ProviderFailed."""
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._callback,
            "scope": "openid",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = (await self._known()).authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def subject(self, code: str, flow: FlowDocument) -> str:
        """Who came back with ``code``: the subject of a good ID token. Raises ProviderFailed, BadToken."""
        token = await self._redeem(code, flow.verifier.plain)
        keys = await self._key_set(fresh=False)
        if not keys.knows(token):
            keys = await self._key_set(fresh=True)
        claims = keys.claims(token)
        return checked_subject(claims, issuer=self.issuer, client=self._client, nonce=flow.nonce, at=self._now())

    async def _redeem(self, code: str, verifier: str) -> str:
        metadata = await self._known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client
            form |= {"client_secret": self._secret} if self._secret else {}
        answer = await self._ask("POST", metadata.token_endpoint, headers, urlencode(form).encode())
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("the token endpoint gave no ID token")
        return token

    async def _known(self) -> Metadata:
        now = self._now()
        if self._metadata is None or now - self._metadata[0] >= KEPT:
            said = await self._ask("GET", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            try:
                metadata = Metadata.model_validate(said)
            except ValidationError as error:
                raise ProviderFailed(f"its metadata lack something: {error}") from error
            if metadata.issuer != self.issuer:
                raise ProviderFailed(f"it calls itself {metadata.issuer}, not {self.issuer}")
            if self.issuer.startswith("https:"):
                _all_https(metadata)
            self._metadata = (now, metadata)
        return self._metadata[1]

    async def _key_set(self, *, fresh: bool) -> Keys:
        now = self._now()
        if self._keys is None or fresh or now - self._keys[0] >= KEPT:
            self._keys = (now, Keys(await self._ask("GET", (await self._known()).jwks_uri)))
        return self._keys[1]

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Mapping[str, Any]:
        """A JSON object from the provider, by the gate, without following redirects. Raises ProviderFailed."""
        asked = {"Accept": "application/json", **(headers or {})}
        try:
            answer = await self._egress.request(
                method, url, headers=asked, content=content, ceiling=CEILING, body_cap=LARGEST_ANSWER
            )
        except EgressError as error:
            raise ProviderFailed(f"{url} does not answer: {error}") from error
        if answer.status != OK:
            raise ProviderFailed(f"{url} answered {answer.status}")
        try:
            said = json.loads(answer.body)
        except ValueError as error:
            raise ProviderFailed(f"{url} did not answer with JSON") from error
        if not isinstance(said, dict):
            raise ProviderFailed(f"{url} did not answer with an object")
        return said


def _all_https(metadata: Metadata) -> None:
    for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
        if not endpoint.startswith("https://"):
            raise ProviderFailed(f"{endpoint} is not https")
