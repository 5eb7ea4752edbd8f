"""Whether what is asked for fits what is in force and what the rules of the region say. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from services.registry.filing.asked import Asked, Standing
from services.registry.filing.checks import bad, changed_fields, outlet_id
from services.registry.filing.record import Refusal
from services.registry.life import KINDS, ONLY_OF, WORDS, may_file
from services.registry.refusal import Refused
from services.registry.rules import Breach, Count, KindRule, Pinned
from shared.events.region import covers, prefix_of
from shared.events.registry import FilingKind, NewMedia, Outlet, OutletState, Particulars, UnitRef

FURTHEST = timedelta(days=366)
SAYS_WHAT = frozenset({FilingKind.OPEN, FilingKind.CHANGE, FilingKind.DOMAIN, FilingKind.CONSTRUCT})
"""Kinds whose particulars count; of the others only the outlet does."""
OTHER_UNIT = "该标识码或账号已由其他单位备案，请与主管单位核对。"
ANOTHER = "该对象另有一件备案正在办理，办结后再提交。"


def fits(kind: FilingKind, filed: Particulars, unit: UnitRef, in_force: Outlet | None) -> None:
    """Refuse a filing that cannot be made of what is in force: see ``services.registry.life``."""
    state = in_force.state if in_force else None
    opens_again = state is OutletState.CLOSED and kind is FilingKind.OPEN
    if in_force is not None and in_force.unit.id != unit.id and not opens_again:
        raise Refused(Refusal.OTHER_UNIT, OTHER_UNIT)
    if ONLY_OF.get(kind, filed.kind) != filed.kind:
        what = "网站" if filed.kind == "website" else "新媒体账号"
        raise Refused(Refusal.NOT_FROM_HERE, f"{what}没有“{KINDS[kind]}”这种备案。")
    if may_file(state, kind, filed.kind):
        return
    if in_force is None:
        raise Refused(Refusal.NOT_IN_FORCE, f"该对象尚未开设备案，不能提交{KINDS[kind]}备案。")
    if kind is FilingKind.OPEN:
        raise Refused(Refusal.ALREADY_OPEN, f"“{in_force.name}”（{in_force.id}）已经备案，请改提变更备案。")
    raise Refused(Refusal.NOT_FROM_HERE, f"该对象现为“{WORDS[state]}”，不能提交{KINDS[kind]}备案。")


def fields_of(asked: Asked, unit: UnitRef, standing: Standing, rule: KindRule) -> tuple[str, ...]:
    """The fields a filing changes. Raises Refused when it cannot be made of what is in force."""
    in_force, kind = standing.in_force, asked.kind
    if not standing.first_known:
        raise bad("after", "所依据的备案应是同一对象正在办理或已经生效的另一件备案。")
    if standing.under_way:
        raise Refused(Refusal.ANOTHER_UNDER_WAY, ANOTHER)
    fits(kind, asked.filed, unit, in_force)
    if in_force is None or kind not in SAYS_WHAT:
        return ()
    fields = changed_fields(in_force.filed, asked.filed)
    if kind in (FilingKind.CHANGE, FilingKind.DOMAIN) and not fields:
        raise Refused(Refusal.NOTHING_CHANGES, "与在案信息完全相同，没有需要变更的内容。")
    if rule.may_change and (others := set(fields) - set(rule.may_change)):
        raise Refused(Refusal.OTHER_FIELDS, f"{KINDS[kind]}备案不能同时变更其他内容，请另提变更备案。", min(others))
    return fields


def settled(asked: Asked, standing: Standing, rule: KindRule, today: date) -> Asked:
    """``asked`` with what follows from the rules filled in. Raises Refused for a day or a target that cannot be."""
    if asked.kind not in SAYS_WHAT and standing.in_force is not None:
        asked = replace(asked, filed=standing.in_force.filed)
    if asked.effective_on is not None and not today <= asked.effective_on <= today + FURTHEST:
        raise bad("effective_on", "生效日期应在今天以后一年以内；已经实施的，请填写实际实施日期。")
    if asked.done_on is not None and asked.done_on > today:
        raise bad("done_on", "实际实施日期不能晚于今天；尚未实施的，请填写生效日期。")
    if asked.effective_on is None and asked.done_on is None and rule.before is not None:
        asked = replace(asked, effective_on=rule.before.last_day(today))
    if asked.kind is FilingKind.SUSPEND:
        start = asked.effective_on or today
        if asked.until is None or not start <= asked.until <= start + FURTHEST:
            raise bad("until", "请填写恢复日期的前一天，不早于临时下线开始的日期。")
    elif asked.until is not None:
        raise bad("until", "只有临时下线需要填写截止日期。")
    _merge(asked, standing)
    return asked


def remarks_of(asked: Asked, standing: Standing, pinned: Pinned, today: date) -> tuple[str, ...]:
    """What submitter and approver should know. Raises Refused for what a rule forbids."""
    rule = pinned.rule
    came = {each.what for each in asked.attached}
    lacking = [one for one in rule.attachments if one.id not in came]
    if missing := [one.title for one in lacking if one.required]:
        raise Refused(Refusal.ATTACHMENT_MISSING, f"请附上：{'、'.join(missing)}。", "attached")
    if rule.after and not asked.after and not set(rule.after) & set(standing.counted):
        first = "或".join(KINDS[kind] for kind in rule.after)
        raise Refused(Refusal.WAITS_FOR_ANOTHER, f"须先办理{first}备案（{rule.cite}）。", "after")
    told = [f"未附{one.title}（{rule.cite}）。" for one in lacking]
    for reason, sentence, breach in (*_suspension(asked, standing, rule, today), *_too_many(asked, standing)):
        if breach is Breach.REFUSE:
            raise Refused(reason, sentence)
        told.append(sentence)
    return tuple(told)


def _merge(asked: Asked, standing: Standing) -> None:
    if asked.kind is not FilingKind.MERGE:
        if asked.into is not None:
            raise bad("into", "只有整合需要填写并入的对象。")
        return
    target, own = standing.target, standing.in_force
    if target is None or target.id == outlet_id(asked.filed) or target.state is not OutletState.RUNNING:
        raise bad("into", "请填写并入的对象：它应已备案、正在运行，且不是本对象。")
    if own is not None and target.unit != own.unit and not covers(prefix_of(target.region), own.region):
        raise bad("into", "并入的对象应属于同一单位，或者在同一地区、上级地区：其他地区的台账不由本地审批。")


def _suspension(asked: Asked, standing: Standing, rule: KindRule, today: date) -> Iterator[tuple[Refusal, str, Breach]]:
    longest = rule.longest
    if longest is None or asked.until is None:
        return
    days = (asked.until - (asked.effective_on or today)).days + 1
    if longest.days is not None and days > longest.days:
        yield Refusal.TOO_LONG, f"临时下线每次不超过{longest.days}日，现申请{days}日（{rule.cite}）。", longest.breach
    if longest.per_year is not None and standing.suspensions >= longest.per_year:
        sentence = f"临时下线每年不超过{longest.per_year}次，今年已有{standing.suspensions}次（{rule.cite}）。"
        yield Refusal.TOO_OFTEN, sentence, longest.breach


def _too_many(asked: Asked, standing: Standing) -> Iterator[tuple[Refusal, str, Breach]]:
    if asked.kind is not FilingKind.OPEN or not isinstance(asked.filed, NewMedia):
        return
    for count, (has, limit) in standing.has.items():
        if has >= limit.most:
            what = "移动客户端" if count is Count.APPLICATIONS else "同一平台的账号"
            yield Refusal.TOO_MANY, f"一个单位的{what}最多{limit.most}个，已有{has}个（{limit.cite}）。", limit.breach
