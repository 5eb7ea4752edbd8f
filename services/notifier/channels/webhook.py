"""Signed webhooks (Standard Webhooks 1.0), posted through the one gate to the endpoint an office registered."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.notifier.channels.means import Means
from services.notifier.endpoint import in_force
from services.notifier.message import Again, Delivered, GiveUp, Message, Result
from services.notifier.signing import headers
from shared.egress import EgressError, RefusedByGate
from shared.events.envelope import CONTENT_TYPE

PATIENCE = 20.0
SETTINGS_TROUBLE = 3600.0
SECONDS = re.compile(r"[0-9]{1,20}")
OK, REDIRECT, BAD_REQUEST, SERVER_ERROR, GONE = 200, 300, 400, 500, 410
NOT_NOW = frozenset({408, 425, 429})
NOT_LET_IN = frozenset({401, 402, 403, 404, 405, 407, 421, 451})
"""Answers about the address and not about the message: its owner can mend that, so it is asked again, but seldom."""


async def send(message: Message, means: Means) -> Result:
    """Post ``message`` in at most ``PATIENCE`` seconds; its id is the ``webhook-id``, however often it is sent.

    Redirects are never followed, and what the answer says beyond its status is not read by anybody.
    """
    if means.endpoint is None:
        return GiveUp("no endpoint is registered for it")
    body, now = message.text.encode(), means.now()
    sent = {
        **headers(in_force(means.endpoint, now), message.id, now, body),
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "govwatch-webhook/1",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }
    try:
        answer = await means.egress.request("POST", means.endpoint.url, headers=sent, content=body, ceiling=PATIENCE)
    except RefusedByGate as error:
        return Again(f"not an address we go to: {error}", SETTINGS_TROUBLE)
    except EgressError as error:
        return Again(f"{type(error).__name__}: {error}")
    return judge(answer.status, answer.headers, now)


def judge(status: int, said: Mapping[str, str], now: datetime) -> Result:
    """What an answer means: 2xx taken, 410 gone, the rest by whose trouble it is."""
    if OK <= status < REDIRECT:
        return Delivered(str(status))
    if status == GONE:
        return GiveUp("410: the endpoint is gone", gone=True)
    if status in NOT_NOW or status >= SERVER_ERROR or status < OK:
        return Again(str(status), retry_after(said.get("retry-after", ""), now))
    if status < BAD_REQUEST:
        return Again(f"{status}: it redirects, which is not followed", SETTINGS_TROUBLE)
    if status in NOT_LET_IN:
        return Again(f"{status}: its address or access is not right", SETTINGS_TROUBLE)
    return GiveUp(f"{status}: it does not want this message")


def retry_after(value: str, now: datetime) -> float | None:
    """The seconds a ``Retry-After`` header asks for (RFC 9110: seconds or a date), None when it is neither.

    Whoever uses it clamps it: receivers ask for absurd times.
    """
    text = value.strip()
    if SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
