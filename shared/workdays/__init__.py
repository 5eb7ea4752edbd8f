"""工作日: the working days of mainland China, as data per year.

A year's table (``years/<year>.yaml``) repeats the notice of the State Council's General Office that arranges it. A
year without a notice yet is *provisional*: weekends and the statutory days of 全国年节及纪念日放假办法 rest, nobody
knows the make-up days. To enter a notice, write its table; nothing else changes.
"""

from datetime import date, datetime
from functools import cache
from pathlib import Path

from shared.workdays.calendar import SHANGHAI, Calendar, Year, end_of_day, read

__all__ = [
    "SHANGHAI",
    "Calendar",
    "Year",
    "add_working_days",
    "deadline",
    "end_of_day",
    "is_working_day",
    "official",
    "read",
]

YEARS = Path(__file__).parent / "years"


@cache
def official() -> Calendar:
    """The calendar of the tables shipped here."""
    return Calendar.of(read(YEARS))


def is_working_day(day: date) -> bool:
    """Whether offices work on ``day``."""
    return official().is_working_day(day)


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``."""
    return official().add_working_days(day, count)


def deadline(issued_at: datetime, count: int) -> tuple[datetime, bool]:
    """(end of the ``count``-th working day after ``issued_at`` as UTC, whether it is provisional)."""
    return official().deadline(issued_at, count)
