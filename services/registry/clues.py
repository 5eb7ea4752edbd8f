"""What becomes of clues: found through links, reported and handled by people, settled by filings."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import Field

from services.registry import clue
from services.registry.app import ACTOR, Registry
from services.registry.clue import Clue, ClueAct, ClueKind, ClueState, ClueStep, HandedTo
from services.registry.desk import NotAllowed, NotThere, actor
from services.registry.extranet import region_of
from services.registry.records import ClueDocument, OutletDocument
from services.registry.search import host_of, page_of
from shared.audit import Deed, Entry, Thing, derived, noted
from shared.events import Event, probe, registry
from shared.events.registry import Sighting, UnitRef, Website
from shared.identity import Action, Person, may, scope
from shared.outbox import say
from shared.privacy import Personal
from shared.web import Seen, Strict, unchanged
from shared.web.platforms import platform_name

NOT_YOURS = "线索由其所在地区的巡查人员办理，您没有这项权限。"
ITSELF = "系统"


class Reported(Strict):
    """A report: an address, whose it seems to be, and which unit's name it uses, if that is known."""

    kind: ClueKind
    url: str = Field(max_length=clue.LONGEST_URL)
    name: str = Field(max_length=100)
    unit: str = Field("", max_length=100)
    reason: str = Field("", max_length=clue.LONGEST_REASON)


class Handled(Strict):
    """What an office does about a clue, and why."""

    act: ClueAct
    reason: str = Field("", max_length=clue.LONGEST_REASON)
    to: HandedTo = ""
    filing: str = Field("", max_length=100)


class Clues:
    """What people do about clues. Raises NotThere, NotAllowed, Refused or Stale."""

    def __init__(self, app: Registry) -> None:
        self._app = app
        self._store = app.store

    async def report(self, person: Person, asked: Reported) -> ClueDocument:
        """Report an address. Reported twice in a region, it is one clue."""
        seen = scope(person, Action.SEE)
        unit_id = asked.unit or ("" if seen.regions else min(seen.units, default=""))
        unit = await self._store.units.get(unit_id, seen) if unit_id else None
        if unit_id and unit is None:
            raise NotAllowed("没有这个单位，或者它不在您的地区。")
        if unit is None and not seen.regions:
            raise NotAllowed(NOT_YOURS)
        region = unit.region if unit else region_of(min(seen.regions, key=len))
        step = self._step(person, ClueAct.REPORT, asked.reason)
        about: Mapping[str, Any] = {"unit": UnitRef(id=unit.id, name=unit.body.name)} if unit else {}
        if account := self._app.account_of(asked.url):
            about = {**about, "key": account.outlet, "platform": account.platform}
        made = clue.reported(asked.kind, asked.url, asked.name, step, **about)
        id_ = clue_id(made.key, region)
        document = ClueDocument(id=id_, region=region, unit=unit.id if unit else "", clue=made)
        if await self._store.clues.create(document, (), [_entry(document)]):
            return document.model_copy(update={"version": 1})
        kept = await self._store.clues.get(id_, seen)
        if kept is None:
            raise NotAllowed("这个网址已有他人上报，正在办理。")
        return kept

    async def handle(self, person: Person, id_: str, asked: Handled, seen: Seen = None) -> ClueDocument:
        """Do something about a clue of one's region; ``seen`` are the versions this is about."""
        kept = await self._store.clues.get(id_, scope(person, Action.SEE))
        if kept is None:
            raise NotThere
        if asked.act not in clue.BY_PEOPLE or not may(person, Action.INSPECT, region=kept.region, unit=kept.unit):
            raise NotAllowed(NOT_YOURS)
        if asked.filing and await self._store.filing(asked.filing, scope(person, Action.SEE)) is None:
            raise NotThere
        unchanged(kept.version, seen)
        step = self._step(person, asked.act, asked.reason, to=asked.to, filing=asked.filing)
        changed = kept.model_copy(update={"clue": clue.act(kept.clue, step)})
        events = [_opening(changed)] if asked.act is ClueAct.VERIFY and kept.clue.kind is ClueKind.OPENING else []
        on_record = [_entry(changed), *derived(events, changed.unit, step.reason)]
        return await self._store.clues.change(changed, events, on_record)

    def _step(self, person: Person, act: ClueAct, reason: str, *, to: HandedTo = "", filing: str = "") -> ClueStep:
        return ClueStep(
            at=self._app.now(),
            actor=actor(person),
            name=person.name,
            act=act,
            reason=reason.strip(),
            to=to,
            filing=filing,
        )


async def propose(app: Registry, kept: OutletDocument, seen: probe.ProfileSeen) -> None:
    """Put into the queue what an official home page links to and nobody filed, as far as it is its region's matter."""
    found = {key: (url, platform) for url in seen.outbound if (named := _named(app, kept, url))
             for key, platform in [named]}  # fmt: skip
    known = {one.clue.key for one in await app.store.clues_of(found) if one.region == kept.region} if found else set()
    fresh = {key: what for key, what in found.items() if key not in known}
    if not fresh:
        return
    filed = {key for outlet in await app.store.filed_at(list(fresh)) for key in keys_of(outlet)}
    sighting = Sighting(seen_at=seen.looked_at, source=seen.source, evidence=seen.evidence)
    for key, (url, platform) in fresh.items():
        if {key, host_of(key)} & filed:
            continue
        step = ClueStep(at=seen.looked_at, actor=ACTOR, name=Personal(ITSELF), act=ClueAct.REPORT)
        known_of = {"key": key, "platform": platform, "found_on": (kept.id,), "sightings": (sighting,)}
        made = clue.reported(ClueKind.OPENING, url, _site_or_account(key, platform), step, **known_of)
        await app.store.clues.create(ClueDocument(id=clue_id(key, kept.region), region=kept.region, clue=made))


async def settle_clues(app: Registry, outlet: registry.Outlet, filing: str) -> None:
    """An outlet is in force: what was found of it is filed now."""
    for document in await app.store.clues_of(keys_of(outlet)):
        if (document.clue.kind, document.clue.state, ClueAct.SETTLE) not in clue.TRANSITIONS:
            continue
        step = ClueStep(at=app.now(), actor=ACTOR, name=Personal(ITSELF), act=ClueAct.SETTLE, filing=filing)
        changed = document.model_copy(update={"clue": clue.act(document.clue, step)})
        await app.store.clues.change(changed, (), [_entry(changed)])


def clue_id(key: str, region: str) -> str:
    """The id of the clue to an address in a region."""
    return "c-" + sha256(f"{key}\n{region}".encode()).hexdigest()[:20]


def keys_of(outlet: registry.Outlet) -> list[str]:
    """What names an outlet as a clue would: the id of an account, the hosts of a website and those that lead to it."""
    filed = outlet.filed
    if not isinstance(filed, Website):
        return [outlet.id, *([clue.host_key(filed.url)] if filed.url else [])]
    leading = [one for one in filed.redirects if page_of(one) == host_of(one)]
    hosts = {host for one in (filed.url, *filed.domains, *leading) for host in (host_of(one), _host(one))}
    return sorted(hosts - {""})


def _named(app: Registry, kept: OutletDocument, url: str) -> tuple[str, str] | None:
    """What names what ``url`` leads to, and the platform, if it is of interest to the outlet's region."""
    if account := app.account_of(url):
        return account.outlet, account.platform
    filed = kept.outlet.filed
    if isinstance(filed, Website) and clue.neighbour(url, filed.url):
        return clue.host_key(url), ""
    return None


def _host(address: str) -> str:
    """The host of an address or a bare domain as a clue names it."""
    return clue.host_key(address if "://" in address else f"http://{address}").partition("/")[0]


def _site_or_account(key: str, platform: str) -> str:
    return f"{platform_name(platform)}账号 {key.removeprefix(f'a-{platform}-')}" if platform else key


def _opening(document: ClueDocument) -> Event[Any]:
    body = document.clue
    fact = registry.OpeningUnfiled(
        candidate=document.id,
        region=document.region,
        name=body.name,
        url=body.url,
        unit=body.unit,
        platform=body.platform,
        sightings=body.sightings,
    )
    step = body.history[-1]
    return say(fact, subject=document.id, region=document.region, actor=step.actor, reason=step.act)


def _entry(document: ClueDocument) -> Entry:
    body: Clue = document.clue
    step = body.history[-1]
    details = {"kind": body.kind.value, "state": body.state.value, "url": body.url, "words": step.reason}
    handed = {"to": step.to} if step.to else {}
    return noted(
        Deed.CLUE_HANDLED,
        Thing("clue", document.id, document.region, document.unit),
        actor=step.actor,
        reason=step.act,
        details={**details, **handed},
    )


OPEN = (ClueState.REPORTED, ClueState.VERIFIED, ClueState.LINKED, ClueState.HANDED_OVER)
"""The states in which something is still to be done."""
