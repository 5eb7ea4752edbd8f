"""Who makes a request: the session in the cookie, or the bearer token when there is an Authorization header."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from shared.identity import Device, Person, SignInRefused
from shared.web.browsers import browser_family
from shared.web.host import host_of

_UNKNOWN = object()
_TOKEN = re.compile(r"gov_[0-9a-f]{12}_[A-Za-z0-9_-]{20}")


class NotSignedIn(Exception):  # noqa: N818 - it reads as what happened
    """Nobody is signed in: a page sends people to sign in, the API answers 401."""


class Bar(StrEnum):
    """Why a request goes no further although somebody may be signed in; ``code`` of the answer."""

    PASSWORD_DUE = "password_due"  # noqa: S105 - the name of a reason
    TOKEN_IN_URL = "token_in_url"  # noqa: S105 - the name of a reason
    NOT_BY_TOKEN = "not_by_token"  # noqa: S105 - the name of a reason
    TOO_MANY_TRIES = "too_many_tries"


class Barred(Exception):  # noqa: N818 - it reads as what happened
    """A request is refused for who or what makes it; ``until`` is when the next try is let through."""

    def __init__(self, reason: Bar, until: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.until = until


def cookie_of(request: Request) -> str | None:
    """What the session cookie holds."""
    return request.cookies.get(host_of(request).cookie)


def set_cookie(request: Request, response: Response, value: str) -> None:
    """Give the browser the session id ``value`` until it is closed; no script can read it."""
    host = host_of(request)
    response.set_cookie(host.cookie, value, httponly=True, secure=host.settings.cookie_secure, samesite="lax")


def drop_cookie(request: Request, response: Response) -> None:
    """Make the browser forget its session."""
    host = host_of(request)
    response.delete_cookie(host.cookie, httponly=True, secure=host.settings.cookie_secure, samesite="lax")


def device_of(request: Request) -> Device:
    """Where a request comes from."""
    address = request.client.host if request.client else ""
    return Device(address, browser_family(request.headers.get("user-agent", "")))


async def who(request: Request) -> Person | None:
    """The person behind ``request``, looked up once. A request with an Authorization header has no cookie."""
    known = getattr(request.state, "person", _UNKNOWN)
    if known is not _UNKNOWN:
        return cast("Person | None", known)
    person = await _look_up(request)
    request.state.person = person
    return person


async def _look_up(request: Request) -> Person | None:
    identity = host_of(request).identity
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return await identity.person_of_token(token.strip()) if scheme.lower() == "bearer" else None
    cookie = cookie_of(request)
    return await identity.person_of_session(cookie) if cookie else None


async def signed_in(request: Request) -> Person:
    """The person behind ``request``. Raises NotSignedIn, Barred."""
    person = await _somebody(request)
    if person.password_due:
        raise Barred(Bar.PASSWORD_DUE)
    return person


async def at_first_sign_in(request: Request) -> Person:
    """The person at the browser, even when their first password is still to be changed. Raises NotSignedIn, Barred."""
    if "authorization" in request.headers:
        raise Barred(Bar.NOT_BY_TOKEN)
    return await _somebody(request)


async def in_person(request: Request) -> Person:
    """The person at the browser; no program acts here, whatever its token. Raises NotSignedIn, Barred."""
    await at_first_sign_in(request)
    return await signed_in(request)


async def _somebody(request: Request) -> Person:
    if _TOKEN.search(request.url.query):
        raise Barred(Bar.TOKEN_IN_URL)
    person = await who(request)
    if person is None:
        if "authorization" in request.headers:
            await _count_wrong_token(request)
        raise NotSignedIn
    return person


async def _count_wrong_token(request: Request) -> None:
    """A token that is nobody's counts against its address. One that is right is let through whatever was counted."""
    try:
        await host_of(request).identity.admit_from("token", device_of(request).address)
    except SignInRefused as refused:
        raise Barred(Bar.TOO_MANY_TRIES, refused.until) from refused


SignedIn = Annotated[Person, Depends(signed_in)]
"""A route parameter of this type needs somebody signed in."""
InPerson = Annotated[Person, Depends(in_person)]
"""A route parameter of this type needs somebody at a browser: accounts are not managed by tokens."""
AtFirstSignIn = Annotated[Person, Depends(at_first_sign_in)]
"""The same, also before the first password is changed."""
