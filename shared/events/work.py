"""Work a service leaves for itself or another: due visits, deadlines, deliveries. Never visible to offices."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.envelope import Fact
from shared.events.probe import Purpose


class VisitDue(Fact):
    """Look at an outlet now. ``interval`` is the seconds between two slots of its schedule, 0 for a single look.

    ``probes`` names which ones; empty means all that fit the outlet.
    """

    type: ClassVar[str] = "work.prober.due"
    outlet: str
    probes: tuple[str, ...] = ()
    purpose: Purpose = Purpose.SCHEDULED
    interval: int = 0


class VisitAsked(VisitDue):
    """Another service asks for a single look. It goes another way than due visits: who asks can touch no schedule."""

    type: ClassVar[str] = "work.prober.asked"


class NotifierDue(Fact):
    """Send a delivery, or see whether a notice is overdue: exactly one of the two is named."""

    type: ClassVar[str] = "work.notifier.due"
    delivery: str | None = None
    notice: str | None = None
    at: AwareDatetime | None = None
