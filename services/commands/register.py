"""``govwatch unit``, ``govwatch office``: who opens outlets and who looks after them, into the register."""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from services.commands import streams
from services.commands.operator import on_record, operator
from services.registry import intake
from services.registry.app import Registry
from services.registry.store import Store
from shared.audit import Deed, Thing
from shared.bus import Bus
from shared.bus.consumers import office_config
from shared.bus.users import ADMIN, Keys
from shared.documents import SYSTEM, Client
from shared.events.region import is_prefix, is_region
from shared.readmit import readmit
from shared.runtime import seed_of, utc_now
from shared.settings import Settings

LARGEST = 20_000_000
"""Bytes of a file that a command reads whole."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    parser = commands.add_parser("unit", help="register a unit, print its id")
    parser.add_argument("name")
    parser.add_argument("--region", required=True, help="four tokens, for example 41.01.05.0")
    parser.add_argument("--id", default="")
    parser.set_defaults(run=_unit)

    parser = commands.add_parser("office", help="register an office; --feed gives it a credential for its own events")
    parser.add_argument("id", help="letters, digits and -")
    parser.add_argument("--name", default="")
    parser.add_argument("--region", default="", help="four tokens, for example 41.01.00.0")
    parser.add_argument("--looks-after", default="", help="region prefix, for example 41.01")
    parser.add_argument("--feed", action="store_true", help="make its nkey and its durable consumer on FACTS")
    parser.set_defaults(run=_office)


@asynccontextmanager
async def register(settings: Settings) -> AsyncIterator[Registry]:
    """The registry's store, without its service running here: events wait in the outboxes for its relay."""
    client = Client(settings.mongo_url.get_secret_value())
    app = Registry(Store(client.database(f"{settings.mongo_prefix}_registry")), utc_now)
    try:
        await client.ping()
        await app.store.database.prepare()
        yield app
    finally:
        client.close()


async def _unit(arguments: argparse.Namespace, settings: Settings) -> int:
    if not is_region(arguments.region):
        sys.stderr.write(f"{arguments.region!r} is no region path of four tokens, such as 41.01.05.0\n")
        return 64
    async with register(settings) as app:
        unit = await intake.Intake(app).unit(arguments.name, arguments.region, operator(), arguments.id)
    sys.stdout.write(unit.id + "\n")
    return 0


async def _office(arguments: argparse.Namespace, settings: Settings) -> int:
    async with register(settings) as app:
        if arguments.name:
            if not is_region(arguments.region) or not is_prefix(arguments.looks_after):
                sys.stderr.write("--region takes four tokens (41.01.00.0), --looks-after a prefix of them (41.01)\n")
                return 64
            try:
                await intake.Intake(app).office(
                    arguments.id, arguments.name, arguments.region, arguments.looks_after, operator()
                )
            except intake.BadList as error:
                sys.stderr.write(f"govwatch office: {error}\n")
                return 64
        if not arguments.feed:
            return 0
        kept = await app.store.offices.get(arguments.id, SYSTEM)
    if kept is None:
        sys.stderr.write(f"there is no office {arguments.id}: register it with --name, --region and --looks-after\n")
        return 1
    path = await give_feed(settings, kept.id, kept.body.looks_after)
    sys.stdout.write(f"{path}\n")
    return 0


async def give_feed(settings: Settings, office: str, looks_after: str) -> Path:
    """Make the credential and the durable consumer of an office; returns the file with its nkey seed."""
    keys = Keys(settings.data_dir / "keys")
    details = {"looks_after": looks_after}
    await on_record(settings, "registry", Deed.FEED_GRANTED, Thing("feed", office), "asked", details)
    path = keys.make_office(office)
    client = Client(settings.mongo_url.get_secret_value())
    try:
        users = streams.users(await streams.offices(settings, client))
    finally:
        client.close()
    if (settings.data_dir / "nats").is_dir():
        await readmit(
            settings.data_dir / "nats",
            urlsplit(settings.nats_url).port or settings.embedded_nats_port,
            users,
            keys,
            tls=settings.embedded_nats_tls,
        )
    bus = await Bus.connect(settings.nats_url, ADMIN, seed_of(ADMIN, settings), ca=settings.nats_ca)
    try:
        await bus.until_ready()
        await bus.js.add_consumer("FACTS", office_config(office, looks_after))
    finally:
        await bus.close()
    return path
