"""From what is heard to what is said: one event for one change of state, and nothing on a doubt."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from services.scorer import handlers
from services.scorer.store import FindingDocument
from shared.documents import SYSTEM, Scope
from shared.events import registry
from shared.events.registry import OutletState
from shared.events.score import Verdict
from tests.scorer.given import NOON, PORTAL, TODAY, marks, profile, visits
from tests.scorer.stage import Stage, heard, opened, outlet, settled, unfiled

SIX = ("party_mark", "site_code", "icp", "police", "organiser", "contact")
WHOLE = dict.fromkeys(SIX, "present")
WITHOUT_CODE = {**WHOLE, "site_code": "absent"}
RENAMED = "filing_violation raised violated 1"


async def test_an_unfiled_change_is_one_finding_however_often_it_is_heard(stage: Stage) -> None:
    await stage.open(outlet())
    for _ in range(3):
        await stage.hear(handlers.on_unfiled, unfiled())
    [event] = await stage.said()
    told = event.data.finding
    assert (event.type, event.address) == ("score.finding_raised", "score.finding_raised.41.01.05.0")
    assert (event.actor, event.reason, event.subject) == ("service:scorer", "violated", "w-1")
    assert (told.id, told.target, told.target_name, told.unit.id) == ("w-1:filing_violation", "w-1", "某网警", "u-1")
    assert told.criterion.kind == "obligation"
    assert told.criterion.ruleset == "cn-410100-zhengzhou"
    assert len(told.criterion.digest) == 64
    assert told.criterion.probes == ("profile",)
    assert told.verdict is Verdict.VIOLATED
    assert len(told.evidence) == 2


async def test_filing_late_clears_it_and_the_next_time_is_another_episode(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled(number=1))
    await stage.hear(handlers.on_unfiled, settled(number=1))
    await stage.hear(handlers.on_unfiled, settled(number=1))
    await stage.hear(handlers.on_unfiled, unfiled(number=2))
    assert await stage.stories() == [
        RENAMED,
        "filing_violation cleared clear 1",
        "filing_violation raised violated_again 2",
    ]


async def test_two_open_changes_are_one_finding_until_both_are_settled(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled("name"))
    await stage.hear(handlers.on_unfiled, unfiled("verified_as"))
    await stage.hear(handlers.on_unfiled, settled("name"))
    assert await stage.stories() == [RENAMED]
    assert "认证主体" in (await stage.finding("filing_violation")).why
    await stage.hear(handlers.on_unfiled, settled("verified_as", how="reverted"))
    assert await stage.stories() == [RENAMED, "filing_violation cleared clear 1"]


async def test_elsewhere_no_ruleset_asks_for_it_and_nothing_is_found(stage: Stage) -> None:
    await stage.open(outlet(region="41.02.05.0"))
    await stage.hear(handlers.on_unfiled, unfiled(), region="41.02.05.0")
    assert await stage.said() == []


async def test_what_is_heard_before_the_outlet_is_judged_when_it_is_known(stage: Stage) -> None:
    await stage.hear(handlers.on_unfiled, unfiled())
    await stage.look(profile(NOON - timedelta(hours=5), 1))
    assert await stage.said() == []
    await stage.open(outlet())
    assert await stage.stories() == [RENAMED]
    assert (await stage.finding("V-A2-1")).verdict is Verdict.CLEAR


async def test_a_mark_must_be_missed_twice_and_seen_once(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WITHOUT_CODE, 3))
    assert await stage.said() == []
    assert (await stage.finding("D-402")).verdict is Verdict.UNDETERMINED
    await stage.look(marks(WITHOUT_CODE, 2))
    raised = await stage.finding("D-402")
    assert (raised.open, raised.points, raised.raised_at) == (True, "0.5", NOON)
    await stage.look(marks(WHOLE, 1))
    assert await stage.stories() == ["D-402 raised violated 1", "D-402 cleared clear 1"]


async def test_a_doubt_neither_opens_nor_closes(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WITHOUT_CODE, 4), marks(WITHOUT_CODE, 3))
    await stage.look(marks({**WHOLE, "site_code": "unknown"}, 2))
    kept = await stage.finding("D-402")
    assert (kept.open, kept.verdict) == (True, Verdict.UNDETERMINED)
    assert await stage.stories() == ["D-402 raised violated 1"]


async def test_a_dead_site_is_no_finding_before_its_week_is_over_and_time_alone_makes_it_one(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    for day in range(7):
        await stage.look(*visits(TODAY + timedelta(days=day), failed=24))
    waiting = await stage.finding("V-S2")
    assert (waiting.verdict, waiting.open) == (Verdict.UNDETERMINED, False)
    assert "最早2026-11-29可以判定" in waiting.why
    await stage.later(days=6, hours=11, minutes=59)
    assert await stage.said() == []
    await stage.later(minutes=1)
    assert await stage.stories() == ["V-S2 raised violated 1"]


async def test_a_silent_account_is_found_by_its_looks(stage: Stage) -> None:
    await stage.open(outlet())
    silent = NOON - timedelta(days=30)
    await stage.look(profile(silent, 2), profile(silent, 1))
    assert await stage.stories() == ["V-A2-1 raised violated 1"]
    await stage.look(profile(NOON - timedelta(minutes=30), 0))
    assert await stage.stories() == ["V-A2-1 raised violated 1", "V-A2-1 cleared clear 1"]


async def test_an_outlet_that_closes_clears_its_findings_and_is_judged_no_more(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WITHOUT_CODE, 4), marks(WITHOUT_CODE, 3))
    gone = outlet(PORTAL, state=OutletState.CLOSED, revision=2)
    await stage.hear(handlers.on_registry, registry.Closed(outlet=gone, filing="f-2"))
    await stage.look(marks(WITHOUT_CODE, 2), marks(WITHOUT_CODE, 1))
    await stage.later(days=1)
    assert await stage.stories() == ["D-402 raised violated 1", "D-402 cleared outlet_closed 1"]
    kept = await stage.finding("D-402")
    assert (kept.verdict, kept.why) == (None, "该对象已按备案关停，不再检查。")
    assert (await stage.said())[-1].data.finding.verdict is Verdict.UNDETERMINED


async def test_an_outlet_that_pauses_is_judged_again_when_it_resumes(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    paused = outlet(state=OutletState.SUSPENDED, revision=2)
    await stage.hear(handlers.on_registry, registry.Suspended(outlet=paused, filing="f-2"))
    back = registry.Changed(outlet=outlet(revision=3), filing="f-3", kind=registry.FilingKind.RESUME)
    await stage.hear(handlers.on_registry, back)
    assert await stage.stories() == [
        RENAMED,
        "filing_violation cleared outlet_suspended 1",
        "filing_violation raised violated_again 2",
    ]


async def test_what_no_longer_applies_is_cleared_with_that_reason(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WITHOUT_CODE, 4), marks(WITHOUT_CODE, 3))
    smaller = outlet(PORTAL.model_copy(update={"site_class": "department"}), revision=2)
    await stage.hear(handlers.on_registry, registry.Changed(outlet=smaller, filing="f-2"))
    assert await stage.stories() == ["D-402 raised violated 1", "D-402 cleared criterion_not_in_force 1"]


async def test_many_at_once_say_it_once(stage: Stage) -> None:
    await stage.open(outlet())
    await asyncio.gather(*(stage.hear(handlers.on_unfiled, unfiled()) for _ in range(12)))
    assert await stage.stories() == [RENAMED]
    await asyncio.gather(*(stage.hear(handlers.on_unfiled, settled()) for _ in range(12)))
    assert await stage.stories() == [RENAMED, "filing_violation cleared clear 1"]


async def test_looking_again_without_news_writes_nothing(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WHOLE, 2))
    before = await stage.app.store.findings.find(SYSTEM, sort=[("_id", 1)])
    await stage.look(marks(WHOLE, 1))
    assert await stage.app.store.findings.find(SYSTEM, sort=[("_id", 1)]) == before


async def test_a_fact_from_a_clock_ahead_of_ours_is_judged_at_its_own_time(stage: Stage) -> None:
    ahead = NOON + timedelta(seconds=90)
    await handlers.on_registry(stage.app, heard(opened(outlet()), time=ahead))
    assert (await stage.finding("filing_violation")).as_of == ahead


async def test_who_read_before_somebody_else_saved_reads_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    read, stale = stage.app.store.findings_of, [dict[str, FindingDocument]()]

    async def findings_of(name: str, scope: Scope = SYSTEM) -> Mapping[str, FindingDocument]:
        return stale.pop() if stale else await read(name, scope)

    monkeypatch.setattr(stage.app.store, "findings_of", findings_of)
    await stage.hear(handlers.on_unfiled, settled())
    assert await stage.stories() == [RENAMED, "filing_violation cleared clear 1"]


async def test_a_look_of_today_says_nothing_of_a_week_of_whole_days_and_a_late_one_does(stage: Stage) -> None:
    await stage.open(outlet(PORTAL))
    before = (await stage.finding("V-S2")).measured["visits"]
    await stage.look(*visits(TODAY, 24))
    assert (await stage.finding("V-S2")).measured["visits"] == before == 0
    for back in range(1, 8):
        await stage.look(*visits(TODAY - timedelta(days=back), 24))
    assert (await stage.finding("V-S2")).verdict is Verdict.CLEAR
