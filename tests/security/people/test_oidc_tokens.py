"""An ID token proves who somebody is only when everything about it is right. Without a server."""

from datetime import UTC, datetime

import pytest

from shared.identity import BadToken, TokenFlaw
from shared.identity.id_token import Keys, checked_subject
from tests.security.people.forgeries import SIGNATURES, confused
from tests.security.people.provider import CLIENT, Claims, TestProvider
from tests.security.people.stage import Clock

ANOTHER = "https://another.example"


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_that_proves_nothing_is_noticed(provider_alone: TestProvider, name: str) -> None:
    keys = Keys({"keys": [provider_alone.key.as_dict(private=False)]})
    assert keys.claims(provider_alone.honestly({"sub": "u-4711"})) == {"sub": "u-4711"}
    with pytest.raises(BadToken) as bad:
        keys.claims(SIGNATURES[name](provider_alone)({"sub": "u-4711"}))
    assert bad.value.flaw is TokenFlaw.SIGNATURE


@pytest.fixture
def provider_alone(clock: Clock) -> TestProvider:
    """Its keys, without a server."""
    return TestProvider(clock)


@pytest.mark.parametrize(
    "stated",
    [{}, {"keys": None}, {"keys": [{}, 7, {"kty": "oct", "k": "c2VjcmV0", "kid": "one"}, {"kty": "EC", "crv": "P-0"}]}],
)
def test_a_set_without_a_key_that_signs_lets_nothing_through(provider_alone: TestProvider, stated: Claims) -> None:
    for token in (provider_alone.honestly({}), confused(b"secret")({})):
        with pytest.raises(BadToken):
            Keys(stated).claims(token)


@pytest.mark.parametrize(
    ("claims", "flaw"),
    [
        ({}, None),
        ({"aud": [CLIENT]}, None),
        ({"aud": [CLIENT, "another-system"], "azp": CLIENT}, None),
        ({"exp": -59}, None),
        ({"iat": 59, "nbf": 59}, None),
        ({"iss": ANOTHER}, TokenFlaw.ISSUER),
        ({"iss": None}, TokenFlaw.ISSUER),
        ({"aud": "another-system"}, TokenFlaw.AUDIENCE),
        ({"aud": None}, TokenFlaw.AUDIENCE),
        ({"aud": CLIENT + "2"}, TokenFlaw.AUDIENCE),
        ({"aud": [CLIENT, "another-system"]}, TokenFlaw.AUDIENCE),
        ({"aud": [CLIENT, "another-system"], "azp": "another-system"}, TokenFlaw.AUDIENCE),
        ({"exp": -60}, TokenFlaw.EXPIRED),
        ({"exp": None}, TokenFlaw.EXPIRED),
        ({"exp": "soon"}, TokenFlaw.EXPIRED),
        ({"exp": True}, TokenFlaw.EXPIRED),
        ({"iat": 61}, TokenFlaw.EXPIRED),
        ({"iat": None}, TokenFlaw.EXPIRED),
        ({"nbf": 61}, TokenFlaw.EXPIRED),
        ({"nonce": "of another sign-in"}, TokenFlaw.NONCE),
        ({"nonce": None}, TokenFlaw.NONCE),
        ({"sub": ""}, TokenFlaw.SUBJECT),
        ({"sub": 4711}, TokenFlaw.SUBJECT),
    ],
)
def test_a_token_for_another_purpose_is_noticed(clock: Clock, claims: Claims, flaw: TokenFlaw | None) -> None:
    """Times are seconds from now."""
    honest = {"iss": "https://id", "aud": CLIENT, "sub": "u-4711", "nonce": "n", "iat": 0, "exp": 300}
    now = int(clock.at.timestamp())
    laid = {
        name: now + value if name in ("iat", "exp", "nbf") and type(value) is int else value
        for name, value in (honest | claims).items()
    }
    asked = {"issuer": "https://id", "client": CLIENT, "nonce": "n"}
    if flaw is None:
        assert checked_subject(laid, **asked, at=datetime.fromtimestamp(now, UTC)) == "u-4711"
        return
    with pytest.raises(BadToken) as bad:
        checked_subject(laid, **asked, at=datetime.fromtimestamp(now, UTC))
    assert bad.value.flaw is flaw
