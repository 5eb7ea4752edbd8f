"""People see the notices of their own, do what is theirs to do, once, and are told why not otherwise."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient, Response

from services.notifier import handlers
from services.notifier.delivery import Kind
from services.notifier.store import NoticeDocument
from services.notifier.telling import tell
from shared.audit import Deed
from shared.audit.relay import Recorder
from shared.documents import SYSTEM
from shared.events.notice import NoticeState
from shared.events.score import FindingCleared, FindingRaised
from shared.identity import Role
from shared.workdays import SHANGHAI
from tests.notifier.made import finding
from tests.notifier.stage import Stage
from tests.notifier.test_letters import CHANGED

TODAY = datetime.now(UTC).astimezone(SHANGHAI).date().isoformat()
REPLY = {"measures": "已补办备案\n<script>alert(1)</script>", "done_on": TODAY}


async def notice(stage: Stage, *, hostile: str = "", reviewed: bool = False) -> NoticeDocument:
    """A notice, and an alert about the same outlet."""
    raised = finding(close="reviewed" if reviewed else "automatic", why=f"账号名称已变更。{hostile}")
    await stage.hear(handlers.on_finding, FindingRaised(finding=raised))
    alert = CHANGED.model_copy(update={"outlet": raised.target, "name": f"某地网警{hostile}"})
    await stage.hear(handlers.on_alert, alert)
    [kept] = await stage.notices()
    await tell(stage.app, kept, Kind.ISSUED)
    return kept


async def send(browser: AsyncClient, id_: str, act: str, form: Mapping[str, str]) -> Response:
    """Fill and send a form of the notice's page as it is now, with ``form`` over its hidden fields."""
    shown = await browser.get(f"/notifier/notices/{id_}")
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text))
    return await browser.post(f"/notifier/notices/{id_}/{act}", data={**hidden, **form})


async def state(stage: Stage) -> NoticeState:
    """The state of the one notice."""
    [kept] = await stage.notices()
    return kept.case.notice.state


async def test_the_administrator_of_the_unit_signs_and_replies_on_the_page(stage: Stage) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage)
    async with stage.browsing("li") as browser:
        shown = (await browser.get(f"/notifier/notices/{kept.id}")).text
        for words in (
            kept.case.notice.number,
            "国办发〔2018〕123号",
            "zhengzhou-2026",
            "10个工作日",
            "自动销号",
            "待送达",
        ):
            assert words in shown
        assert f'href="/prober/evidence/{"ab" * 32}?outlet=m-weibo-1"' in shown
        assert "变更未备案</a>" in shown
        assert (await send(browser, kept.id, "receipt", {})).status_code == 303
        answer = await send(browser, kept.id, "reply", REPLY)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/notifier/notices/{kept.id}")
        shown = (await browser.get(f"/notifier/notices/{kept.id}")).text
    assert await state(stage) is NoticeState.REPLIED
    assert "已补办备案<br>&lt;script&gt;alert(1)&lt;/script&gt;" in shown


async def test_what_people_and_platforms_wrote_is_never_markup(stage: Stage) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage, hostile="<img src=x onerror=alert(1)>")
    [alert] = await stage.app.store.alerts_of("m-weibo-1", SYSTEM)
    async with stage.browsing("li") as browser:
        for path in ("/notifier/", f"/notifier/notices/{kept.id}", f"/notifier/alerts/{alert.id}"):
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert "<img" not in answer.text
            assert "&lt;img" in answer.text


@pytest.mark.parametrize("twice", ["receipt", "reply"])
async def test_a_form_sent_twice_has_one_effect_and_the_second_is_told_why(stage: Stage, twice: str) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage)
    async with stage.browsing("li") as browser:
        if twice == "reply":
            await send(browser, kept.id, "receipt", {})
        [before] = await stage.notices()
        form = {"version": str(before.version), **REPLY} if twice == "reply" else {"version": str(before.version)}
        first = await send(browser, kept.id, twice, form)
        second = await send(browser, kept.id, twice, form)
    assert (first.status_code, second.status_code) == (303, 409)
    assert ("已经签收" if twice == "receipt" else "本次提交没有生效") in second.text
    assert twice == "receipt" or "alert(1)&lt;/script&gt;</textarea>" in second.text
    [after] = await stage.notices()
    assert after.version == before.version + 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({**REPLY, "measures": " "}, "必填"),
        ({**REPLY, "measures": "改" * 2001}, "最多 2000 个字"),
        ({**REPLY, "done_on": "昨天"}, "应为日期"),
        ({**REPLY, "done_on": (datetime.now(UTC) + timedelta(days=2)).date().isoformat()}, "完成日期不能晚于今天"),
    ],
)
async def test_a_reply_that_is_not_right_says_what_is_wrong_and_keeps_what_was_typed(
    stage: Stage, form: dict[str, str], words: str
) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage)
    async with stage.browsing("li") as browser:
        await send(browser, kept.id, "receipt", {})
        answer = await send(browser, kept.id, "reply", form)
    assert answer.status_code == 422
    assert words in answer.text
    assert form["measures"][:5].strip() in answer.text
    assert await state(stage) is NoticeState.RECEIVED


async def test_replying_before_signing_or_after_closing_is_refused_with_the_reason(stage: Stage) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage)
    async with stage.browsing("li") as browser:
        answer = await send(browser, kept.id, "reply", {**REPLY, "version": str(kept.version)})
        assert (answer.status_code, "请先签收" in answer.text) == (409, True)
        await stage.hear(handlers.on_finding, FindingCleared(finding=finding()))
        answer = await send(browser, kept.id, "reply", {**REPLY, "version": "2"})
        assert (answer.status_code, "已经销号" in answer.text) == (409, True)
    assert await state(stage) is NoticeState.CLOSED


async def test_others_see_what_is_in_their_scope_and_may_not_act_for_the_unit(stage: Stage) -> None:
    await stage.person("wang", Role.INSPECTOR, where="41.01")
    await stage.person("far", Role.INSPECTOR, where="41.02")
    await stage.person("zhao", Role.UNIT_ADMINISTRATOR, where="u-other")
    kept = await notice(stage)
    [alert] = await stage.app.store.alerts_of("m-weibo-1", SYSTEM)
    token = {"version": str(kept.version)}
    async with stage.browsing("wang") as browser:
        shown = await browser.get(f"/notifier/notices/{kept.id}")
        assert shown.status_code == 200
        assert "/receipt" not in shown.text
        for act in ("receipt", "reply"):
            assert (
                await send(browser, kept.id, act, {**token, **REPLY} if act == "reply" else token)
            ).status_code == 403
    for login in ("far", "zhao"):
        async with stage.browsing(login) as browser:
            for path in (
                f"/notifier/notices/{kept.id}",
                f"/notifier/alerts/{alert.id}",
                f"/notifier/api/notices/{kept.id}",
            ):
                assert (await browser.get(path)).status_code == 404
            listed = await browser.get("/notifier/?state=all")
            assert kept.case.notice.number not in listed.text
            assert (await browser.get("/notifier/api/notices")).json() == {"notices": [], "total": 0, "after": None}
    assert await state(stage) is NoticeState.ISSUED


async def test_a_reviewer_closes_what_must_be_reviewed_after_the_recheck_passed(stage: Stage) -> None:
    await stage.person("wang", Role.REVIEWER)
    kept = await notice(stage, reviewed=True)
    async with stage.browsing("wang") as browser:
        early = await send(browser, kept.id, "review", {"version": str(kept.version)})
        assert (early.status_code, "系统复核尚未通过" in early.text) == (409, True)
        await stage.hear(handlers.on_finding, FindingCleared(finding=finding(close="reviewed")))
        assert "待人工复核" in (await browser.get("/notifier/")).text
        assert (await send(browser, kept.id, "review", {"remark": "属实"})).status_code == 303
        assert "人工复核通过：属实" in (await browser.get(f"/notifier/notices/{kept.id}")).text
    assert await state(stage) is NoticeState.CLOSED
    chain = stage.app.store.audit
    await Recorder(chain, stage.app.base.database).sweep()
    steps = list(reversed(await chain.find(SYSTEM, {"record.object": kept.id})))
    assert [(one.deed, one.reason, one.actor.partition(":")[0]) for one in steps] == [
        (Deed.NOTICE_ISSUED, "finding_raised", "service"),
        (Deed.NOTICE_CHANGED, "recheck_passed_waits_for_review", "service"),
        (Deed.NOTICE_CLOSED, "reviewed", "person"),
    ]
    assert "属实" in steps[-1].details["words"]


async def test_the_list_is_narrowed_by_state_and_shows_the_deadline(stage: Stage) -> None:
    await stage.person("wang", Role.INSPECTOR)
    kept = await notice(stage)
    number = kept.case.notice.number
    async with stage.browsing("wang") as browser:
        for which, there in (
            ("open", True),
            ("issued", True),
            ("closed", False),
            ("overdue", False),
            ("nonsense", True),
        ):
            assert (number in (await browser.get(f"/notifier/?state={which}")).text) is there, which
        due = kept.case.notice.due_at.astimezone(SHANGHAI)
        assert f"{due.year}年{due.month}月{due.day}日" in (await browser.get("/notifier/")).text
        part = (await browser.get("/notifier/", headers={"X-Fragment": "live"})).text
        assert number in part
        assert "<html" not in part


async def test_programs_do_the_same_over_the_api_and_get_the_same_reasons(stage: Stage) -> None:
    await stage.person("li", Role.UNIT_ADMINISTRATOR)
    kept = await notice(stage)
    token = await stage.identity.issue_token("li", days=1)
    async with stage.browsing("li") as client:
        client.cookies.clear()
        assert (await client.get("/notifier/api/notices")).status_code == 401
        client.headers["authorization"] = f"Bearer {token}"
        listed = (await client.get("/notifier/api/notices", params={"state": "open"})).json()
        assert [one["id"] for one in listed["notices"]] == [kept.id]
        assert (await client.get("/notifier/api/notices", params={"state": "x"})).status_code == 422
        place = f"/notifier/api/notices/{kept.id}"
        shown = (await client.get(place)).json()
        assert shown["version"] == kept.version
        assert [one["address"] for one in shown["deliveries"]] == ["l…@zz.example"]
        assert [one["kind"] for one in shown["alerts"]] == ["change_unfiled"]
        signed = await client.post(f"{place}/receipt", json={"version": shown["version"]})
        assert (signed.status_code, signed.json()["state"]) == (200, "received")
        again = await client.post(f"{place}/receipt", json={"version": shown["version"]})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_received")
        said = {"version": signed.json()["version"], "measures": "已改", "done_on": TODAY}
        stale = await client.post(f"{place}/reply", json={**said, "version": 1})
        assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale")
        replied = await client.post(f"{place}/reply", json=said)
        assert replied.json()["replies"][0]["measures"] == "已改"
        assert (await client.post(f"{place}/reply", json={"measures": {"$gt": ""}})).status_code == 422
