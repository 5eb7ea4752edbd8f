"""Judge one outlet: load what is known, let the evaluators conclude, save what changed with its events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.scorer import finding
from services.scorer.app import Scorer
from services.scorer.conclusion import Conclusion
from services.scorer.conclusion import Reason as Concluded
from services.scorer.evaluators import EVALUATORS
from services.scorer.excused import Excuses
from services.scorer.finding import ENDED, Change, Current, Step
from services.scorer.observations import Observations, day_of, online_days
from services.scorer.ruleset import Criterion, Indicator, Method, Ruleset, plain
from services.scorer.store import FindingDocument, finding_id
from shared.documents import SYSTEM, Stale
from shared.events import Event, registry, score
from shared.outbox import say

ACTOR = "service:scorer"
TRIES = 5
NO_EXCUSES = Excuses()

Wanted = Callable[[Criterion], bool]
Asked = tuple[Indicator, Criterion]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion with its indicator and what was concluded."""

    indicator: Indicator
    criterion: Criterion
    conclusion: Conclusion


async def judge(app: Scorer, outlet_id: str, as_of: datetime, wanted: Wanted | None = None) -> None:
    """Judge an outlet by the criteria ``wanted`` (all when None) and save what changed.

    An outlet the directory does not know yet is judged when it is heard of. Raises Stale when others keep changing
    the same findings.
    """
    for left in reversed(range(TRIES)):
        try:
            await _judge(app, outlet_id, as_of, wanted)
        except Stale:
            if not left:
                raise
        else:
            return


async def conclude(
    app: Scorer, outlet: registry.Outlet, ruleset: Ruleset, as_of: datetime, wanted: Wanted | None = None
) -> list[Judged]:
    """What the evaluators say of ``outlet`` at ``as_of``, by the automatic criteria that are ``wanted``."""
    asked = asked_of(ruleset, outlet.filed, wanted)
    if not asked:
        return []
    days = max(EVALUATORS[criterion.evaluator or ""].params_of(criterion).days() for _, criterion in asked)
    probes = sorted({name for _, criterion in asked for name in criterion.probes})
    first = online_days(await app.store.offline(outlet.id), day_of(as_of), days + 1)[:1]
    known = await app.store.observations(outlet.id, probes, first[0] if first else day_of(as_of))
    return concluded(asked, known, as_of, await app.store.excuses(outlet, as_of))


def asked_of(ruleset: Ruleset, filed: registry.Particulars, wanted: Wanted | None = None) -> list[Asked]:
    """What the evaluators decide for an outlet filed like this: the automatic criteria that are ``wanted``."""
    return [
        (indicator, criterion)
        for indicator in ruleset.indicators_for(filed)
        for criterion in indicator.criteria
        if criterion.method is Method.AUTOMATIC and (wanted is None or wanted(criterion))
    ]


def concluded(
    asked: Iterable[Asked], known: Observations, as_of: datetime, excuses: Excuses = NO_EXCUSES
) -> list[Judged]:
    """What the evaluators say of what is ``known`` at ``as_of``, as far as nothing is excused. Pure."""
    return [
        Judged(indicator, criterion, excuses.conclude(EVALUATORS[criterion.evaluator or ""], known, criterion, as_of))
        for indicator, criterion in asked
    ]


async def _judge(app: Scorer, outlet_id: str, as_of: datetime, wanted: Wanted | None) -> None:
    outlet = await app.directory.outlet(outlet_id, SYSTEM)
    if outlet is None:
        return
    # read before the observations: whoever saves in between makes ours stale
    kept = await app.store.findings_of(outlet_id, SYSTEM)
    if reason := finding.why_not_judged(outlet.state):
        await _end(app, outlet, kept.values(), (reason, ENDED[reason]), as_of)
        return
    ruleset = app.rulesets.choose(outlet.region, day_of(as_of))
    in_force = () if ruleset is None else ruleset.indicators_for(outlet.filed)
    ids = {criterion.id for indicator in in_force for criterion in indicator.criteria}
    left = [document for name, document in kept.items() if name not in ids]
    gone = finding.Reason.CRITERION_NOT_IN_FORCE
    await _end(app, outlet, left, (gone, ENDED[gone]), as_of)
    if ruleset is None:
        return
    judged = await conclude(app, outlet, ruleset, as_of, wanted)
    if judged:
        await app.record_use(ruleset)
    for each in judged:
        before = kept.get(each.criterion.id)
        if each.conclusion.reason is Concluded.EXEMPT:
            said = (finding.Reason.EXEMPTED, each.conclusion.why)
            await _end(app, outlet, [before] if before else [], said, as_of)
        else:
            await _save(app, outlet, ruleset, each, before, as_of)


async def _save(
    app: Scorer,
    outlet: registry.Outlet,
    ruleset: Ruleset,
    judged: Judged,
    kept: FindingDocument | None,
    as_of: datetime,
) -> None:
    current = Current(kept.open, kept.episode) if kept else Current()
    step = finding.step(current, judged.conclusion)
    document = _document(outlet, ruleset, judged, kept, step, as_of)
    if kept is not None and step.change is Change.UNCHANGED and _says_the_same(kept, document):
        return
    events = _events(document, step)
    if kept is not None:
        await app.store.findings.change(document, events)
    elif not await app.store.findings.create(document, events):
        raise Stale(f"finding {document.id} appeared meanwhile")


async def _end(
    app: Scorer,
    outlet: registry.Outlet,
    kept: Iterable[FindingDocument],
    said: tuple[finding.Reason, str],
    as_of: datetime,
) -> None:
    """End the findings in ``kept`` for a reason and with a sentence about it."""
    reason, why = said
    for document in kept:
        if document.verdict is None and not document.open:
            continue
        step = finding.end(Current(document.open, document.episode), reason)
        ended = document.model_copy(
            update={
                "target_name": outlet.name,
                "open": step.after.open_,
                "verdict": None,
                "reason": step.reason.value,
                "why": why,
                "points": "0",
                "at_most": "0",
                "evidence": (),
                "measured": {},
                "as_of": as_of,
            }
        )
        await app.store.findings.change(ended, _events(ended, step))


def _document(
    outlet: registry.Outlet,
    ruleset: Ruleset,
    judged: Judged,
    kept: FindingDocument | None,
    step: Step,
    as_of: datetime,
) -> FindingDocument:
    conclusion, cap = judged.conclusion, judged.indicator.cap
    points, at_most = (
        number if cap is None else min(number, cap) for number in (conclusion.points, conclusion.at_most)
    )
    raised_at = as_of if step.change is Change.RAISED else kept.raised_at if kept else None
    return FindingDocument(
        id=finding_id(outlet.id, judged.criterion.id),
        region=outlet.region,
        unit=outlet.unit.id,
        version=kept.version if kept else 0,
        target=outlet.id,
        target_name=outlet.name,
        unit_name=outlet.unit.name,
        criterion=cited(ruleset, judged.indicator, judged.criterion),
        open=step.after.open_,
        episode=step.after.episode,
        verdict=conclusion.verdict,
        reason=conclusion.reason.value,
        why=conclusion.why,
        points=plain(points),
        at_most=plain(at_most),
        evidence=conclusion.evidence,
        measured=dict(conclusion.measured),
        as_of=as_of,
        raised_at=raised_at,
    )


def cited(ruleset: Ruleset, indicator: Indicator, criterion: Criterion) -> score.Criterion:
    """The criterion as a finding cites it."""
    return score.Criterion(
        id=criterion.id,
        name=indicator.title,
        kind=indicator.kind,
        citation=str(criterion.citation),
        ruleset=ruleset.id,
        digest=ruleset.digest,
        close=criterion.close,
        probes=criterion.probes,
    )


def _says_the_same(kept: FindingDocument, new: FindingDocument) -> bool:
    """Whether saving would tell nobody anything: measurements may differ, the conclusion does not."""
    ignored = {"version", "evidence", "measured", "as_of"}
    return kept.model_dump(exclude=ignored) == new.model_dump(exclude=ignored)


def _events(document: FindingDocument, step: Step) -> list[Event[Any]]:
    if step.change is Change.UNCHANGED:
        return []
    told = score.Finding(
        id=document.id,
        target=document.target,
        target_name=document.target_name,
        unit=registry.UnitRef(id=document.unit, name=document.unit_name),
        criterion=document.criterion,
        verdict=document.verdict or score.Verdict.UNDETERMINED,
        why=document.why,
        points=document.points,
        evidence=document.evidence,
        measured=document.measured,
        as_of=document.as_of,
        episode=document.episode,
    )
    fact = score.FindingRaised if step.change is Change.RAISED else score.FindingCleared
    return [
        say(fact(finding=told), subject=document.target, region=document.region, actor=ACTOR, reason=step.reason.value)
    ]
