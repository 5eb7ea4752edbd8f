"""Events for offices by webhook: what is heard is queued for each endpoint that wants it, then sent.

One endpoint that is slow or dead costs only itself: each has its own line, tried by one message at a time while it
fails. Every try is a delivery like any other: the intent is stored before, the outcome after, the id stays.
"""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from services.notifier.app import Notifier
from services.notifier.channels import CHANNELS
from services.notifier.channels.means import Means
from services.notifier.delivery import Delivery, Kind, Settle, Try, delivery_id, next_step
from services.notifier.endpoint import DEAD_AFTER, OFF_WORDS, Endpoint, after, moved, wants
from services.notifier.message import Message, Result
from services.notifier.routing import Recipient, Side
from services.notifier.sending import keep_outcome
from services.notifier.store import EndpointDocument, FeedDocument, Store
from services.notifier.telling import tell_feed_stopped
from shared.audit import Entry
from shared.bus import Heard
from shared.bus.consumers import offices_may_hear
from shared.documents import SYSTEM, UNAVAILABLE, Stale
from shared.events import Event, facts_by_type
from shared.events.registry import OfficeChanged
from shared.telemetry import logger

FOR_OFFICES = tuple(fact for fact in facts_by_type().values() if offices_may_hear(fact))
CHANNEL = "webhook"
LARGEST = 20_000
AT_ONCE = 8
PAUSE = 5.0
PATIENCE = DEAD_AFTER + timedelta(days=1)
log = logger("notifier")


async def on_fact(app: Notifier, batch: Sequence[Heard[Any]]) -> None:
    """Queue what endpoints want; for one that is off, remember where it missed something first."""
    documents = await app.store.endpoints.find(SYSTEM)
    for heard in batch:
        if isinstance(heard.fact, OfficeChanged):
            documents = [await _follow_office(app, document, heard.fact) for document in documents]
        event = heard.event
        wanting = [one for one in documents if wants(one.endpoint, event.type, event.region, heard.at)]
        await asyncio.gather(*(_queue(app, document, event, heard.sequence) for document in wanting))
        if wanting:
            app.fed.set()


async def _queue(app: Notifier, document: EndpointDocument, event: Event[Any], sequence: int) -> None:
    if document.endpoint.off and await _missed(app, document.id, sequence):
        return
    await app.store.feed.create(queued(document, event, sequence, origin=app.base.settings.origin, now=app.base.now()))


def queued(document: EndpointDocument, event: Event[Any], sequence: int, *, origin: str, now: datetime) -> FeedDocument:
    """``event`` as a delivery to an endpoint, under the same id however often it is made.

    The body is the CloudEvent with its FACTS sequence; one that is too large goes without its data, and says where to
    get the whole (``dataref``).
    """
    id_ = delivery_id(event.id, Kind.EVENT, CHANNEL, document.id)
    whole = {**json.loads(event.encode()), "sequence": str(sequence)}
    text = _compact(whole)
    large = len(text.encode()) > LARGEST
    if large:
        thin = {name: value for name, value in whole.items() if name != "data"}
        thin["dataref"] = f"{origin}/notifier/api/events/{id_}"
    message = Message(
        id=id_,
        name=document.endpoint.office.name,
        address=document.id,
        subject=event.type,
        text=_compact(thin) if large else text,
        html="",
        written_at=event.time,
    )
    delivery = Delivery(
        about=event.id,
        kind=Kind.EVENT,
        channel=CHANNEL,
        created_at=now,
        recipient=Recipient(side=Side.OFFICE, name=document.endpoint.office.name, address=document.id),
        message=message,
    )
    return FeedDocument(
        id=id_,
        region=event.region or "",
        delivery=delivery,
        endpoint=document.id,
        sequence=sequence,
        whole=text if large else "",
    )


async def feed(app: Notifier) -> None:
    """Send what is queued, every endpoint at its own pace, until cancelled."""
    busy: set[str] = set()

    async def one(id_: str) -> None:
        try:
            while await _send_some(app, id_):
                pass
        except Exception as error:  # noqa: BLE001 - one endpoint's trouble is not the others'
            log.warning("an endpoint will be fed again later", endpoint=id_, error=repr(error))
        finally:
            busy.discard(id_)

    async with asyncio.TaskGroup() as group:
        while True:
            app.fed.clear()
            for id_ in await _due(app):
                if id_ not in busy:
                    busy.add(id_)
                    group.create_task(one(id_))
            await _a_while(app)


async def _due(app: Notifier) -> list[str]:
    """The endpoints something may be sent to now; none while the store cannot be reached."""
    try:
        documents = await app.store.endpoints.find(SYSTEM)
    except UNAVAILABLE as error:
        log.warning("endpoints wait for the store", error=repr(error))
        return []
    return [document.id for document in documents if document.endpoint.is_due(app.base.now())]


async def _a_while(app: Notifier) -> None:
    """Until something is queued, but not longer than a pause."""
    try:
        async with asyncio.timeout(PAUSE):
            await app.fed.wait()
    except TimeoutError:
        return


async def _send_some(app: Notifier, id_: str) -> bool:
    """Send the next events of an endpoint; says whether it is worth going on at once."""
    now = app.base.now()
    document = await app.store.endpoints.get(id_, SYSTEM)
    if document is None or not document.endpoint.is_due(now):
        return False
    endpoint = document.endpoint
    tries: list[tuple[FeedDocument, Try]] = []
    for waiting in await app.store.next_in_feed(id_, now):
        step = next_step(waiting.delivery, None, now=now, patience=PATIENCE)
        if isinstance(step, Try):
            tries.append((waiting, step))
        elif isinstance(step, Settle):
            with suppress(Stale):
                await app.store.feed.change(waiting.model_copy(update={"delivery": step.after}))
    chosen = tries[: 1 if endpoint.failures else AT_ONCE]
    results = await asyncio.gather(*(_try(app, endpoint, waiting, step) for waiting, step in chosen))
    answered = [result for result in results if result]
    if answered:
        await _note(app, id_, answered)
    return bool(answered)


async def _try(app: Notifier, endpoint: Endpoint, waiting: FeedDocument, step: Try) -> Result | None:
    """Send one event; None when another replica is at it."""
    networks = await app.extranets.of(endpoint.office.region, app.base.now())
    try:
        trying = await app.store.feed.change(waiting.model_copy(update={"delivery": step.intent}))
    except Stale:
        return None
    means = Means(app.base.settings, app.base.egress.allowing(networks), app.base.now, endpoint)
    result = await CHANNELS[CHANNEL](step.message, means)
    await keep_outcome(app, app.store.feed, trying, result)
    return result


async def _note(app: Notifier, id_: str, results: Sequence[Result]) -> None:
    jitter = random.random()  # noqa: S311 - spreading load, not a secret
    was, now = await change_endpoint(
        app.store, id_, lambda endpoint: after(endpoint, results, jitter=jitter, now=app.base.now())
    )
    if now.endpoint.off and not was.endpoint.off:
        log.error("an endpoint is off", endpoint=id_, reason=now.endpoint.off, why=now.endpoint.why)
        await tell_feed_stopped(app, now, OFF_WORDS[now.endpoint.off])
    elif now.endpoint.failures:
        log.warning("an endpoint fails", endpoint=id_, failures=now.endpoint.failures, why=now.endpoint.why)


async def change_endpoint(
    store: Store,
    id_: str,
    decide: Callable[[Endpoint], Endpoint | None],
    note: Callable[[Endpoint], Entry] | None = None,
) -> tuple[EndpointDocument, EndpointDocument]:
    """Decide about an endpoint as it is now, however many do so at a time: (before, after).

    ``note`` says what goes on record of the changed endpoint. Raises LookupError when it is not there (any more).
    """
    while True:
        before = await store.endpoints.get(id_, SYSTEM)
        if before is None:
            raise LookupError(f"there is no endpoint of office {id_}")
        decided = decide(before.endpoint)
        if decided is None or decided == before.endpoint:
            return before, before
        region = decided.office.region
        try:
            return before, await store.endpoints.change(
                before.model_copy(update={"endpoint": decided, "region": region}),
                audit=[note(decided)] if note else (),
            )
        except Stale:
            continue


async def _follow_office(app: Notifier, document: EndpointDocument, fact: OfficeChanged) -> EndpointDocument:
    if moved(document.endpoint, fact.office) is None:
        return document
    return (await change_endpoint(app.store, document.id, lambda endpoint: moved(endpoint, fact.office)))[1]


async def _missed(app: Notifier, id_: str, sequence: int) -> bool:
    """Remember that an endpoint missed an event; False when it is on again after all."""

    def first(endpoint: Endpoint) -> Endpoint | None:
        missed = min(sequence, endpoint.missed_from or sequence)
        return endpoint.model_copy(update={"missed_from": missed}) if endpoint.off else None

    return (await change_endpoint(app.store, id_, first))[1].endpoint.off is not None


def _compact(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
