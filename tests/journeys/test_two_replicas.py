"""Two scorers and two notifiers at work at once: still one notice for one fault, and one mail to each."""

import re
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from demo.mailbox import Mail
from tests.journeys.town import MARK, Town

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(240)]
SECOND = "-2"
DOUBLED = ("scorer", "notifier")


@pytest_asyncio.fixture(loop_scope="package")
async def doubled(town: Town) -> AsyncIterator[Town]:
    """The town with a second scorer and a second notifier."""
    for service in DOUBLED:
        town.world.run(service, SECOND)
    for service in DOUBLED:
        await town.world.ready(service + SECOND)
    yield town
    for service in DOUBLED:
        await town.world.halt(service + SECOND)


async def test_one_fault_is_one_notice_and_one_mail_whoever_handles_it(doubled: Town) -> None:
    await doubled.clear(*doubled.websites)
    faults = 0
    while not faults or not await _everybody_took_part(doubled):
        faults += 1
        since = doubled.player.now()
        for website in doubled.websites:
            await doubled.player.put(website, MARK)
        numbers = [(await doubled.notice_by_mail(website)).text for website in doubled.websites]
        assert len(set(numbers)) == len(doubled.websites)
        mails: list[Mail] = await doubled.player.mails("", "整改", since)
        twice = {key: times for key, times in Counter((mail.to, _number(mail)) for mail in mails).items() if times > 1}
        assert twice == {}
        for website in doubled.websites:
            await doubled.player.mend(website)
        await doubled.clear(*doubled.websites)

    issued = [event.data.notice for event in await doubled.world.events() if event.type == "notice.issued"]
    assert max(Counter(notice.id for notice in issued).values()) == 1
    ours = Counter(notice.target for notice in issued if notice.issued_at > since)
    assert ours == {doubled.player.ids[website]: 1 for website in doubled.websites}


def _number(mail: Mail) -> str:
    """The number of the notice a mail brings."""
    found = re.search(r"整改〔\d+〕\d+号", mail.text)
    return found[0] if found else mail.message_id


async def _everybody_took_part(town: Town) -> bool:
    """Whether each of the four has handled something, by its own counters."""
    return all([await _handled(town, service + copy) for service in DOUBLED for copy in ("", SECOND)])


async def _handled(town: Town, name: str) -> bool:
    async with httpx.AsyncClient(base_url=town.world.origins[name]) as client:
        text = (await client.get("/metrics")).text
    return re.search(r'^govwatch_heard_total\{.*outcome="done".*\} [1-9]', text, re.MULTILINE) is not None
