"""Names that lie: what was checked is what is connected to, on every hop."""

import asyncio
import socket
import time
from contextlib import nullcontext

import pytest

from shared.egress import ConnectFailed, DeadlineExceeded, Egress, NameUnresolved, RefusedByGate
from shared.egress.resolver import DnsResolver
from tests.security.loopback import LOOPBACK, LyingNameServer, page, serving

PUBLIC = "93.184.216.34"
V4_ONLY = ("127.0.0.0/8",)


async def test_a_name_of_the_configured_name_server_is_visited_under_its_own_name() -> None:
    async with LyingNameServer({"www.sample.gov.cn": [["127.0.0.1"]]}) as names, serving("你好") as site:
        async with Egress(LOOPBACK, names.address) as egress:
            answer = await egress.get(site.url(host="www.sample.gov.cn"))
        assert (answer.status, answer.text, answer.peer) == (200, "你好", "127.0.0.1")
        assert f"Host: www.sample.gov.cn:{site.port}\r\n".encode() in site.requests[0]
        assert answer.phases.dns > 0


async def test_a_name_without_an_address_is_unresolved_not_refused() -> None:
    async with LyingNameServer({"gone.gov.cn": [[]]}) as names, Egress((), names.address) as egress:
        with pytest.raises(NameUnresolved, match=r"gone\.gov\.cn"):
            await egress.get("http://gone.gov.cn/")


async def test_a_silent_name_server_costs_no_more_than_the_ceiling() -> None:
    async with LyingNameServer({}) as names, Egress((), names.address) as egress:
        started = time.perf_counter()
        with pytest.raises(DeadlineExceeded) as late:
            await egress.get("http://silent.gov.cn/", ceiling=0.3)
        assert time.perf_counter() - started < 0.6
        assert late.value.phases.dns == pytest.approx(0.3, abs=0.1)


async def test_forty_silent_names_do_not_delay_one_that_answers() -> None:
    async with (
        LyingNameServer({"quick.gov.cn": [["127.0.0.1"]]}) as names,
        serving("ok") as site,
        Egress(LOOPBACK, names.address) as egress,
    ):
        slow = [asyncio.ensure_future(egress.get(f"http://slow{n}.gov.cn/", ceiling=1.0)) for n in range(40)]
        await asyncio.sleep(0)
        answer = await egress.get(site.url(host="quick.gov.cn"))
        assert answer.seconds < 0.5
        results = await asyncio.gather(*slow, return_exceptions=True)
        assert all(isinstance(result, DeadlineExceeded) for result in results)


@pytest.mark.parametrize(
    "addresses",
    [[PUBLIC, "127.0.0.1"], [PUBLIC, "fd00::1"], ["::ffff:169.254.169.254"], ["10.0.0.1"], ["64:ff9b::7f00:1"]],
)
async def test_a_name_with_one_private_address_is_refused(addresses: list[str]) -> None:
    async with LyingNameServer({"mixed.gov.cn": [addresses]}) as names, Egress((), names.address) as egress:
        with pytest.raises(RefusedByGate, match="not allowed"):
            await egress.get("http://mixed.gov.cn/", ceiling=1)


async def test_a_name_that_turns_private_after_the_check_is_never_connected_to() -> None:
    """Rebinding: the address that was checked is the one connected to, whatever the name server says next."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    async with (
        LyingNameServer({"flip.gov.cn": answers}) as names,
        serving("ok") as site,
        Egress(V4_ONLY, names.address) as egress,
    ):
        assert (await egress.get(site.url(host="flip.gov.cn"))).status == 200
        assert names.asked == ["flip.gov.cn"]
        with pytest.raises(RefusedByGate, match=r"10\.0\.0\.1"):
            await egress.get(site.url(host="flip.gov.cn"))


async def test_a_redirect_is_resolved_and_checked_again() -> None:
    async with (
        LyingNameServer({"flip.gov.cn": [["127.0.0.1"], ["10.0.0.1"]]}) as names,
        serving(page(status="302 Found", location="/again")) as site,
        Egress(V4_ONLY, names.address) as egress,
    ):
        with pytest.raises(RefusedByGate, match=r"10\.0\.0\.1"):
            await egress.get(site.url(host="flip.gov.cn"))
        assert len(site.requests) == 1


async def test_the_socket_itself_is_checked_when_the_first_check_is_fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving("secret") as site, Egress(["10.0.0.0/8"]) as egress:

        async def waved_through(*_: object) -> list[str]:
            return ["127.0.0.1"]

        monkeypatch.setattr(egress._transport, "_addresses", waved_through)
        with pytest.raises(RefusedByGate, match=r"address 127\.0\.0\.1 is not allowed"):
            await egress.get(site.url())
        assert site.requests == []


async def test_an_address_that_refuses_is_followed_by_the_next_one() -> None:
    async with (
        LyingNameServer({"two.gov.cn": [["127.0.0.2", "127.0.0.3", "::1"]]}) as names,
        serving("ok", host="127.0.0.3") as site,
        Egress(LOOPBACK, names.address) as egress,
    ):
        answer = await egress.get(site.url(host="two.gov.cn"))
        assert answer.peer == "127.0.0.3"


async def test_a_working_ipv4_address_is_not_kept_waiting_by_a_dead_ipv6_one() -> None:
    async with (
        LyingNameServer({"both.gov.cn": [["127.0.0.1", "::1"]]}) as names,
        serving("ok") as site,
        Egress(LOOPBACK, names.address) as egress,
    ):
        assert (await egress.get(site.url(host="both.gov.cn"))).seconds < 0.5


def ipv6_loopback() -> bool:
    """Whether this machine has one (many containers do not)."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_ipv6_is_tried_where_there_is_no_ipv4() -> None:
    there = ipv6_loopback()
    async with (
        LyingNameServer({"six.gov.cn": [["::1"]]}) as names,
        serving("ok", host="::1" if there else "127.0.0.1") as site,
        Egress(LOOPBACK, names.address) as egress,
    ):
        with nullcontext() if there else pytest.raises(ConnectFailed):
            assert (await egress.get(site.url(host="six.gov.cn"))).peer == "::1"


async def test_localhost_needs_no_name_server() -> None:
    resolver = DnsResolver("127.0.0.1:1")
    assert await resolver.addresses("localhost") == ["127.0.0.1", "::1"]
    await resolver.aclose()
