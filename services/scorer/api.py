"""The scorer's API, under /scorer/api/."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from services.scorer.app import Scorer
from services.scorer.card import Sheet, sheet
from services.scorer.ruleset import Ruleset, plain
from services.scorer.scorecard import Card, Part, Range, Row, shown
from services.scorer.store import FindingDocument
from shared.identity import Action, scope
from shared.web import SignedIn

Limit = Annotated[int, Query(ge=1, le=200)]


def router(app: Scorer) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/scorer/api", tags=["scorer"])

    @routes.get("/outlets/{id_}/card")
    async def card(person: SignedIn, id_: str, *, external_service: bool = True) -> dict[str, Any]:
        """The card of an outlet at this moment; ``external_service=no``: as of a unit without 对外服务职能."""
        found = await sheet(app, id_, scope(person, Action.SEE), serves_public=external_service)
        if found is None:
            raise HTTPException(404)
        return _sheet(found)

    @routes.get("/findings")
    async def findings(
        person: SignedIn,
        outlet: str = "",
        *,
        open_: Annotated[bool | None, Query(alias="open")] = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """Current findings, the last raised first; of one outlet, or only the open ones, when asked."""
        where: dict[str, Any] = {"verdict": {"$ne": None}}
        if outlet:
            where["target"] = outlet
        if open_ is not None:
            where["open"] = open_
        found = await app.store.findings.find(
            scope(person, Action.SEE), where, sort=[("raised_at", -1), ("_id", 1)], limit=limit
        )
        return {"findings": [_finding(each) for each in found]}

    @routes.get("/rulesets")
    async def rulesets(_person: SignedIn) -> dict[str, Any]:
        """The rulesets in use."""
        return {"rulesets": [_ruleset(each) for each in app.rulesets.by_id.values()]}

    @routes.get("/rulesets/{id_}")
    async def ruleset(_person: SignedIn, id_: str) -> dict[str, Any]:
        """One ruleset as it judges, with everything it extends."""
        if id_ not in app.rulesets.by_id:
            raise HTTPException(404)
        found = app.rulesets.by_id[id_]
        return {"digest": found.digest, **found.model_dump(mode="json", by_alias=True)}

    return routes


def _sheet(found: Sheet) -> dict[str, Any]:
    return {
        "outlet": found.outlet.model_dump(mode="json"),
        "as_of": found.as_of.isoformat(),
        "judged": found.card is not None,
        "why_not": found.why_not,
        **(_card(found.card, found) if found.card else {}),
    }


def _card(card: Card, found: Sheet) -> dict[str, Any]:
    return {
        "ruleset": _ruleset(card.ruleset),
        "result": card.result,
        "basis": card.basis,
        "points": _range(card.points) if card.points else None,
        "without_external_service": card.without_service,
        "parts": [_part(part) for part in card.parts()],
        "rows": [_row(row, found.findings.get(row.criterion.id)) for row in card.rows],
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "full": plain(part.full),
        "points": _range(part.points),
        "told": len(part.told),
        "waiting": len(part.waiting),
    }


def _range(points: Range) -> dict[str, str]:
    return {"low": shown(points.low), "high": shown(points.high)}


def _row(row: Row, finding: FindingDocument | None) -> dict[str, Any]:
    conclusion = row.conclusion
    return {
        "criterion": row.criterion.id,
        "name": row.indicator.title,
        "kind": row.indicator.kind,
        "part": row.indicator.category or "",
        "method": row.criterion.method,
        "decides": row.criterion.decides,
        "needs": row.criterion.needs,
        "text": row.criterion.text,
        "citation": str(row.criterion.citation),
        "status": row.criterion.status,
        "verdict": "exempt" if row.exempt else conclusion.verdict,
        "reason": conclusion.reason,
        "why": conclusion.why,
        "points": str(conclusion.points),
        "at_most": str(conclusion.at_most),
        "evidence": [exhibit.model_dump(mode="json") for exhibit in conclusion.evidence],
        "measured": dict(conclusion.measured),
        "finding": {"open": finding.open, "episode": finding.episode} if finding else None,
    }


def _finding(found: FindingDocument) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"version"})


def _ruleset(ruleset: Ruleset) -> dict[str, Any]:
    return {
        "id": ruleset.id,
        "version": ruleset.version,
        "digest": ruleset.digest,
        "document": ruleset.document.cite,
        "region": ruleset.region,
        "status": ruleset.document.status,
        "complete": ruleset.table.complete,
    }
