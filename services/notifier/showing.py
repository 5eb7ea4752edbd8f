"""What people are shown of notices, alerts and deliveries: words and shapes for pages and the API. Pure."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from services.notifier.alerts import AlertKind
from services.notifier.case import Rectification, Step
from services.notifier.delivery import Delivery, DeliveryState, Kind
from services.notifier.routing import GAP_WORDS, Side
from shared.events.notice import NoticeState
from shared.events.score import CriterionKind

Badge = tuple[str, str]
"""(kind, label) of ``ui.badge``."""

STATES: Mapping[NoticeState, Badge] = {
    NoticeState.ISSUED: ("pending", "待签收"),
    NoticeState.RECEIVED: ("pending", "已签收，整改中"),
    NoticeState.REPLIED: ("pending", "已反馈，待复核"),
    NoticeState.CLOSED: ("clear", "已销号"),
    NoticeState.WITHDRAWN: ("neutral", "已撤回"),
}
OVERDUE: Badge = ("violated", "逾期")
PASSED: Badge = ("clear", "系统复核已通过，待人工复核")
DELIVERIES: Mapping[DeliveryState, Badge] = {
    DeliveryState.WAITING: ("pending", "待送达"),
    DeliveryState.DELIVERED: ("clear", "已送达"),
    DeliveryState.GIVEN_UP: ("violated", "未能送达"),
    DeliveryState.SUPERSEDED: ("neutral", "不再发送"),
    DeliveryState.UNDELIVERABLE: ("violated", "无人可送"),
}
ALERTS: Mapping[AlertKind, str] = {
    AlertKind.CHANGE_UNFILED: "violated",
    AlertKind.CLOSURE_UNFILED: "violated",
    AlertKind.STILL_ALIVE: "violated",
    AlertKind.RESUMED_UNFILED: "violated",
    AlertKind.UNFILED_SETTLED: "clear",
    AlertKind.FAILED: "violated",
    AlertKind.RECOVERED: "clear",
}
FILTER_WORDS: Mapping[str, str] = {
    "open": "未销号",
    "overdue": "逾期",
    "issued": "待签收",
    "received": "整改中",
    "replied": "待复核",
    "closed": "已销号",
    "withdrawn": "已撤回",
    "all": "全部",
}
FIGURES = (
    ("overdue", "逾期", "violated"),
    ("issued", "待签收", "pending"),
    ("replied", "待复核", "pending"),
    ("open", "未销号", "neutral"),
)
"""What is counted above the list: (filter, label, kind when not zero)."""
STEP_WORDS: Mapping[str, Badge] = {
    "issue": ("violated", "发出整改通知"),
    "receipt": ("neutral", "签收"),
    "reply": ("neutral", "反馈"),
    "clear": ("clear", "系统复核"),
    "review": ("clear", "人工复核"),
    "deadline": ("pending", "整改期限"),
    "withdraw": ("neutral", "撤回"),
}
CRITERIA: Mapping[CriterionKind, str] = {
    CriterionKind.VETO: "单项否决",
    CriterionKind.DEDUCTION: "扣分指标",
    CriterionKind.BONUS: "加分指标",
    CriterionKind.OBLIGATION: "管理要求，不计分",
}
CLOSES = {
    "automatic": "系统复核通过后自动销号；仅提交反馈不会销号。",
    "reviewed": "系统复核通过后，由主管单位的复核人员人工复核销号。",
}
SIDES: Mapping[Side, str] = {Side.UNIT: "责任单位", Side.OFFICE: "主管单位"}
GAPS = GAP_WORDS
KINDS: Mapping[Kind, str] = {
    Kind.ISSUED: "整改通知",
    Kind.OVERDUE: "逾期提醒",
    Kind.ALERT: "预警",
    Kind.EVENT: "事件推送",
    Kind.FEED_STOPPED: "推送停止提醒",
}


def badges(case: Rectification) -> list[Badge]:
    """The state of a notice and its marks."""
    marks = [OVERDUE] if case.overdue_at and case.is_open else []
    passed = [PASSED] if case.passed_at and case.is_open else []
    return [STATES[case.notice.state], *marks, *passed]


def history(case: Rectification) -> list[tuple[datetime, str, str, str]]:
    """The history as ``ui.timeline`` takes it."""
    return [_entry(step) for step in case.history]


def masked(address: str) -> str:
    """A mail address of which only its owner and the operator know more: ``z…@zz.example``."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…{at}{domain}"


class DeliveryShown(BaseModel):
    """A delivery without what was written, and without the whole address."""

    kind: Kind
    channel: str
    side: Side | None
    name: str | None
    address: str | None
    state: DeliveryState
    why: str
    tries: int
    created_at: AwareDatetime
    settled_at: AwareDatetime | None
    next_at: AwareDatetime | None


def shown_delivery(delivery: Delivery) -> DeliveryShown:
    """``delivery`` as programs see it."""
    to = delivery.recipient
    return DeliveryShown(
        kind=delivery.kind,
        channel=delivery.channel,
        side=to.side if to else None,
        name=to.name if to else None,
        address=masked(to.address) if to else None,
        state=delivery.state,
        why=delivery.why,
        tries=len(delivery.attempts),
        created_at=delivery.created_at,
        settled_at=delivery.settled_at,
        next_at=delivery.next_at,
    )


def _entry(step: Step) -> tuple[datetime, str, str, str]:
    kind, title = STEP_WORDS[step.what]
    return step.at, f"{title} · {step.by.plain}", step.why, kind
