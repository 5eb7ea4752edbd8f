"""The card of one outlet now: what the evaluators say, scored, beside the findings that are open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.scorer.app import Scorer
from services.scorer.finding import ENDED, why_not_judged
from services.scorer.judging import conclude
from services.scorer.observations import day_of
from services.scorer.scorecard import Card, scorecard
from services.scorer.store import FindingDocument
from shared.documents import Scope
from shared.events.registry import Outlet

NO_RULESET = "该对象所在地区目前没有生效的检查指标。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page or the API shows of one outlet; ``card`` is None, with ``why_not``, when it is not judged."""

    outlet: Outlet
    as_of: datetime
    card: Card | None
    why_not: str
    findings: Mapping[str, FindingDocument]


async def sheet(app: Scorer, outlet_id: str, scope: Scope) -> Sheet | None:
    """The sheet of an outlet at this moment; None when there is no such outlet in ``scope``."""
    outlet = await app.directory.outlet(outlet_id, scope)
    if outlet is None:
        return None
    as_of = app.now()
    findings = await app.store.findings_of(outlet_id, scope)
    if reason := why_not_judged(outlet.state):
        return Sheet(outlet, as_of, None, ENDED[reason], findings)
    ruleset = app.rulesets.choose(outlet.region, day_of(as_of))
    if ruleset is None:
        return Sheet(outlet, as_of, None, NO_RULESET, findings)
    judged = await conclude(app, outlet, ruleset, as_of)
    card = scorecard(ruleset, outlet.filed, {each.criterion.id: each.conclusion for each in judged})
    return Sheet(outlet, as_of, card, "", findings)
