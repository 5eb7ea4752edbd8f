"""What an import costs: 30,000 rows of an xlsx list into an empty register, and a peer beside it in the same run.

The peer does what cannot be done without: openpyxl reads the same rows, MongoDB takes one plain document for each with
majority and journal, 500 at a time. Rounds alternate; the median ratio counts. Ours also checks every row, holds
it against the register, stores a filing and an outlet with their events, and the units.
``python benchmarks/import.py [--rounds 3] [--rows 30000]``
"""

import argparse
import asyncio
import io
import statistics
import tempfile
import time
from pathlib import Path

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from services.registry.app import Registry
from services.registry.intake import Intake, Outcome, read
from services.registry.store import Store
from shared.documents import SYSTEM, Client, Document
from shared.embedded import Mongo, free_port
from shared.runtime import utc_now
from shared.telemetry import set_up_logs

HEADINGS = ("序号", "网站标识码", "网站名称", "首页网址", "主办单位", "行政区划", "网站类型")
BATCH = 500


class Row(Document):
    """A row as it stands in the list."""

    cells: tuple[str, ...]


def workbook(rows: int) -> bytes:
    """A list of ``rows`` websites."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for n in range(1, rows + 1):
            address = f"https://s{n}.gov.cn/"
            sheet.write_row(n, 0, [n, f"41{n:08}", f"网站{n}", "", f"单位{n // 10}", "410105", "部门网站"])
            sheet.write_string(n, 3, address)
    return file.getvalue()


async def ours(client: Client, name: str, data: bytes, rows: int) -> tuple[float, float]:
    """Seconds of our import into an empty register, and of the same list again."""
    app = Registry(Store(client.database(name)), utc_now)
    await app.store.database.prepare()
    seconds = []
    for expected in ((rows, 0), (0, rows)):
        began, outcome = time.perf_counter(), Outcome()
        entries, faults = read(data, "sites")
        await Intake(app).take(entries, "operator:benchmark", outcome)
        seconds.append(time.perf_counter() - began)
        assert (outcome.registered, outcome.already, faults) == (*expected, [])
    assert await app.store.outlets.count(SYSTEM) == rows
    return seconds[0], seconds[1]


async def peer(client: Client, name: str, data: bytes, rows: int) -> float:
    """Seconds of reading the rows with openpyxl and storing each as it is."""
    documents = client.database(name).documents("rows", Row)
    began = time.perf_counter()
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    found = [
        Row(id=str(row[1]), region="41.01.05.0", cells=tuple(str(cell) for cell in row))
        for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    for start in range(0, len(found), BATCH):
        await documents.create_all([(one, ()) for one in found[start : start + BATCH]])
    seconds = time.perf_counter() - began
    assert await documents.count(SYSTEM) == rows
    return seconds


async def main(rounds: int, rows: int) -> None:
    """Measure and print."""
    set_up_logs("WARNING", service="benchmark", readable=False)
    data = workbook(rows)
    with tempfile.TemporaryDirectory() as here:
        mongo = Mongo(Path(here), free_port())
        await mongo.start()
        client = Client(mongo.url)
        ratios = []
        for number in range(rounds):
            first, again = await ours(client, f"ours{number}", data, rows)
            plain = await peer(client, f"peer{number}", data, rows)
            ratios.append(first / plain)
            print(
                f"import: {rows:,} rows: ours {first:.1f} s ({rows / first:,.0f} rows/s), again {again:.1f} s "
                f"({rows / again:,.0f} rows/s); openpyxl and plain documents {plain:.1f} s ({rows / plain:,.0f} rows/s)"
            )
        print(f"import: ours / peer = {statistics.median(ratios):.2f} (median of {rounds})")
        client.close()
        await mongo.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=30_000)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.rounds, arguments.rows))
