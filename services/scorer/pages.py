"""The scorer's pages: what is wrong now, the outlets with their counts, the card of one outlet, a ruleset."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import JsonValue

from services.scorer.app import Scorer
from services.scorer.card import sheet
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import Method, Ruleset, Status, plain
from services.scorer.scorecard import Basis, Card, Range, Result, Row, shown
from services.scorer.store import FindingDocument
from shared.documents import Scope
from shared.events.score import CriterionKind, Verdict
from shared.identity import Action, scope
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
    Basis.TABLE_INCOMPLETE: "所用指标尚未收录全表，已收录的各项不足以判定合格。",
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
METHODS = {Method.AUTOMATIC: "自动判断", Method.ASSISTED: "人机结合", Method.MANUAL: "人工判断"}
WORDS: dict[str, Any] = {
    "results": RESULTS,
    "bases": BASES,
    "verdicts": VERDICTS,
    "kinds": KINDS,
    "statuses": STATUSES,
    "methods": METHODS,
}


def router(app: Scorer) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/scorer", include_in_schema=False)

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
            next=shown_here[-1].id if more else "",
            after=after,
            open=await app.store.findings.find(seen, {"open": True}, sort=[("raised_at", -1), ("_id", 1)], limit=PAGE),
            open_count=await app.store.findings.count(seen, {"open": True}),
            undetermined_count=await app.store.findings.count(seen, {"verdict": Verdict.UNDETERMINED.value}),
            rulesets=list(app.rulesets.by_id.values()),
            **WORDS,
        )

    @routes.get("/outlets/{id_}")
    async def card(request: Request, person: SignedIn, id_: str) -> Response:
        found = await sheet(app, id_, scope(person, Action.SEE))
        if found is None:
            raise HTTPException(404)
        return page(
            request,
            "card.html",
            sheet=found,
            range=_range(found.card.points) if found.card and found.card.points else "",
            points=_points(found.card) if found.card else {},
            **WORDS,
        )

    @routes.get("/rulesets/{id_}")
    async def ruleset(request: Request, _person: SignedIn, id_: str) -> Response:
        if id_ not in app.rulesets.by_id:
            raise HTTPException(404)
        found = app.rulesets.by_id[id_]
        return page(request, "ruleset.html", ruleset=found, params=_params(found), **WORDS)

    return routes


async def _counts(app: Scorer, seen: Scope, outlets: Sequence[str]) -> dict[str, Counter[str]]:
    """How many criteria of each outlet are open, undetermined and clear."""
    found = await app.store.findings.find(seen, {"target": {"$in": list(outlets)}, "verdict": {"$ne": None}})
    counts = {outlet: Counter[str]() for outlet in outlets}
    for each in found:
        counts[each.target][_state(each)] += 1
    return counts


def _state(found: FindingDocument) -> str:
    if found.open:
        return "violated"
    return "undetermined" if found.verdict is Verdict.UNDETERMINED else "clear"


def _points(card: Card) -> dict[str, str]:
    """What each row costs or earns, in words, by criterion."""
    return {row.criterion.id: _of_row(row) for row in card.rows}


def _of_row(row: Row) -> str:
    if row.indicator.cap is None:
        return "—"
    cap = row.indicator.cap
    low, high = min(cap, row.conclusion.points), min(cap, max(row.conclusion.points, row.conclusion.at_most))
    sign = "+" if row.indicator.kind is CriterionKind.BONUS else "−"
    return f"{sign}{plain(low)}" if low == high else f"{sign}{plain(low)} 至 {sign}{plain(high)}"


def _params(ruleset: Ruleset) -> dict[str, list[tuple[str, str]]]:
    """The numbers of each criterion with their names in Chinese."""
    return {
        criterion.id: [
            (PARAMS[criterion.evaluator].model_fields[name].title or name, _value(value))
            for name, value in criterion.params.items()
        ]
        for indicator in ruleset.indicators
        for criterion in indicator.criteria
        if criterion.evaluator is not None
    }


def _value(value: JsonValue) -> str:
    return "、".join(str(each) for each in value.values()) if isinstance(value, dict) else str(value)


def _range(points: Range) -> str:
    low, high = shown(points.low), shown(points.high)
    return low if low == high else f"{low} 至 {high}"
