"""Compares what was acknowledged to clients with what is in MongoDB, on the streams and in the mailbox."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from demo.mailbox import Mail
from services.notifier.store import Store as Notices
from services.registry.store import Store as Register
from services.scorer.store import Store as Scores
from shared.bus import Bus
from shared.bus.consumers import ACK_WAIT
from shared.documents import SYSTEM, Client
from shared.events import Event, parse
from shared.events.notice import Issued
from shared.events.probe import Completed
from shared.events.registry import FilingApproved, FilingSubmitted, Opened
from tests.faults.storm import Storm
from tests.world import until


async def problems(storm: Storm, repeats_allowed: int) -> list[str]:
    """Everything that is lost, doubled or given up, in words; empty when every promise was kept.

    ``repeats_allowed``: how many mails may have come again, with the same Message-ID, because a process died between
    the mail server's 250 and the record of it.
    """
    async with storm.world.administrator() as bus, storm.world.documents() as client:
        await until("every consumer has nothing left", lambda: _heard_all(bus), ACK_WAIT + 30)
        facts = [event async for event in _events(bus, "FACTS")]
        found = await _filings(storm, client, facts)
        found += await _notices(storm, client, facts)
        found += await _looks(client, [event async for event in _events(bus, "OBSERVATIONS")])
        dead = (await bus.stream("DEAD")).state.messages
    found += [f"{dead} messages were given up to DEAD"] if dead else []
    return found + _mails(storm, storm.world.city.mailbox.mails(), repeats_allowed)


async def _filings(storm: Storm, client: Client, facts: Iterable[Event[Any]]) -> list[str]:
    register = Register(client.database("govwatch_registry"))
    kept = {one.id: one for one in await register.filings.find(SYSTEM)}
    said: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in facts:
        if isinstance(event.data, FilingSubmitted | FilingApproved):
            said[event.type].add((event.subject, event.id))
        elif isinstance(event.data, Opened):
            said[event.type].add((event.data.filing, event.id))
    found = [f"filing {id_} was acknowledged and is lost" for id_ in storm.told.filed.values() if id_ not in kept]
    found += [
        f"the approval of {id_} was acknowledged and is lost"
        for id_ in storm.told.approved
        if id_ in kept and kept[id_].filing.approved_at is None
    ]
    for type_, wanted in (
        (FilingSubmitted.type, set(storm.told.filed.values())),
        (FilingApproved.type, storm.told.approved),
        (Opened.type, storm.told.approved),
    ):
        times = Counter(subject for subject, _ in said[type_])
        found += [f"{type_} of {id_} was said {times[id_]} times" for id_ in wanted if times[id_] != 1]
    return found


async def _notices(storm: Storm, client: Client, facts: Iterable[Event[Any]]) -> list[str]:
    notices = await Notices(client.database("govwatch_notifier")).notices.find(SYSTEM)
    per_fault = Counter((one.case.notice.target, one.case.notice.episode) for one in notices)
    issued = Counter(
        subject for subject, _ in {(event.subject, event.id) for event in facts if isinstance(event.data, Issued)}
    )
    found = [f"{times} notices for one fault: {fault}" for fault, times in per_fault.items() if times != 1]
    found += [f"notice {id_} was said to be issued {times} times" for id_, times in issued.items() if times != 1]
    found += [f"notice {one.id} was never said to be issued" for one in notices if one.id not in issued]
    if len(notices) != storm.sites * storm.episodes:
        found.append(f"{len(notices)} notices for {storm.sites * storm.episodes} faults")
    return found


async def _looks(client: Client, observations: Iterable[Event[Any]]) -> list[str]:
    said = {_slot(event.data) for event in observations if isinstance(event.data, Completed)}
    scores = Scores(client.database("govwatch_scorer"))
    missing = said

    async def all_there() -> bool:
        nonlocal missing
        missing = said - {
            (day.outlet, day.probe, look.due_at.replace(microsecond=0))
            for day in await scores.days.find(SYSTEM)
            for look in day.samples.values()
        }
        return not missing

    # what a killed process held unacknowledged comes again only after ACK_WAIT
    with contextlib.suppress(AssertionError):
        await until("every look is in the store", all_there, ACK_WAIT + 15)
    return [f"a look was said and is not in the store: {key}" for key in missing]


def _slot(fact: Completed) -> tuple[str, str, datetime]:
    return fact.outlet, fact.probe, fact.due_at.replace(microsecond=0)


async def _heard_all(bus: Bus) -> bool:
    """Whether no decision waits for anybody: what a killed process held comes again only after ACK_WAIT."""
    consumers = await bus.js.consumers_info("FACTS")
    return not any((one.num_pending or 0) + (one.num_ack_pending or 0) for one in consumers)


def _mails(storm: Storm, mails: Iterable[Mail], repeats_allowed: int) -> list[str]:
    times = Counter((mail.to, mail.message_id) for mail in mails)
    about = defaultdict(set)
    for mail in mails:
        if "整改〔" in mail.subject:  # a website may fail and recover more than once: those are alerts of their own
            about[mail.to, mail.subject].add(mail.message_id)
    found = [f"{len(ids)} different mails to {to} about {what}" for (to, what), ids in about.items() if len(ids) != 1]
    again = sum(times.values()) - len(times)
    if again > repeats_allowed:
        found.append(f"{again} mails came again, {repeats_allowed} may have")
    if len(times) < storm.sites * storm.episodes:
        found.append(f"{len(times)} mails for {storm.sites * storm.episodes} notices")
    return found


async def _events(bus: Bus, stream: str) -> Any:
    state = (await bus.stream(stream)).state
    for number in range(state.first_seq, state.last_seq + 1):
        message = await bus.js.get_msg(stream, number)
        yield parse(message.data or b"")
