"""What the scorer does when it hears, and by itself: project, then judge what may have changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from services.scorer.app import Scorer
from services.scorer.evaluators import EVALUATORS
from services.scorer.judging import judge
from services.scorer.observations import PROFILE, day_of
from services.scorer.ruleset import Criterion
from shared.bus import Heard
from shared.documents import SYSTEM
from shared.events import probe, registry
from shared.telemetry import span

PAGE = 200

Seen = Heard[probe.Completed] | Heard[probe.ProfileSeen]


async def on_observations(app: Scorer, heard: Sequence[Seen]) -> None:
    """Put a batch of looks into their slots, then judge each outlet by the criteria these looks feed.

    What an outlet's looks lead to belongs to the trace of the last of them.
    """
    await app.store.project(heard)
    by_outlet: defaultdict[str, list[Seen]] = defaultdict(list)
    for each in heard:
        by_outlet[each.fact.outlet].append(each)
    for outlet, looks in by_outlet.items():
        as_of = _as_of(app, looks)
        with span("scorer judges looks", looks[-1].event.traceparent, outlet=outlet, looks=len(looks)):
            await judge(app, outlet, as_of, partial(_fed_by, looks, day_of(as_of)))


async def on_unfiled(app: Scorer, heard: Heard[registry.ChangeUnfiled] | Heard[registry.UnfiledSettled]) -> None:
    """Keep an unfiled change, or its end, and judge the outlet by the criteria that rest on such changes."""
    await app.store.project_unfiled(heard)

    def rests_on_filings(criterion: Criterion) -> bool:
        return criterion.evaluator is not None and EVALUATORS[criterion.evaluator].on_unfiled

    await judge(app, heard.fact.outlet, _as_of(app, [heard]), rests_on_filings)


async def on_exemption(app: Scorer, heard: Heard[registry.ExemptionGranted] | Heard[registry.ExemptionEnded]) -> None:
    """Keep an exemption, or its end, and judge what it is about by its criterion at once."""
    await app.store.project_exemption(heard)
    told = heard.fact.exemption
    whole_unit = [] if told.outlet else await app.directory.outlets(SYSTEM, {"unit": told.unit.id})
    for outlet in [told.outlet] if told.outlet else [each.id for each in whole_unit]:
        await judge(app, outlet, _as_of(app, [heard]), lambda criterion: criterion.id == told.criterion)


async def on_registry(app: Scorer, heard: Heard[Any]) -> None:
    """Keep the directory; an outlet that opened, changed, paused or closed is judged by everything."""
    await app.directory.hear(heard)
    outlet = getattr(heard.fact, "outlet", None)
    if isinstance(outlet, registry.Outlet):
        await app.store.project_state(heard)
        await judge(app, outlet.id, _as_of(app, [heard]))


async def judge_all(app: Scorer) -> None:
    """Judge every outlet by everything: time alone moves windows, and a ruleset comes into force on a day."""
    done = 0
    while outlets := await app.directory.outlets(SYSTEM, limit=PAGE, skip=done):
        for outlet in outlets:
            await judge(app, outlet.id, app.now())
        done += len(outlets)


def _fed_by(looks: Sequence[Seen], today: date, criterion: Criterion) -> bool:
    """Whether any of these looks can change the conclusion on a criterion."""
    if criterion.evaluator is None:
        return False
    params = EVALUATORS[criterion.evaluator].params_of(criterion)
    days = {day_of(each.fact.due_at) for each in looks if _probe(each) in criterion.probes}
    return any(params.rests_on(day, today) for day in days)


def _probe(look: Seen) -> str:
    return PROFILE if isinstance(look.fact, probe.ProfileSeen) else look.fact.probe


def _as_of(app: Scorer, heard: Sequence[Heard[Any]]) -> datetime:
    """Now, and never before what was just heard: the clocks of two machines differ."""
    return max(app.now(), *(each.event.time for each in heard))
