"""The scorer's API, under /scorer/api/."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from services.scorer.app import Scorer
from services.scorer.card import Sheet, sheet
from services.scorer.conclusion import Reason
from services.scorer.ruleset import Decides, Method, Ruleset, Status, plain
from services.scorer.scorecard import Basis, Card, Part, Range, Result, Row, shown
from services.scorer.store import FindingDocument
from shared.events.registry import Outlet
from shared.events.score import Criterion, CriterionKind, Exhibit, Verdict
from shared.identity import Action, scope
from shared.web import After, Limit, Order, SignedIn, api_router, part, tagged

FINDINGS = Order("findings", (("raised_at", -1), ("_id", 1)))
Outlets = Annotated[str, Query(max_length=200)]


class RulesetShown(BaseModel):
    """A ruleset in short; ``complete`` tells whether it is the whole table of its document."""

    id: str
    version: str
    digest: str
    document: str
    region: str
    status: Status
    complete: bool


class RulesetsShown(BaseModel):
    """The rulesets in use."""

    rulesets: list[RulesetShown]


class RulesetWhole(BaseModel):
    """A ruleset as it judges; the other fields are those of a ruleset file, with everything it extends."""

    model_config = ConfigDict(extra="allow")

    digest: str
    ruleset: str
    version: str
    region: str


class RangeShown(BaseModel):
    """Points, at least and at most, with two decimals at most."""

    low: str
    high: str


class PartShown(BaseModel):
    """A part of the table: what it can cost or earn, what it does, how many criteria are told and wait."""

    kind: CriterionKind
    name: str
    full: str
    points: RangeShown
    told: int
    waiting: int


class OpenShown(BaseModel):
    """Whether the finding of a criterion is open, and how often it was raised."""

    open: bool
    episode: int


class RowShown(BaseModel):
    """One criterion of a card. ``points`` and ``at_most`` are exact."""

    criterion: str
    name: str
    kind: CriterionKind
    part: str
    method: Method
    decides: Decides | None
    needs: str | None
    text: str
    citation: str
    status: Status
    verdict: Verdict | Literal["exempt"]
    reason: Reason
    why: str
    points: str
    at_most: str
    evidence: tuple[Exhibit, ...]
    measured: dict[str, JsonValue]
    finding: OpenShown | None


class CardShown(BaseModel):
    """The card of an outlet; without what it scored, and with the reason, where it is not judged."""

    outlet: Outlet
    as_of: AwareDatetime
    judged: bool
    why_not: str
    ruleset: RulesetShown | None = None
    result: Result | None = None
    basis: Basis | None = None
    points: RangeShown | None = None
    without_external_service: bool | None = None
    parts: list[PartShown] | None = None
    rows: list[RowShown] | None = None


class FindingShown(BaseModel):
    """The current finding of one outlet and criterion."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    region: str
    unit: str
    target: str
    target_name: str
    unit_name: str
    criterion: Criterion
    open: bool
    episode: int
    verdict: Verdict | None
    reason: str
    why: str
    points: str
    at_most: str
    evidence: tuple[Exhibit, ...]
    measured: dict[str, Any]
    as_of: AwareDatetime
    raised_at: AwareDatetime | None


class FindingsShown(BaseModel):
    """A part of the findings; ``after`` is the cursor for the next, null at the end."""

    findings: list[FindingShown]
    after: str | None


def router(app: Scorer) -> APIRouter:
    """The routes."""
    routes = api_router("scorer", "/api")
    _cards(routes, app)
    _rulesets(routes, app)
    return routes


def _cards(routes: APIRouter, app: Scorer) -> None:
    @routes.get("/outlets/{id_}/card")
    async def card(person: SignedIn, id_: str, *, external_service: bool = True) -> CardShown:
        """The card of an outlet at this moment; ``external_service=no``: as of a unit without 对外服务职能."""
        found = await sheet(app, id_, scope(person, Action.SEE), serves_public=external_service)
        if found is None:
            raise HTTPException(404)
        return _sheet(found)

    @routes.get("/findings")
    async def findings(
        person: SignedIn,
        outlet: Outlets = "",
        *,
        open_: Annotated[bool | None, Query(alias="open")] = None,
        after: After = "",
        limit: Limit = 50,
    ) -> FindingsShown:
        """Current findings, the last raised first; of one outlet, or only the open ones, when asked."""
        where: dict[str, Any] = {"verdict": {"$ne": None}}
        if outlet:
            where["target"] = outlet
        if open_ is not None:
            where["open"] = open_
        found = await part(app.store.findings, scope(person, Action.SEE), where, FINDINGS, after=after, limit=limit)
        return FindingsShown(findings=[FindingShown.model_validate(one) for one in found.entries], after=found.after)


def _rulesets(routes: APIRouter, app: Scorer) -> None:
    @routes.get("/rulesets")
    async def rulesets(_person: SignedIn) -> RulesetsShown:
        """The rulesets in use."""
        return RulesetsShown(rulesets=[_ruleset(each) for each in app.rulesets.by_id.values()])

    @routes.get("/rulesets/{id_}", response_model=RulesetWhole)
    async def ruleset(request: Request, _person: SignedIn, id_: str) -> Response:
        """One ruleset as it judges, with everything it extends."""
        if id_ not in app.rulesets.by_id:
            raise HTTPException(404)
        found = app.rulesets.by_id[id_]
        whole = {"digest": found.digest, **found.model_dump(mode="json", by_alias=True)}
        return tagged(request, RulesetWhole.model_validate(whole), 1)


def _sheet(found: Sheet) -> CardShown:
    shown = CardShown(outlet=found.outlet, as_of=found.as_of, judged=found.card is not None, why_not=found.why_not)
    return shown.model_copy(update=_card(found.card, found)) if found.card else shown


def _card(card: Card, found: Sheet) -> dict[str, Any]:
    return {
        "ruleset": _ruleset(card.ruleset),
        "result": card.result,
        "basis": card.basis,
        "points": _range(card.points) if card.points else None,
        "without_external_service": card.without_service,
        "parts": [_part(each) for each in card.parts()],
        "rows": [_row(row, found.findings.get(row.criterion.id)) for row in card.rows],
    }


def _part(one: Part) -> PartShown:
    return PartShown(
        kind=one.kind,
        name=one.name,
        full=plain(one.full),
        points=_range(one.points),
        told=len(one.told),
        waiting=len(one.waiting),
    )


def _range(points: Range) -> RangeShown:
    return RangeShown(low=shown(points.low), high=shown(points.high))


def _row(row: Row, finding: FindingDocument | None) -> RowShown:
    conclusion = row.conclusion
    return RowShown(
        criterion=row.criterion.id,
        name=row.indicator.title,
        kind=row.indicator.kind,
        part=row.indicator.category or "",
        method=row.criterion.method,
        decides=row.criterion.decides,
        needs=row.criterion.needs,
        text=row.criterion.text,
        citation=str(row.criterion.citation),
        status=row.criterion.status,
        verdict="exempt" if row.exempt else conclusion.verdict,
        reason=conclusion.reason,
        why=conclusion.why,
        points=str(conclusion.points),
        at_most=str(conclusion.at_most),
        evidence=conclusion.evidence,
        measured=dict(conclusion.measured),
        finding=OpenShown(open=finding.open, episode=finding.episode) if finding else None,
    )


def _ruleset(ruleset: Ruleset) -> RulesetShown:
    return RulesetShown(
        id=ruleset.id,
        version=ruleset.version,
        digest=ruleset.digest,
        document=ruleset.document.cite,
        region=ruleset.region,
        status=ruleset.document.status,
        complete=ruleset.table.complete,
    )
