"""Links are followed without crowding anybody, and no more is read of them than is needed."""

import asyncio
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from services.prober import politeness
from services.prober.look import Look
from services.prober.looking import looker
from services.prober.politeness import AT_ONCE, LANES, Polite
from services.prober.together import within
from shared.egress import Egress
from tests.prober.looks import page_look
from tests.security.loopback import LOOPBACK, serving


class Watched:
    """A way to look that takes a while and notes when each began and how many there were at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.began: dict[str, list[float]] = defaultdict(list)
        self.most: dict[str, int] = defaultdict(int)
        self._seconds = seconds
        self._now: dict[str, int] = defaultdict(int)

    async def __call__(self, url: str, *, verify: bool = False) -> Look:
        host = url.split("/")[2]
        self.began[host].append(time.perf_counter())
        for name in (host, "all"):
            self._now[name] += 1
            self.most[name] = max(self.most[name], self._now[name])
        await asyncio.sleep(self._seconds)
        for name in (host, "all"):
            self._now[name] -= 1
        return page_look()


async def test_between_two_looks_at_one_host_there_is_a_pause_and_others_need_not_wait() -> None:
    watched = Watched()
    polite = Polite(watched, 0.05)
    began = time.perf_counter()
    await asyncio.gather(*(polite(f"http://{host}.gov.cn/{n}") for n in range(4) for host in "abc"))
    for host in "abc":
        times = watched.began[f"{host}.gov.cn"]
        assert all(later - earlier >= 0.045 for earlier, later in pairwise(times))
        assert times[0] - began < 0.1


async def test_few_looks_are_under_way_at_one_host_and_not_too_many_in_all() -> None:
    few, many = Watched(0.02), Watched(0.02)
    polite = Polite(few, 0.0)
    await asyncio.gather(*(polite(f"http://h{n % 5}.gov.cn/{n}") for n in range(50)))
    assert max(most for host, most in few.most.items() if host != "all") == LANES
    polite = Polite(many, 0.0)
    await asyncio.gather(*(polite(f"http://h{n}.gov.cn/") for n in range(100)))
    assert many.most["all"] == AT_ONCE


async def test_hosts_nobody_waits_for_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness, "MOST_HOSTS", 10)
    polite = Polite(Watched(), 0.0)
    for n in range(100):
        await polite(f"http://h{n}.gov.cn/")
    assert len(polite._hosts) <= 10


async def test_a_look_that_fails_gives_its_turn_back() -> None:
    async def failing(url: str, *, verify: bool = False) -> Look:
        raise OSError("no")

    polite = Polite(failing, 0.0)
    for _ in range(5):
        with pytest.raises(OSError, match="no"):
            await polite("http://a.gov.cn/")
    with pytest.raises(OSError, match="no"):
        await polite("http://[bad/")


async def test_only_the_beginning_of_what_a_link_leads_to_is_read() -> None:
    async with serving("x" * 2_000_000) as site, Egress(LOOPBACK) as egress:
        touch = looker(egress, lambda: datetime.now(UTC), 10_000)
        look = await touch(site.url())
        whole = await looker(egress, lambda: datetime.now(UTC))(site.url())
    assert look.page is not None
    assert whole.page is not None
    assert len(look.page.body) <= 10_000
    assert look.page.warnings == ("body_over_cap",)
    assert (len(whole.page.body), whole.page.warnings) == (2_000_000, ())


async def test_what_is_not_done_in_time_is_stopped_and_the_rest_kept() -> None:
    stopped = []

    async def take(seconds: float) -> float:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            stopped.append(seconds)
            raise
        return seconds

    began = time.perf_counter()
    assert await within(0.2, map(take, (0.0, 60.0, 0.01))) == [0.0, None, 0.01]
    assert time.perf_counter() - began < 5
    assert stopped == [60.0]
    assert await within(1.0, ()) == []


async def test_an_error_of_one_stops_all() -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def wait() -> None:
        await asyncio.sleep(60)

    with pytest.raises(ValueError, match="no"):
        await within(60, [wait(), fail()])
