"""``govwatch webhook``: where offices take events by signed webhook. For the operator; secrets are shown once."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from services.commands.operator import administrator, operator
from services.commands.register import register
from services.notifier.delivery import DeliveryState
from services.notifier.endpoint import Endpoint, Secret, resumed, rotate, since_ever, wants
from services.notifier.feeding import FOR_OFFICES, change_endpoint, queued
from services.notifier.signing import new_secret
from services.notifier.store import EndpointDocument, Store
from shared.audit import Deed, Entry, Thing, noted
from shared.audit.relay import Recorder
from shared.bus.reading import Part, read
from shared.documents import SYSTEM, Client, Stale
from shared.egress import RefusedByGate, checked_url
from shared.events import parse
from shared.events.registry import Office
from shared.runtime import utc_now
from shared.settings import Settings

USAGE = 64
UNSETTLED = {"$in": [DeliveryState.WAITING.value, DeliveryState.GIVEN_UP.value]}
Act = Callable[[Store, argparse.Namespace, Settings], Awaitable[None]]


class NotDone(Exception):  # noqa: N818 - it is told to a person as it is
    """Why a command changed nothing."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("webhook", help="events for offices by signed webhook")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("add", help="send the events of an office's region to an address; prints its secret, once")
    act.add_argument("office", help="id of a registered office")
    act.add_argument("url", type=_url, help="http(s) address that takes POST requests")
    act.add_argument("--facts", type=_facts, default=(), help="only these, for example notice.*,score.finding_raised")
    act.set_defaults(run=_command(_add))

    act = acts.add_parser("list", help="every endpoint and how it does")
    act.set_defaults(run=_command(_list))

    act = acts.add_parser("rotate", help="a new secret, printed once; the one before signs as well for 24 hours")
    act.add_argument("office")
    act.set_defaults(run=_command(_rotate))

    act = acts.add_parser("resume", help="switch an endpoint on again and send what it missed")
    act.add_argument("office")
    act.add_argument("--after", type=int, help="send again everything after this FACTS sequence, delivered or not")
    act.set_defaults(run=_command(_resume))

    act = acts.add_parser("remove", help="send nothing to an office any more, and forget its endpoint")
    act.add_argument("office")
    act.set_defaults(run=_command(_remove))


def _command(act: Act) -> Callable[[argparse.Namespace, Settings], Awaitable[int]]:
    async def run(arguments: argparse.Namespace, settings: Settings) -> int:
        client = Client(settings.mongo_url.get_secret_value())
        try:
            await client.ping()
            store = Store(client.database(f"{settings.mongo_prefix}_notifier"))
            await act(store, arguments, settings)
        except (NotDone, LookupError) as error:
            sys.stderr.write(f"govwatch webhook: {error}\n")
            return 1
        finally:
            client.close()
        return 0

    return run


async def _add(store: Store, arguments: argparse.Namespace, settings: Settings) -> None:
    office = await _office(settings, arguments.office)
    secret = new_secret()
    endpoint = Endpoint(
        office=office,
        url=arguments.url,
        facts=arguments.facts,
        secrets=(Secret(value=secret),),
        created_at=utc_now(),
    )
    document = EndpointDocument(id=office.id, region=office.region, endpoint=endpoint)
    if not await store.endpoints.create(document, audit=[_entry(Deed.ENDPOINT_ADDED, endpoint, "added")]):
        raise NotDone(f"office {office.id} has an endpoint; remove it first, or rotate its secret")
    _say(f"office {office.id} gets the events of {office.looks_after or 'the whole country'}; its secret, shown once:")
    _say(secret)


async def _list(store: Store, _arguments: argparse.Namespace, _settings: Settings) -> None:
    documents = await store.endpoints.find(SYSTEM, sort=[("_id", 1)])
    if not documents:
        _say("no endpoints")
        return
    _say("OFFICE\tREGION\tADDRESS\tFACTS\tSTATE\tWAITING\tWHY")
    for document in documents:
        endpoint = document.endpoint
        waiting = await store.feed.count(
            SYSTEM, {"endpoint": document.id, "delivery.state": DeliveryState.WAITING.value}
        )
        facts = ",".join(endpoint.facts) or "all"
        where = endpoint.office.looks_after or "all"
        _say("\t".join((document.id, where, endpoint.url, facts, _state(endpoint), str(waiting), endpoint.why)))


async def _rotate(store: Store, arguments: argparse.Namespace, _settings: Settings) -> None:
    secret = new_secret()
    await change_endpoint(
        store, arguments.office, lambda endpoint: rotate(endpoint, secret, utc_now()), _said("rotated")
    )
    _say(f"office {arguments.office} has a new secret, shown once; the one before signs as well for 24 hours:")
    _say(secret)


async def _resume(store: Store, arguments: argparse.Namespace, settings: Settings) -> None:
    """On first, then what was missed: what comes meanwhile is queued by the service, and nothing is queued twice."""
    before, document = await change_endpoint(store, arguments.office, resumed, _said("resumed"))
    if before == document:
        await _at_once(store, _entry(Deed.ENDPOINT_CHANGED, document.endpoint, "resumed"))
    again = {"delivery.state": UNSETTLED} if arguments.after is None else {"sequence": {"$gt": arguments.after}}
    reopened = await _reopen(store, document.id, again)
    starts = [before.endpoint.missed_from, None if arguments.after is None else arguments.after + 1]
    missed = min((start for start in starts if start is not None), default=None)
    endpoint = document.endpoint if arguments.after is None else since_ever(document.endpoint)
    added = await _queue_again(store, document.model_copy(update={"endpoint": endpoint}), missed, settings)
    await change_endpoint(store, document.id, lambda endpoint: endpoint.model_copy(update={"missed_from": None}))
    _say(f"office {document.id} is fed again: {reopened} events once more, {added} that it missed")


async def _remove(store: Store, arguments: argparse.Namespace, _settings: Settings) -> None:
    kept = await store.endpoints.get(arguments.office, SYSTEM)
    if kept is not None:
        await _at_once(store, _entry(Deed.ENDPOINT_REMOVED, kept.endpoint, "removed"))
    if not await store.endpoints.delete(SYSTEM, {"_id": arguments.office}):
        raise NotDone(f"there is no endpoint of office {arguments.office}")
    dropped = await store.feed.delete(SYSTEM, {"endpoint": arguments.office})
    _say(f"office {arguments.office} gets nothing any more; {dropped} events of its line are forgotten")


async def _at_once(store: Store, entry: Entry) -> None:
    """Put what no document can carry on record, after everything that waits."""
    await Recorder(store.audit, store.database).sweep()
    await store.audit.append(entry)


def _entry(deed: Deed, endpoint: Endpoint, reason: str) -> Entry:
    """Where to: without what stands behind the host, which may be a secret."""
    thing = Thing("endpoint", endpoint.office.id, endpoint.office.region)
    host = urlsplit(endpoint.url).netloc.rpartition("@")[2]
    details = {"host": host, "facts": ",".join(endpoint.facts) or "all"}
    return noted(deed, thing, actor=operator(), reason=reason, details=details)


def _said(reason: str) -> Callable[[Endpoint], Entry]:
    return lambda endpoint: _entry(Deed.ENDPOINT_CHANGED, endpoint, reason)


async def _office(settings: Settings, id_: str) -> Office:
    async with register(settings) as app:
        kept = await app.store.offices.get(id_, SYSTEM)
    if kept is None:
        raise NotDone(f"there is no office {id_}: register it with `govwatch office`")
    return kept.body


async def _queue_again(store: Store, document: EndpointDocument, first: int | None, settings: Settings) -> int:
    """Queue what FACTS holds for an endpoint from the sequence ``first`` on; returns how many were not queued yet."""
    added = 0
    if first is None:
        return added
    async with administrator(settings) as bus:
        async for kept in read(bus, Part("FACTS", after=first - 1)):
            try:
                event = parse(kept.body)
            except ValueError:
                continue
            if wants(document.endpoint, event.type, event.region, kept.at):
                made = queued(document, event, kept.sequence, origin=settings.origin, now=utc_now())
                added += await store.feed.create(made)
    return added


async def _reopen(store: Store, office: str, which: Mapping[str, Any]) -> int:
    """Have events of an office's line sent (again), as if they had just come; returns how many."""
    fresh = {"state": DeliveryState.WAITING, "created_at": utc_now(), "settled_at": None, "next_at": None}
    reopened = 0
    for document in await store.feed.find(SYSTEM, {"endpoint": office, **which}):
        again = document.model_copy(update={"delivery": document.delivery.model_copy(update=fresh)})
        with suppress(Stale):  # it is being sent this very moment
            await store.feed.change(again)
            reopened += 1
    return reopened


def _state(endpoint: Endpoint) -> str:
    if endpoint.off and endpoint.off_at:
        return f"off since {_time(endpoint.off_at)}: {endpoint.off}"
    return f"failing since {_time(endpoint.failing_since)}" if endpoint.failing_since else "on"


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _url(text: str) -> str:
    try:
        return str(checked_url(text))
    except RefusedByGate as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _facts(text: str) -> tuple[str, ...]:
    patterns = tuple(part.strip() for part in text.split(","))
    for pattern in patterns:
        if not any(fnmatchcase(fact.type, pattern) for fact in FOR_OFFICES):
            raise argparse.ArgumentTypeError(f"{pattern!r} matches no fact offices may hear (`govwatch events`)")
    return patterns


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
