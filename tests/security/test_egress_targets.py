"""Slow, broken and hostile servers: the deadline is exact, memory is bounded, and what a browser shows we read."""

import asyncio
import gzip
import time
import tracemalloc
import zlib

import pytest

from shared.egress import (
    BrokenResponse,
    ConnectFailed,
    DeadlineExceeded,
    Egress,
    EgressError,
    TlsFailed,
    TlsUnsupported,
    Unreadable,
)
from tests.security.loopback import LOOPBACK, Respond, page, serving, tls_server

SLACK = 0.3


def after(seconds: float, *parts: bytes) -> Respond:
    """Write each part ``seconds`` after the one before."""

    async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            await asyncio.sleep(seconds)
            writer.write(part)
            await writer.drain()

    return respond


@pytest.mark.parametrize("delay", [0.1, 0.5])
async def test_the_seconds_are_those_until_the_last_byte(delay: float) -> None:
    whole = page("hello")
    async with Egress(LOOPBACK) as egress:
        async with serving(after(delay, whole)) as site:
            answer = await egress.get(site.url())
            assert answer.seconds == pytest.approx(delay, abs=SLACK)
            assert answer.phases.ttfb == pytest.approx(delay, abs=SLACK)
        async with serving(after(delay / 2, whole[:-3], whole[-3:])) as site:
            answer = await egress.get(site.url())
            assert answer.seconds == pytest.approx(delay, abs=SLACK)
            assert answer.phases.download == pytest.approx(delay / 2, abs=SLACK)


@pytest.mark.parametrize(("delay", "arrives"), [(0.2, True), (1.5, False)])
async def test_the_ceiling_decides_to_the_point(delay: float, *, arrives: bool) -> None:
    async with serving(after(delay, page("hello"))) as site, Egress(LOOPBACK) as egress:
        started = time.perf_counter()
        if arrives:
            assert (await egress.get(site.url(), ceiling=0.7)).status == 200
            return
        with pytest.raises(DeadlineExceeded) as late:
            await egress.get(site.url(), ceiling=0.7)
        assert time.perf_counter() - started == pytest.approx(0.7, abs=SLACK)
        assert late.value.phases.total == pytest.approx(0.7, abs=SLACK)


async def test_a_byte_now_and_then_does_not_stretch_the_ceiling() -> None:
    drip = after(0.05, page("", content_length="1000"), *[b"x"] * 100)
    async with serving(drip) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(DeadlineExceeded):
            await egress.get(site.url(), ceiling=0.4)


async def test_redirects_share_one_ceiling() -> None:
    async with serving(after(0.15, page(status="302 Found", location="/on"))) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(DeadlineExceeded) as late:
            await egress.get(site.url(), ceiling=0.4)
        assert late.value.phases.total == pytest.approx(0.4, abs=SLACK)
        assert len(site.requests) in (2, 3)


async def test_nobody_listening_is_a_failed_connection() -> None:
    async with Egress(LOOPBACK) as egress:
        with pytest.raises(ConnectFailed):
            await egress.get("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "bomb", [gzip.compress(bytes(60_000_000)), zlib.compress(bytes(60_000_000))], ids=["gzip", "deflate"]
)
async def test_a_bomb_goes_off_small(bomb: bytes) -> None:
    kind = "gzip" if bomb[:2] == b"\x1f\x8b" else "deflate"
    async with serving(page(bomb, content_encoding=kind)) as site, Egress(LOOPBACK, body_cap=200_000) as egress:
        tracemalloc.start()
        answer = await egress.get(site.url())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert answer.warnings == ("body_over_cap",)
        assert len(answer.body) == 400_000
        assert peak < 8_000_000


async def test_a_body_is_read_up_to_the_cap_and_no_further() -> None:
    endless = after(
        0, page("")[:-2] + b"transfer-encoding: chunked\r\n\r\n", *[b"400\r\n" + b"x" * 1024 + b"\r\n"] * 500
    )
    async with serving(endless) as site, Egress(LOOPBACK, body_cap=100_000) as egress:
        answer = await egress.get(site.url())
        assert answer.warnings == ("body_over_cap",)
        assert 80_000 < len(answer.body) <= 100_000


async def test_five_gigabytes_promised_are_not_waited_for() -> None:
    promise = page(b"x" * 200_000, content_length="5000000000")
    async with serving(promise) as site, Egress(LOOPBACK, body_cap=100_000) as egress:
        assert (await egress.get(site.url())).warnings == ("body_over_cap",)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd"])
async def test_an_encoding_we_cannot_undo_is_told_apart_from_a_broken_site(encoding: str) -> None:
    async with serving(page(b"\x1f\x8b...", content_encoding=encoding)) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(Unreadable):
            await egress.get(site.url())


async def test_a_header_that_lies_about_the_encoding_is_forgiven() -> None:
    async with serving(page("plain", content_encoding="gzip")) as site, Egress(LOOPBACK) as egress:
        answer = await egress.get(site.url())
        assert (answer.text, answer.warnings) == ("plain", ("not_encoded_as_declared",))


@pytest.mark.parametrize(
    "response",
    [
        page("hello", content_length="500"),
        page("")[:-2] + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
)
async def test_a_body_cut_short_is_shown_with_a_warning(response: bytes) -> None:
    response = response.replace(b"content-length: 0\r\n", b"")
    async with serving(response) as site, Egress(LOOPBACK) as egress:
        answer = await egress.get(site.url())
        assert (answer.text, answer.warnings) == ("hello", ("body_cut_short",))


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.0 200\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nServer: \xb7\xfe\xce\xf1\xc6\xf7\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"Set-Cookie: c%d=1\r\n" % n for n in range(1000)) + b"\r\nhello",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=["bare-newlines", "http-1.0", "folded", "gbk-header", "1000-cookies", "early-hints"],
)
async def test_what_a_browser_shows_is_read(response: bytes) -> None:
    async with serving(response) as site, Egress(LOOPBACK) as egress:
        assert (await egress.get(site.url(), ceiling=5)).body == b"hello"


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"hello, this is no HTTP\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.7 200 OK\r\n\r\nhello",
    ],
    ids=["nothing", "not-http", "half-a-header", "no-such-version"],
)
async def test_what_is_no_response_is_broken(response: bytes) -> None:
    async with serving(response) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(BrokenResponse):
            await egress.get(site.url(), ceiling=5)


@pytest.mark.parametrize(
    "odd",
    [b"X: " + b"a" * 1_000_000, b"no colon here", b"X: a\0b", b"Content-Length: many", b"Transfer-Encoding: chnked"],
    ids=["header-of-a-megabyte", "no-colon", "nul", "length-in-words", "unknown-transfer-encoding"],
)
async def test_a_response_that_a_browser_might_show_and_we_cannot_read_is_not_called_broken(odd: bytes) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\n" + odd + b"\r\n\r\nhello") as site, Egress(LOOPBACK) as egress:
        with pytest.raises(Unreadable):
            await egress.get(site.url(), ceiling=5)


async def test_a_certificate_nobody_signed_does_not_hide_the_page_but_stops_a_delivery() -> None:
    async with serving("hello", tls=tls_server()) as site, Egress(LOOPBACK) as egress:
        answer = await egress.get(site.url(scheme="https"), verify=False)
        assert answer.text == "hello"
        assert answer.phases.tls > 0
        with pytest.raises(TlsFailed):
            await egress.request("POST", site.url(scheme="https"), content=b"{}")
        assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", TlsUnsupported),
        (b"\x15\x03\x03\x00\x02\x02\x28", TlsUnsupported),
        (b"\x15\x03\x03\x00\x02\x02\x50", TlsFailed),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsFailed),
        (b"", TlsFailed),
    ],
    ids=["alert-protocol-version", "alert-handshake-failure", "alert-internal-error", "no-tls", "closed"],
)
async def test_a_server_with_no_cipher_or_version_in_common_is_told_apart_from_a_broken_one(
    reply: bytes, fault: type[EgressError]
) -> None:
    async def answer_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(reply)
        writer.close()

    async with await asyncio.start_server(answer_hello, "127.0.0.1", 0) as server, Egress(LOOPBACK) as egress:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TlsFailed) as told:
            await egress.get(f"https://127.0.0.1:{port}/", verify=False, ceiling=2)
        assert type(told.value) is fault


async def test_a_thousand_cancelled_visits_leave_a_healthy_gate() -> None:
    async with serving(after(0.2, page("late"))) as slow, serving("ok") as quick, Egress(LOOPBACK) as egress:
        for batch in range(20):
            visits = [asyncio.ensure_future(egress.get(slow.url())) for _ in range(50)]
            await asyncio.sleep(0.001 * (batch % 10))
            for visit in visits:
                visit.cancel()
            results = await asyncio.gather(*visits, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError) for result in results)
        answers = await asyncio.gather(*(egress.get(quick.url()) for _ in range(10)))
        assert [answer.text for answer in answers] == ["ok"] * 10
        assert max(answer.seconds for answer in answers) < 1


async def test_a_slow_server_does_not_delay_a_fast_one() -> None:
    async with serving(after(0.6, page("late"))) as slow, serving("ok") as quick, Egress(LOOPBACK) as egress:
        waiting = [asyncio.ensure_future(egress.get(slow.url())) for _ in range(50)]
        await asyncio.sleep(0.1)
        assert (await egress.get(quick.url())).seconds < 0.5
        assert [answer.status for answer in await asyncio.gather(*waiting)] == [200] * 50


async def test_closing_the_gate_ends_what_is_under_way() -> None:
    async with serving(after(5, page("late"))) as site:
        egress = Egress(LOOPBACK)
        visit = asyncio.ensure_future(egress.get(site.url()))
        await asyncio.sleep(0.05)
        await egress.aclose()
        with pytest.raises((asyncio.CancelledError, EgressError)):
            await visit
