"""One line on a terminal that says what is going on, and is gone afterwards; elsewhere a line now and then."""

import asyncio
import shutil
from typing import TextIO

from services.commands.checking.layout import clean, shortened

EVERY = 30.0
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Says what is going on: at once when ``stream`` is a terminal, otherwise only in ``now_and_then``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._on = stream.isatty()
        self._shown = False
        self._last = ""

    def say(self, text: str) -> None:
        """Show ``text`` in place of what was shown before."""
        self._last = text
        if self._on:
            columns = shutil.get_terminal_size().columns - 1
            self._stream.write(CLEAR_LINE + shortened(clean(text), columns))
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Take the line away, so that other text may follow."""
        if self._shown:
            self._stream.write(CLEAR_LINE)
            self._stream.flush()
            self._shown = False

    async def now_and_then(self, every: float = EVERY) -> None:
        """Where there is no terminal, write what was said last every so many seconds, until stopped."""
        while not self._on:
            await asyncio.sleep(every)
            if self._last:
                self._stream.write(clean(self._last) + "\n")
                self._stream.flush()
