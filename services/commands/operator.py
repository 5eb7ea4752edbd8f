"""What commands of an operator share: who it is, and the bus as its administrator."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.bus import Bus
from shared.bus.users import ADMIN, Keys
from shared.embedded import CannotStart
from shared.settings import Settings

PATIENCE = 10.0


@asynccontextmanager
async def administrator(settings: Settings) -> AsyncIterator[Bus]:
    """The bus with an administrator's rights. Raises CannotStart when it does not let us in."""
    seed = settings.nats_seed.get_secret_value() or Keys(settings.data_dir / "keys").seed(ADMIN)
    try:
        bus = await Bus.connect(settings.nats_url, ADMIN, seed, patience=PATIENCE)
    except TimeoutError as error:
        raise CannotStart(
            f"the bus at {settings.nats_url} does not let us in: is it running, and is the key its administrator's "
            f"(GOVWATCH_NATS_SEED, or {settings.data_dir / 'keys'})?"
        ) from error
    try:
        yield bus
    finally:
        await bus.close()


def operator() -> str:
    """Who gives the command, as an actor."""
    return f"operator:{getpass.getuser()}"
