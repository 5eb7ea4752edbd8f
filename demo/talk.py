"""One visitor's connection to the public web, in the clear or over TLS.

TLS is spoken here and not by asyncio, which hangs up on a visitor with nothing in common without telling why; a real
server sends an alert.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeVar

END_OF_HEAD = b"\r\n\r\n"
MOST = 64 * 1024

Done = TypeVar("Done")


class Talk:
    """In the clear."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def begin(self) -> None:
        """Agree on how to talk."""

    async def hear(self) -> bytes:
        """The head of a request. Raises OSError or asyncio.IncompleteReadError when the visitor leaves."""
        return await self._reader.readuntil(END_OF_HEAD)

    async def say(self, answer: bytes) -> None:
        """Send bytes."""
        self._writer.write(answer)
        await self._writer.drain()

    def hang_up(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()


class SecureTalk(Talk):
    """Over TLS, as ``context`` says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        super().__init__(reader, writer)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._heard = b""

    async def begin(self) -> None:
        """Agree on how to talk. Raises OSError (ssl.SSLError is one) when there is nothing in common."""
        await self._until_done(self._tls.do_handshake)

    async def hear(self) -> bytes:
        """The head of a request. Raises OSError when the visitor leaves or does not come to an end."""
        while END_OF_HEAD not in self._heard:
            more = await self._until_done(partial(self._tls.read, MOST))
            self._heard += more
            if not more or len(self._heard) > MOST:
                raise ConnectionResetError("the visitor left, or sent too much")
        head, end, self._heard = self._heard.partition(END_OF_HEAD)
        return head + end

    async def say(self, answer: bytes) -> None:
        """Send bytes."""
        await self._until_done(partial(self._tls.write, answer))

    async def _until_done(self, act: Callable[[], Done]) -> Done:
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                await super().say(self._outgoing.read())
                received = await self._reader.read(MOST)
                if not received:
                    raise ConnectionResetError("the visitor left") from None
                self._incoming.write(received)
            finally:
                await super().say(self._outgoing.read())
