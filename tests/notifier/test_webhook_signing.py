"""Signatures are those of Standard Webhooks 1.0, for the official library and the documented receiver: W1-W3, W6."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.notifier import signing

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs/webhooks.md"
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def documented() -> dict[str, Any]:
    """The receiver that docs/webhooks.md shows, run as it stands there."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCUMENTATION), "exec"), names)  # noqa: S102 - our own documentation
    return names


EXAMPLE = documented()


def checked(headers: dict[str, str], body: bytes, *, secret: str = VECTOR_SECRET, seen: set[str] | None = None) -> str:
    """What the documented receiver says, at the time of the vector."""
    id_: str = EXAMPLE["check"](headers, body, [secret], set() if seen is None else seen, now=VECTOR[1])
    return id_


def signed(body: bytes = VECTOR[2], id_: str = VECTOR[0], at: int = VECTOR[1]) -> dict[str, str]:
    return signing.headers([VECTOR_SECRET], id_, datetime.fromtimestamp(at, UTC), body)


def test_w1_our_signature_is_the_standards_own_vector() -> None:
    assert signing.signature(VECTOR_SECRET, *VECTOR) == VECTOR_SIGNATURE
    assert checked({**signed(), "webhook-signature": VECTOR_SIGNATURE}, VECTOR[2]) == VECTOR[0]


@given(
    body=st.text().map(str.encode), id_=st.from_regex(r"\Ad-[0-9a-f.]{1,32}\Z"), key=st.binary(min_size=24, max_size=64)
)
def test_w1_the_official_library_accepts_what_we_sign_and_signs_the_same(body: bytes, id_: str, key: bytes) -> None:
    secret, now = "whsec_" + base64.b64encode(key).decode(), datetime.now(UTC)
    made = signing.headers([secret], id_, now, body)
    assert made["webhook-signature"] == Webhook(secret).sign(id_, now, body.decode())
    Webhook(secret).verify(body, made, json_parse=False)
    assert EXAMPLE["check"](made, body, [secret], set()) == id_


def test_a_secret_is_as_the_standard_wants_it_and_never_the_same() -> None:
    secrets = {signing.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b64decode(one.removeprefix("whsec_"))) for one in secrets} == {32}
    with pytest.raises(ValueError, match="signs nothing"):
        signing.signature("whsec_", "d-1", 0, b"")


@pytest.mark.parametrize(
    "body",
    [VECTOR[2].replace(b"4", b"5", 1), b'{"test":2432232314}', VECTOR[2] + b"\n", b"", b'{"a":1,"test":2432232314}'],
)
def test_w2_a_body_that_is_not_the_very_same_is_refused(body: bytes) -> None:
    with pytest.raises(EXAMPLE["Refused"], match="not signed"):
        checked(signed(), body)
    with pytest.raises(WebhookVerificationError):
        Webhook(VECTOR_SECRET).verify(body, signing.headers([VECTOR_SECRET], "d-1", datetime.now(UTC), VECTOR[2]))


def _without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda made: {key: value for key, value in made.items() if key != name}


def _with(**changes: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda made: {**made, **{name.replace("_", "-"): value for name, value in changes.items()}}


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        (lambda made: made, True),
        (lambda made: {name.upper(): value for name, value in made.items()}, True),
        (_with(webhook_signature=f"v1,AAAA {VECTOR_SIGNATURE}"), True),
        (_with(webhook_signature=f"v1a,xyz {VECTOR_SIGNATURE}"), True),
        (_without("webhook-id"), False),
        (_without("webhook-timestamp"), False),
        (_without("webhook-signature"), False),
        (_with(webhook_timestamp=str(VECTOR[1] - 301)), False),
        (_with(webhook_timestamp=str(VECTOR[1] + 301)), False),
        (_with(webhook_timestamp="yesterday"), False),
        (_with(webhook_id="other"), False),
        (_with(webhook_signature=""), False),
        (_with(webhook_signature=VECTOR_SIGNATURE.replace("v1,", "v2,")), False),
        (_with(webhook_signature=VECTOR_SIGNATURE.removeprefix("v1,")), False),
        (_with(webhook_signature="v1,"), False),
    ],
)
def test_w3_headers_are_read_strictly(change: Callable[[dict[str, str]], dict[str, str]], taken: bool) -> None:
    if taken:
        assert checked(change(signed()), VECTOR[2]) == VECTOR[0]
    else:
        with pytest.raises(EXAMPLE["Refused"]):
            checked(change(signed()), VECTOR[2])


def test_w3_a_dot_in_an_id_moves_nothing_into_the_body() -> None:
    made = signed(b"1.x", "d.1")
    for body, id_ in ((b"x", "d.1.1"), (b".1.x", "d")):
        with pytest.raises(EXAMPLE["Refused"]):
            checked({**made, "webhook-id": id_}, body)


def test_w6_a_captured_delivery_is_refused_by_its_id() -> None:
    seen: set[str] = set()
    assert checked(signed(), VECTOR[2], seen=seen) == VECTOR[0]
    with pytest.raises(EXAMPLE["Refused"], match="seen before"):
        checked(signed(), VECTOR[2], seen=seen)
