"""The state machine of a filing as one table."""

from collections.abc import Mapping

from services.registry.filing.record import Act, Filing, FilingState, Refusal
from services.registry.refusal import Refused

TRANSITIONS: Mapping[tuple[FilingState | None, Act], FilingState] = {
    (None, Act.DRAFT): FilingState.DRAFT,
    (None, Act.SUBMIT): FilingState.SUBMITTED,
    (None, Act.IMPORT): FilingState.ARCHIVED,
    (FilingState.DRAFT, Act.DRAFT): FilingState.DRAFT,
    (FilingState.DRAFT, Act.SUBMIT): FilingState.SUBMITTED,
    (FilingState.SUBMITTED, Act.ACCEPT): FilingState.ACCEPTED,
    (FilingState.SUBMITTED, Act.AGREE): FilingState.ACCEPTED,
    (FilingState.SUBMITTED, Act.APPROVE): FilingState.APPROVED,
    (FilingState.SUBMITTED, Act.RETURN): FilingState.RETURNED,
    (FilingState.SUBMITTED, Act.WITHDRAW): FilingState.WITHDRAWN,
    (FilingState.ACCEPTED, Act.AGREE): FilingState.ACCEPTED,
    (FilingState.ACCEPTED, Act.APPROVE): FilingState.APPROVED,
    (FilingState.ACCEPTED, Act.RETURN): FilingState.RETURNED,
    (FilingState.ACCEPTED, Act.WITHDRAW): FilingState.WITHDRAWN,
    (FilingState.RETURNED, Act.RESUBMIT): FilingState.SUBMITTED,
    (FilingState.RETURNED, Act.WITHDRAW): FilingState.WITHDRAWN,
    (FilingState.APPROVED, Act.TAKE_EFFECT): FilingState.IN_FORCE,
    (FilingState.APPROVED, Act.WITHDRAW): FilingState.WITHDRAWN,
    (FilingState.IN_FORCE, Act.FULFIL): FilingState.IN_FORCE,
    (FilingState.IN_FORCE, Act.ANNOUNCE): FilingState.ANNOUNCED,
    (FilingState.IN_FORCE, Act.ARCHIVE): FilingState.ARCHIVED,
    (FilingState.ANNOUNCED, Act.FULFIL): FilingState.ANNOUNCED,
    (FilingState.ANNOUNCED, Act.ARCHIVE): FilingState.ARCHIVED,
}
"""Everything that may be done. None is a filing that does not exist yet."""

UNDER_WAY = frozenset({FilingState.SUBMITTED, FilingState.ACCEPTED, FilingState.APPROVED})
"""States in which a filing waits for an office or for its day: one of an outlet at a time."""

WORDS: Mapping[FilingState, str] = {
    FilingState.DRAFT: "草稿",
    FilingState.SUBMITTED: "待受理",
    FilingState.RETURNED: "已退回",
    FilingState.ACCEPTED: "审批中",
    FilingState.APPROVED: "已批准，待生效",
    FilingState.IN_FORCE: "已生效",
    FilingState.ANNOUNCED: "已公告",
    FilingState.ARCHIVED: "已归档",
    FilingState.WITHDRAWN: "已撤回",
}
"""What people read."""

ACTS: Mapping[Act, str] = {
    Act.DRAFT: "起草",
    Act.SUBMIT: "提交",
    Act.ACCEPT: "受理",
    Act.AGREE: "同意，报上一级",
    Act.APPROVE: "批准",
    Act.RETURN: "退回",
    Act.RESUBMIT: "补正提交",
    Act.WITHDRAW: "撤回",
    Act.TAKE_EFFECT: "生效",
    Act.FULFIL: "完成后续事项",
    Act.ANNOUNCE: "公告",
    Act.ARCHIVE: "归档",
    Act.IMPORT: "导入登记",
}
"""What was done, likewise."""


def after(filing: Filing, act: Act) -> FilingState:
    """The state ``act`` leads to. Raises Refused when the table has no such line."""
    state = TRANSITIONS.get((filing.state, act))
    if state is None:
        sentence = f"这件备案现在是“{WORDS[filing.state]}”，不能这样办理；请刷新后再看。"
        raise Refused(Refusal.WRONG_STATE, sentence)
    return state
