"""With any one service stopped its step stays undone, however far the others get, until it returns."""

import pytest

from demo.visitor import NotServed
from tests.journeys.town import MARK, Town

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]


async def test_without_the_registry_nothing_is_filed_and_no_change_is_found(town: Town) -> None:
    account, another = town.accounts[0], town.accounts[3]
    await town.opened(account)
    async with town.without("registry"):
        since = await town.player.put(account, "rename:擅改的名称")
        with pytest.raises(NotServed):
            await town.player.file_by_api(another)
        await town.looked_at(account, 2, since)
        shown = {visit["profile"]["name"] for visit in await town.visits(account, since)}
        assert shown == {"擅改的名称"}
        assert not await town.finding(account)
        assert await town.mails(account, town.player.script.outlet(account).name) == []
    await town.until(f"a finding on {account}", lambda: town.finding(account))
    await town.notice_by_mail(account)
    await town.opened(another)
    await town.player.mend(account)


async def test_without_the_prober_nothing_is_looked_at(town: Town) -> None:
    website, another = town.websites[1], town.accounts[4]
    await town.clear(website)
    async with town.without("prober"):
        await town.player.put(website, MARK)
        before = await _requests(town, website)
        await town.opened(another)
        program = await town.player.administrator(another)
        await town.until(
            f"{another} has a card", lambda: program.get(f"/scorer/api/outlets/{town.player.ids[another]}/card")
        )
        assert await _requests(town, website) == before
        assert (await town.row(website))["verdict"] == "clear"
        assert not await town.finding(website)
    await town.until(f"a finding on {website}", lambda: town.finding(website))
    await town.notice_by_mail(website)
    await town.player.mend(website)


async def test_without_the_scorer_looks_are_made_and_nothing_is_found(town: Town) -> None:
    website = town.websites[2]
    await town.clear(website)
    async with town.without("scorer"):
        since = await town.player.put(website, MARK)
        await town.looked_at(website, 2, since)
        seen = [visit["results"]["marks"]["measured"]["marks"] for visit in await town.visits(website, since)]
        assert {marks["site_code"]["state"] for marks in seen} == {"absent"}
        assert await town.open_notice(website) is None
        raised = [event for event in await town.world.events() if event.type == "score.finding_raised"]
        assert town.player.ids[website] not in {event.data.finding.target for event in raised if event.time > since}
    await town.until(f"a finding on {website}", lambda: town.finding(website))
    await town.notice_by_mail(website)
    await town.player.mend(website)


async def test_without_the_notifier_what_is_found_is_told_to_nobody(town: Town) -> None:
    website = town.websites[4]
    await town.clear(website)
    async with town.without("notifier"):
        since = await town.player.put(website, MARK)
        await town.until(f"a finding on {website}", lambda: town.finding(website))
        await town.looked_at(website, 1, town.player.now())
        assert await town.mails(website, "整改") == []
        issued = [event for event in await town.world.events() if event.type == "notice.issued"]
        assert town.player.ids[website] not in {event.data.notice.target for event in issued if event.time > since}
    await town.notice_by_mail(website)
    await town.player.mend(website)


async def _requests(town: Town, website: str) -> int:
    """How many requests the website has had."""
    return next(one.visits for one in (await town.player.city()).websites if one.target == website)
