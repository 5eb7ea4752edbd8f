"""Who makes a request: the session in the cookie, or the bearer token when there is an Authorization header."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from shared.identity import Person
from shared.web.host import host_of

_UNKNOWN = object()


class NotSignedIn(Exception):  # noqa: N818 - it reads as what happened
    """Nobody is signed in: a page sends people to sign in, the API answers 401."""


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
    """The person behind ``request``. Raises NotSignedIn."""
    person = await who(request)
    if person is None:
        raise NotSignedIn
    return person


SignedIn = Annotated[Person, Depends(signed_in)]
"""A route parameter of this type needs somebody signed in."""
