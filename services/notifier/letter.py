"""What is written to people: one letter, as plain text and as simple HTML. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from services.notifier.alerts import Alert
from services.notifier.case import Rectification
from services.notifier.routing import GAP_WORDS, Gap, Recipient, Side
from services.notifier.wording import deadline, moment

NO_REPLY = "本邮件由系统自动发出，请勿直接回复；签收、反馈请登录系统办理。"


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject, an opening, facts as (label, text), what to do, and where to do it."""

    subject: str
    opening: str
    facts: Sequence[tuple[str, str]]
    closing: str
    link: str

    def text(self) -> str:
        """As plain text."""
        lines = [self.opening, "", *(f"{label}：{value}" for label, value in self.facts), "", self.closing]
        return "\n".join([*lines, f"办理与详情：{self.link}", "", NO_REPLY, ""])

    def html(self) -> str:
        """As HTML without anything to load."""
        rows = "".join(
            f'<tr><th align="left" valign="top">{escape(label)}</th><td>{escape(value)}</td></tr>'
            for label, value in self.facts
        )
        link = escape(self.link, quote=True)
        return (
            f'<!doctype html><html lang="zh-CN"><body><p>{escape(self.opening)}</p>'
            f'<table cellpadding="6">{rows}</table><p>{escape(self.closing)}</p>'
            f'<p>办理与详情：<a href="{link}">{link}</a></p><p>{NO_REPLY}</p></body></html>\n'
        )


def notice_letter(case: Rectification, recipient: Recipient, *, gap: Gap | None, link: str) -> Letter:
    """A notice was issued."""
    notice = case.notice
    if recipient.side is Side.UNIT:
        opening = f"{recipient.name.plain}：贵单位（{notice.unit.name}）的监管对象存在下列问题，请按期整改。"
        closing = "请登录系统签收，整改完成后在系统中反馈整改措施和完成日期。"
    else:
        opening = f"{recipient.name.plain}：已向{notice.unit.name}发出整改通知，请督促按期整改。"
        closing = GAP_WORDS[gap] if gap else "责任单位的签收、反馈和复核情况可在系统中查看。"
    subject = f"【整改通知】{notice.number} {notice.target_name}：{notice.criterion.name}"
    return Letter(subject, opening, _facts(case), closing, link)


def overdue_letter(case: Rectification, recipient: Recipient, *, gap: Gap | None, link: str) -> Letter:
    """The term of a notice is over and it is open."""
    notice = case.notice
    whose = "贵单位" if recipient.side is Side.UNIT else notice.unit.name
    opening = f"{recipient.name.plain}：{whose}的下列整改通知期限已届满，尚未销号。"
    closing = GAP_WORDS[gap] if gap and recipient.side is Side.OFFICE else "请尽快完成整改并在系统中反馈。"
    return Letter(f"【整改逾期】{notice.number} {notice.target_name}", opening, _facts(case), closing, link)


def alert_letter(alert: Alert, recipient: Recipient, *, gap: Gap | None, link: str) -> Letter:
    """Something was seen early."""
    facts = [
        ("监管对象", alert.outlet_name),
        ("主办单位", alert.unit.name),
        ("情况", alert.says),
        ("发现时间", moment(alert.at)),
    ]
    closing = "本邮件为预警，不是整改通知；经评定构成问题的，将另行发出整改通知。"
    if gap and recipient.side is Side.OFFICE:
        closing += GAP_WORDS[gap]
    return Letter(f"【预警】{alert.title}：{alert.outlet_name}", f"{recipient.name.plain}：", facts, closing, link)


def feed_stopped_letter(recipient: Recipient, *, office: str, why: str, since: datetime, link: str) -> Letter:
    """Nothing is sent to an office's endpoint any more."""
    facts = [("主管单位", office), ("原因", why), ("停止时间", moment(since))]
    closing = "停止期间的事件不会丢失：请检修接收程序后联系系统运行人员恢复推送，届时补发。"
    opening = f"{recipient.name.plain}：向贵单位接收程序推送事件（webhook）已停止。"
    return Letter(f"【推送停止】{office}的事件接收地址", opening, facts, closing, link)


def _facts(case: Rectification) -> list[tuple[str, str]]:
    notice = case.notice
    return [
        ("通知编号", notice.number),
        ("监管对象", notice.target_name),
        ("责任单位", notice.unit.name),
        ("检查指标", notice.criterion.name),
        ("问题", notice.why),
        ("依据", notice.criterion.citation),
        ("评分细则", f"{notice.criterion.ruleset}（{notice.criterion.digest[:12]}）"),
        ("发出时间", moment(notice.issued_at)),
        ("整改期限", deadline(notice.due_at, provisional=notice.provisional)),
    ]
