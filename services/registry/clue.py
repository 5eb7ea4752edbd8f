"""线索: what may run without ever having been filed, and what may be a counterfeit; how an office handles it. Pure.

Found through links on official pages, or reported by a person. A clue is one address; what an office dismissed stays
and is not proposed again. Whether something is a counterfeit is decided by 网信 or 公安, not here: an office verifies,
hands over and keeps the result.
"""

from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.refusal import Refused
from shared.events.registry import Sighting, UnitRef
from shared.privacy import Personal

LONGEST_REASON = 500
LONGEST_URL = 500
OFFICIAL = ".gov.cn"

HandedTo = Literal["", "cyberspace", "police", "platform"]


class ClueKind(StrEnum):
    """What it may be."""

    OPENING = "opening"
    COUNTERFEIT = "counterfeit"


class ClueState(StrEnum):
    """How far it is handled."""

    REPORTED = "reported"
    VERIFIED = "verified"
    DISMISSED = "dismissed"
    LINKED = "linked"
    SETTLED = "settled"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"


class ClueAct(StrEnum):
    """What is done about it. Nobody but the registry itself reports what it found, and settles."""

    REPORT = "report"
    VERIFY = "verify"
    DISMISS = "dismiss"
    LINK = "link"
    ACCUSE = "accuse"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    SETTLE = "settle"


At = tuple[ClueKind, ClueState]
_OPENING, _COUNTERFEIT = ClueKind.OPENING, ClueKind.COUNTERFEIT
TRANSITIONS: dict[tuple[ClueKind, ClueState, ClueAct], At] = {
    (_OPENING, ClueState.REPORTED, ClueAct.VERIFY): (_OPENING, ClueState.VERIFIED),
    (_OPENING, ClueState.REPORTED, ClueAct.DISMISS): (_OPENING, ClueState.DISMISSED),
    (_OPENING, ClueState.REPORTED, ClueAct.LINK): (_OPENING, ClueState.LINKED),
    (_OPENING, ClueState.VERIFIED, ClueAct.LINK): (_OPENING, ClueState.LINKED),
    (_OPENING, ClueState.VERIFIED, ClueAct.CLOSE): (_OPENING, ClueState.CLOSED),
    (_OPENING, ClueState.LINKED, ClueAct.CLOSE): (_OPENING, ClueState.CLOSED),
    (_OPENING, ClueState.REPORTED, ClueAct.ACCUSE): (_COUNTERFEIT, ClueState.REPORTED),
    (_OPENING, ClueState.REPORTED, ClueAct.SETTLE): (_OPENING, ClueState.SETTLED),
    (_OPENING, ClueState.VERIFIED, ClueAct.SETTLE): (_OPENING, ClueState.SETTLED),
    (_OPENING, ClueState.LINKED, ClueAct.SETTLE): (_OPENING, ClueState.SETTLED),
    (_COUNTERFEIT, ClueState.REPORTED, ClueAct.VERIFY): (_COUNTERFEIT, ClueState.VERIFIED),
    (_COUNTERFEIT, ClueState.REPORTED, ClueAct.DISMISS): (_COUNTERFEIT, ClueState.DISMISSED),
    (_COUNTERFEIT, ClueState.VERIFIED, ClueAct.HAND_OVER): (_COUNTERFEIT, ClueState.HANDED_OVER),
    (_COUNTERFEIT, ClueState.HANDED_OVER, ClueAct.HAND_OVER): (_COUNTERFEIT, ClueState.HANDED_OVER),
    (_COUNTERFEIT, ClueState.HANDED_OVER, ClueAct.CLOSE): (_COUNTERFEIT, ClueState.CLOSED),
}
BY_PEOPLE = frozenset(ClueAct) - {ClueAct.REPORT, ClueAct.SETTLE}
ACTS: dict[ClueAct, str] = {
    ClueAct.REPORT: "上报",
    ClueAct.VERIFY: "核实",
    ClueAct.DISMISS: "排除",
    ClueAct.LINK: "关联备案",
    ClueAct.ACCUSE: "转为假冒线索",
    ClueAct.HAND_OVER: "移交",
    ClueAct.CLOSE: "办结",
    ClueAct.SETTLE: "已备案",
}
STATES: dict[ClueState, str] = {
    ClueState.REPORTED: "待核实",
    ClueState.VERIFIED: "已核实",
    ClueState.DISMISSED: "已排除",
    ClueState.LINKED: "已关联备案",
    ClueState.SETTLED: "已备案",
    ClueState.HANDED_OVER: "已移交",
    ClueState.CLOSED: "已办结",
}
HANDED: dict[str, str] = {"cyberspace": "网信部门", "police": "公安机关", "platform": "平台"}


class Refusal(StrEnum):
    """Why something asked about a clue is not done."""

    BAD_ADDRESS = "bad_address"
    NO_NAME = "no_name"
    NO_REASON = "no_reason"
    NO_RECEIVER = "no_receiver"
    NO_FILING = "no_filing"
    WRONG_STATE = "wrong_state"


class ClueStep(BaseModel):
    """One act: who, when, what, why; for a handing over to whom, for a link which filing."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    actor: str
    name: Personal
    act: ClueAct
    reason: str = ""
    to: HandedTo = ""
    filing: str = ""


class Clue(BaseModel):
    """An address with what was seen and done of it. ``key`` is the host, or what names the account."""

    model_config = ConfigDict(frozen=True)

    kind: ClueKind
    state: ClueState
    key: str
    url: str
    name: str
    unit: UnitRef | None = None
    platform: str = ""
    found_on: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    history: tuple[ClueStep, ...]

    @property
    def filing(self) -> str:
        """The filing it was linked to, or settled by."""
        return next((step.filing for step in reversed(self.history) if step.filing), "")

    @property
    def acts(self) -> tuple[ClueAct, ...]:
        """What a person may do about it now."""
        return tuple(act for act in ClueAct if act in BY_PEOPLE and (self.kind, self.state, act) in TRANSITIONS)


def reported(kind: ClueKind, url: str, name: str, step: ClueStep, **known: object) -> Clue:
    """A new clue, reported by a person or by the registry. Raises Refused."""
    key = host_key(url)
    if not key or len(url) > LONGEST_URL:
        raise Refused(Refusal.BAD_ADDRESS, "网址应以 http:// 或 https:// 开头，不超过 500 字。", "url")
    if not name.strip():
        raise Refused(Refusal.NO_NAME, "请写明看上去是谁的网站或账号。", "name")
    _reason(step)
    body = {"key": key, **known, "kind": kind, "url": url, "name": name.strip(), "history": (step,)}
    return Clue.model_validate({**body, "state": ClueState.REPORTED})


def act(clue: Clue, step: ClueStep) -> Clue:
    """What becomes of ``clue`` by ``step``. Raises Refused."""
    after = TRANSITIONS.get((clue.kind, clue.state, step.act))
    if after is None:
        raise Refused(Refusal.WRONG_STATE, f"这条线索现在是“{STATES[clue.state]}”，不能这样办理；请刷新后再看。")
    if step.act is not ClueAct.SETTLE:
        _reason(step)
        if not step.reason.strip():
            raise Refused(Refusal.NO_REASON, "请写明理由或结果。", "reason")
    if (step.act is ClueAct.HAND_OVER) != bool(step.to):
        raise Refused(Refusal.NO_RECEIVER, "移交时请选择移交给谁；其他办理不用选择。", "to")
    if step.act is ClueAct.LINK and not step.filing:
        raise Refused(Refusal.NO_FILING, "请填写要关联的备案编号。", "filing")
    kind, state = after
    return clue.model_copy(update={"kind": kind, "state": state, "history": (*clue.history, step)})


def forget(clue: Clue, actor: str, name: str) -> Clue:
    """``clue`` with ``name`` wherever it names ``actor``. What was done, when and why stays."""
    renamed = {"name": Personal(name)}
    history = tuple(step.model_copy(update=renamed) if step.actor == actor else step for step in clue.history)
    return clue.model_copy(update={"history": history})


def host_key(url: str) -> str:
    """What names the website or page at ``url``: its host without www, and its path unless it is a home page."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "." not in host or " " in url.strip():
        return ""
    is_site = host.endswith(OFFICIAL) or parts.path in ("", "/")
    return host if is_site else f"{host}{parts.path.rstrip('/')}{'?' if parts.query else ''}{parts.query}"


def neighbour(url: str, home: str) -> bool:
    """Whether ``url`` is a government website under the same domain as ``home``, and not on its host.

    Official pages link to the whole country; what is under their own ``<name>.gov.cn`` is for their office to know.
    """
    there, here = host_key(url).partition("/")[0], host_key(home).partition("/")[0]
    return there != here and there.endswith(OFFICIAL) and _domain(there) == _domain(here)


def _domain(host: str) -> str:
    return ".".join(host.split(".")[-3:])


def _reason(step: ClueStep) -> None:
    if len(step.reason) > LONGEST_REASON:
        raise Refused(Refusal.NO_REASON, f"不超过 {LONGEST_REASON} 字。", "reason")
