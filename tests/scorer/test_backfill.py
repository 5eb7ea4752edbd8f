"""Lists of past visits: every fault named with its line and field, every good row understood; made-up weeks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from services.commands.backfill import Row, made_up, read
from services.registry.intake import BadList
from services.scorer.observations import day_of
from shared.events.probe import Reason
from tests.scorer.given import NOON, TODAY

HEAD = "code,at,result,seconds\n"
MORNING = datetime(2026, 11, 15, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "result", "seconds"),
    [
        ("2026-11-15 08:00,ok,0.4", Reason.OK, 0.4),
        ("2026-11-15T08:00+08:00,ok,16", Reason.OK, 16.0),
        ("2026-11-15T00:00:00Z,timeout,", Reason.TIMEOUT, None),
        ("2026-11-15 08:00,http_5xx,1.25", Reason.HTTP_5XX, 1.25),
        ("2026-11-15 08:00,blocked_page,", Reason.BLOCKED_PAGE, None),
    ],
)
def test_a_good_row(cells: str, result: Reason, seconds: float | None) -> None:
    assert read(f"{HEAD}4101000001,{cells}\n".encode(), NOON) == (
        [Row(2, "4101000001", MORNING, result, seconds)],
        [],
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_offices_have(encoding: str) -> None:
    [row], faults = read(f"{HEAD[:-1]},备注\n4101000001,2026-11-15 08:00,ok,1,旧系统\n".encode(encoding), NOON)
    assert (row.at, faults) == (MORNING, [])


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("4101000001,昨天,ok,1", "at"),
        ("4101000001,,ok,1", "at"),
        ("4101000001,2026-11-30 08:00,ok,1", "at"),
        ("4101000001,2025-01-01 08:00,ok,1", "at"),
        ("4101000001,2026-11-15 08:00,fine,1", "result"),
        ("4101000001,2026-11-15 08:00,source_failed,1", "result"),
        ("4101000001,2026-11-15 08:00,,1", "result"),
        ("4101000001,2026-11-15 08:00,ok,", "seconds"),
        ("4101000001,2026-11-15 08:00,ok,-1", "seconds"),
        ("4101000001,2026-11-15 08:00,ok,nan", "seconds"),
        ("4101000001,2026-11-15 08:00,timeout,long", "seconds"),
        ("4101000001,2026-11-15 08:00", "result"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field(cells: str, field: str) -> None:
    good = "4101000002,2026-11-15 08:00,ok,1"
    rows, [fault] = read(f"{HEAD}{cells}\n{good}\n".encode(), NOON)
    assert (fault.line, fault.field) == (2, field)
    assert [row.line for row in rows] == [3]


def test_the_same_visit_twice_is_a_fault_however_its_time_is_written() -> None:
    cells = "4101000001,2026-11-15 08:00,ok,1\n4101000001,2026-11-15T00:00Z,timeout,\n"
    [row], [fault] = read((HEAD + cells).encode(), NOON)
    assert (row.line, fault.line, fault.field) == (2, 3, "at")
    assert "第 2 行" in fault.sentence


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xff\xff\xff", "编码"),
        (b"code,at\nx,y\n", "缺少列 result、seconds"),
        (b"", "文件是空的"),
        (b'code,at,result,seconds\n"4101000001,x', "CSV"),
        (b"PK\x03\x04\x00\x00", "文件已损坏，或内容异常"),
    ],
)
def test_what_is_no_list_is_told_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadList, match=words):
        read(data, NOON)


@pytest.mark.parametrize(("days", "visits", "failed"), [(7, 20, 7), (7, 20, 0), (1, 288, 288), (9, 24, 50)])
def test_made_up_days_are_whole_and_past_and_evenly_spaced(days: int, visits: int, failed: int) -> None:
    rows = made_up("4101000001", TODAY, days=days, visits=visits, failed=failed)
    by_day = Counter(day_of(row.at) for row in rows)
    assert by_day == {TODAY - timedelta(days=back): visits for back in range(1, days + 1)}
    assert sum(row.result is not Reason.OK for row in rows) == failed
    moments = sorted(row.at for row in rows)
    assert {b - a for a, b in pairwise(moments)} == {timedelta(days=1) / visits}


@pytest.mark.parametrize(("days", "visits", "failed"), [(0, 20, 0), (7, 0, 0), (7, 289, 0), (7, 20, 141), (7, 20, -1)])
def test_what_cannot_be_made_up_is_refused(days: int, visits: int, failed: int) -> None:
    with pytest.raises(ValueError, match="at most 288 visits"):
        made_up("4101000001", TODAY, days=days, visits=visits, failed=failed)
