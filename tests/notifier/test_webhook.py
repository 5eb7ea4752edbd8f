"""A webhook arrives signed and whole, and whatever answers it is understood and cannot hurt us. W4, N2-N6."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier import signing
from services.notifier.channels import CHANNELS, webhook
from services.notifier.channels.means import Means
from services.notifier.channels.webhook import judge, retry_after
from services.notifier.delivery import LONGEST_ASKED, delay
from services.notifier.endpoint import in_force, rotate
from services.notifier.message import Again, Delivered, GiveUp, Message, Result
from shared.egress import Egress
from shared.settings import Settings
from tests.notifier.made import message
from tests.notifier.receiver import Receiver, receiving, status
from tests.security.loopback import LOOPBACK, page

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
EVENT = json.dumps(
    {"specversion": "1.0", "type": "notice.issued", "data": {"why": "首页未见标识码"}}, ensure_ascii=False
)
SENT: Message = message(text=EVENT)

send = CHANNELS["webhook"]


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(LOOPBACK) as egress:
        yield egress


def means(receiver: Receiver, egress: Egress, **changes: Any) -> Means:
    return Means(Settings(), egress, lambda: datetime.now(UTC), receiver.endpoint(**changes))


async def test_w4_for_a_day_both_secrets_verify_and_then_only_the_new_one(receiver: Receiver, egress: Egress) -> None:
    old, new = receiver.secret, signing.new_secret()
    rotated = rotate(receiver.endpoint(), new, datetime.now(UTC))
    assert await send(SENT, Means(Settings(), egress, lambda: datetime.now(UTC), rotated)) == Delivered("200")
    assert receiver.verified(old) == receiver.verified(new) == [json.loads(EVENT)]

    assert in_force(rotated, datetime.now(UTC) + timedelta(hours=23)) == [new, old]
    assert in_force(rotated, datetime.now(UTC) + timedelta(hours=24)) == [new]
    twice = rotate(rotated, "whsec_third", datetime.now(UTC))
    assert in_force(twice, datetime.now(UTC)) == ["whsec_third", new]


# -- what is sent, and what an answer means


async def test_what_is_posted_is_the_event_signed_with_a_stable_id_and_no_secret(
    receiver: Receiver, egress: Egress
) -> None:
    for _ in range(2):
        assert await send(SENT, means(receiver, egress)) == Delivered("200")
    assert receiver.verified() == [json.loads(EVENT)] * 2
    assert {one.id for one in receiver.arrived} == {SENT.id}
    [first, _] = receiver.arrived
    assert first.body == EVENT.encode()
    assert first.headers["content-type"] == "application/cloudevents+json"
    assert receiver.secret not in str(first)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (200, Delivered),
        (204, Delivered),
        (301, Again),
        (400, GiveUp),
        (401, Again),
        (403, Again),
        (404, Again),
        (408, Again),
        (413, GiveUp),
        (422, GiveUp),
        (429, Again),
        (500, Again),
        (503, Again),
        (0, Again),
    ],
)
def test_n5_an_answer_is_classified(code: int, result: type[Result]) -> None:
    judged = judge(code, {}, NOW)
    assert isinstance(judged, result)
    assert not (isinstance(judged, GiveUp) and judged.gone)
    if isinstance(judged, Again) and 300 <= code < 500 and code not in (408, 429):
        assert judged.after == 3600  # its owner has to mend something: nobody hammers it


def test_n3_410_ends_the_endpoint_and_not_only_the_message() -> None:
    assert judge(410, {}, NOW) == GiveUp("410: the endpoint is gone", gone=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 5),
        ("Sun, 22 Nov 2026 08:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 5),
        ("Sun, 22 Nov 2099 08:00:00 GMT", LONGEST_ASKED),
        ("99999999999999999999", LONGEST_ASKED),
        ("9" * 400, None),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("", None),
    ],
)
def test_n2_retry_after_is_honoured_within_reason(value: str, seconds: float | None) -> None:
    for code in (429, 503):
        judged = judge(code, {"retry-after": value}, NOW)
        assert isinstance(judged, Again)
        assert delay(1, judged.after) == (5.0 if seconds is None else seconds)
    assert (retry_after(value, NOW) is None) == (seconds is None)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_n4_no_redirect_is_followed(receiver: Receiver, egress: Egress, code: int) -> None:
    async with receiving() as elsewhere:
        receiver.answers = [status(f"{code} Elsewhere", location=elsewhere.url)]
        assert isinstance(await send(SENT, means(receiver, egress)), Again)
        assert elsewhere.arrived == []


async def test_an_address_we_do_not_go_to_is_never_connected_to(receiver: Receiver) -> None:
    async with Egress() as strict:
        refused = await send(SENT, means(receiver, strict))
    assert isinstance(refused, Again)
    assert refused.why.startswith("not an address we go to")
    assert receiver.arrived == []


# -- N1, N6: receivers that never come to an end


async def forever(writer: asyncio.StreamWriter) -> None:
    writer.write(page(b"", content_length="", transfer_encoding="chunked"))
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def drop_by_drop(writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"y" * 10_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def silence(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (silence, Again),
        (drop_by_drop, Again),
        (forever, Delivered),
        (page(b"z" * 10_000_000), Delivered),
        (page(gzip.compress(b"\0" * 200_000_000, 1), content_encoding="gzip"), Delivered),
        (b"HTTP/1.1 200 OK\r\n" + b"x-many: 1\r\n" * 20_000, Again),
        (b"not HTTP at all", Again),
        (b"", Again),
    ],
    ids=["silence", "drop by drop", "endless", "10 MB", "gzip bomb", "cut head", "no HTTP", "nothing"],
)
async def test_n6_no_answer_takes_longer_or_more_than_it_may(
    receiver: Receiver, egress: Egress, monkeypatch: pytest.MonkeyPatch, answer: Any, result: type[Result]
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 1.0)
    receiver.answers = [answer]
    begun = time.monotonic()
    assert isinstance(await send(SENT, means(receiver, egress)), result)
    assert time.monotonic() - begun < 5
