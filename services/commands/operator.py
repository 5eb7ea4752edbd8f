"""What commands of an operator share: who it is, the bus as its administrator, and what goes on record at once."""

import getpass
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from shared.audit import Deed, Thing, noted
from shared.audit.store import Chain
from shared.bus import Bus
from shared.bus.users import ADMIN
from shared.documents import Client
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


def operator() -> str:
    """Who gives the command, as an actor."""
    return f"operator:{getpass.getuser()}"


async def on_record(
    settings: Settings, service: str, deed: Deed, thing: Thing, reason: str, details: Mapping[str, str] | None = None
) -> None:
    """Put a deed that no document can carry on record, before it is done; not done when MongoDB is away."""
    client = Client(settings.mongo_url.get_secret_value())
    try:
        chain = Chain(client.database(f"{settings.mongo_prefix}_{service}"), service)
        await chain.append(noted(deed, thing, actor=operator(), reason=reason, details=details))
    finally:
        client.close()
