"""Early word: what offices and units are told before, or without, a notice. Pure.

An alert accuses nobody: it says what was seen. The notice that may follow is linked by the outlet.
"""

import hashlib
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.notifier.wording import REASONS, field, moment
from shared.events import Event, Fact
from shared.events.probe import Failed, Recovered
from shared.events.registry import ChangeUnfiled, ClosureUnfiled, StillAlive, UnfiledSettled, UnitRef

ALERTING = (ChangeUnfiled, ClosureUnfiled, StillAlive, UnfiledSettled, Failed, Recovered)
"""The facts that alert."""


class AlertKind(StrEnum):
    """What an alert is about."""

    CHANGE_UNFILED = "change_unfiled"
    CLOSURE_UNFILED = "closure_unfiled"
    STILL_ALIVE = "still_alive"
    RESUMED_UNFILED = "resumed_unfiled"
    UNFILED_SETTLED = "unfiled_settled"
    FAILED = "failed"
    RECOVERED = "recovered"


TITLES = {
    AlertKind.CHANGE_UNFILED: "变更未备案",
    AlertKind.CLOSURE_UNFILED: "关停未备案",
    AlertKind.STILL_ALIVE: "关停后仍在运行",
    AlertKind.RESUMED_UNFILED: "恢复运行未备案",
    AlertKind.UNFILED_SETTLED: "未备案变更已消除",
    AlertKind.FAILED: "网站无法访问",
    AlertKind.RECOVERED: "网站恢复访问",
}

SETTLED = {
    "reverted": "已恢复为备案内容",
    "filed_late": "已补办变更备案（逾期补办，记录保留）",
    "ended": "因原备案已终止，不再比对（记录保留）",
}


class Alert(BaseModel):
    """One alert: about which outlet, what was seen (a sentence), since when, with which evidence (hashes)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: AlertKind
    outlet: str
    outlet_name: str
    unit: UnitRef
    says: str
    at: AwareDatetime
    evidence: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is about, in a few words."""
        return TITLES[self.kind]


def alert_of(event: Event[Fact]) -> Alert:
    """The alert of one of the facts in ``ALERTING``; the same fact said again is the same alert.

    Raises TypeError for any other fact.
    """
    fact = event.data
    if isinstance(fact, ChangeUnfiled):
        return _change_unfiled(fact, event.time)
    if isinstance(fact, (ClosureUnfiled, StillAlive)):
        return _existence(fact, event.time)
    if isinstance(fact, UnfiledSettled):
        return _unfiled_settled(fact, event.time)
    if isinstance(fact, Failed):
        return _failed(fact, event.time)
    if isinstance(fact, Recovered):
        return _recovered(fact, event.time)
    raise TypeError(f"{event.type} alerts nobody")


def _change_unfiled(fact: ChangeUnfiled, at: datetime) -> Alert:
    what, since = fact.difference, moment(fact.difference.since)
    return Alert(
        id=_id(AlertKind.CHANGE_UNFILED, fact.outlet, what.id),
        kind=AlertKind.CHANGE_UNFILED,
        outlet=fact.outlet,
        outlet_name=fact.name,
        unit=fact.unit,
        says=(
            f"“{fact.name}”的{field(what.field)}与备案不一致：备案为“{what.filed}”，{since}起见为“{what.seen}”，"
            f"经{len(what.sightings)}次查看确认，未见变更备案。"
        ),
        at=at,
        evidence=tuple(sighting.evidence for sighting in what.sightings if sighting.evidence),
    )


def _existence(fact: ClosureUnfiled | StillAlive, at: datetime) -> Alert:
    since = fact.sightings[0].seen_at
    times = f"经{len(fact.sightings)}次查看确认"
    if isinstance(fact, ClosureUnfiled):
        kind = AlertKind.CLOSURE_UNFILED
        says = f"“{fact.name}”在案为运行，{moment(since)}起已不能访问或不再存在，{times}，未见关停或暂停备案。"
    elif fact.suspended_until is not None:
        kind, until = AlertKind.RESUMED_UNFILED, fact.suspended_until
        says = (
            f"“{fact.name}”备案的临时下线至{until.year}年{until.month}月{until.day}日期满，"
            f"{moment(since)}查看时已在运行，{times}，未见恢复备案。"
        )
    else:
        kind = AlertKind.STILL_ALIVE
        says = f"“{fact.name}”已备案关停，{moment(since)}查看时仍以原单位名义运行，{times}。"
    return Alert(
        id=_id(kind, fact.outlet, since.isoformat()),
        kind=kind,
        outlet=fact.outlet,
        outlet_name=fact.name,
        unit=fact.unit,
        says=says,
        at=at,
        evidence=tuple(sighting.evidence for sighting in fact.sightings if sighting.evidence),
    )


def _unfiled_settled(fact: UnfiledSettled, at: datetime) -> Alert:
    what = fact.difference
    return Alert(
        id=_id(AlertKind.UNFILED_SETTLED, fact.outlet, what.id, fact.how),
        kind=AlertKind.UNFILED_SETTLED,
        outlet=fact.outlet,
        outlet_name=fact.name,
        unit=fact.unit,
        says=f"“{fact.name}”的{field(what.field)}此前与备案不一致（“{what.filed}”→“{what.seen}”），现{SETTLED[fact.how]}。",
        at=at,
        evidence=tuple(sighting.evidence for sighting in what.sightings if sighting.evidence),
    )


def _failed(fact: Failed, at: datetime) -> Alert:
    return Alert(
        id=_id(AlertKind.FAILED, fact.outlet, fact.since.isoformat()),
        kind=AlertKind.FAILED,
        outlet=fact.outlet,
        outlet_name=fact.name,
        unit=fact.unit,
        says=(
            f"“{fact.name}”（{fact.url}）自{moment(fact.since)}起无法访问：{REASONS[fact.reason]}。"
            f"两次查看结果一致，监测端自身网络正常。是否构成不合格，以监测周期内的完整样本为准。"
        ),
        at=at,
        evidence=(fact.evidence,) if fact.evidence else (),
    )


def _recovered(fact: Recovered, at: datetime) -> Alert:
    return Alert(
        id=_id(AlertKind.RECOVERED, fact.outlet, fact.failed_since.isoformat(), fact.since.isoformat()),
        kind=AlertKind.RECOVERED,
        outlet=fact.outlet,
        outlet_name=fact.name,
        unit=fact.unit,
        says=(
            f"“{fact.name}”（{fact.url}）自{moment(fact.failed_since)}起无法访问，"
            f"{moment(fact.since)}查看时已恢复访问。"
        ),
        at=at,
    )


def _id(kind: AlertKind, *parts: str) -> str:
    return "a-" + hashlib.sha256("\n".join((kind, *parts)).encode()).hexdigest()[:24]
