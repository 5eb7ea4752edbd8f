"""Working days are what the State Council's notices say, and terms end when the law says."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.workdays import (
    SHANGHAI,
    YEARS,
    Calendar,
    add_working_days,
    deadline,
    end_of_day,
    is_working_day,
    official,
    read,
)

ANNOUNCED = {
    2019: ("国办发明电〔2018〕15号", [22, 17, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    2020: ("国办发明电〔2019〕16号", [17, 20, 22, 22, 19, 21, 23, 21, 23, 17, 21, 23]),
    2021: ("国办发明电〔2020〕27号", [20, 17, 23, 22, 19, 21, 22, 22, 22, 17, 22, 23]),
    2022: ("国办发明电〔2021〕11号", [21, 16, 23, 21, 20, 21, 21, 23, 21, 18, 22, 22]),
    2023: ("国办发明电〔2022〕16号", [18, 20, 23, 20, 21, 21, 21, 23, 20, 19, 22, 21]),
    2024: ("国办发明电〔2023〕7号", [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    2025: ("国办发明电〔2024〕12号", [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
    2026: ("国办发明电〔2025〕7号", [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
}
"""The notice of each year, and its working days by month as two independent calendars count them."""


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("year", ANNOUNCED)
def test_each_announced_year_cites_its_notice_and_has_its_working_days(year: int) -> None:
    notice, months = ANNOUNCED[year]
    assert read(YEARS)[year].notices[0] == notice
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(366)]
    working = [day.month for day in days if day.year == year and is_working_day(day)]
    assert [working.count(month) for month in range(1, 13)] == months


@pytest.mark.parametrize(
    ("day", "working", "because"),
    [
        ("2026-02-13", True, "the Friday before Spring Festival"),
        ("2026-02-14", True, "a make-up Saturday"),
        ("2026-02-16", False, "Spring Festival on a Monday"),
        ("2026-02-28", True, "a make-up Saturday after it"),
        ("2026-09-20", True, "a make-up Sunday"),
        ("2026-10-08", True, "the Thursday after National Day"),
        ("2026-10-11", False, "a plain Sunday"),
        ("2020-01-31", False, "the Spring Festival that was prolonged"),
        ("2020-02-01", False, "its make-up Saturday was withdrawn"),
        ("2019-05-05", True, "the Labour Day that was rearranged"),
        ("2018-12-29", True, "a make-up day a year's notice puts in the year before"),
        ("2027-02-08", False, "a statutory day of a year not announced yet"),
        ("2027-02-09", True, "in which nobody knows the days in lieu"),
        ("2031-10-01", False, "a fixed statutory day of a year without a table"),
        ("2031-10-07", True, "a Tuesday of a year without a table"),
    ],
)
def test_whether_offices_work(day: str, because: str, *, working: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is working, because


@pytest.mark.parametrize(
    ("issued", "days", "ends", "provisional", "because"),
    [
        ("2026-09-30T17:00", 1, "2026-10-08", False, "issued on the eve of National Day"),
        ("2026-09-25T09:00", 3, "2026-09-30", False, "issued at Mid-Autumn, ends before the week off"),
        ("2026-09-28T09:00", 5, "2026-10-10", False, "the fifth is a make-up Saturday"),
        ("2026-02-12T09:00", 2, "2026-02-14", False, "ends on a make-up Saturday"),
        ("2026-11-20T23:59:59", 1, "2026-11-23", False, "a second before midnight of a Friday"),
        ("2026-11-23T00:00:00", 1, "2026-11-24", False, "at midnight the next day has begun"),
        ("2026-11-22T10:00", 1, "2026-11-23", False, "issued on a Sunday: Monday is the first day"),
        ("2026-11-20T10:00", 10, "2026-12-04", False, "two plain weeks"),
        ("2026-12-25T10:00", 10, "2027-01-11", True, "crosses into a year not announced yet"),
        ("2026-12-17T10:00", 10, "2026-12-31", False, "ends on the last day that is known"),
    ],
)
def test_when_a_term_ends(issued: str, days: int, ends: str, because: str, *, provisional: bool) -> None:
    end, open_ended = deadline(shanghai(issued), days)
    assert end == shanghai(f"{ends}T23:59:59"), because
    assert (end.tzinfo, open_ended) == (UTC, provisional), because


def test_a_term_is_the_same_however_the_moment_is_written() -> None:
    moment = shanghai("2026-11-23T00:30")
    assert deadline(moment, 3) == deadline(moment.astimezone(UTC), 3)


def test_entering_the_notice_of_a_year_makes_its_terms_final() -> None:
    years = read(YEARS)
    made_up = years[2027].model_copy(update={"notices": ("made up for this test",), "work": (date(2027, 1, 9),)})
    issued = shanghai("2026-12-25T10:00")
    assert official().deadline(issued, 10) == (end_of_day(date(2027, 1, 11)), True)
    assert Calendar.of({**years, 2027: made_up}).deadline(issued, 10) == (end_of_day(date(2027, 1, 9)), False)


def test_no_term_without_days_and_none_from_a_naive_time() -> None:
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 11, 20), 0)
    with pytest.raises(ValueError, match="aware"):
        deadline(datetime(2026, 11, 20), 1)  # noqa: DTZ001 - the naive time is what is refused


REFUSED: dict[str, dict[str, object]] = {
    "a make-up day on a Monday": {"work": ["2027-01-04"]},
    "a make-up day on a day off": {"work": ["2027-01-02"]},
    "a day in two holidays": {"rest": [{"name": "元旦", "first": "2027-01-01", "last": "2027-01-02"}] * 2},
    "a holiday that ends before it begins": {"rest": [{"name": "元旦", "first": "2027-01-02", "last": "2027-01-01"}]},
    "a field nobody knows": {"remark": "x"},
    "another year than its name": {"year": 2028},
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_malformed_table_is_refused(what: str, tmp_path: Path) -> None:
    good: dict[str, object] = {
        "year": 2027,
        "notices": ["made up for this test"],
        "rest": [{"name": "元旦", "first": "2027-01-01", "last": "2027-01-03"}],
        "work": ["2027-01-09"],
    }
    path = tmp_path / "2027.yaml"
    path.write_text(yaml.safe_dump(good), encoding="utf-8")
    assert set(read(tmp_path)) == {2027}
    path.write_text(yaml.safe_dump({**good, **REFUSED[what]}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"\S"):
        read(tmp_path)


@given(start=st.dates(date(2019, 1, 1), date(2026, 6, 1)), count=st.integers(1, 60))
def test_a_term_ends_on_a_working_day_with_exactly_its_days_between(start: date, count: int) -> None:
    end = add_working_days(start, count)
    between = [start + timedelta(days=offset) for offset in range(1, (end - start).days + 1)]
    assert is_working_day(end)
    assert sum(map(is_working_day, between)) == count
