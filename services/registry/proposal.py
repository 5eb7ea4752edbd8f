"""栏目 as proposed: what a website was seen to have, against what is filed of it. Pure.

Nothing of this counts by itself: a person confirms it by filing a change. A column is the filed one when it has its
address (without scheme, ``www.``, query and final slash) or its name. Where several columns that were seen differ by
their query alone, the query counts. Who is responsible for a column is never seen, and stays what was filed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from services.registry.filing import LONGEST_NAME, MOST
from services.registry.unfiled import alike
from shared.events.probe import ColumnSeen
from shared.events.registry import Column

SEPARATORS = str.maketrans({"|": "／", "｜": "／"})
"""What divides the parts of a column where people write it."""


class Why(StrEnum):
    """The named reason of each proposal."""

    NEW = "new"
    CLASS_DIFFERS = "class_differs"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One proposal: the column as it should be filed; ``filed`` is how it is, None when it is not."""

    why: Why
    column: Column
    filed: Column | None = None


def proposals(filed: Sequence[Column], seen: Sequence[ColumnSeen], *, whole: bool) -> list[Proposed]:
    """What to file of ``seen``; a filed column that is not among them is gone only when they are all there are."""
    counts = Counter(_bare(one.url) for one in seen)
    addressed = {one: one.url if counts[_bare(one.url)] > 1 else _bare(one.url) for one in seen}
    found: list[Proposed] = []
    known: set[ColumnSeen] = set()
    for column in filed:
        same = [one for one, address in addressed.items() if column.url and address in (column.url, _bare(column.url))]
        named = [one for one in addressed if alike(one.name, column.name)]
        known.update(same, named)
        found += _about(column, same or named, whole=whole)
    fresh = dict.fromkeys(_column(one) for one in seen if one not in known)
    return [*found, *(Proposed(Why.NEW, column) for column in fresh if column.name)]


def with_proposals(filed: Sequence[Column], proposed: Sequence[Proposed]) -> tuple[Column, ...]:
    """``filed`` with the classes that were seen, and what is new behind; what is gone stays for a person to strike."""
    other = {one.filed: one.column for one in proposed if one.why is Why.CLASS_DIFFERS}
    new = [one.column for one in proposed if one.why is Why.NEW]
    return tuple(dict.fromkeys([*(other.get(column, column) for column in filed), *new]))[:MOST]


def _about(filed: Column, seen: Sequence[ColumnSeen], *, whole: bool) -> list[Proposed]:
    if not seen:
        return [Proposed(Why.GONE, filed, filed)] if whole else []
    classes = [column_class for one in seen if (column_class := _column(one).column_class)]
    if not classes or any(alike(one, filed.column_class) for one in classes):
        return []
    return [Proposed(Why.CLASS_DIFFERS, filed.model_copy(update={"column_class": classes[0]}), filed)]


def _column(seen: ColumnSeen) -> Column:
    name, column_class = (
        " ".join(text.translate(SEPARATORS).split())[:LONGEST_NAME] for text in (seen.name, seen.column_class)
    )
    return Column(name=name, url=seen.url.replace("|", "%7C"), column_class=column_class)


def _bare(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
        return f"{host}:{parts.port or ''}{parts.path.rstrip('/')}"
    except ValueError:
        return url
