"""The columns of a website as the looks of the content probe agree on them: updated, not updated, empty. Pure.

An item that does not state its day counts as not updated (稿件发布页没有注明发布时间的，视为不更新,
国办秘函〔2019〕19号). What a script may still show, what could not be opened and what stands in an address alone is not
held against a website.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from services.scorer.observations import Sample
from services.scorer.ruleset import Strict, Text, Window

NAMED = 5


class Class(Strict):
    """A class of columns: one of ``names`` stands in the name or the ColumnType of a column, none of ``but`` does."""

    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    but: tuple[Text, ...] = ()

    def __str__(self) -> str:
        apart = f"（“{'”“'.join(self.but)}”除外）" if self.but else ""
        return f"名称含“{'”“'.join(self.names)}”的{apart}"

    def holds(self, column: "Column") -> bool:
        """Whether ``column`` is one of this class."""
        return any(name in column.says for name in self.names) and not any(word in column.says for word in self.but)


class Due(Class):
    """A class of columns and the window in which one must be updated."""

    window: Window

    def __str__(self) -> str:
        return f"{super().__str__()}{self.window}"


class State(StrEnum):
    """What looks say of a column: ``yes`` it is as the rule forbids, ``no`` it is not, ``unknown``."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as one look read it; ``told`` is its entry in ``measured`` (see the content probe)."""

    url: str
    name: str
    told: Mapping[str, JsonValue]

    @property
    def says(self) -> str:
        """Its name, and its class where the website states one."""
        return f"{self.name} {self.told.get('type') or ''}"

    @property
    def evidence(self) -> str | None:
        """The digest of its page, None when it could not be read."""
        kept = self.told.get("evidence")
        return kept if isinstance(kept, str) else None

    def latest(self) -> str:
        """Its newest day for a notice."""
        return f"最新一条{self.told['latest']}" if self.told.get("latest") else "没有注明发布时间"


Asked = Callable[[Column], State]


def columns_of(look: Sample) -> list[Column]:
    """The columns one look knows of, in the order of the home page."""
    entries = look.measured.get("columns")
    told = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return [Column(str(entry.get("url")), str(entry.get("name") or entry.get("url")), entry) for entry in told]


def untried(look: Sample) -> int:
    """How many columns the home page leads to that this look did not try."""
    found, tried = (look.measured.get(name) for name in ("columns_found", "columns_tried"))
    return max(found - tried, 0) if isinstance(found, int) and isinstance(tried, int) else 0


def agreed(looks: Sequence[Sample], needed: int, asked: Asked) -> Mapping[str, tuple[Column, State]]:
    """What the last ``needed`` of ``looks`` (the newest first) agree on for each column of the newest, by address.

    One look that says no is enough for ``no``; ``yes`` needs all of them.
    """
    if not looks:
        return {}
    said = [{column.url: asked(column) for column in columns_of(look)} for look in looks[:needed]]
    return {
        column.url: (column, _together([each.get(column.url) for each in said], needed))
        for column in columns_of(looks[0])
    }


def not_updated(column: Column, first: date) -> State:
    """Whether no item of ``column`` has a day on or after ``first``. An empty column is not one that is not updated.

    Unknown when a script may bring items, or when the own page of one that shows no day was not read.
    """
    if not _read(column):
        return State.UNKNOWN
    latest, addressed = (_day(column, name) for name in ("latest", "latest_by_address"))
    if latest and latest >= first:
        return State.NO
    if not _number(column, "items"):
        return State.NO if column.told.get("blank") is True else State.UNKNOWN
    all_seen = column.told.get("complete") is True and column.told.get("unopened") == 0
    return State.YES if all_seen and not (addressed and addressed >= first) else State.UNKNOWN


def blank(column: Column) -> State:
    """Whether ``column`` has neither an item nor a text of its own."""
    if not _read(column) or column.told.get("blank") is None:
        return State.UNKNOWN
    return State.YES if column.told["blank"] is True else State.NO


def named(columns: Sequence[Column], note: Callable[[Column], str]) -> str:
    """The first few columns in words."""
    first = "、".join(f"“{column.name}”{note(column)}" for column in columns[:NAMED])
    return first + ("等" if len(columns) > NAMED else "")


def _together(states: Sequence[State | None], needed: int) -> State:
    if State.NO in states:
        return State.NO
    return State.YES if len(states) == needed and set(states) == {State.YES} else State.UNKNOWN


def _read(column: Column) -> bool:
    return column.told.get("outcome") == "answered"


def _day(column: Column, name: str) -> date | None:
    text = column.told.get(name)
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _number(column: Column, name: str) -> int:
    value = column.told.get(name)
    return value if isinstance(value, int) else 0
