"""A visit on real servers: one look, at most one more, and nobody is blamed for our own outage."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from services.prober.connectivity import Connectivity
from services.prober.looking import looker
from services.prober.visit import Means, visit_account, visit_website
from shared.egress import Egress
from shared.events.probe import Outcome, Reason
from shared.events.registry import NewMedia, Website
from tests.security.loopback import LOOPBACK, Respond, page, serving

HOME = "<html><body>" + "样例市人民政府" * 100 + "<footer>网站标识码:4101000001</footer></body></html>"
NOBODY = "http://127.0.0.1:1/"


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def site(url: str) -> Website:
    """A website at ``url``."""
    return Website(code="4101000001", name="样例市人民政府", url=url)


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    """A gate open to loopback, with a short ceiling."""
    async with Egress(LOOPBACK, ceiling=0.5) as gate:
        yield gate


@pytest.fixture
def means(egress: Egress) -> Callable[..., Means]:
    """What a visit needs, with these canaries."""

    def made(*canaries: str) -> Means:
        return Means(looker(egress, now), Connectivity(egress, canaries, now).online, 0.05)

    return made


def failing_first(*responses: bytes) -> Respond:
    """Answer the first requests with these, the last one for ever."""
    left = list(responses)

    async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return respond


async def test_a_site_that_opens_is_looked_at_once(means: Callable[..., Means]) -> None:
    async with serving(HOME) as server:
        visit = await visit_website(site(server.url()), means())
        assert len(server.requests) == 1
    assert (visit.looks, visit.measurements["reachability"].outcome) == (1, Outcome.ANSWERED)
    marks = visit.measurements["marks"].measured["marks"]
    assert isinstance(marks, dict)
    assert marks["site_code"] == {"state": "present", "value": "网站标识码:4101000001", "by": "static"}


async def test_a_second_look_that_opens_clears_the_first(means: Callable[..., Means]) -> None:
    async with serving(failing_first(page("x", status="503 Unavailable"), page(HOME))) as server:
        visit = await visit_website(site(server.url()), means())
        assert len(server.requests) == 2
    assert (visit.looks, visit.measurements["reachability"].outcome) == (2, Outcome.ANSWERED)
    assert visit.measurements["marks"].outcome is Outcome.ANSWERED


async def test_two_failed_looks_fail_and_there_is_no_third(means: Callable[..., Means]) -> None:
    async with serving(page("x", status="503 Unavailable")) as server:
        visit = await visit_website(site(server.url()), means(NOBODY))
        assert len(server.requests) == 2
    opened = visit.measurements["reachability"]
    assert (visit.looks, opened.outcome, opened.reason) == (2, Outcome.FAILED, Reason.HTTP_5XX)
    assert visit.measurements["marks"].reason is Reason.NO_PAGE
    assert visit.began_at < visit.look.looked_at


async def test_a_wall_is_not_looked_at_again(means: Callable[..., Means]) -> None:
    async with serving(page("<p>您的访问被拦截</p>", status="403 Forbidden")) as server:
        visit = await visit_website(site(server.url()), means())
        assert len(server.requests) == 1
    assert visit.measurements["reachability"].reason is Reason.BLOCKED_PAGE
    assert visit.measurements["marks"].reason is Reason.BLOCKED_PAGE


async def test_a_dead_site_is_blamed_when_a_canary_answers_whatever_it_says(means: Callable[..., Means]) -> None:
    async with serving(page("x", status="500 Oops")) as canary:
        visit = await visit_website(site(NOBODY), means(NOBODY, canary.url()))
        assert len(canary.requests) == 1
    opened = visit.measurements["reachability"]
    assert (opened.outcome, opened.reason, visit.looks) == (Outcome.FAILED, Reason.CONNECT, 2)


async def test_nobody_is_blamed_when_no_canary_answers(means: Callable[..., Means]) -> None:
    visit = await visit_website(site(NOBODY), means(NOBODY, "http://no.such.name.invalid/"))
    opened = visit.measurements["reachability"]
    assert (opened.outcome, opened.reason) == (Outcome.UNDETERMINED, Reason.OWN_CONNECTIVITY)
    assert visit.measurements["marks"].outcome is Outcome.UNDETERMINED


async def test_many_dead_sites_ask_the_canary_once(egress: Egress) -> None:
    async with serving("ok") as canary:
        connectivity = Connectivity(egress, [canary.url()], now)
        assert await asyncio.gather(*(connectivity.online() for _ in range(20))) == [True] * 20
        assert len(canary.requests) == 1


async def test_a_slow_answer_is_an_answer_and_a_late_one_a_failure(means: Callable[..., Means]) -> None:
    def after(seconds: float) -> Respond:
        async def respond(_request: bytes, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(seconds)
            writer.write(page(HOME))

        return respond

    async with serving(after(0.35)) as slow, serving(after(5)) as late, serving("ok") as canary:
        answered = (await visit_website(site(slow.url()), means(canary.url()))).measurements["reachability"]
        began = time.perf_counter()
        failed = (await visit_website(site(late.url()), means(canary.url()))).measurements["reachability"]
        assert time.perf_counter() - began < 1.6
    assert answered.outcome is Outcome.ANSWERED
    assert answered.measured["seconds"] == pytest.approx(0.35, abs=0.15)
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, Reason.TIMEOUT)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "http://2130706433/", "http://a@b/"])
async def test_an_address_out_of_bounds_is_undetermined(means: Callable[..., Means], url: str) -> None:
    opened = (await visit_website(site(url), means())).measurements["reachability"]
    assert (opened.outcome, opened.reason) == (Outcome.UNDETERMINED, Reason.REFUSED_BY_GATE)


async def test_an_account_is_read_from_its_source(means: Callable[..., Means]) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "郑州网警"}
    async with serving(json.dumps(feed)) as server:
        account = NewMedia(
            platform="weibo", account="zzwj", name="郑州网警", source=f"json_feed:{server.url('/f.json')}"
        )
        name, reading = await visit_account(account, means())
    assert name == "json_feed"
    assert reading is not None
    assert reading.profile is not None
    assert reading.profile.name == "郑州网警"


@pytest.mark.parametrize("source", ["", "json_feed", "json_feed:", "crystal_ball:http://x/"])
async def test_an_account_that_nothing_can_read_is_not_read(means: Callable[..., Means], source: str) -> None:
    account = NewMedia(platform="weibo", account="zzwj", name="郑州网警", source=source)
    assert (await visit_account(account, means()))[1] is None
