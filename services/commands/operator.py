"""What commands of an operator share: the bus as its administrator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.bus import Bus
from shared.bus.users import ADMIN
from shared.embedded import CannotStart
from shared.runtime import seed_of
from shared.settings import Settings

PATIENCE = 10.0


@asynccontextmanager
async def administrator(settings: Settings) -> AsyncIterator[Bus]:
    """The bus with an administrator's rights. Raises CannotStart when it does not let us in."""
    seed = seed_of(ADMIN, settings)
    try:
        bus = await Bus.connect(settings.nats_url, ADMIN, seed, patience=PATIENCE, ca=settings.nats_ca)
    except TimeoutError as error:
        raise CannotStart(
            f"the bus at {settings.nats_url} does not let us in: is it running, and is the key its administrator's "
            f"(GOVWATCH_NATS_SEED, or {settings.data_dir / 'keys'})?"
        ) from error
    try:
        yield bus
    finally:
        await bus.close()
