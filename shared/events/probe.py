"""What the prober says: what it measured, never what that means."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.events.envelope import Fact, Shape
from shared.events.registry import UnitRef


class Outcome(StrEnum):
    """How a look ended. ``undetermined`` = we could not tell, and it counts neither way."""

    ANSWERED = "answered"
    FAILED = "failed"
    UNDETERMINED = "undetermined"


class Reason(StrEnum):
    """The closed list of why a look ended as it did."""

    OK = "ok"
    # failed
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    BROKEN_RESPONSE = "broken_response"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    # undetermined
    BLOCKED_PAGE = "blocked_page"
    OWN_CONNECTIVITY = "own_connectivity"
    REFUSED_BY_GATE = "refused_by_gate"
    UNREADABLE = "unreadable"
    SOURCE_FAILED = "source_failed"
    NOT_IN_SOURCE = "not_in_source"
    NO_PAGE = "no_page"


class Purpose(StrEnum):
    """Why we looked. Only ``scheduled`` looks count as samples of availability.

    ``closed``: to see whether what was closed still answers; of such a look nothing is told but what was shown.
    """

    SCHEDULED = "scheduled"
    RECHECK = "recheck"
    CLOSED = "closed"


class Completed(Fact):
    """One probe of one visit.

    ``measured`` depends on the probe (documented there); ``due_at`` is the slot, which with outlet, probe and
    vantage is the key of the sample. ``looks`` is 2 when a confirming look was made.
    """

    type: ClassVar[str] = "probe.completed"
    outlet: str
    unit: UnitRef
    probe: str
    outcome: Outcome
    reason: Reason
    measured: dict[str, Any] = Field(default_factory=dict)
    evidence: str | None = None
    vantage: str
    purpose: Purpose = Purpose.SCHEDULED
    due_at: AwareDatetime
    looked_at: AwareDatetime
    looks: Literal[1, 2] = 1


class ColumnSeen(Shape):
    """A 栏目 that the home page of a website leads to and that could be read.

    ``name`` is the tag ColumnName of its page, else the text of the link; ``column_class`` its ColumnType, empty when
    it has none.
    """

    name: str
    url: str
    column_class: str = ""


class Profile(Shape):
    """What a platform shows of an account, or the home page of a website, now. None = not shown.

    ``organiser`` is the 主办单位 that is named, ``avatar`` the SHA-256 of the picture, ``followers`` how many follow.
    Of websites only: ``name`` is the tag SiteName, ``code`` the 网站标识码, ``icp`` and ``police`` the numbers in the
    footer, ``url`` the address finally reached, ``columns`` at most 100 of those that were read (None: not looked
    for). ``columns_whole``: they are all there are on the home page, since none was left unread and no script could
    bring more.
    """

    name: str | None = None
    verified_as: str | None = None
    account: str | None = None
    organiser: str | None = None
    avatar: str | None = None
    intro: str | None = None
    last_post_at: AwareDatetime | None = None
    followers: Annotated[int, Field(ge=0)] | None = None
    title: str | None = None
    code: str | None = None
    icp: str | None = None
    police: str | None = None
    url: str | None = None
    columns: tuple[ColumnSeen, ...] | None = None
    columns_whole: bool = False


class ProfileSeen(Fact):
    """A source was read and showed this.

    ``gone``: it said that the account does not exist any more; or a website that was closed does not answer.
    ``outbound`` are addresses elsewhere that the home page of a website links to, at most 100.
    """

    type: ClassVar[str] = "probe.profile_seen"
    outlet: str
    unit: UnitRef
    source: str
    profile: Profile
    gone: bool = False
    outbound: tuple[str, ...] = ()
    evidence: str | None = None
    vantage: str
    due_at: AwareDatetime
    looked_at: AwareDatetime


class Failed(Fact):
    """A website stopped answering: two looks of one slot failed, and we ourselves were online."""

    type: ClassVar[str] = "probe.failed"
    outlet: str
    unit: UnitRef
    name: str
    url: str
    reason: Reason
    since: AwareDatetime
    evidence: str | None = None
    vantage: str


class Recovered(Fact):
    """A website that had failed answers again."""

    type: ClassVar[str] = "probe.recovered"
    outlet: str
    unit: UnitRef
    name: str
    url: str
    since: AwareDatetime
    failed_since: AwareDatetime
    vantage: str
