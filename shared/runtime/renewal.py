"""Changing a service's key while it works."""

import asyncio
from collections.abc import Callable

from shared.bus import Bus, Listener
from shared.telemetry import logger

LOOK_EVERY = 2.0


async def keep_signed_in(bus: Bus, listener: Listener, seed: Callable[[], str]) -> None:
    """Sign in with another key as soon as ``seed`` gives one and the server knows it; until then the old one goes on.

    Runs for ever. Nothing is missed: the new connections are there before the old ones end.
    """
    log = logger(bus.name)
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            new = seed()
            if new != listener.seed:
                await listener.renew(new)
            if new != bus.seed:
                await bus.renew(new)
                log.info("signed in with a new key")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new key, the old one goes on
            log.warning("the new key does not work, going on with the old one", error=repr(error))
