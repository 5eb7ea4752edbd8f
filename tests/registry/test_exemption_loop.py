"""The loop with three services on one bus: found, excused, closed with the reason, over, and found again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifier.service import SERVICE as NOTIFIER
from services.notifier.store import Store as Notices
from services.registry.service import SERVICE as REGISTRY
from services.registry.store import Store
from services.scorer.service import SERVICE as SCORER
from services.scorer.store import FindingDocument
from services.scorer.store import Store as Findings
from shared.bus.consumers import consumer_config
from shared.documents import SYSTEM, Client
from shared.runtime import running
from shared.workdays import SHANGHAI
from tests.registry.stage import OTHER_NAME, Desk, until

CRITERION = "filing_violation"
OUTLET = "a-weibo-zzwj"
TODAY = datetime.now(SHANGHAI).date()


@dataclass
class Loop:
    """What three services keep."""

    desk: Desk
    register: Store
    findings: Findings
    notices: Notices

    async def finding(self, *, open_: bool, episode: int) -> FindingDocument:
        """The finding, once it is so."""
        found: list[FindingDocument] = []

        async def so() -> bool:
            kept = await self.findings.findings_of(OUTLET, SYSTEM)
            found[:] = [one for one in kept.values() if one.criterion.id == CRITERION]
            return [(one.open, one.episode) for one in found] == [(open_, episode)]

        await until(so)
        return found[0]

    async def noticed(self, states: list[str]) -> list[Any]:
        """The histories of the notices, once there are as many in these states."""
        found: list[Any] = []

        async def so() -> bool:
            found[:] = await self.notices.notices.find(SYSTEM, sort=[("case.notice.episode", 1)])
            return [one.case.notice.state.value for one in found] == states

        await until(so)
        return [one.case for one in found]


@pytest.fixture
async def loop(desk: Desk, mongo_url: str) -> AsyncIterator[Loop]:
    """The registry of ``desk`` with a scorer and a notifier beside it."""
    client, prefix = Client(mongo_url), desk.settings.mongo_prefix
    async with AsyncExitStack() as stack:
        for service in (SCORER, NOTIFIER):
            for line in service.hears:
                await desk.bus.js.add_consumer(line.stream, consumer_config(service.name, line))
            await stack.enter_async_context(running(service, desk.settings))
        database = {name: client.database(f"{prefix}_{name}") for name in ("registry", "scorer", "notifier")}
        yield Loop(desk, Store(database["registry"]), Findings(database["scorer"]), Notices(database["notifier"]))
    for name in ("scorer", "notifier"):
        await client.drop(f"{prefix}_{name}")
    client.close()


async def test_what_is_excused_is_closed_with_the_reason_and_found_again_when_that_is_over(loop: Loop) -> None:
    desk, now = loop.desk, datetime.now(UTC)
    await desk.in_force()
    for minute in range(2):
        await desk.shows(OTHER_NAME, now + timedelta(minutes=minute))
    await loop.finding(open_=True, episode=1)
    await loop.noticed(["issued"])

    asked = {
        "outlet": OUTLET,
        "criterion": CRITERION,
        "reason": "平台误改名称，正在申诉。",
        "evidence_url": "http://police.example/appeal",
        "until": str(TODAY + timedelta(days=30)),
    }
    async with desk.as_("police") as police, desk.as_("office") as office:
        id_ = (await police.post("/registry/api/exemptions", json=asked)).json()["id"]
        assert (await office.post(f"/registry/api/exemptions/{id_}/grant", json={})).status_code == 200
    excused = await loop.finding(open_=False, episode=1)
    assert (excused.reason, excused.verdict) == ("exempted", None)
    assert excused.why.endswith(f"至{TODAY + timedelta(days=30)}（含当日），理由：平台误改名称，正在申诉。")
    [case] = await loop.noticed(["closed"])
    assert case.history[-1].why == f"不再判断本项：{excused.why}"

    kept = await loop.register.exemptions.get(id_, SYSTEM)
    assert kept is not None
    yesterday = TODAY - timedelta(days=1)
    wanted = kept.exemption.wanted.model_copy(update={"since": yesterday, "until": yesterday})
    body = kept.exemption.model_copy(update={"wanted": wanted})
    await loop.register.exemptions.change(kept.model_copy(update={"exemption": body}))
    async with running(REGISTRY, desk.settings):
        again = await loop.finding(open_=True, episode=2)
    assert again.verdict == "violated"
    first, second = await loop.noticed(["closed", "issued"])
    assert (first.notice.episode, second.notice.episode) == (1, 2)
