"""What terminal and page say alike: how the looking went, by what was judged, which conclusions there are. Pure."""

from collections.abc import Mapping, Sequence

from services.commands.checking.checked import Checked
from services.scorer.evaluators.availability import FAILURES
from services.scorer.observations import Sample, local
from services.scorer.pages import BASES, RESULTS, part_name
from services.scorer.ruleset import Status
from services.scorer.scorecard import Row, shown
from shared.events.probe import Outcome, Reason
from shared.events.score import Verdict
from shared.web.regions import region_name

UNTOLD: Mapping[Reason, str] = {
    Reason.BLOCKED_PAGE: "看到的是防护设备、验证或登录页面，不是网站本身",
    Reason.OWN_CONNECTIVITY: "本机自己的网络不通，不能据此认定网站打不开",
    Reason.REFUSED_BY_GATE: "地址不在允许访问的范围内，没有访问；检查本机或内网的网站请加 --allow-private",
    Reason.UNREADABLE: "有应答，但读不出页面",
    Reason.TLS: "网站只用本机不支持的加密方式（例如国密），看不到页面",
    Reason.NO_PAGE: "没有页面",
    Reason.TIMEOUT: "检查这个网站的时间用完，没有再看",
}
CLASSES = {"portal": "政府门户网站", "department": "部门网站"}
VERDICTS = {Verdict.VIOLATED: "违反", Verdict.CLEAR: "未发现问题", Verdict.UNDETERMINED: "一次查看不能判断"}


def told_of(sample: Sample, trouble: str = "") -> str:
    """How a look went; ``trouble`` is what the gate said when no page came."""
    if sample.outcome is Outcome.ANSWERED:
        return f"{sample.measured.get('seconds')} 秒打开"
    status = sample.measured.get("status")
    if sample.outcome is Outcome.FAILED:
        return f"打不开：{FAILURES.get(sample.reason, sample.reason.value)}{f'（{status}）' if status else ''}"
    return f"看不到：{UNTOLD.get(sample.reason, sample.reason.value)}{f'（{trouble}）' if trouble else ''}"


def facts(checked: Checked) -> list[tuple[str, str]]:
    """The head of a card: (term, description) pairs."""
    card = checked.card
    ruleset = card.ruleset
    unverified = "，尚未与原文核对" if ruleset.document.status is Status.UNVERIFIED else ""
    points = [("得分", span(checked))] if card.points else []
    home = told_of(checked.opened, checked.look.trouble.told if checked.look.trouble else "")
    return [
        ("结论", f"{RESULTS[card.result][1]}：{BASES[card.basis]}"),
        *points,
        ("查看时间", f"{local(checked.look.looked_at)}，首页 {checked.looks} 次"),
        ("首页", home),
        *([("时限", "检查这个网站的时间用完，其余的没有再看")] if checked.cut_short else []),
        *([("其他页面", _pages(checked.pages))] if checked.pages else []),
        ("检查对象", f"{CLASSES[checked.website.site_class]}，{region_name(checked.region)}"),
        ("检查指标", f"{ruleset.document.cite}（{ruleset.id} 版本 {ruleset.version}{unverified}）"),
        *([("监测时间点", local(checked.as_of))] if checked.as_of < checked.look.looked_at else []),
    ]


def span(checked: Checked) -> str:
    """The points, from the least to the most that is possible."""
    points = checked.card.points
    if points is None:
        return ""
    low, high = shown(points.low), shown(points.high)
    return low if low == high else f"{low} 至 {high}"


def waiting(checked: Checked) -> list[tuple[str, Sequence[Row]]]:
    """What only people can tell, by part of the table."""
    return [(part_name(part), part.waiting) for part in checked.card.parts() if part.waiting]


def by_indicator(rows: Sequence[Row]) -> str:
    """The indicators of ``rows``, each with the number of its criteria when there are several."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.indicator.title] = counts.get(row.indicator.title, 0) + 1
    return "、".join(f"{title}（{count}项）" if count > 1 else title for title, count in counts.items())


def summary(checked: Checked) -> str:
    """The last line."""
    seen = [] if checked.observed else ["没有看到首页"]
    violated, clear, undetermined = (len(checked.rows(verdict)) for verdict in VERDICTS)
    counts = [f"违反 {violated} 项", f"未发现问题 {clear} 项", f"不能判断 {undetermined} 项"]
    return "，".join([*seen, *counts, f"待人判断 {len(checked.waiting)} 项"]) + "。"


def _pages(pages: Sequence[Sample]) -> str:
    opened = sum(page.outcome is Outcome.ANSWERED for page in pages)
    failed = [page for page in pages if page.outcome is Outcome.FAILED]
    untold = len(pages) - opened - len(failed)
    parts = [f"{opened} 个打开"]
    parts += [f"{len(failed)} 个打不开"] if failed else []
    parts += [f"{untold} 个看不到"] if untold else []
    return f"看了 {len(pages)} 个：{'，'.join(parts)}"
