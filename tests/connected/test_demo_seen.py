"""What the prober sees of each fault of the practice city is what the table says it must see."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.city import Account, Website, load
from demo.expects import Expects, Look
from demo.faults import offers
from demo.platform import feed_url
from demo.server import City
from services.prober.looking import LookAt, looker
from services.prober.visit import Means, visit_account, visit_website
from shared.egress import Egress
from shared.events import registry
from shared.settings import Settings

SCRIPT = load()
SLOW = "slow:16"
ASKED = ("reachability", "marks")
MARKS_OF = {
    "marks_by:comment": {"absent"},
    "marks_by:script": {"present", "unknown"},
    "marks_by:rendering": {"unknown"},
    "wrong_charset": {"present"},
    "tls:expired": {"present"},
}


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City(tmp_path / "city", SCRIPT) as city:
        yield city


@pytest.fixture
async def look_at(city: City) -> AsyncIterator[LookAt]:
    settings = Settings(egress_allow=["127.0.0.0/8"], egress_resolver=city.addresses.dns, _env_file=None)
    egress = Egress.from_settings(settings)
    yield looker(egress, lambda: datetime.now(UTC))
    await egress.aclose()


async def online() -> bool:
    return True


async def test_every_fault_of_a_website(city: City, look_at: LookAt) -> None:
    means, expects = Means(look_at, online, 0), Expects.load()
    site = next(one for one in city.script.websites if one.secure and not one.faults)
    filed = website(city, site)
    for fault in offers(site):
        if fault == SLOW:
            continue
        city.state.put(site.target, fault)
        visit = await visit_website(filed, means, ASKED)
        expected = expects.of(city.script, site.target, [fault])
        assert visit.measurements["reachability"].outcome.value == expected.look, fault
        if fault in MARKS_OF:
            marks = visit.measurements["marks"].measured["marks"]
            assert isinstance(marks, dict)
            states = {mark["state"] for mark in marks.values() if isinstance(mark, dict)}
            assert states <= MARKS_OF[fault], fault
        city.state.mend(site.target)


async def test_a_slow_website_is_answered_late(city: City, look_at: LookAt) -> None:
    site = next(one for one in city.script.websites if one.target == city.script.plot.healthy)
    city.state.put(site.target, "slow:0.6")
    visit = await visit_website(website(city, site), Means(look_at, online, 0), ASKED)
    assert visit.measurements["reachability"].outcome.value == Look.ANSWERED
    assert 0.6 <= visit.look.seconds < 5


async def test_every_fault_of_an_account(city: City, look_at: LookAt) -> None:
    means, expects = Means(look_at, online, 0), Expects.load()
    account = next(one for one in city.script.accounts if not one.faults)
    for fault in offers(account):
        city.state.put(account.target, fault)
        _, reading = await visit_account(new_media(city, account), means)
        assert reading
        shown = Look.ANSWERED if reading.profile else Look.UNDETERMINED
        assert shown == expects.of(city.script, account.target, [fault]).look, fault
        city.state.mend(account.target)


def website(city: City, site: Website) -> registry.Website:
    """A website of the city as it is filed."""
    return registry.Website(code=site.code, name=site.name, url=city.web.url(site), site_class=site.site_class)


def new_media(city: City, account: Account) -> registry.NewMedia:
    """An account of the city as it is filed."""
    source = f"json_feed:{feed_url(account, city.web.port)}"
    named = {"platform": account.platform, "account": account.account, "name": account.name}
    return registry.NewMedia(**named, verified_as=account.verified_as, source=source)
