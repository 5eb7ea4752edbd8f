"""The current finding of one outlet and criterion, and what a conclusion or an end of judging does to it. Pure.

Only a change of state is said to others. What we could not tell never opens a finding and never closes one.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.scorer.conclusion import Conclusion
from shared.events.registry import OutletState
from shared.events.score import Verdict


class Change(StrEnum):
    """What happens to the finding."""

    RAISED = "raised"
    CLEARED = "cleared"
    UNCHANGED = "unchanged"


class Reason(StrEnum):
    """Why."""

    VIOLATED = "violated"
    VIOLATED_AGAIN = "violated_again"
    STILL_VIOLATED = "still_violated"
    CLEAR = "clear"
    STILL_CLEAR = "still_clear"
    CANNOT_TELL = "cannot_tell"
    OUTLET_SUSPENDED = "outlet_suspended"
    OUTLET_MERGED = "outlet_merged"
    OUTLET_CLOSED = "outlet_closed"
    CRITERION_NOT_IN_FORCE = "criterion_not_in_force"
    EXEMPTED = "exempted"


ENDED: dict[Reason, str] = {
    Reason.OUTLET_SUSPENDED: "该对象已按备案临时下线，期间不作检查。",
    Reason.OUTLET_MERGED: "该对象已按备案并入其他对象，不再检查。",
    Reason.OUTLET_CLOSED: "该对象已按备案关停，不再检查。",
    Reason.CRITERION_NOT_IN_FORCE: "现行检查指标不再对该对象适用本项。",
}
"""What is said of a finding that ends without having been put right; of one that is exempt, who excused it and why."""


@dataclass(frozen=True, slots=True)
class Current:
    """``open_`` = raised and not cleared; ``episode`` counts the times it was raised."""

    open_: bool = False
    episode: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what to say about it."""

    change: Change
    reason: Reason
    after: Current


def step(current: Current, conclusion: Conclusion) -> Step:
    """What ``conclusion`` does to the ``current`` finding."""
    match conclusion.verdict, current.open_:
        case Verdict.UNDETERMINED, _:
            return Step(Change.UNCHANGED, Reason.CANNOT_TELL, current)
        case Verdict.VIOLATED, False:
            reason = Reason.VIOLATED_AGAIN if current.episode else Reason.VIOLATED
            return Step(Change.RAISED, reason, Current(open_=True, episode=current.episode + 1))
        case Verdict.VIOLATED, True:
            return Step(Change.UNCHANGED, Reason.STILL_VIOLATED, current)
        case _, True:
            return Step(Change.CLEARED, Reason.CLEAR, Current(open_=False, episode=current.episode))
        case _:
            return Step(Change.UNCHANGED, Reason.STILL_CLEAR, current)


def end(current: Current, reason: Reason) -> Step:
    """What the end of judging (a reason in ``ENDED``, or an exemption) does to the ``current`` finding."""
    if not current.open_:
        return Step(Change.UNCHANGED, reason, current)
    return Step(Change.CLEARED, reason, Current(open_=False, episode=current.episode))


def why_not_judged(state: OutletState) -> Reason | None:
    """Why an outlet in ``state`` is not judged; None when it is."""
    match state:
        case OutletState.SUSPENDED:
            return Reason.OUTLET_SUSPENDED
        case OutletState.MERGED:
            return Reason.OUTLET_MERGED
        case OutletState.CLOSED:
            return Reason.OUTLET_CLOSED
        case OutletState.RUNNING:
            return None
