"""Whether a website is up: a small state that changes only on a confirmed look. Pure."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.prober.look import Measurement
from shared.events.probe import Outcome, Reason

CONFIRMED = 2
"""A failure counts when this many looks of one slot failed."""


class Standing(StrEnum):
    """What we hold true of a website until a look says otherwise."""

    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class Why(StrEnum):
    """Why a standing changed, or did not."""

    FIRST_ANSWER = "first_answer"
    WENT_DOWN = "went_down"
    CAME_BACK = "came_back"
    AS_BEFORE = "as_before"
    COULD_NOT_TELL = "could_not_tell"
    NOT_CONFIRMED = "not_confirmed"
    OLDER_LOOK = "older_look"


class State(BaseModel):
    """``since`` is when the standing began, ``looked_at`` the last look that counted; ``reason`` is why it is down."""

    model_config = ConfigDict(frozen=True)

    standing: Standing = Standing.UNKNOWN
    since: AwareDatetime | None = None
    looked_at: AwareDatetime | None = None
    reason: Reason | None = None


def step(
    state: State, opened: Measurement, *, looks: int, began_at: datetime, looked_at: datetime
) -> tuple[State, Why]:
    """The state after a visit: ``opened`` is its reachability, from ``looks`` looks, the first at ``began_at``.

    Down only when two looks failed; up when one answered, however slowly.
    """
    if state.looked_at is not None and looked_at <= state.looked_at:
        return state, Why.OLDER_LOOK
    if opened.outcome is Outcome.UNDETERMINED:
        return state, Why.COULD_NOT_TELL
    if opened.outcome is Outcome.FAILED and looks < CONFIRMED:
        return state, Why.NOT_CONFIRMED
    standing = Standing.UP if opened.outcome is Outcome.ANSWERED else Standing.DOWN
    if standing is state.standing:
        return state.model_copy(update={"looked_at": looked_at}), Why.AS_BEFORE
    if standing is Standing.DOWN:
        return State(standing=standing, since=began_at, looked_at=looked_at, reason=opened.reason), Why.WENT_DOWN
    why = Why.CAME_BACK if state.standing is Standing.DOWN else Why.FIRST_ANSWER
    return State(standing=standing, since=looked_at, looked_at=looked_at), why
