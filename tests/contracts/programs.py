"""Programs with the tokens of people, and what they send."""

from typing import Any

import httpx

from tests.security.matrix_rules import MARKS, Persona, Place
from tests.security.offices import ORIGIN, Installation

FILINGS = "/registry/api/filings"


def program(city: Installation, who: Persona, service: str = "registry", **headers: str) -> httpx.AsyncClient:
    """A program with the token of ``who``."""
    bearer = {"Authorization": f"Bearer {city.people[who].token}", **headers}
    return httpx.AsyncClient(transport=httpx.ASGITransport(city.apps[service]), base_url=ORIGIN, headers=bearer)


def unit(city: Installation, **headers: str) -> httpx.AsyncClient:
    return program(city, Persona.UNIT_ADMINISTRATOR, **headers)


def office(city: Installation, **headers: str) -> httpx.AsyncClient:
    return program(city, Persona.APPROVER, **headers)


def opening(account: str, **changed: str) -> dict[str, Any]:
    """A filing that opens an account."""
    filed = {"platform": "weibo", "account": account, "name": MARKS[Place.OWN], **changed}
    return {"unit": "u-jia", "kind": "open", "new_media": filed}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
