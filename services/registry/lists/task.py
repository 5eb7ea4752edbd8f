"""One import that somebody asked for on a page, from the file that was sent to the last row that was written. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.lists.meaning import Fault
from services.registry.lists.rows import Entry, Listed
from services.registry.lists.shapes import AUTOMATIC, ColumnMap, Kind
from shared.events import covers

LEASE = timedelta(minutes=2)
"""So long nobody else takes up an import that somebody works on; every batch of rows renews it."""
MOST_SHOWN = 200
NOT_YOURS = "您没有这个地区的导入权限，本行未写入"


class Stage(StrEnum):
    """Where an import stands: being checked, checked (or refused), being carried out, done."""

    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    TAKING = "taking"
    DONE = "done"


WORKING = (Stage.CHECKING, Stage.TAKING)


class Counts(BaseModel):
    """How many rows are what."""

    model_config = ConfigDict(frozen=True)

    registered: int = 0
    changed: int = 0
    already: int = 0
    at_fault: int = 0


class Shown(BaseModel):
    """One row as the page shows it: its line, its cell (empty: none) and a sentence."""

    model_config = ConfigDict(frozen=True)

    line: int
    cell: str
    sentence: str


class Task(BaseModel):
    """An import. ``file`` is the SHA-256 of what was sent, ``regions`` are the prefixes its rows may lie in.

    ``headings`` and ``columns`` (number of the column to field) show how the list is read, ``refused`` why it cannot
    be. ``faults``, ``notes`` and ``changes`` are the first of each.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    file: str
    name: str
    actor: str
    regions: tuple[str, ...]
    asked_at: AwareDatetime
    stage: Stage = Stage.CHECKING
    mapping: ColumnMap = AUTOMATIC
    sheets: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    rows: int = 0
    done: int = 0
    counts: Counts = Counts()
    faults: tuple[Shown, ...] = ()
    notes: tuple[Shown, ...] = ()
    changes: tuple[Shown, ...] = ()
    refused: str = ""
    leased_until: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None

    def free(self, now: datetime) -> bool:
        """Whether it waits for somebody to work on it."""
        return self.stage in WORKING and (self.leased_until is None or self.leased_until < now)


def again(task: Task, stage: Stage, **changed: object) -> Task:
    """``task`` to be worked on anew, without what came of it before."""
    fresh = {"rows": 0, "done": 0, "counts": Counts(), "faults": (), "notes": (), "changes": (), "refused": ""}
    return task.model_copy(update={**fresh, "stage": stage, "leased_until": None, "finished_at": None, **changed})


def within(entries: Sequence[Entry], regions: Sequence[str]) -> tuple[list[Entry], list[Fault]]:
    """The rows that lie in ``regions``, and a fault for each of the others."""
    inside = [entry for entry in entries if any(covers(prefix, entry.region) for prefix in regions)]
    taken = {entry.line for entry in inside}
    return inside, [Fault(entry.line, "region", NOT_YOURS) for entry in entries if entry.line not in taken]


def shown(listed: Listed, faults: Iterable[Fault]) -> tuple[Shown, ...]:
    """The first of ``faults`` by line, with their cells."""
    by_line = sorted(faults, key=lambda fault: fault.line)[:MOST_SHOWN]
    return tuple(Shown(line=one.line, cell=listed.cell(one), sentence=one.sentence) for one in by_line)
