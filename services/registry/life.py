"""The life-cycle of an outlet as one table: which filings may be made of it, and what it is afterwards."""

from collections.abc import Mapping
from typing import Literal

from shared.events.registry import FilingKind, OutletState

LIFE: Mapping[tuple[OutletState | None, FilingKind], OutletState | None] = {
    (None, FilingKind.CONSTRUCT): None,
    (None, FilingKind.OPEN): OutletState.RUNNING,
    (OutletState.RUNNING, FilingKind.CHANGE): OutletState.RUNNING,
    (OutletState.RUNNING, FilingKind.DOMAIN): OutletState.RUNNING,
    (OutletState.RUNNING, FilingKind.HEALTH): OutletState.RUNNING,
    (OutletState.RUNNING, FilingKind.INCIDENT): OutletState.RUNNING,
    (OutletState.RUNNING, FilingKind.SUSPEND): OutletState.SUSPENDED,
    (OutletState.RUNNING, FilingKind.MERGE): OutletState.MERGED,
    (OutletState.RUNNING, FilingKind.CLOSE): OutletState.CLOSED,
    (OutletState.RUNNING, FilingKind.CANCEL): OutletState.CLOSED,
    (OutletState.RUNNING, FilingKind.OFFLINE): OutletState.CLOSED,
    (OutletState.SUSPENDED, FilingKind.RESUME): OutletState.RUNNING,
    (OutletState.SUSPENDED, FilingKind.CHANGE): OutletState.SUSPENDED,
    (OutletState.SUSPENDED, FilingKind.DOMAIN): OutletState.SUSPENDED,
    (OutletState.SUSPENDED, FilingKind.HEALTH): OutletState.SUSPENDED,
    (OutletState.SUSPENDED, FilingKind.INCIDENT): OutletState.SUSPENDED,
    (OutletState.SUSPENDED, FilingKind.MERGE): OutletState.MERGED,
    (OutletState.SUSPENDED, FilingKind.CLOSE): OutletState.CLOSED,
    (OutletState.SUSPENDED, FilingKind.CANCEL): OutletState.CLOSED,
    (OutletState.SUSPENDED, FilingKind.OFFLINE): OutletState.CLOSED,
    (OutletState.MERGED, FilingKind.CLOSE): OutletState.CLOSED,
    (OutletState.MERGED, FilingKind.CANCEL): OutletState.CLOSED,
    (OutletState.MERGED, FilingKind.OFFLINE): OutletState.CLOSED,
    (OutletState.CLOSED, FilingKind.CANCEL): OutletState.CLOSED,
    (OutletState.CLOSED, FilingKind.OPEN): OutletState.RUNNING,
}
"""Everything that may come into force. None is an outlet that is not in force yet."""

ONLY_OF: Mapping[FilingKind, Literal["website", "new_media"]] = {
    FilingKind.DOMAIN: "website",
    FilingKind.OFFLINE: "website",
    FilingKind.CLOSE: "new_media",
    FilingKind.CANCEL: "new_media",
    FilingKind.CONSTRUCT: "new_media",
}
"""Kinds that only one kind of outlet has."""

WORDS: Mapping[OutletState | None, str] = {
    None: "未开设",
    OutletState.RUNNING: "运行",
    OutletState.SUSPENDED: "临时下线",
    OutletState.MERGED: "已整合",
    OutletState.CLOSED: "已关停",
}
"""What people read."""

KINDS: Mapping[FilingKind, str] = {
    FilingKind.OPEN: "开设",
    FilingKind.CHANGE: "变更",
    FilingKind.DOMAIN: "域名变更",
    FilingKind.SUSPEND: "临时下线",
    FilingKind.RESUME: "恢复",
    FilingKind.MERGE: "整合",
    FilingKind.CLOSE: "关停",
    FilingKind.CANCEL: "注销",
    FilingKind.OFFLINE: "永久下线",
    FilingKind.CONSTRUCT: "移动客户端建设",
    FilingKind.HEALTH: "健康运行报备",
    FilingKind.INCIDENT: "安全事件",
}
"""备案事项 as people read them."""


def may_file(state: OutletState | None, kind: FilingKind, of: str) -> bool:
    """Whether ``kind`` may be filed of an outlet (``website`` or ``new_media``) that is in ``state``."""
    return (state, kind) in LIFE and ONLY_OF.get(kind, of) == of


def becomes(state: OutletState | None, kind: FilingKind) -> OutletState:
    """What an outlet is once ``kind`` counts. One that no longer fits when its day comes leaves it what it was."""
    return LIFE.get((state, kind)) or state or OutletState.RUNNING


def kinds_of(state: OutletState | None, of: str) -> list[FilingKind]:
    """Everything that may be filed now, in the order of the table."""
    return [kind for kind in KINDS if may_file(state, kind, of)]
