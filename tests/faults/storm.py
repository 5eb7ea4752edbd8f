"""Much in flight at once: a city of 60 websites that lose and regain a mark together, and programs that file.

Taking the mark from all of them puts 60 findings, notices and mails in flight, giving it back 60 closings; meanwhile
programs file and approve, and every website is visited every 5 seconds.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from demo.city import Script
from services.commands.practice import tokens
from services.notifier.store import Store as Notices
from services.prober.store import Store as Looks
from services.registry.store import Store as Register
from services.scorer.store import Store as Scores
from shared.documents import SYSTEM, Client
from tests.world import World, until

SITES = 60
PROGRAMS = 20
APPROVED_ONE_IN = 4
BETWEEN = 0.5
ENOUGH = 50
MARK, MARKS = "lose_mark:site_code", "D-402"
PATIENCE = 150.0
STORES = {"registry": Register, "prober": Looks, "scorer": Scores, "notifier": Notices}


def crowded(script: Script, sites: int = SITES) -> Script:
    """``script`` with so many copies of the website that will lose a mark instead of it, and no accounts."""
    model = next(site for site in script.websites if site.target == script.plot.loses_mark.target)
    copies = tuple(
        model.model_copy(
            update={
                "code": f"{model.code[:6]}{7000 + number}",
                "host": f"s{number}.{model.host}",
                "name": f"{model.name}{number}",
                "faults": (),
            }
        )
        for number in range(sites)
    )
    return script.model_copy(update={"websites": copies, "accounts": ()})


@dataclass
class Acknowledged:
    """What clients were told is done: filing id by account, and the ids told to be approved."""

    filed: dict[str, str] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)


class Storm:
    """Clients at work on a world."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.draw = random.Random(seed)
        self.told = Acknowledged()
        self.asked = 0
        self.sites = len(world.script.websites)
        self.shown = True
        self.episodes = 0
        self._toggled_at = datetime.now(UTC)

    async def open_sites(self) -> None:
        """Every website is filed and approved, and found to show its marks."""
        port = self.world.city.addresses.http_port
        async with self._people() as people:
            for site in self.world.script.websites:
                address = f"http://{site.host}:{port}/"
                website = {"code": site.code, "name": site.name, "url": address, "site_class": site.site_class}
                await self._file(people, {"website": website}, site.code, approve=True)

        async def judged() -> bool:
            async with self.world.documents() as client:
                findings = Scores(client.database("govwatch_scorer")).findings
                return await findings.count(SYSTEM, {"criterion.id": MARKS, "verdict": "clear"}) == self.sites

        await until("every website shows its marks", judged, PATIENCE)

    @asynccontextmanager
    async def filing(self) -> AsyncIterator[None]:
        """Twenty programs file and approve while the block runs, one after the other, whatever dies."""
        stop = asyncio.Event()

        async def program() -> None:
            async with self._people() as people:
                while not stop.is_set():
                    account = f"acc-{self.draw.randrange(10**12)}"
                    new_media = {"platform": "weibo", "account": account, "name": account}
                    approve = self.draw.randrange(APPROVED_ONE_IN) == 0
                    await self._file(people, {"new_media": new_media}, account, approve=approve)
                    await asyncio.sleep(BETWEEN)

        programs = [asyncio.create_task(program()) for _ in range(PROGRAMS)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*programs)

    async def toggle(self) -> None:
        """Take the mark from all websites, or give it back."""
        async with httpx.AsyncClient(base_url=self.world.city.addresses.control, timeout=10) as desk:
            for site in self.world.script.websites:
                if self.shown:
                    answer = await desk.post(f"/faults/{site.target}", json={"fault": MARK})
                else:
                    answer = await desk.delete(f"/faults/{site.target}")
                answer.raise_for_status()
        self._toggled_at = datetime.now(UTC)
        self.episodes += self.shown
        self.shown = not self.shown

    async def in_flight(self) -> dict[str, int]:
        """Filings, visits and notices begun and not ended at this moment; at least 50 of them, or it is no storm."""
        async with self.world.documents() as client:
            looked = await Looks(client.database("govwatch_prober")).recents.count(
                SYSTEM, {"visits.0.looked_at": {"$gt": self._toggled_at}}
            )
            notices = self.sites - await self._as_they_should_be(client)
        counts = {"filings": self.asked, "visits": self.sites - looked, "notices": notices}
        assert sum(counts.values()) >= ENOUGH, counts
        return counts

    async def settled(self) -> None:
        """Return when every website has the notice it should have, every mail is out, and every outbox is empty."""

        async def all_right() -> bool:
            async with self.world.documents() as client:
                return await self._as_they_should_be(client) == self.sites and await _quiet(client)

        await until(f"every notice is {'closed' if self.shown else 'open'} and told", all_right, PATIENCE)

    def repeated_mails(self) -> int:
        """How many mails came again, with the same Message-ID to the same person."""
        mails = [(mail.to, mail.message_id) for mail in self.world.city.mailbox.mails()]
        return len(mails) - len(set(mails))

    async def _as_they_should_be(self, client: Client) -> int:
        notices = Notices(client.database("govwatch_notifier"))
        closed = await notices.count_notices(SYSTEM, "closed")
        opened = closed + await notices.count_notices(SYSTEM, "open")
        return (closed if self.shown else opened) - self.sites * (self.episodes - 1)

    @asynccontextmanager
    async def _people(self) -> AsyncIterator["_People"]:
        token = tokens(self.world.settings)
        site = self.world.script.websites[0]
        filer = await token(self.world.script.administrator_of(site.target).login)
        approver = await token(self.world.script.approver_for(site.target).login)
        async with httpx.AsyncClient(base_url=self.world.origins["registry"], timeout=10) as client:
            yield _People(client, filer, approver, site.unit)

    async def _file(self, people: "_People", what: dict[str, Any], name: str, *, approve: bool) -> None:
        """File until it is acknowledged, and the same for its approval: that is what is compared later."""
        body = {"unit": people.unit, "kind": "open", **what}
        self.asked += 1
        try:
            answer = await people.until_answered("/registry/api/filings", people.filer, body, name)
            assert answer.status_code == 201, answer.text
            id_ = answer.json()["id"]
            self.told.filed[name] = id_
            if approve:
                answer = await people.until_answered(f"/registry/api/filings/{id_}/approve", people.approver, {}, "")
                # 409: an earlier try got through and its answer did not
                assert answer.status_code in (200, 409), answer.text
                self.told.approved.add(id_)
        finally:
            self.asked -= 1


@dataclass(frozen=True)
class _People:
    client: httpx.AsyncClient
    filer: str
    approver: str
    unit: str

    async def until_answered(self, path: str, token: str, body: dict[str, Any], key: str) -> httpx.Response:
        """The answer; asked again with the same key while a server is gone."""
        headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
        while True:
            try:
                answer = await self.client.post(path, json=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.3)
                continue
            if answer.status_code < 500 and answer.status_code != 401 and not _under_way(answer):
                return answer
            await asyncio.sleep(0.3)


async def _quiet(client: Client) -> bool:
    for name, store in STORES.items():
        database = client.database(f"govwatch_{name}")
        store(database)
        for collection in database.collections:
            if await collection.waiting(1):
                return False
    return not [one async for one in Notices(client.database("govwatch_notifier")).waiting_deliveries()]


def _under_way(answer: httpx.Response) -> bool:
    """Whether we are told to ask again: an earlier try holds the key, or died with it less than a minute ago."""
    return answer.status_code == httpx.codes.CONFLICT and answer.json()["error"]["code"] == "under_way"
