"""The frame of every route for programs: its errors are declared, its POSTs may carry a key."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from shared.once import Once
from shared.web.errors import PROBLEMS
from shared.web.keyed import HEADER, LONGEST_KEY, once

ALWAYS = (400, 401, 403, 422, 429, 500, 503)
OF_ONE = (404,)
OF_CHANGES = (404, 409, 412, 413)
"""What a change sends may name what is not there, too."""
PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
"""How a route that people open, too, tells what went wrong."""
SIGN_IN = {"description": "to the page where one signs in"}
BEARER = HTTPBearer(auto_error=False, description="A token of a person: govwatch admin token, or the page /account.")


DECLARES = 422
NAMED = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}


class Fault(BaseModel):
    """What went wrong: ``code`` for programs, ``message`` in Chinese for people, ``fields`` says what of which field.

    ``trace`` is the number under which the operator finds it, with errors of the server alone.
    """

    code: str
    message: str
    fields: dict[str, str]
    trace: str = Field(default="")


class Failure(BaseModel):
    """The one shape of every answer that is an error."""

    error: Fault


def _fails(code: int) -> dict[str, Any]:
    """One answer declares the shape and the others name it: a shape declared is a validator built, for each route."""
    shape = {"model": Failure} if code == DECLARES else {"content": NAMED}
    return {**shape, "description": PROBLEMS[code].title}


MAY_BE_MISSING: dict[int | str, dict[str, Any]] = {404: _fails(404)}
"""The ``responses`` of a route whose query may name what is not there."""


def _key(
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            min_length=1,
            max_length=LONGEST_KEY,
            description="The same key and content within a day gives the same answer and has no second effect.",
        ),
    ] = None,
) -> None:
    """Declares the header; ``keyed.once`` reads it."""


def _errors(path: str, *, changing: bool) -> dict[int | str, dict[str, Any]]:
    codes = {*ALWAYS, *(OF_ONE if "{" in path else ()), *(OF_CHANGES if changing else ())}
    declared = {code: _fails(code) for code in sorted(codes)}
    return declared if "/api" in path else {303: SIGN_IN, **{code: _also_a_page(one) for code, one in declared.items()}}


def _also_a_page(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "content": {**answer.get("content", {}), **PAGE["content"]}}


class ApiRoute(APIRoute):
    """A route that declares how it fails."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        changing = "POST" in (options.get("methods") or ())
        options["responses"] = {**_errors(path, changing=changing), **(options.get("responses") or {})}
        if changing:
            options["dependencies"] = [*(options.get("dependencies") or []), Depends(_key)]
        super().__init__(path, endpoint, **options)


def api_router(service: str, prefix: str = "", kept: Once | None = None, *, public: bool = False) -> APIRouter:
    """The router of a service's API, below ``/<service>`` and ``prefix``.

    ``kept`` is where what was asked for under a key is remembered; a service that takes no POST has none. What is
    ``public`` asks nobody for a token.
    """

    class Route(ApiRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()
            if kept is None or "POST" not in (self.methods or ()):
                return handle
            return partial(once, kept, handle)

    asked = [] if public else [Depends(BEARER)]
    return APIRouter(prefix=f"/{service}{prefix}", tags=[service], route_class=Route, dependencies=asked)
