"""The card of one outlet now: what the evaluators say, scored, beside the findings that are open.

What only people can tell is read from the ruleset, never stored: it waits, with what has to be looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.scorer.app import Scorer
from services.scorer.conclusion import Conclusion
from services.scorer.evaluators import EVALUATORS
from services.scorer.excused import Excuses
from services.scorer.finding import ENDED, why_not_judged
from services.scorer.judging import NO_EXCUSES, conclude
from services.scorer.observations import Observations, day_of
from services.scorer.ruleset import Criterion, Method, Ruleset
from services.scorer.scorecard import Card, not_judged, scorecard
from services.scorer.store import FindingDocument
from shared.documents import Scope
from shared.events.probe import Outcome
from shared.events.registry import Outlet, Particulars

SHOWN_DAYS = 7
"""A page kept longer ago than this is not offered for confirming anything."""
NO_RULESET = "该对象所在地区目前没有生效的检查指标。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page or the API shows of one outlet; ``card`` is None, with ``why_not``, when it is not judged."""

    outlet: Outlet
    as_of: datetime
    card: Card | None
    why_not: str
    findings: Mapping[str, FindingDocument]


async def sheet(app: Scorer, outlet_id: str, scope: Scope, *, serves_public: bool = True) -> Sheet | None:
    """The sheet of an outlet at this moment; None when there is no such outlet in ``scope``.

    ``serves_public`` False gives the card of a unit without 对外服务职能: nobody has filed yet which units have none.
    """
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
    conclusions = {each.criterion.id: each.conclusion for each in judged}
    conclusions |= await _prepared(app, outlet, ruleset, as_of)
    card = scorecard(ruleset, outlet.filed, conclusions, serves_public=serves_public, on=day_of(as_of))
    return Sheet(outlet, as_of, card, "", findings)


def may_lack_service(ruleset: Ruleset, filed: Particulars) -> bool:
    """Whether an outlet filed like this would be scored otherwise if its unit had no 对外服务职能."""
    return ruleset.indicators_for(filed) != ruleset.indicators_for(filed, serves_public=False)


async def _prepared(app: Scorer, outlet: Outlet, ruleset: Ruleset, as_of: datetime) -> dict[str, Conclusion]:
    """What the machine alone does not conclude: what waits for people, and what the outlet is exempt from."""
    criteria = [criterion for indicator in ruleset.indicators_for(outlet.filed) for criterion in indicator.criteria]
    probes = sorted(
        {name for criterion in criteria if criterion.method is Method.ASSISTED for name in criterion.probes}
    )
    first = day_of(as_of) - timedelta(days=SHOWN_DAYS)
    known = await app.store.observations(outlet.id, probes, first)
    excuses = await app.store.excuses(outlet, as_of)
    return prepared(ruleset, outlet.filed, known, as_of, excuses) | excuses.over(criteria)


def prepared(
    ruleset: Ruleset, filed: Particulars, known: Observations, as_of: datetime, excuses: Excuses = NO_EXCUSES
) -> dict[str, Conclusion]:
    """What people confirm with the help of a probe: not judged, with what an evaluator makes of it or the last page."""
    return {
        criterion.id: _with_help(not_judged(indicator, criterion, day_of(as_of)), criterion, known, as_of, excuses)
        for indicator in ruleset.indicators_for(filed)
        for criterion in indicator.criteria
        if criterion.method is Method.ASSISTED
    }


def _with_help(
    waiting: Conclusion, criterion: Criterion, known: Observations, as_of: datetime, excuses: Excuses
) -> Conclusion:
    if criterion.evaluator is not None:
        seen = excuses.conclude(EVALUATORS[criterion.evaluator], known, criterion, as_of)
        return replace(waiting, why=f"{waiting.why}机器查看所见，供参考：{seen.why}", evidence=seen.evidence)
    looks = known.of(criterion.probes, day_of(as_of) - timedelta(days=SHOWN_DAYS))
    last = next((look for look in looks if look.outcome is Outcome.ANSWERED), None)
    return replace(waiting, evidence=(last.exhibit("最近一次留存的页面"),) if last else ())
