"""Mail goes out over a real relay; what it answers decides whether it is tried again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.notifier.channels import CHANNELS, mail
from services.notifier.message import Again, Delivered, GiveUp, Result
from shared.embedded import free_port
from shared.settings import Settings
from tests.notifier.made import NOW, message
from tests.notifier.relay import Relay, means

send = CHANNELS["mail"]


@asynccontextmanager
async def speaking(greeting: bytes) -> AsyncIterator[Settings]:
    """Something that greets and then says nothing until we leave."""
    finished: asyncio.Queue[None] = asyncio.Queue()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        finished.put_nowait(None)

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield Settings(smtp_host="127.0.0.1", smtp_port=server.sockets[0].getsockname()[1])
    await finished.get()
    server.close()
    await server.wait_closed()


async def test_a_letter_arrives_in_chinese_as_text_and_as_html(relay: Relay) -> None:
    assert await send(message(), relay.means()) == Delivered("OK")
    [arrived] = relay.taken
    assert (arrived["Subject"], arrived["To"]) == ("【整改通知】一号", "李四 <li@zz.example>")
    assert arrived["From"] == "govwatch <jianguan@zz.example>"
    assert arrived["Date"].datetime == NOW
    assert arrived["Auto-Submitted"] == "auto-generated"
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("您好", "<p>您好</p>")


async def test_a_repeated_letter_has_the_same_message_id_and_another_letter_another(relay: Relay) -> None:
    for one in (message(), message(), message(id="d-2")):
        await send(one, relay.means())
    assert [str(arrived["Message-ID"]) for arrived in relay.taken] == [
        "<d-1@zz.example>",
        "<d-1@zz.example>",
        "<d-2@zz.example>",
    ]


async def test_what_was_taken_counts_as_delivered_however_the_connection_ends(relay: Relay) -> None:
    relay.hangs_up = True
    assert isinstance(await send(message(), relay.means()), Delivered)
    assert len(relay.taken) == 1


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("RCPT", "450 mailbox busy", Again("450 mailbox busy")),
        ("RCPT", "550 no such user", GiveUp("550 no such user")),
        ("RCPT", "530 sign in first", Again("530 sign in first")),
        ("DATA", "451 try later", Again("451 try later")),
        ("DATA", "554 not wanted here", GiveUp("554 not wanted here")),
    ],
)
async def test_what_the_relay_answers_decides(relay: Relay, command: str, answer: str, outcome: Result) -> None:
    relay.answers[command] = answer
    assert await send(message(), relay.means()) == outcome
    assert relay.taken == []


async def test_no_relay_is_worth_another_try() -> None:
    nobody = Settings(smtp_host="127.0.0.1", smtp_port=free_port())
    assert isinstance(await send(message(), means(nobody)), Again)


async def test_a_relay_that_says_nothing_is_left_in_time_and_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.3)
    async with speaking(b"") as relay:
        async with asyncio.timeout(5):
            assert isinstance(await send(message(), means(relay)), Again)


async def test_a_relay_that_greets_with_a_refusal_is_our_trouble_and_not_the_recipients() -> None:
    async with speaking(b"554 not today\r\n") as relay:
        assert isinstance(await send(message(), means(relay)), Again)


async def test_encryption_that_is_required_and_not_offered_stops_the_mail(relay: Relay) -> None:
    required = relay.settings().model_copy(update={"smtp_tls": True})
    assert isinstance(await send(message(), means(required)), Again)
    assert relay.taken == []


async def test_nothing_in_a_letter_can_become_a_header(relay: Relay) -> None:
    hostile = message(subject="题目\r\nBcc: all@zz.example\n\n正文", name='李"四"\r\nX-Evil: 1')
    assert isinstance(await send(hostile, relay.means()), Delivered)
    [arrived] = relay.taken
    assert (arrived["Bcc"], arrived["X-Evil"]) == (None, None)
    assert arrived["Subject"] == "题目 Bcc: all@zz.example 正文"


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: x@y", "a b@zz.example", "li@zz.example, x@y.example"])
async def test_an_impossible_address_is_given_up_without_asking_the_relay(relay: Relay, address: str) -> None:
    assert isinstance(await send(message(address), relay.means()), GiveUp)
    assert relay.taken == []
