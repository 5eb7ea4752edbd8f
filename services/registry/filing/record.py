"""What a filing is: everything it says and everything that was done to it."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.rules import Level, Pinned
from shared.events.registry import FilingKind, Particulars, UnitRef
from shared.privacy import Personal

REPORTS = frozenset({FilingKind.CONSTRUCT, FilingKind.HEALTH, FilingKind.INCIDENT})
"""Kinds that change nothing in force: they stand beside whatever else is under way."""


class FilingState(StrEnum):
    """Where a filing stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    ANNOUNCED = "announced"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"


IN_FORCE = frozenset({FilingState.IN_FORCE, FilingState.ANNOUNCED, FilingState.ARCHIVED})
"""States in which a filing counts."""


class Act(StrEnum):
    """What is done to a filing. ``agree`` is an approval after which another level still has to approve."""

    DRAFT = "draft"
    SUBMIT = "submit"
    ACCEPT = "accept"
    AGREE = "agree"
    APPROVE = "approve"
    RETURN = "return"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    TAKE_EFFECT = "take_effect"
    FULFIL = "fulfil"
    ANNOUNCE = "announce"
    ARCHIVE = "archive"
    IMPORT = "import"


class Refusal(StrEnum):
    """Why something asked of the registry is not done."""

    BAD_FIELD = "bad_field"
    ALREADY_OPEN = "already_open"
    NOT_IN_FORCE = "not_in_force"
    NOT_FROM_HERE = "not_from_here"
    NOTHING_CHANGES = "nothing_changes"
    OTHER_FIELDS = "other_fields"
    ANOTHER_UNDER_WAY = "another_under_way"
    WRONG_STATE = "wrong_state"
    OWN_FILING = "own_filing"
    SAME_PERSON = "same_person"
    LEVEL_TOO_LOW = "level_too_low"
    WAITS_FOR_ANOTHER = "waits_for_another"
    NO_REASON = "no_reason"
    KEY_USED = "key_used"
    OTHER_UNIT = "other_unit"
    TERM_OVER = "term_over"
    TOO_LONG = "too_long"
    TOO_OFTEN = "too_often"
    TOO_MANY = "too_many"
    ATTACHMENT_MISSING = "attachment_missing"
    NO_SUCH_DUTY = "no_such_duty"
    DUTIES_LEFT = "duties_left"


class Step(BaseModel):
    """One act on a filing: who, when, what, why. ``level`` is what an approval counted for."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: Act
    reason: str = ""
    level: Level | None = None


class Attached(BaseModel):
    """A document that came with the filing; ``what`` is the id of the attachment the rules ask for, if they do."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    name: str
    size: int
    media_type: str
    what: str = ""


class DutyDone(BaseModel):
    """A duty as it stands: its last day (None: no limit), and what shows that it was done, by whom and when."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    due_on: date | None = None
    proof: str = ""
    done_at: AwareDatetime | None = None


class Broken(BaseModel):
    """A limit that was not kept, said once. ``rule`` is its id, ``what`` a Chinese sentence."""

    model_config = ConfigDict(frozen=True)

    rule: str
    what: str
    due_on: date


class Filing(BaseModel):
    """A filing: ``filed`` is what shall be in force, whole; ``fields`` names what a change changes.

    ``effective_on`` is the day asked for (None: as soon as it is approved), ``done_on`` the day it had been done
    already, ``until`` the last day of a suspension, ``into`` the outlet it is merged into, ``after`` the id of the
    filing it waits for. ``due_on`` is the last day for the step that comes next; ``remarks`` are what submitter and
    approver should know.
    """

    model_config = ConfigDict(frozen=True)

    number: str
    kind: FilingKind
    outlet: str
    unit: UnitRef
    filed: Particulars
    fields: tuple[str, ...] = ()
    purpose: str = ""
    late: bool = False
    state: FilingState
    steps: tuple[Step, ...]
    rule: Pinned | None = None
    effective_on: date | None = None
    done_on: date | None = None
    until: date | None = None
    into: str | None = None
    after: str | None = None
    attached: tuple[Attached, ...] = ()
    duties: tuple[DutyDone, ...] = ()
    due_on: date | None = None
    broken: tuple[Broken, ...] = ()
    remarks: tuple[str, ...] = ()
    in_force_at: AwareDatetime | None = None

    def submitted_by(self, actor: str) -> bool:
        """Whether ``actor`` submitted or mended it: a person with two roles is still one person."""
        return any(step.actor == actor and step.act in (Act.DRAFT, Act.SUBMIT, Act.RESUBMIT) for step in self.steps)

    @property
    def asked_at(self) -> datetime | None:
        """When it was last submitted."""
        return next((step.at for step in reversed(self.steps) if step.act in (Act.SUBMIT, Act.RESUBMIT)), None)

    @property
    def decision(self) -> Step | None:
        """The act that decided it: the approval of the last level, or its import as already in force."""
        return next((step for step in reversed(self.steps) if step.act in (Act.APPROVE, Act.IMPORT)), None)

    @property
    def approved_at(self) -> datetime | None:
        """When it was decided."""
        return self.decision.at if self.decision else None

    @property
    def agreed(self) -> tuple[Step, ...]:
        """The approvals since it was last submitted: what was returned is decided anew, by every level."""
        found: list[Step] = []
        for step in self.steps:
            if step.act in (Act.SUBMIT, Act.RESUBMIT):
                found = []
            elif step.act in (Act.AGREE, Act.APPROVE):
                found.append(step)
        return tuple(found)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Whose agreement it needs, in order."""
        return self.rule.rule.levels if self.rule else (Level.OFFICE,)

    @property
    def waits_for(self) -> Level | None:
        """The level that has to agree next."""
        number = len(self.agreed)
        return self.levels[number] if number < len(self.levels) else None

    @property
    def exclusive(self) -> bool:
        """Whether no other may be under way for the same outlet."""
        return self.kind not in REPORTS


def forget(filing: Filing, actor: str, name: str) -> Filing:
    """``filing`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    steps = tuple(step.model_copy(update=renamed) if step.actor == actor else step for step in filing.steps)
    return filing.model_copy(update={"steps": steps})
