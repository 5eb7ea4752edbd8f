"""``govwatch audit``: is every chain as it was written, what stands in it, and remember now how far it is."""

import argparse
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from services.catalog import SERVICES
from services.commands.operator import administrator
from shared.audit import Anchor, Deed
from shared.audit.store import Chain
from shared.bus.reading import Part, read
from shared.documents import SYSTEM, UNAVAILABLE, Client
from shared.embedded import CannotStart
from shared.events import audit, parse
from shared.runtime import utc_now
from shared.settings import Settings

FAULT, NOT_LOOKED = 1, 2
AT_A_TIME = 500
ANCHORS = f"{audit.Anchored.type}.>"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("audit", help="the audit chains: verify, show, anchor")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("verify", help="name the first record that was altered, taken away or moved")
    act.add_argument("--service", choices=tuple(SERVICES), help="only this chain")
    act.add_argument("--without-bus", action="store_true", help="use only the anchors that other services witnessed")
    act.set_defaults(run=_verify)

    act = acts.add_parser("show", help="records, the newest first")
    act.add_argument("--service", choices=tuple(SERVICES), required=True)
    act.add_argument("--deed", choices=[str(deed) for deed in Deed], metavar="DEED", help="for example signed_in")
    act.add_argument("--actor", help="for example operator:root or person:p-…")
    act.add_argument("--object", help="id of what it was done to")
    act.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    act.set_defaults(run=_show)

    act = acts.add_parser("anchor", help="have every service say now how far its chain is (they do so daily)")
    act.set_defaults(run=_anchor)


@asynccontextmanager
async def chains(settings: Settings) -> AsyncIterator[dict[str, Chain]]:
    """The chain of each service."""
    client = Client(settings.mongo_url.get_secret_value())
    try:
        await client.ping()
        yield {name: Chain(client.database(f"{settings.mongo_prefix}_{name}"), name) for name in SERVICES}
    finally:
        client.close()


async def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """0 every chain is sound, 1 a fault is named, 2 it could not be looked at."""
    try:
        async with chains(settings) as kept:
            anchors = await _witnessed(kept.values())
            if not arguments.without_bus:
                await _published(settings, anchors)
            chosen = [arguments.service] if arguments.service else list(kept)
            return max([await _checked(kept[name], anchors[name]) for name in chosen])
    except (CannotStart, *UNAVAILABLE) as error:
        sys.stderr.write(f"govwatch audit verify: nothing was looked at: {error}\n")
        return NOT_LOOKED


async def _checked(chain: Chain, anchors: list[Anchor]) -> int:
    name = chain.service

    def tell(done: int, of: int) -> None:
        sys.stderr.write(f"{name}: {done} of {of}\n")

    checked = await chain.check(anchors, tell)
    if fault := checked.fault:
        where = f"{fault.sequence}" + (f" to {fault.until}" if fault.until > fault.sequence else "")
        _say(f"{name}: record {where} {fault.kind}: {fault.why}")
        return FAULT
    fit = f"{len(anchors)} anchors fit" if anchors else "no anchor to compare with"
    _say(f"{name}: {checked.sequence} records are sound, {fit}; the last is {checked.head}")
    return 0


async def _witnessed(kept: Iterable[Chain]) -> dict[str, list[Anchor]]:
    """The anchors each chain holds of the others, by service."""
    found: dict[str, list[Anchor]] = {name: [] for name in SERVICES}
    for chain in kept:
        before = 0
        while records := await chain.find(
            SYSTEM, {"record.deed": Deed.ANCHOR_WITNESSED.value}, before=before, limit=AT_A_TIME
        ):
            before = records[-1].sequence
            for record in records:
                told, source = record.details, f"record {record.sequence} of the {chain.service}"
                at = datetime.fromisoformat(told["at"])
                found.setdefault(record.object, []).append(Anchor(int(told["sequence"]), told["hash"], at, source))
    return found


async def _published(settings: Settings, anchors: dict[str, list[Anchor]]) -> None:
    """Add the anchors that FACTS still holds."""
    async with administrator(settings) as bus:
        async for kept in read(bus, Part("FACTS", ANCHORS)):
            event = parse(kept.body)
            if isinstance(told := event.data, audit.Anchored):
                source = f"message {kept.sequence} of FACTS"
                anchors.setdefault(told.service, []).append(Anchor(told.sequence, told.hash, told.at, source))


async def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    asked = {"record.deed": arguments.deed, "record.actor": arguments.actor, "record.object": arguments.object}
    where: dict[str, Any] = {name: value for name, value in asked.items() if value}
    async with chains(settings) as kept:
        records = await kept[arguments.service].find(SYSTEM, where, limit=max(1, arguments.limit))
    if records:
        _say("RECORD\tAT\tACTOR\tDEED\tOBJECT\tREGION\tREASON\tFROM")
    for one in records:
        at = f"{one.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        what = (str(one.sequence), at, one.actor, one.deed, f"{one.kind} {one.object}", one.region, one.reason)
        _say("\t".join(_plain(part) for part in (*what, one.address)))
    _say(f"{len(records)} shown")
    return 0


async def _anchor(_arguments: argparse.Namespace, settings: Settings) -> int:
    async with chains(settings) as kept:
        for name, chain in kept.items():
            document = await chain.anchor(utc_now())
            said = f"record {document.sequence} {document.hash}" if document else "nothing to anchor"
            _say(f"{name}: {said}")
    return 0


def _plain(text: str) -> str:
    """Without what could play tricks on a terminal or a table."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
