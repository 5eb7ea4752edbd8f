"""``docs/indicators.md``: every ruleset as a page that officials can hold beside their documents. In Chinese."""

from collections.abc import Iterable, Iterator, Mapping

from services.scorer.ruleset.criterion import Criterion, Decides, Indicator, Method, Status
from services.scorer.ruleset.exact import Params, plain
from services.scorer.ruleset.load import Rulesets
from services.scorer.ruleset.model import AnnualRule, Ruleset, Scope
from services.scorer.ruleset.summary import kinds, numbers
from shared.events.score import CriterionKind
from shared.web.platforms import platform_name

HEAD = """\
# 检查指标

<!-- Generated from services/scorer/rulesets. Again: GOLDEN=write pytest tests/contracts/test_indicators.py -->

Every official table the scorer judges by, as it is loaded: what each rule says (in our own words), what it costs, who
can tell, and where it stands in the document. This page is generated; a test keeps it true. `govwatch ruleset show ID`
prints one ruleset, `govwatch ruleset check FILE` checks one of your own.

细则是本项目用自己的话写的，名称、数字照录，以所引文件的原文为准。“尚未与原文核对”的条目据其他公开文件转引，使用前请核对。
自动：由探测和评判程序下结论。人机：程序留存所见，由人确认。人工：由人查看。单项否决中不能自动判断的，须两人共同认定。
没有结论的细则一律算“暂不能判定”，不算好，也不算坏。
"""
KINDS = {
    CriterionKind.VETO: "单项否决",
    CriterionKind.DEDUCTION: "扣分指标",
    CriterionKind.BONUS: "加分指标",
    CriterionKind.OBLIGATION: "义务（不计分）",
}
METHODS = {Method.AUTOMATIC: "自动", Method.ASSISTED: "人机", Method.MANUAL: "人工"}
DECIDERS = {Decides.INSPECTOR: "一人", Decides.CONFIRMATION: "一人确认", Decides.TWO_PEOPLE: "两人"}
STATUSES = {Status.VERIFIED: "已与原文核对", Status.UNVERIFIED: "尚未与原文核对"}
COLUMNS = ("指标", "编号", "细则", "分值", "时限、抽查和参数", "判断", "探测→评判程序", "出处")
OPS = {"add": "增加", "replace": "修改", "remove": "删除"}
WHO = {"unit": "主办单位", "office": "主管单位"}
OUTLETS = {"website": "网站", "new_media": "政务新媒体"}
SITES = {"portal": "政府门户网站", "department": "部门网站"}


def guide(rulesets: Rulesets, evaluators: Mapping[str, type[Params]]) -> str:
    """The whole page."""
    pages = [chapter(rulesets, name, evaluators) for name in sorted(rulesets.by_id, key=lambda n: _order(rulesets, n))]
    return "\n".join([HEAD, *pages])


def chapter(rulesets: Rulesets, name: str, evaluators: Mapping[str, type[Params]]) -> str:
    """One ruleset. Of one that does not restate what it extends, only the indicators it changes are listed."""
    ruleset = rulesets.by_id[name]
    lines = [f"## {ruleset.document.cite}", "", *_facts(ruleset), ""]
    if ruleset.differences:
        lines += ["### 与所承接文件的不同", ""]
        lines += _table(("编号", "改动", "理由"), ((f"`{c.id}`", OPS[c.op], c.reason) for c in ruleset.differences))
    base = rulesets.by_id[ruleset.extends] if ruleset.extends else None
    listed = ruleset.indicators if base is None or ruleset.restates_base else _changed(ruleset, base)
    if len(listed) < len(ruleset.indicators):
        rest = len(ruleset.indicators) - len(listed)
        lines += [f"以下只列有改动的指标，其余{rest}项与`{ruleset.extends}`相同。", ""]
    for (kind, part), indicators in _parts(listed).items():
        lines += [f"### {KINDS[kind]}{'：' + part if part else ''}", ""]
        lines += _indicators(indicators, ruleset, base, evaluators)
    lines += [*_annual(ruleset), *_duties(ruleset)]
    return "\n".join(lines)


def _parts(indicators: Iterable[Indicator]) -> dict[tuple[CriterionKind, str], list[Indicator]]:
    parts: dict[tuple[CriterionKind, str], list[Indicator]] = {}
    for indicator in indicators:
        parts.setdefault((indicator.kind, indicator.category or ""), []).append(indicator)
    return parts


def _order(rulesets: Rulesets, name: str) -> tuple[int, str]:
    return (len(rulesets.chain(name)), name)


def _facts(ruleset: Ruleset) -> Iterator[str]:
    until = f"至{ruleset.effective.until}" if ruleset.effective.until else "起"
    rest = ruleset.scoring.without_external_service
    scopes = "；".join(f"`{scope.id}` {_scope(scope)}" for scope in ruleset.scopes)
    yield f"- 编号 `{ruleset.id}`，版本 {ruleset.version}，{STATUSES[ruleset.document.status]}，"
    yield f"  {'全表' if ruleset.table.complete else '尚未确认为全表，不据以判定合格'}"
    yield f"- 适用地区 `{ruleset.region or '全国'}`，{ruleset.effective.since}{until}施行"
    yield f"- 发文机关 {ruleset.document.issuer}，{ruleset.document.issued_on}成文"
    if ruleset.extends:
        yield f"- 承接 `{ruleset.extends}`{'，并重申了其中各条' if ruleset.restates_base else ''}"
    for each in kinds(ruleset):
        told = "、".join(f"{METHODS[m]}{each.by_method[m]}" for m in Method if each.by_method.get(m))
        sums = f"；{plain(each.points)}分＝" + "＋".join(f"{n}{plain(p)}" for n, p in each.parts.items())
        rows = f"（{each.rows}行）" if each.rows != each.named else ""
        yield f"- {KINDS[each.kind]}：{each.named}项{rows}，{each.criteria}条细则（{told}）{sums if each.parts else ''}"
    yield (
        f"- 评分：满分{plain(ruleset.scoring.full)}，低于{plain(ruleset.scoring.fails_below)}不合格，"
        f"高于{plain(ruleset.scoring.bonus_above)}才加分；没有对外服务职能的"
        f"{'（' + _scope(ruleset.scope(rest.applies)) + '）' if rest.applies else ''}"
        f"不检查“{rest.drop}”，其余乘以{rest.multiply}"
    )
    yield f"- 对象：{scopes}"
    yield f"- 摘要 `{ruleset.digest}`"
    if ruleset.document.note:
        yield f"- 说明：{_cell(ruleset.document.note)}"


def _scope(scope: Scope) -> str:
    sites = "、".join(SITES[each] for each in scope.site_class) if len(scope.site_class) == 1 else ""
    of = [sites if each == "website" and sites else OUTLETS[each] for each in scope.outlets]
    limits = [
        "政府系统" if scope.government_system else "",
        f"标识码以{scope.code_begins}开头" if scope.code_begins else "",
        f"平台为{'、'.join(map(platform_name, scope.platforms))}" if scope.platforms else "",
        "有对外服务职能" if scope.external_service else "",
    ]
    told = "，".join(filter(None, limits))
    return "、".join(of) + (f"（{told}）" if told else "")


def _changed(ruleset: Ruleset, base: Ruleset) -> tuple[Indicator, ...]:
    known = {indicator.id: indicator for indicator in base.indicators}
    return tuple(indicator for indicator in ruleset.indicators if known.get(indicator.id) != indicator)


def _indicators(
    indicators: Iterable[Indicator], ruleset: Ruleset, base: Ruleset | None, evaluators: Mapping[str, type[Params]]
) -> Iterator[str]:
    """One table of the criteria; where something is extended, its last column says what differs and why."""
    known = {c.id: c for i in base.indicators for c in i.criteria} if base else {}
    reasons = {change.id: change.reason for change in ruleset.changes}
    rows = []
    for indicator in indicators:
        for criterion in indicator.criteria:
            name = _name(indicator, ruleset) if criterion is indicator.criteria[0] else ""
            difference = _difference(indicator, criterion, known.get(criterion.id), reasons)
            rows.append((name, *_row(criterion, ruleset, evaluators), *((difference,) if base else ())))
    yield from _table((*COLUMNS, "与所承接文件的不同") if base else COLUMNS, rows)


def _name(indicator: Indicator, ruleset: Ruleset) -> str:
    cap = f" {plain(indicator.cap)}分" if indicator.cap is not None else ""
    return f"**{indicator.title}**{cap}<br>{_scope(ruleset.scope(indicator.applies))}{_note(indicator.note)}"


def _row(criterion: Criterion, ruleset: Ruleset, evaluators: Mapping[str, type[Params]]) -> tuple[str, ...]:
    times = f"，至多{criterion.times}次" if criterion.times else ""
    tier = "，同类只取分值最大的一条" if criterion.tier_of else ""
    text = criterion.text + (f"（只对{_scope(ruleset.scope(criterion.applies))}）" if criterion.applies else "")
    told = METHODS[criterion.method] + (f"，{DECIDERS[criterion.decides]}" if criterion.decides else "")
    return (
        f"`{criterion.id}`",
        text + _note(criterion.note),
        _points(criterion) + times + tier,
        "<br>".join(f"{title}：{value}" for title, value in numbers(criterion, evaluators)) or "—",
        told,
        "→".join(filter(None, ("、".join(criterion.probes), criterion.evaluator))) or "—",
        criterion.citation.where if criterion.citation.document == ruleset.document.cite else str(criterion.citation),
    )


def _difference(
    indicator: Indicator, criterion: Criterion, before: Criterion | None, reasons: Mapping[str, str]
) -> str:
    """Why a criterion is not what it was; a dash when only its citation is."""
    found = [reasons[name] for name in dict.fromkeys((indicator.id, criterion.id)) if name in reasons]
    if before is not None and not found:
        return "—"
    return "<br>".join(found)


def _annual(ruleset: Ruleset) -> Iterator[str]:
    about = ruleset.annual
    if about is None or (ruleset.extends and all(change.id != "annual" for change in ruleset.changes)):
        return
    yield from ("### 年度考核", "")
    yield f"对象：{about.assesses}。{'' if about.complete else '只收录了一部分。'}{_cell(about.note)}"
    if scale := about.scoring:
        yield (
            f"满分{plain(scale.full)}，低于{plain(scale.fails_below)}不合格，高于{plain(scale.bonus_above)}才加分，"
            f"加分至多{plain(scale.bonus_full)}。"
        )
    yield ""
    yield from _table(
        ("编号", "类别", "内容", "分值", "核对", "出处"),
        (
            (f"`{r.id}`", KINDS[r.kind], r.text + _note(r.note), _points(r), STATUSES[r.status], r.citation.where)
            for r in about.rules
        ),
    )


def _duties(ruleset: Ruleset) -> Iterator[str]:
    if ruleset.duties:
        yield from ("### 不计分的要求", "")
        yield from _table(
            ("编号", "承担者", "内容", "出处"),
            ((f"`{d.id}`", WHO[d.who], d.text + _note(d.note), d.citation.where) for d in ruleset.duties),
        )


def _points(rule: Criterion | AnnualRule) -> str:
    points = "—" if rule.points is None else plain(rule.points)
    return f"{points}／{rule.per}" if rule.per else points


def _note(note: str) -> str:
    return f"<br>注：{note}" if note else ""


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    titles = list(columns)
    yield "| " + " | ".join(titles) + " |"
    yield "|" + " --- |" * len(titles)
    for row in rows:
        yield "| " + " | ".join(_cell(each) for each in row) + " |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
