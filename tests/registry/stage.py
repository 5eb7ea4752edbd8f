"""The registry in the test's process, on real servers, with people who have accounts and tokens."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from shared.bus import Bus
from shared.events import Event, parse, probe, registry
from shared.identity import Grant, Role
from shared.outbox import say
from shared.settings import Settings

HERE = {"Sec-Fetch-Site": "same-origin"}
ACCOUNT = {"platform": "weibo", "account": "zzwj", "name": "郑州网警", "verified_as": "郑州市公安局"}
OTHER_NAME = "郑州网络安全警示"
PEOPLE = {
    "police": Grant(role=Role.UNIT_ADMINISTRATOR, unit="police"),
    "health": Grant(role=Role.UNIT_ADMINISTRATOR, unit="health"),
    "office": Grant(role=Role.APPROVER, region="41.01"),
    "colleague": Grant(role=Role.APPROVER, region="41.01"),
    "head": Grant(role=Role.ADMINISTRATOR, region="41.01"),
    "kaifeng-head": Grant(role=Role.ADMINISTRATOR, region="41.02"),
    "administrator": Grant(role=Role.ADMINISTRATOR, region="41.01"),
    "admin": Grant(role=Role.ADMINISTRATOR, region="41.01"),
    "auditor": Grant(role=Role.AUDITOR, region="41.01"),
    "inspector": Grant(role=Role.INSPECTOR, region="41.01"),
    "province": Grant(role=Role.APPROVER, region="41"),
    "county": Grant(role=Role.APPROVER, region="41.01.22"),
    "kaifeng": Grant(role=Role.APPROVER, region="41.02"),
}


class Desk:
    """The registry in this process, on real servers, with people who have tokens."""

    def __init__(self, app: Any, tokens: dict[str, str], bus: Bus, settings: Settings) -> None:
        self.bus = bus
        self.settings = settings
        self._app = app
        self._tokens = tokens

    @property
    def app(self) -> Any:
        """The web application, for a server that shows it to a browser."""
        return self._app

    def as_(self, login: str) -> httpx.AsyncClient:
        """A program with the token of ``login``."""
        headers = {"Authorization": f"Bearer {self._tokens[login]}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://x.gov.cn", headers=headers)

    async def browser(self, login: str) -> httpx.AsyncClient:
        """A browser in which ``login`` signed in."""
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://x.gov.cn", headers=HERE)
        answer = await send(client, "/sign-in", "/sign-in", {"login": login, "password": "correct horse battery"})
        assert answer.status_code == 303
        return client

    async def file(self, login: str = "police", **asked: Any) -> httpx.Response:
        """Submit a filing."""
        body = {"unit": login, "kind": "open", "new_media": ACCOUNT, **asked}
        async with self.as_(login) as client:
            return await client.post("/registry/api/filings", json=body)

    async def in_force(self, **changed: str) -> None:
        """Open the account (or change it) with everybody's agreement."""
        kind = "change" if changed else "open"
        filing = (await self.file(kind=kind, new_media={**ACCOUNT, **changed})).json()["id"]
        async with self.as_("office") as client:
            assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200
            name = changed.get("name", ACCOUNT["name"])
            await until(lambda: named(client, name))

    async def shows(self, name: str, at: datetime) -> None:
        """The platform shows ``name``."""
        unit = registry.UnitRef(id="police", name="郑州市公安局")
        seen = probe.ProfileSeen(
            outlet="a-weibo-zzwj",
            unit=unit,
            source="json_feed",
            profile=probe.Profile(name=name, verified_as=ACCOUNT["verified_as"]),
            vantage="main",
            due_at=at,
            looked_at=at,
        )
        told = say(seen, subject=seen.outlet, region="41.01.00.0", actor="service:prober", reason="scheduled")
        await self.bus.publish(told)

    async def said(self, *facts: type[Any]) -> list[Event[Any]]:
        """What the registry said of these kinds, in order."""
        state = (await self.bus.stream("FACTS")).state
        events = [
            parse((await self.bus.js.get_msg("FACTS", number)).data or b"")
            for number in range(state.first_seq, state.last_seq + 1)
        ]
        return [event for event in events if isinstance(event.data, facts)]


async def send(client: httpx.AsyncClient, page: str, path: str, data: dict[str, str]) -> httpx.Response:
    """Open ``page`` and send its form to ``path``."""
    shown = await client.get(page)
    token = re.search(r'name="page_token" value="([0-9a-f]{64})"', shown.text)
    assert token, shown.text
    return await client.post(path, data={"page_token": token[1], **data})


async def until(look: Callable[[], Awaitable[bool]], seconds: int = 10) -> None:
    """Wait for ``look``, so many seconds at most."""
    for _ in range(50 * seconds):
        if await look():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"it did not happen in {seconds} seconds")


async def named(client: httpx.AsyncClient, name: str) -> bool:
    answer = await client.get("/registry/api/outlets/a-weibo-zzwj")
    return answer.status_code == 200 and answer.json()["filed"]["name"] == name
