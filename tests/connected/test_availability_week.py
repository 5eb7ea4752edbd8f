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
from shared.directory import Directory
from shared.documents import SYSTEM, Client
from shared.embedded import Nats
from shared.events import Event, parse, registry
from shared.events.probe import Reason
from shared.events.registry import FilingKind, OutletState, Website
from shared.outbox import say
from shared.runtime import running, utc_now
from shared.settings import Settings
from shared.workdays import SHANGHAI
from tests.world import until

CODE, REGION = "4101050007", "41.01.05.0"
OUTLET = f"w-{CODE}"
WEBSITE = Website(code=CODE, name="演练门户", url="http://www.practice.gov.cn.demo:8080/", site_class="portal")


class Office:
    """An installation without prober, with one website in force, seen by its operator."""

    def __init__(self, settings: Settings, client: Client, bus: Bus) -> None:
        self.settings = settings
        self._bus = bus
        database = client.database(f"{settings.mongo_prefix}_scorer")
        self._scorer = Scorer(Store(database), Directory(database), load_directories([PACKAGED], PARAMS), utc_now)

    async def open(self, website: Website) -> None:
        """Put a website in force, and wait until the scorer knows it."""
        async with register(self.settings) as app:
            await Intake(app).take([Entry(2, "金水区政府办", REGION, website)], "operator:test", Outcome())
        await until(f"a card of {website.code}", lambda: sheet(self._scorer, f"w-{website.code}", SYSTEM))

    async def card(self) -> Sheet | None:
        """The card of the website now, None while it has none."""
        return await sheet(self._scorer, OUTLET, SYSTEM)

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

    async def put_in(self, rows: Sequence[Row]) -> None:
        """Put visits in as those of another system."""
        assert await backfill.put_in(self.settings, Batch(rows, "市级监测平台", "接管旧系统", "operator:test")) == []

    async def backfill(self, *arguments: str) -> int:
        """Give the command as the operator of this installation."""
        parser = argparse.ArgumentParser()
        backfill.add(parser.add_subparsers())
        given = parser.parse_args(["backfill", *arguments])
        return int(await given.run(given, self.settings))

    async def settled(self, visits: int) -> None:
        """Return when the scorer itself has judged by so many visits, and said what it had to say."""

        async def there() -> bool:
            finding = (await self._scorer.store.findings_of(OUTLET)).get("V-S2")
            return finding is not None and f"{visits}次" in finding.why

        await until(f"the finding rests on {visits} visits", there)

    async def told(self, type_: str, stream: str = "FACTS") -> list[Event[Any]]:
        """The facts of a type on a stream."""
        state = (await self._bus.stream(stream)).state
        stored = [await self._bus.js.get_msg(stream, n) for n in range(state.first_seq, state.last_seq + 1)]
        return [event for event in (parse(message.data or b"") for message in stored) if event.type == type_]

    async def filed(self, kind: FilingKind, state: OutletState, revision: int, at: datetime) -> None:
        """A filing about the website came into force at ``at``."""
        card = await until("a card", self.card)
        outlet = card.outlet.model_copy(update={"state": state, "revision": revision})
        fact: registry.Suspended | registry.Changed
        if kind is FilingKind.SUSPEND:
            fact = registry.Suspended(outlet=outlet, filing=f"f-{revision}")
        else:
            fact = registry.Changed(outlet=outlet, filing=f"f-{revision}", kind=kind)
        await self._bus.publish(say(fact, subject=OUTLET, region=REGION, actor="person:1", reason=kind.value, time=at))


@pytest.fixture
async def office(mongo_url: str, nats: Nats, tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings(
        data_dir=tmp_path,
        mongo_url=SecretStr(mongo_url),
        nats_url=f"nats://127.0.0.1:{nats.port}",
        mongo_prefix=f"test_{uuid4().hex[:12]}",
        _env_file=None,
    )
    nats.allow(streams.users({}))
    await streams.prepare(settings)
    client = Client(mongo_url)
    async with AsyncExitStack() as stack:
        for name in ("registry", "scorer", "notifier"):
            await stack.enter_async_context(running(SERVICES[name], settings))
        office = Office(settings, client, await stack.enter_async_context(administrator(settings)))
        await office.open(WEBSITE)
        yield office
    for name in (*SERVICES, "identity"):
        await client.drop(f"{settings.mongo_prefix}_{name}")
    client.close()


def week(failed: int) -> list[Row]:
    """Twenty visits on each of the last seven whole days, so many of them failed."""
    return made_up(CODE, day_of(utc_now()), days=7, visits=20, failed=failed)


async def test_seven_of_140_are_a_veto_and_a_notice_and_the_card_says_where_they_come_from(office: Office) -> None:
    await office.put_in(week(failed=7))
    row = await office.counted(140)
    assert (row.verdict, row.reason, row.measured["failed"]) == ("violated", "limit_reached", 7)
    assert "其中7次打不开或用时达到15秒，占5%，达到5%的限度。其中140次为事后补录（来源：市级监测平台）。" in row.why
    assert {exhibit.note for exhibit in row.evidence} == {"打不开：无法建立连接（补录，来源：市级监测平台）"}
    [notice] = await until("a notice", lambda: office.told("notice.issued"))
    assert (notice.data.notice.target, notice.data.notice.criterion.id) == (OUTLET, "V-S2")
    assert "市级监测平台" in notice.data.notice.why
    looks = [each for each in await office.told("probe.completed", "OBSERVATIONS") if each.data.outlet == OUTLET]
    assert {(one.actor, one.reason, one.data.vantage) for one in looks} == {
        ("operator:test", "backfill: 接管旧系统", "backfill:市级监测平台")
    }


async def test_six_of_140_are_clear_however_often_they_are_put_in(office: Office) -> None:
    for _ in range(2):
        await office.put_in(week(failed=6))
    row = await office.counted(140)
    assert (row.verdict, row.reason, row.measured["failed"]) == ("clear", "within_limit", 6)
    await office.settled(140)
    assert await office.told("score.finding_raised") == []


async def test_nineteen_on_one_day_leave_it_undetermined_and_one_more_decides(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = week(failed=7)
    list_ = tmp_path / "visits.csv"

    async def given(*chosen: Row) -> int:
        lines = [f"{row.code},{row.at.isoformat()},{row.result},{row.seconds or ''}" for row in chosen]
        list_.write_text("\n".join(["code,at,result,seconds", *lines]), encoding="utf-8")
        return await office.backfill(str(list_), "--origin", "旧系统", "--reason", "迁移")

    assert await given(*rows[:-1]) == 0
    assert "已补录：1 个网站 139 次访问，来源 旧系统。\n" in capsys.readouterr().out
    row = await office.counted(139)
    assert (row.verdict, row.measured["missing"], row.measured["backfilled"]) == ("undetermined", 1, 139)
    assert "共缺1次" in row.why

    assert await given(rows[-1], replace(rows[-1], code="4101050008")) == 1
    said = capsys.readouterr()
    assert "有误 1 行，没有补录：2 个网站 2 次访问，来源 旧系统。\n" in said.out
    assert "visits.csv：第 3 行 [code] 没有标识码为“4101050008”的在册网站\n" in said.err
    assert (await office.row()).measured["visits"] == 139

    assert await given(rows[-1]) == 0
    assert (await office.counted(140)).verdict == "violated"


async def test_days_offline_by_filing_are_left_out_and_the_week_reaches_further_back(office: Office) -> None:
    today = day_of(utc_now())
    offline = {today - timedelta(days=4), today - timedelta(days=3)}
    nine_days = made_up(CODE, today, days=9, visits=20, failed=6)
    down = [replace(row, result=Reason.CONNECT, seconds=None) for row in _on(nine_days, offline)]
    up = [row for row in nine_days if row not in _on(nine_days, offline)]
    await office.put_in([*up, *down])
    assert (await office.counted(140)).verdict == "violated"

    await office.filed(FilingKind.RESUME, OutletState.RUNNING, 3, _at(max(offline), 15))
    await office.filed(FilingKind.SUSPEND, OutletState.SUSPENDED, 2, _at(min(offline), 10))

    async def left_out() -> Any:
        row = await office.row()
        return row if row.measured["days_offline"] == 2 else None

    row = await until("two days are left out", left_out)
    assert (row.verdict, row.measured["visits"]) == ("clear", 140)
    assert row.measured["first_day"] == str(today - timedelta(days=9))
    assert "按备案临时下线的2日不计在内。" in row.why


async def test_visits_are_made_up_for_a_practice_city_only(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert await office.backfill("--demo", CODE, "--failed", "7") == 0
    assert "已补录：1 个网站 140 次访问，来源 demo。\n" in capsys.readouterr().out
    assert (await office.counted(140)).verdict == "violated"
    real = WEBSITE.model_copy(update={"code": "4101050009", "url": "http://www.example.gov.cn/"})
    await office.open(real)
    assert await office.backfill("--demo", real.code) == 1
    assert "4101050009 不是演练城市的网站，不能编造它的访问\n" in capsys.readouterr().err


def _on(rows: Iterable[Row], days: set[date]) -> list[Row]:
    return [row for row in rows if day_of(row.at) in days]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)
