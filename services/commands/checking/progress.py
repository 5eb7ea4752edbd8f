"""One line on a terminal that says what is going on, and is gone afterwards."""

import shutil
from typing import TextIO

from services.commands.checking.layout import clean, shortened

CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Says what is going on when ``stream`` is a terminal, and nothing otherwise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._on = stream.isatty()
        self._shown = False

    def say(self, text: str) -> None:
        """Show ``text`` in place of what was shown before."""
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
