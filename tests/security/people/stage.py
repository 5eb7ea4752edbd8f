"""People who sign in at the sample pages, each in a browser of their own; and a clock that goes on when told."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "another long enough one"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Safari/604.1 MicroMessenger/8.0"
HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Clock:
    """A clock that goes on when told."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def on(self, **length: float) -> None:
        self.at += timedelta(**length)


class Browser:
    """Keeps cookies and fills forms as a browser does, without a network."""

    def __init__(self, app: Any, address: str = "192.0.2.7", agent: str = WINDOWS) -> None:
        transport = httpx.ASGITransport(app, client=(address, 40_000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://us.gov.cn", headers={"User-Agent": agent})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def send(self, page: str, path: str, **data: Any) -> httpx.Response:
        """Open ``page`` and send a form to ``path``."""
        return await self.answer(await self.get(page), path, **data)

    async def answer(self, page: httpx.Response, path: str, **data: Any) -> httpx.Response:
        """Send a form that stands on ``page`` to ``path``."""
        return await self.http.post(path, data={"page_token": token_of(page), **data}, headers=HERE)

    async def sign_in(self, login: str = "wang", password: str = PASSWORD, wanted: str = "/account") -> httpx.Response:
        return await self.send("/sign-in", "/sign-in", login=login, password=password, next=wanted)

    @property
    def cookie(self) -> str:
        """The session id."""
        (cookie,) = (cookie.value for cookie in self.http.cookies.jar if cookie.name == "govwatch")
        return cookie or ""


def token_of(response: httpx.Response) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="page_token" value="([0-9a-f]{64})"', response.text)
    assert found, response.text
    return found[1]


def shown(response: httpx.Response) -> list[str]:
    """What a page shows once: tokens, recovery codes, keys, first passwords."""
    return re.findall(r'class="secret"[^>]*>([^<]+)<', response.text)
