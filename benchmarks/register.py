"""Browsing a province: what the pages of the register cost beside a plain search by expression on the same data.

15,000 websites and 100,000 accounts are written straight into a mongod of its own; then each question is asked of
``services.registry.browsing`` (as the page asks it: entries, count, and the summary above them) and, in turn, of plain
pymongo: the filter as an expression over name, unit and id, sorted, skipped and counted. Half of the time the reader
is the province, half a county. ``python benchmarks/register.py [--rounds 20] [--sites 15000] [--accounts 100000]``
"""

import argparse
import asyncio
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pymongo

from services.registry.browsing import SIZE, Browsing
from services.registry.records import OutletDocument
from services.registry.search import Query, asked
from services.registry.store import Store
from shared.documents import Client, Scope
from shared.embedded import Mongo, free_port
from shared.events.registry import NewMedia, Outlet, OutletState, UnitRef, Website

PLATFORMS = ("weibo", "wechat", "toutiao", "douyin", "kuaishou")
PLACES = "东西南北中新金银龙凤山河湖海林泉石桥安平兴盛永和"
BODIES = ("人民政府办公室", "公安局", "卫生健康委员会", "教育局", "文化广电和旅游局", "应急管理局", "市场监督管理局",
          "人力资源和社会保障局", "自然资源局", "生态环境局", "交通运输局", "农业农村局")  # fmt: skip  # names in rows
WORDS = ("发布", "在线", "资讯", "微讯", "网警巡查执法", "之声", "便民服务", "普法", "应急", "健康")
PROVINCE, COUNTY = Scope(regions=("41",)), Scope(regions=("41.03.07",))
START = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 2000


class Question(NamedTuple):
    """What is asked of the register: a name for the table, the address, which page (0 is the last), who asks."""

    name: str
    params: Mapping[str, str]
    page: int
    seen: Scope


QUESTIONS = (
    Question("first page", {}, 1, PROVINCE),
    Question("last page", {}, 0, PROVINCE),
    Question("middle page", {}, -1, PROVINCE),
    Question("search, one found", {"q": "w-4103070012"}, 1, PROVINCE),
    Question("search, some found", {"q": "龙凤县 网警巡查执法"}, 1, PROVINCE),
    Question("search, many found", {"q": "公安局"}, 1, PROVINCE),
    Question("search, many, last page", {"q": "公安局"}, 0, PROVINCE),
    Question("filter platform, state", {"platform": "kuaishou", "state": "closed"}, 1, PROVINCE),
    Question("filter accounts, last page", {"kind": "new_media"}, 0, PROVINCE),
    Question("filter city, by unit", {"region": "41.03", "sort": "unit"}, 1, PROVINCE),
    Question("first page", {}, 1, COUNTY),
    Question("last page", {"sort": "changed"}, 0, COUNTY),
    Question("search", {"q": "公安局"}, 1, COUNTY),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--sites", type=int, default=15_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_measure(Path(directory), parser.parse_args()))


async def _measure(directory: Path, options: argparse.Namespace) -> None:
    mongo = Mongo(directory, free_port())
    await mongo.start()
    client, plain = Client(mongo.url), pymongo.MongoClient[dict[str, Any]](mongo.url, tz_aware=True)
    try:
        database = client.database("bench_registry")
        store = Store(database)
        await database.prepare()
        outlets = plain["bench_registry"]["outlets"]
        started = time.monotonic()
        _fill(outlets, options.sites, options.accounts)
        stats = plain["bench_registry"].command("collstats", "outlets")
        print(
            f"{outlets.estimated_document_count()} outlets written in {time.monotonic() - started:.0f} s; data "
            f"{stats['size'] / 1e6:.0f} MB, on disk {stats['storageSize'] / 1e6:.0f} MB, indexes "
            f"{stats['totalIndexSize'] / 1e6:.0f} MB"
        )
        print(
            f"{'reader':8} {'question':28} {'p50 ms':>8} {'p95 ms':>8} {'plain p50':>10} {'p95':>8} {'ratio p50':>10}"
        )
        for question in QUESTIONS:
            await _ask(store, outlets, question, options.rounds)
    finally:
        client.close()
        plain.close()
        await mongo.stop()


async def _ask(store: Store, outlets: Any, question: Question, rounds: int) -> None:
    ours, plain = list[float](), list[float]()
    browsing = Browsing(store, lambda: datetime.now(UTC))
    await browsing.refresh()
    query = asked(question.params, PLATFORMS)
    total = await browsing.count(query, question.seen)
    pages = max(1, -(-total // SIZE))
    number = {0: pages, -1: pages // 2}.get(question.page, question.page)
    for _ in range(rounds):
        ours.append(await _timed(lambda: _as_the_page(browsing, query, question.seen, number)))
        plain.append(await _timed(lambda: asyncio.to_thread(_plainly, outlets, question, number)))
    reader = "county" if question.seen is COUNTY else "province"
    print(
        f"{reader:8} {question.name:28} {_at(ours, 50):8.1f} {_at(ours, 95):8.1f} {_at(plain, 50):10.1f} "
        f"{_at(plain, 95):8.1f} {_at(ours, 50) / _at(plain, 50):10.2f}"
    )


async def _as_the_page(browsing: Browsing, query: Query, seen: Scope, number: int) -> None:
    """What a page asks for."""
    await browsing.figures(seen)
    total = await browsing.count(query, seen)
    await browsing.entries(query, seen, total, (number - 1) * SIZE)


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _plainly(outlets: Any, question: Question, number: int) -> list[dict[str, Any]]:
    """The same entries and count by expressions, sort and skip."""
    query = asked(question.params, PLATFORMS)
    parts: list[dict[str, Any]] = [question.seen.where(), *({"outlet.filed." + n: v} for n, v in query.exact.items()
                                                            if n != "state")]  # fmt: skip  # one list
    parts += [{"outlet.state": query.exact["state"]}] if "state" in query.exact else []
    for word in query.text.split():
        pattern = {"$regex": re.escape(word), "$options": "i"}
        parts.append({"$or": [{"outlet.filed.name": pattern}, {"outlet.unit.name": pattern}, {"_id": pattern}]})
    if query.region:
        parts.append({"region": {"$regex": f"^{re.escape(query.region)}"}})
    where = {"$and": parts}
    outlets.count_documents(where)
    return list(outlets.find(where).sort(query.order()).skip((number - 1) * 50).limit(50))


def _fill(outlets: Any, sites: int, accounts: int) -> None:
    batch: list[dict[str, Any]] = []
    for outlet in _outlets(sites, accounts):
        document = OutletDocument(
            id=outlet.id,
            region=outlet.region,
            unit=outlet.unit.id,
            version=1,
            outlet=outlet,
            folded=(f"f-{outlet.id}",),
        )
        batch.append({"_id": outlet.id, "version": 1, **document.to_bson(), "outbox": []})
        if len(batch) == BATCH:
            outlets.insert_many(batch, ordered=False)
            batch.clear()
    if batch:
        outlets.insert_many(batch, ordered=False)


def _outlets(sites: int, accounts: int) -> Iterator[Outlet]:
    chance = random.Random(41)  # noqa: S311 - made-up data, the same every time
    for number in range(sites + accounts):
        city, county = number % 18 + 1, number // 18 % 10
        region = f"41.{city:02}.{county:02}.0"
        place = f"{PLACES[city]}{PLACES[(city + county) % len(PLACES)]}{'县' if county else '市'}"
        body = chance.randrange(len(BODIES))
        unit = UnitRef(id=f"u-{city}-{county}-{body}", name=f"{place}{BODIES[body]}")
        if number < sites:
            code = f"41{city:02}{county:02}{number // 180:04}"
            filed: Website | NewMedia = Website(
                code=code, name=f"{place}{BODIES[body]}网站{number}", url=f"https://s{number}.example.gov.cn/"
            )
            id_ = f"w-{code}"
        else:
            platform = PLATFORMS[chance.randrange(len(PLATFORMS))]
            name = f"{place}{WORDS[chance.randrange(len(WORDS))]}{number}"
            filed = NewMedia(platform=platform, account=f"acc{number}", name=name, verified_as=unit.name)
            id_ = f"a-{platform}-acc{number}"
        state = chance.choices(list(OutletState), weights=[88, 2, 2, 8])[0]
        since = START + timedelta(hours=chance.randrange(50_000))
        yield Outlet(id=id_, region=region, unit=unit, state=state, revision=1, since=since, filed=filed)


if __name__ == "__main__":
    main()
