"""What is kept of a notice: the notice as others see it, its evidence, replies and history. Pure."""

import hashlib
from datetime import date
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.notice import Notice, NoticeState
from shared.events.score import Exhibit, Finding
from shared.privacy import Personal

A = TypeVar("A", "Reply", "Step")
OPEN = frozenset({NoticeState.ISSUED, NoticeState.RECEIVED, NoticeState.REPLIED})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Reply(_Part):
    """反馈: what the unit says it did, and on which day it was done; ``actor`` as in a step."""

    at: AwareDatetime
    by: Personal
    actor: str = ""
    measures: str
    done_on: date


class Step(_Part):
    """One line of a notice's history: when, what, who (a name) and why (a sentence).

    ``actor`` is who that is for good (``person:p-…``), whatever becomes of the name.
    """

    at: AwareDatetime
    what: str
    by: Personal
    actor: str = ""
    why: str


class Rectification(_Part):
    """A notice with everything that happened to it.

    ``term`` is in working days; ``passed_at`` is when a re-check found the criterion clear though a person must still
    review it; ``overdue_at`` is the mark.
    """

    notice: Notice
    evidence: tuple[Exhibit, ...] = ()
    found_at: AwareDatetime
    term: int
    overdue_at: AwareDatetime | None = None
    passed_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    replies: tuple[Reply, ...] = ()
    history: tuple[Step, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.notice.state in OPEN

    def replied(self, actor: str) -> bool:
        """Whether ``actor`` made one of the replies: a person with two roles is still one person."""
        return any(reply.actor == actor for reply in self.replies)


def signed(case: Rectification, before: Rectification | None, actor: str) -> Rectification:
    """``case`` with ``actor`` on every step and reply it has more than ``before``."""
    steps = len(before.history) if before else 0
    replies = len(before.replies) if before else 0
    acted = {"actor": actor}
    return case.model_copy(
        update={
            "history": (*case.history[:steps], *(one.model_copy(update=acted) for one in case.history[steps:])),
            "replies": (*case.replies[:replies], *(one.model_copy(update=acted) for one in case.replies[replies:])),
        }
    )


def forget(case: Rectification, actor: str, name: str) -> Rectification:
    """``case`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    return case.model_copy(
        update={
            "history": tuple(_renamed(one, actor, name) for one in case.history),
            "replies": tuple(_renamed(one, actor, name) for one in case.replies),
        }
    )


def _renamed(act: A, actor: str, name: str) -> A:
    return act.model_copy(update={"by": Personal(name)}) if act.actor == actor else act


def notice_id(finding: Finding) -> str:
    """The one notice of a target, criterion and episode: the same finding always gives the same id."""
    key = "\n".join((finding.target, finding.criterion.id, str(finding.episode)))
    return "n-" + hashlib.sha256(key.encode()).hexdigest()[:24]
