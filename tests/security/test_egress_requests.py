"""Requests and redirects: what is sent is what was asked for, and a redirect goes through the gate like a request."""

import asyncio

import pytest

from shared.egress import Egress, RefusedByGate, TooManyRedirects
from tests.security.loopback import LOOPBACK, page, serving


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize(
    "where", ["http://169.254.169.254/latest", "//10.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/"]
)
async def test_no_redirect_leads_out_of_bounds(status: str, where: str) -> None:
    async with serving(page(status=status, location=where)) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(RefusedByGate):
            await egress.get(site.url(), ceiling=2)
        assert len(site.requests) == 1


async def test_a_loop_of_redirects_ends() -> None:
    async with serving(page(status="302 Found", location="/again")) as site, Egress(LOOPBACK) as egress:
        with pytest.raises(TooManyRedirects):
            await egress.get(site.url())
        assert len(site.requests) == 11


async def test_a_wall_that_sets_a_cookie_and_redirects_lets_us_through_as_it_would_a_browser() -> None:
    async def wall(request: bytes, writer: asyncio.StreamWriter) -> None:
        passed = b"cookie: seen=1" in request.lower()
        writer.write(page("welcome") if passed else page(status="302 Found", location="/", set_cookie="seen=1"))

    async with serving(wall) as site, Egress(LOOPBACK) as egress:
        answer = await egress.get(site.url())
        assert (answer.text, answer.hops) == ("welcome", 2)
        assert (await egress.get(site.url())).hops == 2, "cookies of one visit are not carried into the next"


async def test_a_cookie_that_is_no_text_is_not_sent_back() -> None:
    moved = (
        b"HTTP/1.1 302 Found\r\nLocation: /on\r\nSet-Cookie: a=1\r\nSet-Cookie: name=\xc0\xb8\r\nSet-Cookie: b=\x01\r\n"
        b"Content-Length: 0\r\n\r\n"
    )

    async def respond(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(page("here") if request.startswith(b"GET /on ") else moved)

    async with serving(respond) as site, Egress(LOOPBACK) as egress:
        assert (await egress.get(site.url())).text == "here"
        assert b"Cookie: a=1\r\n" in site.requests[1]


async def test_a_redirect_in_raw_gbk_is_followed() -> None:
    async def respond(request: bytes, writer: asyncio.StreamWriter) -> None:
        there = request.startswith(b"GET /%C0%B8%C4%BF/ ")
        moved = b"HTTP/1.1 302 Found\r\nLocation: /" + "栏目".encode("gbk") + b"/\r\nContent-Length: 0\r\n\r\n"
        writer.write(page("here") if there else moved)

    async with serving(respond) as site, Egress(LOOPBACK) as egress:
        assert (await egress.get(site.url())).text == "here"


async def test_a_delivery_carries_its_body_and_is_never_redirected() -> None:
    async with serving(page("no", status="307 Temporary Redirect", location="/elsewhere")) as site:
        async with Egress(LOOPBACK) as egress:
            answer = await egress.request(
                "POST",
                site.url("/hook"),
                content=b'{"a":1}',
                headers={"Content-Type": "application/json", "X-Empty": ""},
            )
        assert answer.status == 307
        [request] = site.requests
        assert request.startswith(b"POST /hook HTTP/1.1\r\n")
        assert b"Content-Length: 7\r\n" in request
        assert b"Content-Type: application/json\r\n" in request
        assert b"X-Empty:\r\n" in request
        assert request.endswith(b'\r\n\r\n{"a":1}')


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_pass(method: str) -> None:
    async with serving(page("" if method == "HEAD" else "x")) as site, Egress(LOOPBACK) as egress:
        assert (await egress.request(method, site.url())).status == 200
        assert site.requests[0].startswith(method.encode() + b" / HTTP/1.1")


async def test_a_header_cannot_smuggle_another() -> None:
    async with serving("x") as site, Egress(LOOPBACK) as egress:
        with pytest.raises(RefusedByGate):
            await egress.request("GET", site.url(), headers={"X-A": "1\r\nX-Evil: 1"})
        assert site.requests == []


async def test_a_chinese_page_is_read_whatever_it_declares() -> None:
    lying = '<meta charset="utf-8"><p>网站标识码</p>'.encode("gb18030")
    response = page(lying, content_type="text/html; charset=iso-8859-1")
    async with serving(response) as site, Egress(LOOPBACK) as egress:
        assert "网站标识码" in (await egress.get(site.url())).text
