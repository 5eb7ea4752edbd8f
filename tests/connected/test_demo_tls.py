"""The secure websites of the practice city met by real TLS: good certificates, each kind of bad ones, and none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from demo.city import load
from demo.server import City

SCRIPT = load()
SECURE = "www.fengdu.gov.cn.demo"
PLAIN = "www.kaifeng.gov.cn.demo"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City(tmp_path / "city", SCRIPT) as city:
        yield city


async def head(city: City, host: str = SECURE, *, believing: bool = True) -> bytes:
    """The first line of what a secure website answers to somebody who trusts the authority of the city."""
    context = ssl.create_default_context(cadata=city.web.certificates.authority)
    if not believing:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", city.web.secure_port, ssl=context, server_hostname=host)
    try:
        for _ in range(2):
            writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            lines = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in lines.split(b"\r\n") if line.startswith(b"Content-Length: "))
            await reader.readexactly(int(length.rpartition(b" ")[2]))
    finally:
        writer.transport.abort()
    return lines.partition(b"\r\n")[0]


async def test_a_good_certificate_is_good_for_whoever_trusts_the_authority(city: City) -> None:
    assert await head(city) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("tls:self_signed", "self-signed certificate"),
        ("tls:expired", "certificate has expired"),
        ("tls:wrong_name", "Hostname mismatch"),
    ],
)
async def test_a_bad_certificate_is_bad_in_its_own_way_and_the_page_is_there(city: City, fault: str, why: str) -> None:
    city.state.put(SECURE, fault)
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        await head(city)
    assert await head(city, believing=False) == b"HTTP/1.1 200 OK"
    city.state.mend(SECURE)
    assert await head(city) == b"HTTP/1.1 200 OK"


async def test_a_website_with_nothing_in_common_says_so_and_hangs_up(city: City) -> None:
    city.state.put(SECURE, "tls:sm_only")
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        await head(city, believing=False)


@pytest.mark.parametrize("host", [PLAIN, "www.nowhere.gov.cn.demo"])
async def test_nobody_else_speaks_tls(city: City, host: str) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await head(city, host, believing=False)


async def test_a_visitor_who_does_not_speak_tls_or_leaves_disturbs_nobody(city: City) -> None:
    for said in (b"GET / HTTP/1.1\r\n\r\n", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", city.web.secure_port)
        writer.write(said)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert await head(city) == b"HTTP/1.1 200 OK"


async def test_without_tls_a_secure_website_says_where_it_is(city: City) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{city.web.port}", trust_env=False) as public:
        answer = await public.get("/fdyw/", headers={"Host": SECURE})
    where = f"https://{SECURE}:{city.addresses.https_port}"
    assert (answer.status_code, answer.headers["location"]) == (301, f"{where}/fdyw/")
    site = city.script.outlet(SECURE)
    assert city.web.url(site) == f"{where}/"  # type: ignore[arg-type]  # it is a website
