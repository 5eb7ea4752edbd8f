"""The name server of the city: authoritative for its hosts on loopback, over UDP and TCP.

A website that is dead leads to an address where nothing listens. Everything the city does not know does not exist
(NXDOMAIN). Nothing may be remembered (TTL 0), since a fault can be switched at any moment.
"""

import asyncio
import struct
from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from demo.city import CANARY_HOST, PLATFORM_HOST
from demo.door import ADDRESS, Door
from demo.state import State
from demo.websites import DEAD_ADDRESS

ZONE = dns.name.from_text("demo.")
SOA = "ns.demo. people.demo. 1 3600 600 86400 0"
TRIES = 20


class NameServer:
    """Answers for the city. ``port`` (the same number for UDP and TCP) is known after ``start``."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._udp: asyncio.DatagramTransport | None = None
        self._door = Door(self._asker)

    async def start(self, port: int) -> None:
        """Listen on ``port`` (0 = one that is free for both). Raises OSError when it is taken."""
        for tries_left in reversed(range(TRIES if port == 0 else 1)):
            door = Door(self._asker)
            await door.open(port)
            try:
                self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self._asked), local_addr=(ADDRESS, door.port)
                )
            except OSError:
                await door.close()
                if not tries_left:
                    raise
            else:
                self._door = door
                return

    async def stop(self) -> None:
        """Stop answering."""
        if self._udp is not None:
            self._udp.close()
        await self._door.close()

    @property
    def port(self) -> int:
        """The number of its port, UDP and TCP."""
        return self._door.port

    def address(self, host: str) -> str | None:
        """Where a host of the city is; None when there is no such host."""
        if host in (PLATFORM_HOST, CANARY_HOST):
            return ADDRESS
        view = self._state.website(host)
        if view is None:
            return None
        return ADDRESS if view.listening else DEAD_ADDRESS

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to one question in DNS wire format; None when it is not a question."""
        try:
            query = dns.message.from_wire(wire)
            response = dns.message.make_response(query)
        except dns.exception.DNSException:
            return None
        response.flags |= dns.flags.AA
        question = query.question[0] if len(query.question) == 1 else None
        if question is None or question.rdclass != dns.rdataclass.IN:
            response.set_rcode(dns.rcode.REFUSED)
            return response.to_wire()
        address = self.address(question.name.to_text(omit_final_dot=True).lower())
        if address is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        if address is not None and question.rdtype in (dns.rdatatype.A, dns.rdatatype.ANY):
            response.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", address))
        else:
            response.authority.append(dns.rrset.from_text(ZONE, 0, "IN", "SOA", SOA))
        return response.to_wire()

    def _asked(self, question: bytes, asker: tuple[str, int]) -> None:
        answer = self.answer(question)
        if answer is not None and self._udp is not None:
            self._udp.sendto(answer, asker)

    async def _asker(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = self.answer(await reader.readexactly(length))
            if answer is None:
                return
            writer.write(struct.pack("!H", len(answer)) + answer)
            await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, asked: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._asked = asked

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._asked(data, addr)
