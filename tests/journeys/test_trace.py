"""One trace leads from a request to what it brought about, and another from a visit to the mail."""

import secrets
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from services.commands.practice import tokens
from shared.events import Event
from tests.journeys.town import MARK, Town

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(180)]


async def test_the_trace_of_whoever_files_leads_to_the_register(town: Town) -> None:
    trace = secrets.token_hex(16)
    account = {"platform": "weibo", "account": f"trace-{trace[:8]}", "name": "随行发布"}
    target = town.accounts[0]
    filer, office = town.player.script.administrator_of(target), town.player.script.approver_for(target)
    unit = town.player.script.outlet(target).unit
    filed = await _post(
        town, trace, filer.login, "/registry/api/filings", {"unit": unit, "kind": "open", "new_media": account}
    )
    await _post(town, trace, office.login, f"/registry/api/filings/{filed['id']}/approve", {})
    await town.until("it is in force", lambda: _in_force(town, filed["outlet"]))

    told = [event.type for event in await town.world.events() if trace in (event.traceparent or "")]
    facts = ("registry.filing_submitted", "registry.filing_approved", "registry.filing_in_force", "registry.opened")
    assert told == list(facts)
    assert [line["fact"] for line in _logged(town, "registry", trace) if line["event"] == "decided"] == told


async def test_the_trace_of_a_visit_leads_to_the_mail(town: Town) -> None:
    website = town.websites[5]
    await town.clear(website)
    outlet = town.player.ids[website]
    await town.player.put(website, MARK)
    mail = await town.notice_by_mail(website)

    raised = _last(await town.world.events(), "score.finding_raised", outlet)
    trace = _trace(raised)
    issued = _last(await town.world.events(), "notice.issued", outlet)
    looks = [event for event in await town.world.events("OBSERVATIONS") if trace in (event.traceparent or "")]
    assert _trace(issued) == trace
    assert {event.type for event in looks} == {"probe.completed"}
    assert {event.subject for event in looks} == {outlet}
    assert len({event.data.due_at for event in looks}) == 1, "another visit has the same trace"

    assert "probe.completed" in {line.get("fact") for line in _logged(town, "prober", trace)}
    assert "score.finding_raised" in {line.get("fact") for line in _logged(town, "scorer", trace)}
    tried = [line for line in _logged(town, "notifier", trace) if line["event"] == "delivery tried"]
    assert mail.message_id.strip("<>").partition("@")[0] in {line["id"] for line in tried}
    await town.player.mend(website)


async def _post(town: Town, trace: str, login: str, path: str, content: Any) -> Any:
    """What the API answers a program that traces its requests."""
    token = await tokens(town.world.settings)(login)
    headers = {"Authorization": f"Bearer {token}", "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    async with httpx.AsyncClient(base_url=town.world.origins["registry"], headers=headers) as client:
        answer = await client.post(path, json=content)
    assert answer.is_success, answer.text
    return answer.json()


async def _in_force(town: Town, outlet: str) -> Any:
    return await (await town.player.program("root")).get(f"/registry/api/outlets/{outlet}")


def _last(events: Iterable[Event[Any]], type_: str, outlet: str) -> Event[Any]:
    """The last event of a type about an outlet, or about a finding or notice on it."""
    return [event for event in events if event.type == type_ and outlet in event.model_dump_json()][-1]


def _trace(event: Event[Any]) -> str:
    assert event.traceparent, event
    return event.traceparent.split("-")[1]


def _logged(town: Town, service: str, trace: str) -> list[dict[str, Any]]:
    return [line for line in town.world.log(service) if line.get("trace_id") == trace]
