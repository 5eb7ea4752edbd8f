"""The scorer's pages: what is wrong now, the outlets with their counts, the card of one outlet, a ruleset."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from services.scorer.app import Scorer
from services.scorer.card import may_lack_service, sheet
from services.scorer.evaluators import PARAMS
from services.scorer.observations import day_of
from services.scorer.ruleset import Decides, Indicator, Method, Ruleset, Status, plain
from services.scorer.ruleset.summary import kinds, numbers
from services.scorer.scorecard import Basis, Card, Part, Range, Result, Row, shown
from services.scorer.store import FindingDocument
from shared.documents import Scope
from shared.events import registry
from shared.events.score import CriterionKind, Verdict
from shared.identity import Action, Person, may, scope
from shared.web import SignedIn, page

PAGE = 50
RESULTS = {
    Result.PASSED: ("clear", "合格"),
    Result.FAILED: ("violated", "不合格"),
    Result.UNDETERMINED: ("undetermined", "暂不能判定"),
}
BASES = {
    Basis.VETO: "出现单项否决情形，不再评分。",
    Basis.VETO_UNDETERMINED: "有单项否决指标尚无结论。",
    Basis.TABLE_INCOMPLETE: "所用指标文件尚未确认收录全表，不据以判定合格。",
    Basis.NO_VETO: "各项单项否决指标均未发现问题，该对象不评分。",
    Basis.BELOW_LIMIT: "得分的上限也低于合格线。",
    Basis.NOT_BELOW_LIMIT: "得分的下限不低于合格线。",
    Basis.RANGE_TOO_WIDE: "得分区间跨过合格线，须补齐缺少的结论。",
}
VERDICTS = {
    Verdict.VIOLATED: ("violated", "存在问题"),
    Verdict.CLEAR: ("clear", "未发现问题"),
    Verdict.UNDETERMINED: ("undetermined", "暂不能判定"),
}
KINDS = {
    CriterionKind.VETO: "单项否决",
    CriterionKind.DEDUCTION: "扣分",
    CriterionKind.BONUS: "加分",
    CriterionKind.OBLIGATION: "义务（不计分）",
}
STATUSES = {Status.VERIFIED: "已与原文核对", Status.UNVERIFIED: "尚未与原文核对"}
DECIDERS = {
    Decides.INSPECTOR: "检查人员判断",
    Decides.CONFIRMATION: "检查人员对照留存的页面确认",
    Decides.TWO_PEOPLE: "两名检查人员共同认定",
}
DUTY_OF = {"unit": "主办单位", "office": "主管单位"}
EXEMPT = ("neutral", "豁免")
METHODS = {Method.AUTOMATIC: "自动判断", Method.ASSISTED: "人机结合", Method.MANUAL: "人工判断"}
WORDS: dict[str, Any] = {
    "results": RESULTS,
    "bases": BASES,
    "verdicts": VERDICTS,
    "exempt": EXEMPT,
    "kinds": KINDS,
    "statuses": STATUSES,
    "methods": METHODS,
    "deciders": DECIDERS,
    "duty_of": DUTY_OF,
}


def router(app: Scorer) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/scorer", include_in_schema=False)
    _front(routes, app)
    _card(routes, app)
    _ruleset(routes, app)
    return routes


def _front(routes: APIRouter, app: Scorer) -> None:
    @routes.get("/")
    async def front(request: Request, person: SignedIn, after: str = "") -> Response:
        seen = scope(person, Action.SEE)
        outlets = list(await app.directory.outlets(seen, {"_id": {"$gt": after}}, limit=PAGE + 1))
        shown_here, more = outlets[:PAGE], len(outlets) > PAGE
        return page(
            request,
            "scorer.html",
            outlets=shown_here,
            counts=await _counts(app, seen, [outlet.id for outlet in shown_here]),
            waiting={outlet.id: _waiting(app, outlet) for outlet in shown_here},
            next=shown_here[-1].id if more else "",
            after=after,
            open=await app.store.findings.find(seen, {"open": True}, sort=[("raised_at", -1), ("_id", 1)], limit=PAGE),
            open_count=await app.store.findings.count(seen, {"open": True}),
            undetermined_count=await app.store.findings.count(seen, {"verdict": Verdict.UNDETERMINED.value}),
            rulesets=list(app.rulesets.by_id.values()),
            **WORDS,
        )


def _card(routes: APIRouter, app: Scorer) -> None:
    @routes.get("/outlets/{id_}")
    async def card(request: Request, person: SignedIn, id_: str, *, external_service: bool = True) -> Response:
        found = await sheet(app, id_, scope(person, Action.SEE), serves_public=external_service)
        if found is None:
            raise HTTPException(404)
        if found.card is None:
            return page(request, "card.html", sheet=found, **WORDS)
        parts = found.card.parts()
        return page(
            request,
            "card.html",
            sheet=found,
            range=_range(found.card.points) if found.card.points else "",
            points=_points(found.card),
            parts=[(part, part_name(part), _part_points(part), _verdicts(part)) for part in parts],
            waiting=sum(len(part.waiting) for part in parts),
            may_lack_service=may_lack_service(found.card.ruleset, found.outlet.filed),
            may_ask=_may_ask(person, found.outlet),
            **WORDS,
        )


def _ruleset(routes: APIRouter, app: Scorer) -> None:
    @routes.get("/rulesets/{id_}")
    async def ruleset(request: Request, _person: SignedIn, id_: str) -> Response:
        if id_ not in app.rulesets.by_id:
            raise HTTPException(404)
        found = app.rulesets.by_id[id_]
        numbers_of = {c.id: numbers(c, PARAMS) for i in found.indicators for c in i.criteria}
        return page(
            request,
            "ruleset.html",
            ruleset=found,
            parts=_grouped(found),
            kinds_of=kinds(found),
            numbers=numbers_of,
            **WORDS,
        )


def _may_ask(person: Person, outlet: registry.Outlet) -> bool:
    """Whether the registry would take a request for an exemption from ``person``."""
    acts = (Action.FILE, Action.INSPECT)
    return any(may(person, act, region=outlet.region, unit=outlet.unit.id) for act in acts)


async def _counts(app: Scorer, seen: Scope, outlets: Sequence[str]) -> dict[str, Counter[str]]:
    """How many criteria of each outlet are open, undetermined and clear."""
    found = await app.store.findings.find(seen, {"target": {"$in": list(outlets)}, "verdict": {"$ne": None}})
    counts = {outlet: Counter[str]() for outlet in outlets}
    for each in found:
        counts[each.target][_state(each)] += 1
    return counts


def _waiting(app: Scorer, outlet: registry.Outlet) -> int:
    """How many criteria of an outlet no machine judges: no finding is stored of them."""
    ruleset = app.rulesets.choose(outlet.region, day_of(app.now()))
    indicators = ruleset.indicators_for(outlet.filed) if ruleset else ()
    return sum(criterion.method is not Method.AUTOMATIC for indicator in indicators for criterion in indicator.criteria)


def _state(found: FindingDocument) -> str:
    if found.open:
        return "violated"
    return "undetermined" if found.verdict is Verdict.UNDETERMINED else "clear"


def _points(card: Card) -> dict[str, str]:
    """What each row costs or earns, in words, by criterion."""
    return {row.criterion.id: points_of(row) for row in card.rows}


def points_of(row: Row) -> str:
    """What a row costs or earns, in words; a dash where nothing is scored."""
    if row.indicator.cap is None:
        return "—"
    cap = row.indicator.cap
    low, high = min(cap, row.conclusion.points), min(cap, max(row.conclusion.points, row.conclusion.at_most))
    return _signed(row.indicator.kind, plain(low), plain(high))


def part_name(part: Part) -> str:
    """The part of a table by its official name."""
    return f"{KINDS[part.kind]}：{part.name}" if part.name else KINDS[part.kind]


def _part_points(part: Part) -> str:
    """What a part costs or earns, in words; a dash where nothing is scored."""
    return _signed(part.kind, shown(part.points.low), shown(part.points.high)) if part.full else "—"


def _verdicts(part: Part) -> Counter[str]:
    """How many rows of a part that do not wait for a person have each verdict."""
    return Counter("exempt" if row.exempt else row.conclusion.verdict.value for row in part.told)


def _signed(kind: CriterionKind, low: str, high: str) -> str:
    sign = "+" if kind is CriterionKind.BONUS else "−"
    ends = [end if end == "0" else f"{sign}{end}" for end in dict.fromkeys((low, high))]
    return " 至 ".join(ends)


def _grouped(ruleset: Ruleset) -> list[tuple[tuple[CriterionKind, str], list[Indicator]]]:
    """The indicators by part of the table, in its order."""
    grouped: dict[tuple[CriterionKind, str], list[Indicator]] = {}
    for indicator in ruleset.indicators:
        grouped.setdefault((indicator.kind, indicator.category or ""), []).append(indicator)
    return list(grouped.items())


def _range(points: Range) -> str:
    low, high = shown(points.low), shown(points.high)
    return low if low == high else f"{low} 至 {high}"
