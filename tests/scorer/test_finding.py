"""The current finding: only a change of state is said, and what we could not tell changes nothing."""

from decimal import Decimal

import pytest

from services.scorer.conclusion import Conclusion
from services.scorer.conclusion import Reason as Concluded
from services.scorer.finding import ENDED, Change, Current, Reason, end, step, why_not_judged
from shared.events.registry import OutletState
from shared.events.score import Verdict

NEVER, OPEN, CLOSED = Current(), Current(open_=True, episode=1), Current(open_=False, episode=1)


@pytest.mark.parametrize(
    ("current", "verdict", "change", "reason", "episode"),
    [
        (NEVER, Verdict.VIOLATED, Change.RAISED, Reason.VIOLATED, 1),
        (NEVER, Verdict.CLEAR, Change.UNCHANGED, Reason.STILL_CLEAR, 0),
        (NEVER, Verdict.UNDETERMINED, Change.UNCHANGED, Reason.CANNOT_TELL, 0),
        (OPEN, Verdict.VIOLATED, Change.UNCHANGED, Reason.STILL_VIOLATED, 1),
        (OPEN, Verdict.CLEAR, Change.CLEARED, Reason.CLEAR, 1),
        (OPEN, Verdict.UNDETERMINED, Change.UNCHANGED, Reason.CANNOT_TELL, 1),
        (CLOSED, Verdict.VIOLATED, Change.RAISED, Reason.VIOLATED_AGAIN, 2),
        (CLOSED, Verdict.CLEAR, Change.UNCHANGED, Reason.STILL_CLEAR, 1),
        (CLOSED, Verdict.UNDETERMINED, Change.UNCHANGED, Reason.CANNOT_TELL, 1),
    ],
)
def test_every_conclusion_on_every_state(
    current: Current, verdict: Verdict, change: Change, reason: Reason, episode: int
) -> None:
    done = step(current, Conclusion(verdict, Concluded.NOT_SEEN, "…", Decimal(0)))
    assert (done.change, done.reason, done.after.episode) == (change, reason, episode)
    opens = {Change.RAISED: True, Change.CLEARED: False, Change.UNCHANGED: current.open_}
    assert done.after.open_ is opens[change]


@pytest.mark.parametrize("reason", ENDED)
def test_what_is_no_longer_judged_clears_what_is_open_and_says_why(reason: Reason) -> None:
    assert end(OPEN, reason).change is Change.CLEARED
    assert end(OPEN, reason).reason is reason
    assert end(CLOSED, reason).change is Change.UNCHANGED
    assert end(NEVER, reason).after == NEVER


def test_an_outlet_is_judged_while_it_runs() -> None:
    assert {state: why_not_judged(state) for state in OutletState} == {
        OutletState.RUNNING: None,
        OutletState.SUSPENDED: Reason.OUTLET_SUSPENDED,
        OutletState.MERGED: Reason.OUTLET_MERGED,
        OutletState.CLOSED: Reason.OUTLET_CLOSED,
    }
