"""The registry at work for tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from services.commands.register import register
from services.registry.intake import Intake
from services.registry.service import SERVICE
from shared.bus import Bus
from shared.bus.consumers import consumer_config
from shared.bus.users import ADMIN, Keys
from shared.documents import Client, Database
from shared.embedded import Nats
from shared.identity import Identity, Passwords
from shared.runtime import running
from shared.settings import Settings
from tests.registry.stage import PEOPLE, Desk


@pytest.fixture
async def desk(
    tmp_path: Path, mongo_url: str, database: Database, nats: Nats, keys: Keys, bus: Bus
) -> AsyncIterator[Desk]:
    """See ``Desk``."""
    settings = Settings(
        data_dir=tmp_path,
        nats_url=nats.url,
        nats_seed=SecretStr(keys.seed(ADMIN)),
        mongo_url=SecretStr(mongo_url),
        mongo_prefix=database.name,
    )
    for line in SERVICE.hears:
        await bus.js.add_consumer(line.stream, consumer_config(SERVICE.name, line))
    async with register(settings) as app:
        for unit in ("police", "health"):
            await Intake(app).unit(unit, "41.01.00.0", "operator:test", unit)
    client = Client(mongo_url)
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    identity = Identity(client.database(f"{database.name}_identity"), settings, passwords=cheap)
    await identity.prepare()
    for login, grant in PEOPLE.items():
        await identity.create_person(
            login=login, name=login, email=f"{login}@x.invalid", password="correct horse battery", grants=[grant]
        )
    tokens = {login: await identity.issue_token(login, days=1) for login in PEOPLE}
    async with running(SERVICE, settings) as (web, _):
        yield Desk(web, tokens, bus, settings)
    for name in ("registry", "identity"):
        await client.drop(f"{database.name}_{name}")
    client.close()
