"""Ctrl-C while the program is still being loaded, which takes seconds, ends it without a word.

Importing this is what does it, so it comes before everything else; ``done`` gives Ctrl-C back.
"""

import os
import signal

INTERRUPTED = 130


def done() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt again."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(*_: object) -> None:
    os._exit(INTERRUPTED)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _leave)
