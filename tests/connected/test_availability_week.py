"""A week of visits put in afterwards: the veto on availability exactly at its limit, on real servers, to the notice."""

import argparse
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.catalog import SERVICES
from services.commands import backfill, streams
from services.commands.backfill import Batch, Row, made_up
from services.commands.operator import administrator
from services.commands.register import register
from services.registry.intake import Entry, Intake, Outcome
from services.scorer.app import Scorer
from services.scorer.card import Sheet, sheet
from services.scorer.evaluators import PARAMS
from services.scorer.observations import day_of
from services.scorer.ruleset import PACKAGED, load_directories
from services.scorer.store import Store
from shared.bus import Bus
from shared.bus.users import Keys
from shared.directory import Directory
from shared.documents import SYSTEM, Client
from shared.embedded import Nats, free_port
from shared.events import parse, registry
from shared.events.probe import Reason
from shared.events.registry import FilingKind, OutletState, Website
from shared.outbox import say
from shared.runtime import running, utc_now
from shared.settings import Settings
from shared.workdays import SHANGHAI
from tests.world import until

REGION = "41.01.05.0"
WEBSITE = Website(code="", name="演练门户", url="http://www.practice.gov.cn.demo:8080/", site_class="portal")

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Office:
    """An installation without prober, seen by its operator."""

    def __init__(self, settings: Settings, client: Client, bus: Bus) -> None:
        self.settings = settings
        self.bus = bus
        database = client.database(f"{settings.mongo_prefix}_scorer")
        self.scorer = Scorer(Store(database), Directory(database), load_directories([PACKAGED], PARAMS), utc_now)
        self._sites = 0

    async def open(self, url: str = "") -> "Site":
        """Put a new website in force, and wait until the scorer knows it."""
        self._sites += 1
        url = url or WEBSITE.url.replace("www", f"www{self._sites}")
        website = WEBSITE.model_copy(update={"code": f"41010500{self._sites:02}", "url": url})
        async with register(self.settings) as app:
            await Intake(app).take([Entry(2, "金水区政府办", REGION, website)], "operator:test", Outcome())
        site = Site(self, website.code)
        await until(f"a card of {website.code}", site.card)
        return site

    async def backfill(self, *arguments: str) -> int:
        """Give the command as the operator of this installation."""
        parser = argparse.ArgumentParser()
        backfill.add(parser.add_subparsers())
        given = parser.parse_args(["backfill", *arguments])
        return int(await given.run(given, self.settings))


class Site:
    """A website in force, and what the scorer says of its availability."""

    def __init__(self, office: Office, code: str) -> None:
        self.code = code
        self.id = f"w-{code}"
        self._office = office

    def week(self, failed: int, days: int = 7) -> list[Row]:
        """Twenty visits on each of the last whole days, so many of them failed."""
        return made_up(self.code, day_of(utc_now()), days=days, visits=20, failed=failed)

    async def put_in(self, rows: Sequence[Row]) -> None:
        """Put visits in as those of another system."""
        batch = Batch(rows, "市级监测平台", "接管旧系统", "operator:test")
        assert await backfill.put_in(self._office.settings, batch) == []

    async def card(self) -> Sheet | None:
        """Its card now, None while it has none."""
        return await sheet(self._office.scorer, self.id, SYSTEM)

    async def row(self) -> Any:
        """What the card says of its availability."""
        card = await until("a card", self.card)
        assert card.card
        return next(row.conclusion for row in card.card.rows if row.criterion.id == "V-S2")

    async def counted(self, visits: int) -> Any:
        """What the card says once it rests on so many visits."""

        async def there() -> Any:
            row = await self.row()
            return row if row.measured["visits"] == visits else None

        return await until(f"{visits} visits are on the card", there)

    async def settled(self, visits: int) -> None:
        """Return when the scorer itself has judged by so many visits, and said what it had to say."""

        async def there() -> bool:
            finding = (await self._office.scorer.store.findings_of(self.id, SYSTEM)).get("V-S2")
            return finding is not None and f"{visits}次" in finding.why

        await until(f"the finding rests on {visits} visits", there)

    async def told(self, type_: str, stream: str = "FACTS") -> list[Any]:
        """What the facts of a type on a stream say about it: envelope by envelope."""
        bus = self._office.bus
        state = (await bus.stream(stream)).state
        stored = [await bus.js.get_msg(stream, n) for n in range(state.first_seq, state.last_seq + 1)]
        events = [parse(message.data or b"") for message in stored]
        return [event for event in events if event.type == type_ and self.id in event.data.model_dump_json()]

    async def filed(self, kind: FilingKind, state: OutletState, revision: int, at: datetime) -> None:
        """A filing about it came into force at ``at``."""
        card = await until("a card", self.card)
        outlet = card.outlet.model_copy(update={"state": state, "revision": revision})
        fact: registry.Suspended | registry.Changed
        if kind is FilingKind.SUSPEND:
            fact = registry.Suspended(outlet=outlet, filing=f"f-{revision}")
        else:
            fact = registry.Changed(outlet=outlet, filing=f"f-{revision}", kind=kind)
        event = say(fact, subject=self.id, region=REGION, actor="person:1", reason=kind.value, time=at)
        await self._office.bus.publish(event)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    directory = tmp_path_factory.mktemp("office")
    nats = Nats(directory / "nats", free_port(), Keys(directory / "keys"))
    nats.allow(streams.users({}))
    await nats.start()
    settings = Settings(
        data_dir=directory,
        mongo_url=SecretStr(mongo_url),
        nats_url=nats.url,
        mongo_prefix=f"test_{uuid4().hex[:12]}",
        _env_file=None,
    )
    await streams.prepare(settings)
    client = Client(mongo_url)
    async with AsyncExitStack() as stack:
        for name in ("registry", "scorer", "notifier"):
            await stack.enter_async_context(running(SERVICES[name], settings))
        yield Office(settings, client, await stack.enter_async_context(administrator(settings)))
    for name in (*SERVICES, "identity"):
        await client.drop(f"{settings.mongo_prefix}_{name}")
    client.close()
    await nats.stop()


async def test_seven_of_140_are_a_veto_and_a_notice_and_the_card_says_where_they_come_from(office: Office) -> None:
    site = await office.open()
    await site.put_in(site.week(failed=7))
    row = await site.counted(140)
    assert (row.verdict, row.reason, row.measured["failed"]) == ("violated", "limit_reached", 7)
    assert "其中7次打不开或用时达到15秒，占5%，达到5%的限度。其中140次为事后补录（来源：市级监测平台）。" in row.why
    assert {exhibit.note for exhibit in row.evidence} == {"打不开：无法建立连接（补录，来源：市级监测平台）"}
    [notice] = await until("a notice", lambda: site.told("notice.issued"))
    assert (notice.data.notice.target, notice.data.notice.criterion.id) == (site.id, "V-S2")
    assert "市级监测平台" in notice.data.notice.why
    looks = await site.told("probe.completed", "OBSERVATIONS")
    assert {(one.actor, one.reason, one.data.vantage) for one in looks} == {
        ("operator:test", "backfill: 接管旧系统", "backfill:市级监测平台")
    }


async def test_six_of_140_are_clear_however_often_they_are_put_in(office: Office) -> None:
    site = await office.open()
    for _ in range(2):
        await site.put_in(site.week(failed=6))
    row = await site.counted(140)
    assert (row.verdict, row.reason, row.measured["failed"]) == ("clear", "within_limit", 6)
    await site.settled(140)
    assert await site.told("score.finding_raised") == []


async def test_nineteen_on_one_day_leave_it_undetermined_and_one_more_decides(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = await office.open()
    rows = site.week(failed=7)
    list_ = tmp_path / "visits.csv"

    async def given(*chosen: Row) -> int:
        lines = [f"{row.code},{row.at.isoformat()},{row.result},{row.seconds or ''}" for row in chosen]
        list_.write_text("\n".join(["code,at,result,seconds", *lines]), encoding="utf-8")
        return await office.backfill(str(list_), "--origin", "旧系统", "--reason", "迁移")

    assert await given(*rows[:-1]) == 0
    assert "已补录：1 个网站 139 次访问，来源 旧系统。\n" in capsys.readouterr().out
    row = await site.counted(139)
    assert (row.verdict, row.measured["missing"], row.measured["backfilled"]) == ("undetermined", 1, 139)
    assert "共缺1次" in row.why

    assert await given(rows[-1], replace(rows[-1], code="4101059999")) == 1
    said = capsys.readouterr()
    assert "有误 1 行，没有补录：2 个网站 2 次访问，来源 旧系统。\n" in said.out
    assert "visits.csv：第 3 行 [code] 没有标识码为“4101059999”的在册网站\n" in said.err
    assert (await site.row()).measured["visits"] == 139

    assert await given(rows[-1]) == 0
    assert (await site.counted(140)).verdict == "violated"


async def test_days_offline_by_filing_are_left_out_and_the_week_reaches_further_back(office: Office) -> None:
    site = await office.open()
    today = day_of(utc_now())
    offline = {today - timedelta(days=4), today - timedelta(days=3)}
    nine_days = site.week(failed=6, days=9)
    down = [replace(row, result=Reason.CONNECT, seconds=None) for row in _on(nine_days, offline)]
    up = [row for row in nine_days if row not in _on(nine_days, offline)]
    await site.put_in([*up, *down])
    assert (await site.counted(140)).verdict == "violated"

    await site.filed(FilingKind.RESUME, OutletState.RUNNING, 3, _at(max(offline), 15))
    await site.filed(FilingKind.SUSPEND, OutletState.SUSPENDED, 2, _at(min(offline), 10))

    async def left_out() -> Any:
        row = await site.row()
        return row if row.measured["days_offline"] == 2 else None

    row = await until("two days are left out", left_out)
    assert (row.verdict, row.measured["visits"]) == ("clear", 140)
    assert row.measured["first_day"] == str(today - timedelta(days=9))
    assert "按备案临时下线的2日不计在内。" in row.why


async def test_visits_are_made_up_for_a_practice_city_only(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    site, real = await office.open(), await office.open("http://www.example.gov.cn/")
    assert await office.backfill("--demo", site.code, "--failed", "7") == 0
    assert "已补录：1 个网站 140 次访问，来源 demo。\n" in capsys.readouterr().out
    assert (await site.counted(140)).verdict == "violated"
    assert await office.backfill("--demo", real.code) == 1
    assert f"{real.code} 不是演练城市的网站，不能编造它的访问\n" in capsys.readouterr().err


def _on(rows: Iterable[Row], days: set[date]) -> list[Row]:
    return [row for row in rows if day_of(row.at) in days]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)
