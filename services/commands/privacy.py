"""``govwatch privacy``: what is kept of people, and taking it away. For the operator of the machine; it is logged.

Erasing goes through every database, identity last: dying half way and doing it again is safe.
"""

import argparse
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from services.commands.operator import operator
from services.notifier import case, delivery
from services.notifier.store import Store as Notices
from services.registry import clue, contact, exemption, extranet, filing, unit
from services.registry.store import Store as Register
from shared.documents import SYSTEM, Client, Document, Documents, Stale
from shared.identity import Identity, UnknownLogin
from shared.identity.store import PersonDocument, pseudonym
from shared.privacy.policy import kept, policy
from shared.runtime import utc_now
from shared.settings import Settings
from shared.telemetry import logger

USAGE = 64
D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Places:
    """The databases that know people."""

    identity: Identity
    register: Register
    notices: Notices


Act = Callable[[Places, argparse.Namespace], Awaitable[int]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("privacy", help="what is kept of people: report, erase")
    acts = parser.add_subparsers(dest="act", required=True)

    act = acts.add_parser("report", help="what is kept, how long and why; --login: all that is kept of one person")
    act.add_argument("--login", help="a login, or an id (p-…)")
    act.set_defaults(run=_command(_report))

    act = acts.add_parser("erase", help="replace who somebody was by a pseudonym, everywhere and for good")
    who = act.add_mutually_exclusive_group(required=True)
    who.add_argument("--login", help="a login, or an id (p-…); access ends, too")
    who.add_argument("--due", action="store_true", help="everybody whose access ended as long ago as the policy says")
    act.add_argument("--reason", required=True, help="why; it is logged")
    act.set_defaults(run=_command(_erase))


def _command(act: Act) -> Callable[[argparse.Namespace, Settings], Awaitable[int]]:
    async def run(arguments: argparse.Namespace, settings: Settings) -> int:
        async with _places(settings) as places:
            try:
                return await act(places, arguments)
            except UnknownLogin as error:
                sys.stderr.write(f"govwatch privacy: {error}\n")
                return 1

    return run


@asynccontextmanager
async def _places(settings: Settings) -> AsyncIterator[Places]:
    client = Client(settings.mongo_url.get_secret_value())
    prefix = settings.mongo_prefix
    try:
        await client.ping()
        yield Places(
            identity=Identity(client.database(f"{prefix}_identity"), settings, actor=operator()),
            register=Register(client.database(f"{prefix}_registry")),
            notices=Notices(client.database(f"{prefix}_notifier")),
        )
    finally:
        client.close()


async def _report(places: Places, arguments: argparse.Namespace) -> int:
    if arguments.login:
        return await _of_one(places, await places.identity.find(arguments.login))
    for rule in policy():
        _say(f"{rule.database}.{rule.collection}\t{', '.join(rule.fields)}")
        limit = f"{rule.days} days after {rule.since}" if rule.days is not None else "as long as the record"
        _say(f"\tof {rule.whose}; kept {limit}; then {rule.then} (by {rule.by}). {rule.ground}")
    now = utc_now()
    due = await places.identity.ended(now - kept("identity", "people"))
    letters = [one.id async for one in places.notices.with_recipient(now - kept("notifier", "deliveries"))]
    _say(f"due: {len(due)} people (govwatch privacy erase --due), {len(letters)} deliveries (by the notifier itself)")
    return 0


async def _of_one(places: Places, person: PersonDocument) -> int:
    """All that is kept of one person, as they may ask to see it (《个人信息保护法》第四十五条)."""
    logger("privacy").warning("shown", by=operator(), person=person.id)
    actor = _actor(person)
    _say(f"id\t{person.id}\nlogin\t{person.login.plain}\nname\t{person.name.plain}\nemail\t{person.email.plain}")
    for grant in person.grants:
        _say(f"grant\t{grant.role}\t{grant.unit or grant.region or 'the whole country'}")
    await _of_exemptions(places, actor)
    await _of_clues(places, actor)
    await _in_the_register(places, person)
    for kept_notice in await places.notices.notices.find(SYSTEM, {"case.history.actor": actor}):
        for act in kept_notice.case.history:
            if act.actor == actor:
                _say(f"notice\t{kept_notice.id}\t{act.at:%Y-%m-%dT%H:%MZ}\t{act.what}\t{act.by.plain}")
    for told in await places.notices.deliveries.find(SYSTEM, _written_to(person)):
        to = told.delivery.recipient
        _say(f"delivery\t{told.id}\t{told.delivery.created_at:%Y-%m-%dT%H:%MZ}\t{to.address.plain if to else ''}")
    return 0


async def _of_exemptions(places: Places, actor: str) -> None:
    for kept_exemption in await places.register.exemptions.find(SYSTEM, {"exemption.steps.actor": actor}):
        for done in kept_exemption.exemption.steps:
            if done.actor == actor:
                _say(f"exemption\t{kept_exemption.id}\t{done.at:%Y-%m-%dT%H:%MZ}\t{done.act}\t{done.name.plain}")


async def _of_clues(places: Places, actor: str) -> None:
    for told in await places.register.clues.find(SYSTEM, {"clue.history.actor": actor}):
        for done in told.clue.history:
            if done.actor == actor:
                _say(f"clue\t{told.id}\t{done.at:%Y-%m-%dT%H:%MZ}\t{done.act}\t{done.name.plain}")


async def _in_the_register(places: Places, person: PersonDocument) -> None:
    actor = _actor(person)
    for kept_filing in await places.register.filings.find(SYSTEM, {"filing.steps.actor": actor}):
        for step in kept_filing.filing.steps:
            if step.actor == actor:
                _say(f"filing\t{kept_filing.id}\t{step.at:%Y-%m-%dT%H:%MZ}\t{step.act}\t{step.name.plain}")
    for kept_unit in await places.register.units.find(SYSTEM, {"history.actor": actor}):
        for done in kept_unit.history:
            if done.actor == actor:
                _say(f"unit\t{kept_unit.id}\t{done.at:%Y-%m-%dT%H:%MZ}\t{done.act}\t{done.name.plain}")
    for named in await places.register.contacts.find(SYSTEM, _reached_as(person)):
        _say(f"contact\t{named.unit}\t{named.contact.since}\t{named.contact.duty}\t{named.contact.name.plain}")


async def _erase(places: Places, arguments: argparse.Namespace) -> int:
    if not arguments.reason.strip():
        sys.stderr.write("govwatch privacy erase: say why, with --reason\n")
        return USAGE
    if arguments.due:
        people = await places.identity.ended(utc_now() - kept("identity", "people"))
    else:
        people = [await places.identity.find(arguments.login)]
    for person in people:
        counted = await erase(places, person)
        logger("privacy").warning("erased", by=operator(), person=person.id, reason=arguments.reason.strip(), **counted)
        _say(f"{person.id} is {pseudonym(person.id)}: " + ", ".join(f"{n} {what}" for what, n in counted.items()))
    if not people:
        _say("nobody is due")
    return 0


async def erase(places: Places, person: PersonDocument) -> Mapping[str, int]:
    """Replace who ``person`` was by their pseudonym, wherever it stands; returns how many records of each kind changed.

    Their access ends. Facts name an id and never a person, so the bus is left as it is.
    """
    register, notices = await _erase_in_register(places, person), await _erase_in_notices(places, person)
    answers = 0
    for once in (places.register.once, places.notices.once):
        answers += await once.forget(_actor(person), person.name.plain)
    await places.identity.erase(await places.identity.find(person.id))
    return {**register, **notices, "answers": answers}


async def _erase_in_register(places: Places, person: PersonDocument) -> Mapping[str, int]:
    register, actor, name = places.register, _actor(person), pseudonym(person.id)
    return {
        "filings": await _change(
            register.filings,
            {"filing.steps.actor": actor},
            lambda one: one.model_copy(update={"filing": filing.forget(one.filing, actor, name)}),
        ),
        "drafts": await _change(
            register.drafts,
            {"filing.steps.actor": actor},
            lambda one: one.model_copy(update={"filing": filing.forget(one.filing, actor, name)}),
        ),
        "networks": await _change(
            register.extranets,
            {"permission.acts.actor": actor},
            lambda one: one.model_copy(update={"permission": extranet.forget(one.permission, actor, name)}),
        ),
        "exemptions": await _change(
            register.exemptions,
            {"exemption.steps.actor": actor},
            lambda one: one.model_copy(update={"exemption": exemption.forget(one.exemption, actor, name)}),
        ),
        "units": await _change(
            register.units,
            {"history.actor": actor},
            lambda one: one.model_copy(update={"history": unit.forget(one.history, actor, name)}),
        ),
        "contacts": await _change(
            register.contacts,
            _reached_as(person),
            lambda one: one.model_copy(update={"contact": contact.forgotten(one.contact)}),
        ),
        "clues": await _change(
            register.clues,
            {"clue.history.actor": actor},
            lambda one: one.model_copy(update={"clue": clue.forget(one.clue, actor, name)}),
        ),
    }


async def _erase_in_notices(places: Places, person: PersonDocument) -> Mapping[str, int]:
    notices, actor, name, now = places.notices, _actor(person), pseudonym(person.id), utc_now()
    return {
        "notices": await _change(
            notices.notices,
            {"$or": [{"case.history.actor": actor}, {"case.replies.actor": actor}]},
            lambda one: one.model_copy(update={"case": case.forget(one.case, actor, name)}),
        ),
        "deliveries": await _change(
            notices.deliveries,
            _written_to(person),
            lambda one: one.model_copy(update={"delivery": delivery.forget(one.delivery, name, now)}),
        ),
    }


async def _change(documents: Documents[D], where: Mapping[str, Any], alter: Callable[[D], D]) -> int:
    """Alter every document that matches, each as it then is; returns how many were not so already."""
    changed = 0
    for found in await documents.find(SYSTEM, where):
        document: D | None = found
        while document is not None:
            after = alter(document)
            if after == document:
                break
            try:
                await documents.change(after)
            except Stale:
                document = await documents.get(found.id, SYSTEM)
            else:
                changed += 1
                break
    return changed


def _written_to(person: PersonDocument) -> Mapping[str, Any]:
    return {"delivery.recipient.person": person.id}


def _reached_as(person: PersonDocument) -> Mapping[str, Any]:
    """Contacts of units with this person's mail address: they are named apart from accounts."""
    return {"contact.email": person.email.plain} if person.email else {"_id": {"$in": []}}


def _actor(person: PersonDocument) -> str:
    return f"person:{person.id}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
