"""Names to addresses, without the thread pools of getaddrinfo and libcurl, where a dead name server stalls all."""

import asyncio
import contextlib
from socket import AddressFamily
from typing import Protocol

import aiodns
import pycares

from shared.egress.errors import NameUnresolved

# How long an IPv4 answer waits for the IPv6 one (RFC 8305 §3 calls it resolution delay).
RESOLUTION_DELAY = 0.05
QUERY_TIMEOUT = 3.0
TRIES = 2
LOOPBACK = ("127.0.0.1", "::1")


class Resolver(Protocol):
    """Anything that knows the addresses of a name."""

    async def addresses(self, host: str) -> list[str]:
        """Every address of ``host``, IPv4 first. Raises NameUnresolved."""

    async def aclose(self) -> None:
        """Let go of sockets and threads."""


class DnsResolver:
    """The system's name servers (and hosts file), or one name server given as ``ip:port``.

    ``localhost`` and names below it are loopback without a question (RFC 6761 §6.3); search domains are not used:
    what was filed is a full name. Whoever calls puts the deadline around it.
    """

    def __init__(self, server: str = "") -> None:
        self._server = server
        self._dns: aiodns.DNSResolver | None = None

    async def addresses(self, host: str) -> list[str]:
        """See Resolver."""
        if host == "localhost" or host.endswith(".localhost"):
            return list(LOOPBACK)
        first = asyncio.ensure_future(self._ask(host, AddressFamily.AF_INET))
        second = asyncio.ensure_future(self._ask(host, AddressFamily.AF_INET6))
        try:
            return await self._both(host, first, second)
        finally:
            first.cancel()
            second.cancel()
            await asyncio.gather(first, second, return_exceptions=True)

    async def _both(self, host: str, four: asyncio.Future[list[str]], six: asyncio.Future[list[str]]) -> list[str]:
        trouble = ""
        found: list[str] = []
        try:
            found = await four
        except aiodns.error.DNSError as error:
            trouble = str(error.args[-1])
        with contextlib.suppress(TimeoutError, aiodns.error.DNSError):
            async with asyncio.timeout(RESOLUTION_DELAY if found else None):
                found = found + await six
        if not found:
            raise NameUnresolved(f"{host}: {trouble or 'no address'}")
        return found

    async def _ask(self, host: str, family: AddressFamily) -> list[str]:
        if self._dns is None:
            self._dns = _channel(self._server)
        result = await self._dns.getaddrinfo(host, family=family)
        return [node.addr[0].decode() for node in result.nodes]

    async def aclose(self) -> None:
        """See Resolver."""
        if self._dns is not None:
            await self._dns.close()
            self._dns = None


def _channel(server: str) -> aiodns.DNSResolver:
    servers = [server] if server else None
    return aiodns.DNSResolver(servers, timeout=QUERY_TIMEOUT, tries=TRIES, flags=pycares.ARES_FLAG_NOSEARCH)
