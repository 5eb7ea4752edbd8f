"""A service with something broken, to see that the checker notices: ``python broken.py WHAT SERVICE``.

``twice``        every message is handled twice (which must change nothing)
``idempotence``  the same, and a notice gets another id each time
``relay``        once the file ``relay-off`` is in the data directory, what is decided stays in the outbox
"""

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.__main__ import main
from services.notifier import handlers as notifier
from shared.bus import Hears, Listener
from shared.outbox import Relay


def handle_twice() -> None:
    """Every handler runs twice for every message."""
    add = Listener.add

    def add_twice(self: Listener, hears: Hears, app: Any) -> None:
        async def twice(app: Any, heard: Any) -> None:
            await hears.handler(app, heard)
            await hears.handler(app, heard)

        add(self, dataclasses.replace(hears, handler=twice), app)

    Listener.add = add_twice  # type: ignore[method-assign]  # breaking it is the point


def forget_ids() -> None:
    """A notice's id says nothing about its finding."""
    vars(notifier)["notice_id"] = lambda _finding: f"n-{uuid4().hex}"


def switch_off_relay() -> None:
    """The relay sleeps while the file is there."""
    once = Relay.once
    file = Path(os.environ["GOVWATCH_DATA_DIR"]) / "relay-off"

    async def maybe(self: Relay) -> int:
        return 0 if file.exists() else await once(self)

    Relay.once = maybe  # type: ignore[method-assign]  # breaking it is the point


BREAK = {
    "twice": [handle_twice],
    "idempotence": [handle_twice, forget_ids],
    "relay": [switch_off_relay],
}

if __name__ == "__main__":
    for damage in BREAK[sys.argv[1]]:
        damage()
    sys.exit(main(sys.argv[2:]))
