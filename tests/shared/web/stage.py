"""A browser without a network, for tests of the frame."""

import re

import httpx
from fastapi import FastAPI

PASSWORD = "correct horse battery"
HERE = {"Sec-Fetch-Site": "same-origin"}
FORM = {"platform": "weibo", "name": "示例网警", "on": "2026-10-17"}


class Browser:
    """Keeps cookies and fills forms as a browser does, without a network."""

    def __init__(self, app: FastAPI, scheme: str = "http") -> None:
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"{scheme}://us.gov.cn")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def post(self, page: str, path: str, data: dict[str, str]) -> httpx.Response:
        """Open ``page`` and send its form to ``path``."""
        token = token_of(await self.get(page))
        return await self.http.post(path, data={"page_token": token, **data}, headers=HERE)

    async def sign_in(self, wanted: str = "/registry/", password: str = PASSWORD) -> httpx.Response:
        return await self.post("/sign-in", "/sign-in", {"login": "wang", "password": password, "next": wanted})

    def cookie(self) -> str:
        (cookie,) = (cookie.value for cookie in self.http.cookies.jar)
        return cookie or ""


def token_of(response: httpx.Response) -> str:
    found = re.search(r'name="page_token" value="([0-9a-f]{64})"', response.text)
    assert found, response.text
    return found[1]
