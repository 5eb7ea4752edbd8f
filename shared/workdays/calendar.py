"""Counting working days over tables of announced years."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5
LAST_SECOND = time(23, 59, 59)
FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Statutory days on the same date every year, for a year without a table (国务院令第795号: 元旦, 劳动节, 国庆节)."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rest(_Table):
    """Days off that a notice names as one holiday, both ends included."""

    name: str
    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> "Rest":
        if not timedelta(0) <= self.last - self.first <= timedelta(days=15):
            raise ValueError(f"{self.name}: {self.first} to {self.last} is no holiday")
        return self

    def days(self) -> Iterator[date]:
        """Each day of it."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


class Year(_Table):
    """One year as announced. ``notices`` are the official numbers; empty: not announced yet."""

    year: int
    notices: tuple[str, ...]
    rest: tuple[Rest, ...]
    work: tuple[date, ...]

    @model_validator(mode="after")
    def _makes_sense(self) -> "Year":
        resting = [day for rest in self.rest for day in rest.days()]
        if len(resting) != len(set(resting)):
            raise ValueError(f"{self.year}: a day belongs to two holidays")
        for day in self.work:
            if day.weekday() < SATURDAY or day in resting:
                raise ValueError(f"{self.year}: {day} is no make-up working day")
        return self


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days from tables."""

    resting: frozenset[date]
    working: frozenset[date]
    announced: frozenset[int]

    @classmethod
    def of(cls, years: Mapping[int, Year]) -> "Calendar":
        """The calendar of these tables, by year."""
        return cls(
            frozenset(day for year in years.values() for rest in year.rest for day in rest.days()),
            frozenset(day for year in years.values() for day in year.work),
            frozenset(number for number, year in years.items() if year.notices),
        )

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on ``day``: make-up Saturdays and Sundays included."""
        if day in self.working:
            return True
        if day.weekday() >= SATURDAY or day in self.resting:
            return False
        return day.year in self.announced or (day.month, day.day) not in FIXED

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``, which itself does not count (民法典第二百零一条)."""
        if count < 1:
            raise ValueError("a term has at least one working day")
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def deadline(self, issued_at: datetime, count: int) -> tuple[datetime, bool]:
        """When a term of ``count`` working days ends that was set at ``issued_at`` (aware).

        The end is the last second of its last day in Asia/Shanghai (民法典第二百零三条: 二十四时), as UTC. True with
        it when a year the term touches is not announced yet: the end may still move.
        """
        if issued_at.tzinfo is None:
            raise ValueError("a term is set at an aware time")
        first = issued_at.astimezone(SHANGHAI).date()
        last = self.add_working_days(first, count)
        touched = range(first.year, last.year + 1)
        return end_of_day(last), any(year not in self.announced for year in touched)


def end_of_day(day: date) -> datetime:
    """The last second of ``day`` in Asia/Shanghai, as UTC."""
    return datetime.combine(day, LAST_SECOND, SHANGHAI).astimezone(UTC)


def read(directory: Path) -> dict[int, Year]:
    """The tables in ``directory``, by year. Raises ValueError for one that is malformed or misnamed."""
    years: dict[int, Year] = {}
    for path in sorted(directory.glob("*.yaml")):
        year = Year.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        if path.stem != str(year.year):
            raise ValueError(f"{path.name} holds the table of {year.year}")
        years[year.year] = year
    return years
