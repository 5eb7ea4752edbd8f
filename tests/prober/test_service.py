"""The prober at work: what it hears becomes schedules, schedules become visits, and visits become facts."""

import asyncio
import json
from datetime import timedelta

import pytest

from services.prober import handlers, plan, schedules
from services.prober.state import Standing
from shared.documents import SYSTEM
from shared.events import notice, registry
from shared.events.probe import Outcome, Purpose, Reason
from shared.events.registry import OutletState
from shared.events.score import Criterion, CriterionKind
from shared.events.work import VisitDue
from tests.prober.stage import HOME, UNIT, Stage, account, ago, utc_now, website
from tests.security.loopback import Respond, Site, page, serving

NOBODY = "http://127.0.0.1:1/"
BROKEN = page("<h1>503</h1>", status="503 Service Unavailable")


def keys(*outlets: str) -> set[str]:
    """The schedules of these websites."""
    return {plan.key(outlet, pace) for outlet in outlets for pace in plan.Pace}


def switch(*responses: bytes) -> tuple[Respond, list[bytes]]:
    """A server that answers with the first of a list; change the list to change its mind."""
    now = list(responses)

    async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(now[0])

    return respond, now


async def test_an_outlet_in_force_is_visited_at_its_own_second_and_told_once_a_slot(stage: Stage) -> None:
    stage.app.base.settings.visit_interval = 5
    async with serving(HOME) as site:
        await stage.open(website(site.url()), scheduled=True)
        assert await stage.admin.planned(VisitDue.type) == keys("w-1")
        await stage.until(lambda: stage.remembered("w-1"))
    first, second, *_ = await stage.said("OBSERVATIONS")
    by_probe = {event.data.probe: event for event in (first, second)}
    assert set(by_probe) == {"reachability", "marks"}
    opened = by_probe["reachability"]
    due_at = opened.data.due_at
    assert opened.id == f"w-1|reachability|v1|{due_at.isoformat()}"
    assert (opened.region, opened.data.unit, opened.data.vantage) == ("41.01.05.0", UNIT, "v1")
    assert (opened.data.outcome, opened.data.purpose, opened.data.looks) == (Outcome.ANSWERED, Purpose.SCHEDULED, 1)
    assert int(due_at.timestamp()) % 5 == plan.offset("w-1", 5)
    assert timedelta(0) <= opened.data.looked_at - due_at < timedelta(seconds=3)
    assert by_probe["marks"].data.measured["marks"]["site_code"]["value"] == "网站标识码:4101050001"
    assert await stage.said("FACTS") == []


async def test_only_running_outlets_have_a_schedule(stage: Stage) -> None:
    await stage.open(website(NOBODY, 1), website(NOBODY, 2), account(""), scheduled=True)
    assert await stage.admin.planned(VisitDue.type) == keys("w-1", "w-2")
    paused = website(NOBODY, 1, state=OutletState.SUSPENDED, revision=2)
    closed = website(NOBODY, 2, state=OutletState.CLOSED, revision=2)
    await stage.say(registry.Suspended(outlet=paused, filing="f-2"), "w-1")
    await stage.say(registry.Closed(outlet=closed, filing="f-2"), "w-2")

    async def none_left() -> bool:
        return not await stage.admin.planned(VisitDue.type)

    await stage.until(none_left)
    await stage.open(website(NOBODY, 1, revision=3), scheduled=True)
    assert await stage.admin.planned(VisitDue.type) == keys("w-1")


async def test_schedules_that_are_missing_are_planned_again_and_strays_are_taken_off(stage: Stage) -> None:
    await stage.open(website(NOBODY, 1), website(NOBODY, 2), scheduled=True)
    await stage.admin.js.purge_stream("WORK_prober")
    stray = website(NOBODY, 9)
    await schedules.watch(stage.app, stray)
    await schedules.reconcile(stage.app)
    assert await stage.admin.planned(VisitDue.type) == keys("w-1", "w-2")
    await schedules.reconcile(stage.app)
    assert await stage.admin.planned(VisitDue.type) == keys("w-1", "w-2")


async def test_a_dead_site_is_told_once_and_so_is_its_recovery(stage: Stage) -> None:
    respond, now = switch(page(HOME))
    async with serving(respond) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1")
        now[:] = [BROKEN]
        await stage.visit("w-1")
        await stage.visit("w-1")
        now[:] = [page(HOME)]
        await stage.visit("w-1")
        await stage.visit("w-1")

        async def two() -> bool:
            return len(await stage.said("FACTS")) == 2

        await stage.until(two)
    failed, recovered = await stage.said("FACTS")
    assert (failed.type, failed.data.reason, failed.address) == (
        "probe.failed",
        Reason.HTTP_5XX,
        "probe.failed.41.01.05.0",
    )
    assert failed.data.evidence
    assert recovered.type == "probe.recovered"
    assert recovered.data.failed_since == failed.data.since < recovered.data.since
    looks = {event.data.looks for event in await stage.said("OBSERVATIONS") if event.data.outcome is Outcome.FAILED}
    assert looks == {2}


async def test_one_failed_look_is_no_failure(stage: Stage) -> None:
    answers = [BROKEN, page(HOME)]

    async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answers.pop(0) if len(answers) > 1 else answers[0])

    async with serving(respond) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1", "reachability")
    event = (await stage.said("OBSERVATIONS"))[0]
    assert (event.data.probe, event.data.outcome, event.data.looks) == ("reachability", Outcome.ANSWERED, 2)
    assert await stage.said("FACTS") == []


async def test_while_we_are_offline_nobody_is_down(stage: Stage, canary: Site) -> None:
    stage.app.means = type(stage.app.means)(stage.app.means.look_at, _offline, 0.0)
    await stage.open(website(NOBODY))
    await stage.visit("w-1")
    opened = next(event for event in await stage.said("OBSERVATIONS") if event.data.probe == "reachability")
    assert (opened.data.outcome, opened.data.reason) == (Outcome.UNDETERMINED, Reason.OWN_CONNECTIVITY)
    assert await stage.app.store.states.count(SYSTEM) == 0
    assert canary.requests == []


async def _offline() -> bool:
    return False


async def test_a_message_delivered_twice_is_one_slot(stage: Stage) -> None:
    async with serving(BROKEN) as site:
        await stage.open(website(site.url(), state=OutletState.SUSPENDED), website(site.url(), 2))
        heard = stage.heard(VisitDue(outlet="w-2", interval=3600), utc_now())
        await handlers.on_visit_due(stage.app, heard)
        await handlers.on_visit_due(stage.app, heard)
    told = [event for event in await stage.said("OBSERVATIONS") if event.data.purpose is Purpose.SCHEDULED]
    mine = [event for event in told if event.data.due_at == plan.slot("w-2", 3600, heard.at)]
    assert sorted(event.data.probe for event in mine) == ["marks", "reachability"]
    [recent] = await stage.app.store.recents.find(SYSTEM, {"_id": "w-2"})
    assert len([one for one in recent.visits if one.due_at == mine[0].data.due_at]) == 1
    [state] = await stage.app.store.states.find(SYSTEM)
    assert state.state.standing is Standing.DOWN


async def test_a_slot_long_past_is_missed_and_an_outlet_that_paused_is_left_alone(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url(), state=OutletState.SUSPENDED), website(site.url(), 2))
        await handlers.on_visit_due(stage.app, stage.heard(VisitDue(outlet="w-1", interval=5), utc_now()))
        await handlers.on_visit_due(stage.app, stage.heard(VisitDue(outlet="w-2", interval=5), ago(minutes=5)))
    assert await stage.remembered("w-1") == 0
    told = [event for event in await stage.said("OBSERVATIONS") if event.data.due_at < ago(minutes=4)]
    assert told == []


async def test_a_visit_to_an_outlet_not_heard_of_yet_waits_for_it(stage: Stage) -> None:
    await stage.say(VisitDue(outlet="w-1", purpose=Purpose.RECHECK), "again-w-1-x", None)
    with pytest.raises(handlers.UnknownOutlet):
        await handlers.on_visit_due(stage.app, stage.heard(VisitDue(outlet="w-1"), utc_now()))
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        await stage.until(lambda: stage.remembered("w-1"))


async def test_a_slow_site_does_not_delay_a_fast_one(stage: Stage) -> None:
    never = asyncio.Event()

    async def slow(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        await never.wait()

    async with serving(slow) as late, serving(HOME) as quick:
        await stage.open(*(website(late.url(), n) for n in range(1, 31)), website(quick.url(), 99))
        for n in range(1, 31):
            due = VisitDue(outlet=f"w-{n}", probes=("reachability",), purpose=Purpose.RECHECK)
            await stage.say(due, f"again-w-{n}", None)
        await stage.visit("w-99", "reachability")
        assert await stage.app.store.recents.count(SYSTEM) == 1, "the slow ones take two seconds each"


async def test_a_reply_makes_the_prober_look_again_at_once_at_what_was_replied_to(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        replied = notice.Replied(notice=_notice("w-1"), probes=("marks",))
        event = await stage.say(replied, "n-1")
        await stage.say(notice.Replied(notice=_notice("u-1")), "n-2")

        async def looked() -> bool:
            told = await stage.said("OBSERVATIONS")
            return any(one.data.purpose is Purpose.RECHECK for one in told)

        await stage.until(looked)
    again = [one for one in await stage.said("OBSERVATIONS") if one.data.purpose is Purpose.RECHECK]
    assert [one.data.probe for one in again] == ["marks"]
    assert again[0].data.due_at >= event.time.replace(microsecond=0)


async def test_an_account_is_seen_or_the_reason_is_told_why_not(stage: Stage) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "郑州网警", "authors": [{"name": "郑州市公安局"}]}
    respond, now = switch(page(json.dumps(feed), content_type="application/feed+json"))
    async with serving(respond) as site:
        await stage.open(account(f"json_feed:{site.url('/zzwj.json')}"))
        await stage.visit("a-weibo-zzwj")
        now[:] = [BROKEN]
        await stage.visit("a-weibo-zzwj")
    seen, failed, *_ = sorted(await stage.said("OBSERVATIONS"), key=lambda event: event.type != "probe.profile_seen")
    assert (seen.data.profile.name, seen.data.profile.verified_as) == ("郑州网警", "郑州市公安局")
    assert seen.data.source == "json_feed"
    assert seen.data.evidence
    last = [event for event in await stage.said("OBSERVATIONS") if event.type == "probe.completed"][-1]
    assert (last.data.probe, last.data.outcome, last.data.reason) == (
        "profile",
        Outcome.UNDETERMINED,
        Reason.SOURCE_FAILED,
    )
    assert failed.type in ("probe.profile_seen", "probe.completed")
    assert await stage.said("FACTS") == []


def _notice(target: str) -> notice.Notice:
    criterion = Criterion(
        id="D-402",
        name="网站标识",
        kind=CriterionKind.DEDUCTION,
        citation="国办秘函〔2019〕19号",
        ruleset="cn",
        digest="d",
        close="automatic",
        probes=("marks",),
    )
    return notice.Notice(
        id="n-1",
        number="整改〔2026〕1号",
        target=target,
        target_name="某网站",
        unit=UNIT,
        finding="x",
        episode=1,
        criterion=criterion,
        why="缺少",
        state=notice.NoticeState.REPLIED,
        issued_at=utc_now(),
        due_at=utc_now(),
    )
