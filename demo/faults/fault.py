"""What a fault is, and what the arguments of faults are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from demo.city import Account, Website

MAX_TEXT = 100
MAX_DAYS = 3650

View = TypeVar("View")


@dataclass(frozen=True)
class Active:
    """A fault that is on, and since when."""

    fault: str
    since: datetime


def anywhere(_outlet: Website | Account) -> bool:
    """Every outlet can have this fault."""
    return True


@dataclass(frozen=True)
class Fault(Generic[View]):
    """``change`` takes the view, the argument and since when; it raises ValueError when the argument is no good.

    ``title`` stands on the control desk with ``examples``, the arguments offered there ("" = none). ``fits`` says which
    outlets can have it.
    """

    title: str
    examples: tuple[str, ...]
    change: Callable[[View, str, datetime], View]
    fits: Callable[[Website | Account], bool] = anywhere


def nothing(argument: str) -> None:
    """Raises ValueError unless there is no argument."""
    if argument:
        raise ValueError("this fault takes no argument")


def something(argument: str) -> str:
    """The argument as a text. Raises ValueError when there is none, or too much of it."""
    if not argument.strip() or len(argument) > MAX_TEXT:
        raise ValueError(f"this fault needs a text of at most {MAX_TEXT} characters")
    return argument.strip()


def days(argument: str) -> int:
    """The argument as a number of days. Raises ValueError when it is none."""
    if not argument.isdecimal() or not 0 < int(argument) <= MAX_DAYS:
        raise ValueError(f"a number of days lies between 1 and {MAX_DAYS}")
    return int(argument)
