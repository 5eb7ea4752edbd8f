"""The values a ruleset is made of: exact numbers, ratios, days, periods, and models that take nothing else."""

import json
import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    model_validator,
)

POINTS = re.compile(r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?")
FRACTION = re.compile(r"([0-9]{1,6})/([1-9][0-9]{0,5})")
YEAR = 12


def _exact(value: object) -> Decimal:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not POINTS.fullmatch(text):
        raise ValueError('an exact number is a whole number or text like "0.5"')
    return Decimal(text)


def plain(number: Decimal) -> str:
    """A decimal as people write it, without exponent or trailing zeros: ``0.5``, ``100``."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fraction(value: object) -> Fraction:
    match = FRACTION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError("a ratio is an exact fraction like 5/100")
    return Fraction(int(match[1]), int(match[2]))


Exact = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(plain, return_type=str)]
Ratio = Annotated[Fraction, PlainValidator(_fraction), PlainSerializer(str, return_type=str)]
Days = Annotated[int, Field(ge=1, le=400)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


class Strict(BaseModel):
    """Frozen, no unknown keys, no conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


S = TypeVar("S", bound=Strict)


def strictly(shape: type[S], value: object) -> S:
    """``value`` (plain JSON-like) as a ``shape``. Raises pydantic's ValidationError."""
    return shape.model_validate_json(json.dumps(value, default=date.isoformat))


class Params(Strict):
    """What an evaluator needs to know; every number of a rule is here, none is in code."""

    probes: ClassVar[frozenset[str]] = frozenset()
    """The probes whose looks the evaluator reads. What no evaluator reads is no probe a criterion may name."""
    asks: ClassVar[frozenset[Literal["window", "sample"]]] = frozenset()
    """What the evaluator takes from the criterion itself, as the document gives it."""

    def days(self) -> int:
        """How many calendar days of observations the evaluator looks back."""
        raise NotImplementedError

    def rests_on(self, day: date, today: date) -> bool:
        """Whether a look due on ``day`` can change what is concluded ``today`` (days in Asia/Shanghai)."""
        return day <= today


class Period(Strict):
    """A length of time as documents give it: in calendar days, in calendar months or in 工作日."""

    days: Days | None = None
    months: Annotated[int, Field(ge=1, le=36)] | None = None
    working_days: Annotated[int, Field(ge=1, le=250)] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> "Period":
        if sum(each is not None for each in (self.days, self.months, self.working_days)) != 1:
            raise ValueError("a period is given in one of days, months, working_days")
        return self

    def __str__(self) -> str:
        if self.working_days is not None:
            return f"{self.working_days}个工作日"
        return f"{self.days}日" if self.days is not None else f"{self.months}个月"


class Window(Period):
    """How far back from the day of judging something must have happened. Never in working days."""

    @model_validator(mode="after")
    def _of_the_calendar(self) -> "Window":
        if self.working_days is not None:
            raise ValueError("a window is counted in days or months")
        return self

    def first_day(self, last: date) -> date:
        """The first day of the window that ends with ``last``.

        14 days that end on 22 November begin on the 9th, one month on 23 October; where a month has no such day, its
        last day takes the place.
        """
        if self.days is not None:
            return last - timedelta(days=self.days - 1)
        year, month = divmod(last.year * YEAR + last.month - 1 - (self.months or 0), YEAR)
        day = min(last.day, monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=1)
