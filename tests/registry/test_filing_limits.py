"""What a unit may have, and what has to come first, as the registry at work knows it: on real servers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.commands.register import register
from services.registry import desk as counter
from services.registry.filing import Asked, Refusal
from services.registry.refusal import Refused
from shared.events.registry import FilingKind, NewMedia
from tests.registry.filings import rules_with
from tests.registry.stage import ACCOUNT, Desk
from tests.registry.test_waking import person

FILED = NewMedia(**ACCOUNT)
OTHER = FILED.model_copy(update={"account": "zzga", "name": "郑州公安"})
APPS = [NewMedia(platform="app", account=f"cn.gov.zz.{name}", name=name) for name in ("one", "two")]
RULES = """limits:
  - {count: applications, most: 1, breach: refuse, cite: x}
rules:
  - {kind: open, which: {platforms: [app]}, cite: x}
  - {kind: close, which: {platforms: [weibo]}, after: [merge], cite: x}
"""


class Office:
    """The desk of the registry under rules of this test."""

    def __init__(self, desk: counter.Desk) -> None:
        self.desk = desk

    async def files(self, asked: Asked, *, approved: bool = True) -> None:
        """File something for the police."""
        kept = await self.desk.submit(person("police"), "police", asked, f"{asked.kind} {asked.filed.name}")
        if approved:
            await self.desk.approve(person("office"), kept.id, "")

    async def refuses(self, asked: Asked) -> Refusal:
        """Why something cannot be filed."""
        with pytest.raises(Refused) as refused:
            await self.files(asked)
        return Refusal(refused.value.reason)


@pytest.fixture
async def office(desk: Desk, tmp_path: Path) -> AsyncIterator[Office]:
    """See ``Office``."""
    folder = tmp_path / "rules"
    folder.mkdir()
    async with register(desk.settings) as app:
        yield Office(counter.Desk(replace(app, rules=rules_with(folder, RULES))))


async def test_the_one_app_a_unit_may_have_cannot_be_asked_for_twice(office: Office) -> None:
    first, second = (Asked(kind=FilingKind.OPEN, filed=app) for app in APPS)
    await office.files(first, approved=False)
    assert await office.refuses(second) is Refusal.TOO_MANY


async def test_what_others_were_merged_into_was_not_itself_merged(office: Office) -> None:
    for filed in (FILED, OTHER):
        await office.files(Asked(kind=FilingKind.OPEN, filed=filed))
    await office.files(Asked(kind=FilingKind.MERGE, filed=OTHER, into="a-weibo-zzwj"))
    assert await office.refuses(Asked(kind=FilingKind.CLOSE, filed=FILED)) is Refusal.WAITS_FOR_ANOTHER
    await office.files(Asked(kind=FilingKind.CLOSE, filed=OTHER))
