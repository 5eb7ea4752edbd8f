"""What becomes of filings when nobody asks, on real servers: their day comes, a limit passes, a suspension runs out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.commands.register import register
from services.registry import desk as counter
from services.registry.app import Registry
from services.registry.drafting import Drafting
from services.registry.filing import Asked, Filing, FilingState, Refusal, day_of
from services.registry.records import FilingDocument
from services.registry.refusal import Refused
from services.registry.waking import wake
from shared.documents import SYSTEM
from shared.events import Event, registry
from shared.events.registry import FilingKind, NewMedia, OutletState
from shared.identity import Person
from shared.privacy import Personal
from shared.runtime import utc_now
from shared.workdays import SHANGHAI
from tests.registry.filings import rules_with
from tests.registry.stage import ACCOUNT, OTHER_NAME, PEOPLE, Desk, until

ID = "a-weibo-zzwj"
FILED = NewMedia(**ACCOUNT)
RENAMED = FILED.model_copy(update={"name": OTHER_NAME})
DAY = timedelta(days=1)
RULES = """rules:
  - {kind: change, which: {platforms: [weibo]}, decide: {days: 5, unit: calendar}, cite: x}
  - {kind: close, within: {days: 5, unit: calendar}, cite: x}
  - kind: suspend
    cite: x
    duties: [{id: announce, title: 公告, within: {days: 20, unit: calendar}}]
"""


def person(login: str) -> Person:
    name = Personal(login)
    return Person(id=login, login=name, name=name, email=name, grants=(PEOPLE[login],))


class Office:
    """Two replicas beside the running service, whose clock this test sets, and the people at their desk."""

    def __init__(self, desk: Desk, one: Registry, other: Registry) -> None:
        self.desk, self.one, self.other = desk, one, other
        self.now = datetime.combine(day_of(utc_now()) + DAY, time(12), SHANGHAI).astimezone(UTC)
        self.today = day_of(self.now)

    async def filed(self, asked: Asked, *, approved: bool = True, days: int = 0) -> str:
        """File something as of ``days`` after the first day, with the office's agreement; its id."""
        self.now += days * DAY
        at = counter.Desk(self.one)
        id_ = (await at.submit(person("police"), "police", asked, f"{asked.kind} {asked.filed.name} {self.now}")).id
        if approved:
            await at.approve(person("office"), id_, "")
        return id_

    async def wakes(self, days: int, *, at_once: bool = False) -> None:
        """So many days later both look at what has to be looked at."""
        self.now += days * DAY
        if at_once:
            await asyncio.gather(wake(self.one), wake(self.other))
        else:
            await wake(self.one)
            await wake(self.other)

    async def filing(self, id_: str) -> Filing:
        return (await self.kept(id_)).filing

    async def kept(self, id_: str) -> FilingDocument:
        kept = await self.one.store.filing(id_, SYSTEM)
        assert kept
        return kept

    async def outlet(self, *, name: str = ACCOUNT["name"], state: OutletState = OutletState.RUNNING) -> None:
        """Wait until the outlet is so."""

        async def so() -> bool:
            kept = await self.one.store.outlet(ID, SYSTEM)
            return kept is not None and (kept.outlet.name, kept.outlet.state) == (name, state)

        await until(so)

    async def said(self, many: int, fact: type[Any]) -> list[Event[Any]]:
        """What was said of a kind, once everything written has been."""

        async def nothing_waits() -> bool:
            return not await self.one.store.filings.waiting(1)

        await until(nothing_waits)
        found = await self.desk.said(fact)
        assert len(found) == many
        return found


@pytest.fixture
async def office(desk: Desk, tmp_path: Path) -> AsyncIterator[Office]:
    """The account is open."""
    folder = tmp_path / "rules"
    folder.mkdir()
    rules = rules_with(folder, RULES)
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(register(desk.settings)) for _ in range(2)]
        here = Office(desk, *(replace(app, rules=rules, now=lambda: here.now) for app in both))
        await here.filed(Asked(kind=FilingKind.OPEN, filed=FILED))
        await here.outlet()
        yield here


async def test_a_filing_counts_from_its_day_and_not_before(office: Office) -> None:
    id_ = await office.filed(Asked(kind=FilingKind.CHANGE, filed=RENAMED, effective_on=office.today + 3 * DAY))
    await office.wakes(2, at_once=True)
    filing = await office.filing(id_)
    assert (filing.state, filing.in_force_at) == (FilingState.APPROVED, None)
    await office.wakes(1, at_once=True)
    await office.outlet(name=OTHER_NAME)
    filing = await office.filing(id_)
    assert filing.in_force_at == datetime.combine(office.today + 3 * DAY, time(), SHANGHAI)
    told = await office.said(2, registry.FilingInForce)
    assert (told[-1].data.filing.id, told[-1].data.filing.in_force_on) == (id_, office.today + 3 * DAY)
    assert (await office.kept(id_)).wakes_on is None


async def test_after_a_long_downtime_it_counts_from_the_beginning_of_its_day(office: Office) -> None:
    id_ = await office.filed(Asked(kind=FilingKind.CHANGE, filed=RENAMED, effective_on=office.today + 3 * DAY))
    await office.wakes(40)
    await office.outlet(name=OTHER_NAME)
    assert (await office.filing(id_)).in_force_at == datetime.combine(office.today + 3 * DAY, time(), SHANGHAI)
    before = await office.one.store.approved(ID)
    assert [approved.at for approved in before][-1] == (await office.filing(id_)).in_force_at


async def test_a_limit_that_passed_is_said_once_however_many_look(office: Office) -> None:
    id_ = await office.filed(Asked(kind=FilingKind.CHANGE, filed=RENAMED), approved=False)
    assert (await office.kept(id_)).wakes_on == office.today + 6 * DAY
    await office.wakes(5, at_once=True)
    await office.said(0, registry.FilingOverdue)
    await office.wakes(1, at_once=True)
    await office.wakes(0, at_once=True)
    await office.wakes(9, at_once=True)
    [told] = await office.said(1, registry.FilingOverdue)
    assert (told.data.filing.id, told.data.rule, told.data.due_on) == (id_, "change.decide", office.today + 5 * DAY)
    assert (await office.kept(id_)).wakes_on is None
    assert [one.rule for one in (await office.filing(id_)).broken] == ["change.decide"]


async def test_a_suspension_that_ran_out_is_said_once(office: Office) -> None:
    id_ = await office.filed(Asked(kind=FilingKind.SUSPEND, filed=FILED, until=office.today + 9 * DAY))
    await office.outlet(state=OutletState.SUSPENDED)
    await office.wakes(9, at_once=True)
    await office.said(0, registry.FilingOverdue)
    await office.wakes(1, at_once=True)
    await office.wakes(1, at_once=True)
    [told] = await office.said(1, registry.FilingOverdue)
    assert (told.data.filing.id, told.data.rule) == (id_, "suspend.until")


async def test_a_suspension_during_which_something_else_was_changed_still_runs_out(office: Office) -> None:
    await office.filed(Asked(kind=FilingKind.SUSPEND, filed=FILED, until=office.today + 9 * DAY))
    await office.filed(Asked(kind=FilingKind.CHANGE, filed=RENAMED), days=4)
    await office.outlet(name=OTHER_NAME, state=OutletState.SUSPENDED)
    await office.wakes(6)
    [told] = await office.said(1, registry.FilingOverdue)
    assert (told.data.rule, told.data.due_on) == ("suspend.until", office.today + 9 * DAY)


async def test_a_suspension_that_began_and_ran_out_while_we_were_down_is_said_too(office: Office) -> None:
    first, last = office.today + 3 * DAY, office.today + 6 * DAY
    await office.filed(Asked(kind=FilingKind.SUSPEND, filed=FILED, effective_on=first, until=last))
    office.now += 12 * DAY
    await wake(office.one)
    await wake(office.one)
    [told] = await office.said(1, registry.FilingOverdue)
    assert (told.data.rule, told.data.due_on) == ("suspend.until", last)


async def test_a_suspension_that_was_ended_is_not_overdue_but_its_duties_still_are(office: Office) -> None:
    id_ = await office.filed(Asked(kind=FilingKind.SUSPEND, filed=FILED, until=office.today + 9 * DAY))
    await office.outlet(state=OutletState.SUSPENDED)
    await office.filed(Asked(kind=FilingKind.RESUME, filed=FILED), days=4)
    await office.outlet()
    await office.wakes(6)
    await office.said(0, registry.FilingOverdue)
    assert (await office.kept(id_)).wakes_on == office.today + 21 * DAY
    await office.wakes(11, at_once=True)
    [told] = await office.said(1, registry.FilingOverdue)
    assert told.data.rule == "suspend.duty.announce"


async def test_beside_a_filing_that_waits_for_another_nothing_else_is_filed(office: Office) -> None:
    other = NewMedia(**{**ACCOUNT, "account": "zzga", "name": "郑州公安"})
    await office.filed(Asked(kind=FilingKind.OPEN, filed=other))
    merging = Asked(kind=FilingKind.MERGE, filed=FILED, into="a-weibo-zzga")
    merge = await office.filed(merging, approved=False)
    closing = Asked(kind=FilingKind.CLOSE, filed=FILED, after=merge, effective_on=office.today + 20 * DAY)
    close = await office.filed(closing, approved=False)
    at = counter.Desk(office.one)
    await at.send_back(person("office"), merge, "请补正")
    await at.resubmit(person("police"), merge, merging)
    await at.approve(person("office"), merge, "")
    await office.outlet(state=OutletState.MERGED)
    await at.approve(person("office"), close, "")
    with pytest.raises(Refused) as refused:
        await office.filed(Asked(kind=FilingKind.CANCEL, filed=FILED))
    assert refused.value.reason is Refusal.ANOTHER_UNDER_WAY
    await office.wakes(20)
    await office.outlet(state=OutletState.CLOSED)
    await office.filed(Asked(kind=FilingKind.CANCEL, filed=FILED))


async def test_what_is_late_is_said_also_of_a_filing_that_was_first_a_draft(office: Office) -> None:
    at = counter.Desk(office.one)
    asked = Asked(kind=FilingKind.CLOSE, filed=FILED, done_on=office.today - 30 * DAY)
    begun = await Drafting(office.one).keep(person("police"), "police", asked, "k1")
    submitted = await at.submit(person("police"), "police", asked, "k1")
    assert submitted.id == begun.id
    [told] = await office.said(1, registry.FilingOverdue)
    assert (told.data.filing.id, told.data.rule) == (begun.id, "close.within")
