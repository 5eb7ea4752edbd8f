"""Columns and links are looked at more seldom, at times of their own, and never in the way of a visit."""

import asyncio
from datetime import timedelta

import pytest

from services.prober import handlers, plan, schedules
from services.prober.plan import Pace
from services.prober.probes import paced
from services.prober.store import KEPT_VISITS
from shared.bus import TryAgain
from shared.documents import SYSTEM
from shared.events.probe import Outcome, Purpose
from shared.events.registry import OutletState
from shared.events.work import VisitDue
from tests.prober.stage import HOME, Stage, account, ago, utc_now, website
from tests.security.loopback import serving

NOBODY = "http://127.0.0.1:1/"


async def told(stage: Stage) -> list[str]:
    """The probes that were told of, in order."""
    return [event.data.probe for event in await stage.said("OBSERVATIONS")]


async def test_a_website_has_a_schedule_for_each_pace_and_an_account_for_its_visits_alone(stage: Stage) -> None:
    await stage.open(website(NOBODY), account("json_feed:http://127.0.0.1:1/f.json"), scheduled=True)
    assert await stage.admin.planned(VisitDue.type) == {"w-1", "w-1-content", "w-1-links", "a-weibo-zzwj"}


async def test_what_is_due_seldom_is_looked_at_then_and_nothing_else_is_told(stage: Stage) -> None:
    stage.app.base.settings.content_interval = 5
    async with serving(HOME) as site:
        await stage.open(website(site.url()), scheduled=True)
        await stage.admin.unplan(VisitDue.type, "w-1")
        await stage.until(lambda: stage.remembered("w-1"))
    first = (await stage.said("OBSERVATIONS"))[0]
    assert (first.data.probe, first.data.outcome, first.data.purpose) == (
        "content",
        Outcome.ANSWERED,
        Purpose.SCHEDULED,
    )
    assert int(first.data.due_at.timestamp()) % 5 == plan.offset("w-1-content", 5)
    assert set(await told(stage)) == {"content"}
    assert (await stage.app.store.states.find(SYSTEM))[0].state.standing == "up", "the look itself counts as any"


async def test_another_interval_is_planned_anew_and_what_paused_is_taken_off(stage: Stage) -> None:
    await stage.open(website(NOBODY), scheduled=True)
    before = await stage.app.store.watches.get("w-1", SYSTEM)
    stage.app.base.settings.links_interval = 86_400
    await schedules.reconcile(stage.app)
    after = await stage.app.store.watches.get("w-1", SYSTEM)
    assert before is not None
    assert after is not None
    assert before.others["links"] != after.others["links"]
    assert before.others["content"] == after.others["content"]
    await stage.open(website(NOBODY, state=OutletState.SUSPENDED, revision=2), scheduled=True)
    assert await stage.admin.planned(VisitDue.type) == set()


async def test_a_single_look_that_names_no_probe_asks_all(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1")
    assert sorted(await told(stage)) == ["content", "links", "marks", "reachability"]


async def test_when_enough_long_visits_are_under_way_the_next_is_put_off_and_short_ones_are_made(stage: Stage) -> None:
    stage.app.long_places = asyncio.Semaphore(1)
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        async with stage.app.long_places:
            long = stage.heard(VisitDue(outlet="w-1", probes=("links",), interval=604_800), utc_now())
            with pytest.raises(TryAgain):
                await handlers.on_visit_due(stage.app, long)
            await handlers.on_visit_due(stage.app, stage.heard(VisitDue(outlet="w-1", interval=3600), utc_now()))
    assert sorted(await told(stage)) == ["marks", "reachability"]


async def test_a_day_long_past_is_missed(stage: Stage) -> None:
    await stage.open(website(NOBODY))
    due = VisitDue(outlet="w-1", probes=("content",), interval=86_400)
    await handlers.on_visit_due(stage.app, stage.heard(due, ago(hours=49)))
    assert await told(stage) == []


async def test_what_was_looked_at_seldom_is_remembered_beside_many_visits(stage: Stage) -> None:
    async with serving(HOME) as site:
        await stage.open(website(site.url()))
        await stage.visit("w-1", "links")
        begin = utc_now()
        recent = await stage.app.store.recents.get("w-1", SYSTEM)
        outlet = await stage.app.directory.outlet("w-1", SYSTEM)
        assert recent is not None
        assert outlet is not None
        links = recent.visits[0]
        results = dict.fromkeys(("reachability", "marks"), links.results["reachability"])
        for n in range(KEPT_VISITS + 5):
            due_at = begin + timedelta(hours=1 + n)
            visit = links.model_copy(update={"due_at": due_at, "looked_at": due_at, "results": results})
            await stage.app.store.remember(outlet, visit)
    kept = await stage.app.store.recents.get("w-1", SYSTEM)
    assert kept is not None
    assert len(kept.visits) == KEPT_VISITS + 1
    assert kept.latest("links") == links
    assert kept.latest("marks") == kept.visits[0]
    assert kept.latest("content") is None


def test_every_pace_has_a_probe() -> None:
    for pace in Pace:
        assert paced(pace), pace
