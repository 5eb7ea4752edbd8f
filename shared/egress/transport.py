"""The gate itself: every hop of every request is checked, resolved, checked again and pinned here."""

import asyncio
import re
import time
from dataclasses import dataclass

import httpx

from shared.egress.addresses import AddressRules
from shared.egress.errors import ConnectFailed, DeadlineExceeded, EgressError, RefusedByGate, Unreadable
from shared.egress.inflate import NotReadable, inflate
from shared.egress.phases import Budget, Phases
from shared.egress.resolver import Resolver
from shared.egress.transfer import CurlFault, Order, Transfer, Transfers
from shared.egress.urls import Target, checked_location, target_of

# A name may have many addresses; a browser gives up on one long before its own deadline.
MOST_IPV4 = 2
MOST_IPV6 = 1
NEXT_ADDRESS_AFTER = 5.0
BOMB_FACTOR = 2
LINE_BREAKS = re.compile(r"[\r\n\0]")
PRINTABLE = re.compile(rb"[\x20-\x7e]*")
UNDONE = {b"content-encoding", b"content-length", b"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the transport knows of one hop, found in ``response.extensions["exchange"]``. ``wire`` is in bytes."""

    peer: str
    wire: int
    warnings: tuple[str, ...]


class GateTransport(httpx.AsyncBaseTransport):
    """An httpx transport that goes only where the rules permit, and never longer than its ceiling.

    A ``Budget`` in ``request.extensions["budget"]`` is the ceiling of all hops together; ``verify`` (default True)
    says whether the certificate must be good; ``body_cap`` may be lower than that of the gate; ``rules`` are other
    AddressRules than those of the gate. Bodies arrive whole, inflated and capped. Raises EgressError.
    """

    def __init__(self, rules: AddressRules, resolver: Resolver, *, ceiling: float, body_cap: int, ca_file: str) -> None:
        self._rules = rules
        self._resolver = resolver
        self._ceiling = ceiling
        self._body_cap = body_cap
        self._ca_file = ca_file
        self._transfers = Transfers()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See the class."""
        budget = request.extensions.get("budget") or Budget(self._ceiling)
        rules = request.extensions.get("rules") or self._rules
        target = target_of(request.url)
        if any(LINE_BREAKS.search(name + value) for name, value in request.headers.multi_items()):
            raise RefusedByGate("a header with a line break in it")
        body = await request.aread()
        try:
            addresses = await self._addresses(target, budget, rules)
            return await self._first_that_answers(request, body, target.port, addresses, budget, rules)
        except EgressError as error:
            error.phases = budget.phases
            raise

    async def aclose(self) -> None:
        """Close connections and the resolver."""
        await self._transfers.aclose()
        await self._resolver.aclose()

    async def _addresses(self, target: Target, budget: Budget, rules: AddressRules) -> list[str]:
        """The addresses to try, in order. Raises RefusedByGate when even one of the name's is not permitted."""
        found = [target.host] if target.literal else await self._resolve(target.host, budget)
        for address in found:
            if not rules.permits(address):
                raise RefusedByGate(f"{target.host} has the address {address}, which is not allowed")
        six = [address for address in found if ":" in address]
        four = [address for address in found if ":" not in address]
        return four[:MOST_IPV4] + six[:MOST_IPV6]

    async def _resolve(self, host: str, budget: Budget) -> list[str]:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(budget.left):
                return await self._resolver.addresses(host)
        except TimeoutError as error:
            raise DeadlineExceeded(f"no name server told the address of {host} in time") from error
        finally:
            took = time.perf_counter() - started
            budget.spend(Phases(dns=took, total=took))

    async def _first_that_answers(
        self,
        request: httpx.Request,
        body: bytes,
        port: int,
        addresses: list[str],
        budget: Budget,
        rules: AddressRules,
    ) -> httpx.Response:
        trouble: EgressError = ConnectFailed("no address to connect to")
        for nth, address in enumerate(addresses, start=1):
            if budget.left <= 0:
                raise DeadlineExceeded("the ceiling passed between two steps")
            patience = budget.left if nth == len(addresses) else min(NEXT_ADDRESS_AFTER, budget.left)
            order = Order(
                method=request.method,
                url=str(request.url),
                headers=request.headers,
                body=body,
                address=address,
                port=port,
                connect_within=patience,
                within=budget.left,
                verify=bool(request.extensions.get("verify", True)),
                body_cap=min(self._body_cap, request.extensions.get("body_cap") or self._body_cap),
            )
            transfer = Transfer(order, ca_file=self._ca_file, permits=rules.permits)
            fault = await self._transfers.run(transfer)
            phases = transfer.phases()
            budget.spend(phases)
            if fault is None or transfer.warning(fault):
                return self._response(request.url, transfer, fault, address)
            trouble = transfer.error(fault, phases)
            if transfer.connected or transfer.received.refused:
                break
        raise trouble

    def _response(self, url: httpx.URL, transfer: Transfer, fault: CurlFault | None, peer: str) -> httpx.Response:
        received = transfer.received
        raw = b"".join(received.chunks)
        encoding = b",".join(value for name, value in received.headers if name.lower() == b"content-encoding")
        try:
            body, odd = inflate(raw, encoding.decode("latin-1"), transfer.body_cap * BOMB_FACTOR)
        except NotReadable as error:
            raise Unreadable(str(error)) from error
        warnings = tuple(warning for warning in (transfer.warning(fault), odd) if warning)
        return httpx.Response(
            transfer.status,
            headers=_headers(received.headers, url),
            stream=httpx.ByteStream(body),
            extensions={
                "exchange": Exchange(peer, len(raw), warnings),
                "http_version": transfer.http_version,
            },
        )


def _headers(received: list[tuple[bytes, bytes]], url: httpx.URL) -> list[tuple[bytes, bytes]]:
    """The headers as httpx gets them: where a redirect leads is decided here, and odd cookies are not kept."""
    headers = []
    for name, value in received:
        kind = name.lower()
        if kind in UNDONE or (kind == b"set-cookie" and not PRINTABLE.fullmatch(value)):
            continue
        headers.append((name, str(checked_location(value, url)).encode() if kind == b"location" else value))
    return headers
