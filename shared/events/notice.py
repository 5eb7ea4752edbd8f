"""What the notifier says: the state of each rectification notice."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.envelope import Fact, Shape
from shared.events.registry import UnitRef
from shared.events.score import Criterion


class NoticeState(StrEnum):
    """整改通知 → 签收 → 反馈 → 销号; withdrawn when it should not have been sent."""

    ISSUED = "issued"
    RECEIVED = "received"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Notice(Shape):
    """A notice as others see it. One per target, criterion and episode."""

    id: str
    number: str
    target: str
    target_name: str
    unit: UnitRef
    finding: str
    episode: int
    criterion: Criterion
    why: str
    state: NoticeState
    issued_at: AwareDatetime
    due_at: AwareDatetime
    provisional: bool = False


class _NoticeFact(Fact):
    notice: Notice


class Issued(_NoticeFact):
    """A unit is told to put something right by a day."""

    type: ClassVar[str] = "notice.issued"


class Received(_NoticeFact):
    """The unit signed for it."""

    type: ClassVar[str] = "notice.received"


class Replied(_NoticeFact):
    """The unit says what it did; the prober looks again at once."""

    type: ClassVar[str] = "notice.replied"
    probes: tuple[str, ...] = ()


class Overdue(_NoticeFact):
    """The deadline passed and the notice is open."""

    type: ClassVar[str] = "notice.overdue"


class Closed(_NoticeFact):
    """销号: what was wrong is right."""

    type: ClassVar[str] = "notice.closed"
    how: str
