"""From a finding to a closed notice on real servers: one notice, one mail for each person, nothing lost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.notifier import delivery as decisions
from services.notifier import handlers, sending
from services.notifier.delivery import DeliveryState
from services.notifier.desk import Desk, ReceiptAsked, ReplyAsked
from services.notifier.follow_up import follow_up
from services.notifier.store import DeliveryDocument
from services.notifier.telling import due
from shared.bus import TryAgain
from shared.documents import SYSTEM
from shared.events.notice import NoticeState
from shared.events.score import FindingCleared, FindingRaised, Verdict
from shared.events.work import NotifierDue
from shared.identity import Role
from tests.notifier.made import finding
from tests.notifier.stage import Stage, eventually
from tests.notifier.test_letters import CHANGED, FAILED, RECOVERED

RAISED = FindingRaised(finding=finding())
CLEARED = FindingCleared(finding=finding(verdict=Verdict.CLEAR, why="已补办变更备案。"))
WEEKS_AGO = datetime.now(UTC) - timedelta(days=60)


async def people(stage: Stage) -> None:
    """An administrator of the unit and an inspector of its county."""
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    await stage.person("wang", Role.INSPECTOR)


async def test_a_finding_heard_three_times_by_two_replicas_is_one_notice_and_one_mail_a_person(stage: Stage) -> None:
    await people(stage)
    async with stage.working(), stage.working():
        await stage.say(RAISED, times=3)
        await eventually(lambda: settled(stage, 2))
        assert await quiet(stage)
    [kept] = await stage.notices()
    assert [event.type for event in await stage.said()] == ["notice.issued"]
    assert sorted(str(mail["To"]) for mail in stage.relay.taken) == [
        "li的名字 <li@zz.example>",
        "wang的名字 <wang@zz.example>",
    ]
    for mail in stage.relay.taken:
        body = mail.get_body(("plain",))
        assert body is not None
        assert f"/notifier/notices/{kept.id}" in body.get_content()
    assert await stage.admin.planned(NotifierDue.type) == {kept.id}


async def test_the_loop_closes_with_receipt_reply_and_a_clear_finding_each_said_once(stage: Stage) -> None:
    await people(stage)
    li = (await stage.identity.people())[0]
    desk = Desk(stage.app)
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: state_is(stage, NoticeState.ISSUED))
        [kept] = await stage.notices()
        signed = await desk.receipt(li, kept.id, ReceiptAsked(version=kept.version))
        asked = ReplyAsked(version=signed.version, measures="已补办备案", done_on=date(2026, 11, 20))
        await desk.reply(li, kept.id, asked)
        await stage.say(CLEARED, times=2)
        await eventually(lambda: state_is(stage, NoticeState.CLOSED))
        await eventually(lambda: none_planned(stage))
    events = await stage.said()
    assert [event.type for event in events] == ["notice.issued", "notice.received", "notice.replied", "notice.closed"]
    assert [event.actor for event in events] == [
        "service:notifier",
        f"person:{li.id}",
        f"person:{li.id}",
        "service:notifier",
    ]
    assert events[2].data.probes == ("profile",)
    assert "已补办变更备案。" in events[3].data.how
    assert "li的名字" not in "".join(event.model_dump_json() for event in events)


async def test_facts_in_the_wrong_order_lead_to_the_same_end(stage: Stage) -> None:
    await people(stage)
    async with stage.working():
        await stage.say(CLEARED)
        await stage.say(RAISED)
        await eventually(lambda: state_is(stage, NoticeState.CLOSED))


async def test_every_notice_has_a_number_of_its_own_in_order(stage: Stage) -> None:
    for episode in (1, 2, 3):
        await stage.hear(handlers.on_finding, FindingRaised(finding=finding(episode=episode)))
    stage.clock.stopped = datetime(2029, 12, 31, 16, 30, tzinfo=UTC)
    await stage.hear(handlers.on_finding, FindingRaised(finding=finding(episode=4)))
    numbers = [
        kept.case.notice.number for kept in sorted(await stage.notices(), key=lambda one: one.case.notice.episode)
    ]
    year = datetime.now(UTC).year
    assert numbers == [f"整改〔{year}〕1号", f"整改〔{year}〕2号", f"整改〔{year}〕3号", "整改〔2030〕1号"]


async def test_a_busy_relay_gets_the_same_mail_again_and_a_refusal_is_recorded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "FIRST_DELAY", 0.5)
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    stage.relay.answers["DATA"] = "451 try later"
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: tried(stage))
        stage.relay.answers["DATA"] = "554 not wanted here"
        await eventually(lambda: settled(stage, 1))
    [kept] = await stage.deliveries()
    assert kept.delivery.state is DeliveryState.GIVEN_UP
    assert [attempt.outcome for attempt in kept.delivery.attempts] == ["451 try later", "554 not wanted here"]


async def test_dying_between_the_relays_yes_and_its_record_repeats_the_mail_with_the_same_message_id(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "LEASE", timedelta(seconds=1))
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    keep, died = sending.keep_outcome, False

    async def dying(*arguments: Any) -> DeliveryDocument:
        nonlocal died
        if not died:
            died = True
            raise RuntimeError("the process died here")
        kept: DeliveryDocument = await keep(*arguments)
        return kept

    monkeypatch.setattr(sending, "keep_outcome", dying)
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: settled(stage, 1))
    [kept] = await stage.deliveries()
    assert (kept.delivery.state, len(kept.delivery.attempts)) == (DeliveryState.DELIVERED, 2)
    assert kept.delivery.attempts[0].ended_at is None
    assert [str(mail["Message-ID"]) for mail in stage.relay.taken] == [f"<{kept.id}@zz.example>"] * 2


async def test_while_the_store_is_away_an_outcome_waits_and_nothing_is_sent_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSE", 0.05)
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    change, away = stage.app.store.deliveries.change, 3

    async def failing(document: DeliveryDocument) -> DeliveryDocument:
        nonlocal away
        if document.delivery.attempts and document.delivery.attempts[-1].ended_at and away:
            away -= 1
            if not away:
                await change(document)
            raise AutoReconnect("the primary stepped down")
        return await change(document)

    monkeypatch.setattr(stage.app.store.deliveries, "change", failing)
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: settled(stage, 1))
        assert await quiet(stage)
    [kept] = await stage.deliveries()
    assert (kept.delivery.state, len(stage.relay.taken), away) == (DeliveryState.DELIVERED, 1, 0)


async def test_a_unit_nobody_can_be_reached_at_is_escalated_to_its_office(stage: Stage) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR, email="")
    await stage.person("wang", Role.APPROVER, where="41.01")
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: settled(stage, 1))
    [mail] = stage.relay.taken
    body = mail.get_body(("plain",))
    assert body is not None
    assert "已转请主管单位转达" in body.get_content()


async def test_nobody_at_all_is_recorded_and_made_good_when_somebody_comes(stage: Stage) -> None:
    async with stage.working():
        await stage.say(RAISED)
        await stage.say(FAILED)
        await eventually(lambda: undeliverable(stage, 2))
        assert stage.relay.taken == []
        await follow_up(stage.app)
        await people(stage)
        await follow_up(stage.app)
        await eventually(lambda: mails(stage, 4))
    states = sorted(kept.delivery.state for kept in await stage.deliveries())
    assert states == [DeliveryState.DELIVERED] * 4 + [DeliveryState.SUPERSEDED] * 2


async def test_an_open_notice_is_overdue_once_and_unit_and_office_are_told(stage: Stage) -> None:
    await people(stage)
    stage.clock.stopped = WEEKS_AGO
    await stage.hear(handlers.on_finding, RAISED)
    stage.clock.stopped = None
    async with stage.working():
        await eventually(lambda: mails(stage, 4))
        [kept] = await stage.notices()
        await stage.admin.publish(due(NotifierDue(notice=kept.id), reason="again"))
        await follow_up(stage.app)
        assert await quiet(stage)
    assert [event.type for event in await stage.said()] == ["notice.issued", "notice.overdue"]
    subjects = sorted(str(mail["Subject"])[:6] for mail in stage.relay.taken)
    assert subjects == ["【整改通知】"] * 2 + ["【整改逾期】"] * 2


async def test_plans_the_bus_lost_are_made_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "FIRST_DELAY", 0.5)
    await people(stage)
    stage.relay.answers["DATA"] = "451 try later"
    async with stage.working():
        await stage.say(RAISED)
        await eventually(lambda: tried(stage))
    await stage.admin.js.purge_stream("WORK_notifier")
    stage.relay.answers.clear()
    stage.clock.stopped = datetime.now(UTC) + timedelta(minutes=5)
    await follow_up(stage.app)
    [notice] = await stage.notices()
    deliveries = {kept.id for kept in await stage.deliveries()}
    async with stage.working():
        await eventually(lambda: settled(stage, 2))
    assert notice.id in await stage.admin.planned(NotifierDue.type)
    assert len(deliveries) == 2


async def test_work_that_comes_too_early_waits_and_does_not_spin(stage: Stage) -> None:
    stage.clock.stopped = WEEKS_AGO
    await stage.hear(handlers.on_finding, RAISED)
    [kept] = await stage.notices()
    stage.clock.stopped = kept.case.notice.due_at - timedelta(hours=1)
    with pytest.raises(TryAgain) as early:
        await stage.hear(handlers.on_due, NotifierDue(notice=kept.id))
    assert early.value.seconds == 300.0


async def test_an_alert_is_told_once_and_followed_by_no_notice_of_its_own(stage: Stage) -> None:
    await people(stage)
    async with stage.working():
        for fact in (CHANGED, FAILED, RECOVERED):
            await stage.say(fact, times=2)
        await eventually(lambda: mails(stage, 6))
        assert await quiet(stage)
    assert await stage.notices() == []
    assert len(await stage.app.store.newest_alerts(SYSTEM)) == 3
    assert {str(mail["Subject"])[:4] for mail in stage.relay.taken} == {"【预警】"}


# -- asking


async def settled(stage: Stage, count: int) -> bool:
    """Whether there are ``count`` deliveries, none of them waiting."""
    kept = await stage.deliveries()
    return len(kept) == count and all(one.delivery.state is not DeliveryState.WAITING for one in kept)


async def tried(stage: Stage) -> bool:
    """Whether every delivery was tried once and is planned again."""
    kept = await stage.deliveries()
    return bool(kept) and all(one.delivery.next_at for one in kept)


async def undeliverable(stage: Stage, count: int) -> bool:
    """Whether ``count`` things could be told to nobody."""
    return len([one async for one in stage.app.store.undeliverable()]) == count


async def state_is(stage: Stage, state: NoticeState) -> bool:
    """Whether there is one notice, in ``state``."""
    return [kept.case.notice.state for kept in await stage.notices()] == [state]


async def mails(stage: Stage, count: int) -> bool:
    """Whether ``count`` mails arrived."""
    return len(stage.relay.taken) >= count


async def none_planned(stage: Stage) -> bool:
    """Whether nothing is planned on the bus."""
    return not await stage.admin.planned(NotifierDue.type)


async def quiet(stage: Stage) -> bool:
    """Whether the bus has nothing more for the notifier, and no number of mails changed meanwhile."""
    before = len(stage.relay.taken)
    for stream in ("FACTS", "WORK_notifier"):
        for line in await stage.admin.js.consumers_info(stream):
            name = line.name

            async def done(stream: str = stream, name: str = name) -> bool:
                info = await stage.admin.js.consumer_info(stream, name)
                return not (info.num_pending or info.num_ack_pending)

            await eventually(done)
    return len(stage.relay.taken) == before
