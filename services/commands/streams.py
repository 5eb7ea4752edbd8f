"""``govwatch streams``: make the bus what the tables say it is. An administrator's work, done before services start."""

import argparse
import sys
from collections.abc import Mapping

from services.catalog import SERVICES
from services.registry.store import Store as Register
from shared.bus import Bus
from shared.bus.accounts import accounts
from shared.bus.consumers import consumer_config, office_config
from shared.bus.streams import apply
from shared.bus.users import ADMIN, Keys, User, office_user, service_user
from shared.documents import SYSTEM, Client
from shared.losses import notice
from shared.runtime import seed_of
from shared.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("streams", help="streams, consumers and users of the bus")
    acts = parser.add_subparsers(dest="act", required=True)
    step = acts.add_parser("apply", help="create or update the streams and every consumer")
    step.add_argument("--replicas", type=int, help="copies of each stream (3 in a cluster of three)")
    step.set_defaults(run=_apply)
    step = acts.add_parser("users", help="print the accounts of a nats-server for these services, making missing keys")
    step.set_defaults(run=_users)


def users(offices: Mapping[str, str]) -> list[User]:
    """Every user of the bus: the four services, and each office of ``offices`` (id -> region prefix)."""
    services = [service_user(service.name, service.hears, service.says) for service in SERVICES.values()]
    return services + [office_user(office) for office in sorted(offices)]


async def offices(settings: Settings, client: Client) -> dict[str, str]:
    """The offices that were given a key, with the region prefix each looks after."""
    keyed = set(Keys(settings.data_dir / "keys").offices())
    register = Register(client.database(f"{settings.mongo_prefix}_registry"))
    return {kept.id: kept.body.looks_after for kept in await register.offices.find(SYSTEM) if kept.id in keyed}


async def prepare(settings: Settings, *, replicas: int | None = None) -> list[str]:
    """Apply streams and consumers as the administrator; returns a line for each thing done."""
    client = Client(settings.mongo_url.get_secret_value())
    bus = await Bus.connect(settings.nats_url, ADMIN, seed_of(ADMIN, settings), ca=settings.nats_ca)
    try:
        databases = [client.database(f"{settings.mongo_prefix}_{name}") for name in SERVICES]
        highest: dict[str, int] = {}
        for database in databases:
            for stream, mark in (await database.marks()).items():
                highest[stream] = max(highest.get(stream, 0), mark.sequence)
        done = await apply(bus.js, replicas=replicas, highest=highest)
        for database in databases:
            lost = await notice(database, bus)
            done += [f"{stream}: lost events, sent again by the service of {database.name}" for stream in lost]
        for service in SERVICES.values():
            for line in service.hears:
                await bus.js.add_consumer(line.stream, consumer_config(service.name, line))
                done.append(f"{line.stream}: consumer {service.name}_{line.durable}")
        for office, looks_after in (await offices(settings, client)).items():
            await bus.js.add_consumer("FACTS", office_config(office, looks_after))
            done.append(f"FACTS: consumer of office {office}")
    finally:
        await bus.close()
        client.close()
    return done


async def _apply(arguments: argparse.Namespace, settings: Settings) -> int:
    for line in await prepare(settings, replicas=arguments.replicas):
        sys.stdout.write(line + "\n")
    return 0


async def _users(_arguments: argparse.Namespace, settings: Settings) -> int:
    keys = Keys(settings.data_dir / "keys")
    named = dict.fromkeys(keys.offices(), "")
    sys.stdout.write(accounts(users(named), keys))
    return 0
