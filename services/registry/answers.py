"""The desk's refusals as answers of the web."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from fastapi import HTTPException, Response
from fastapi.responses import RedirectResponse

from services.registry.desk import NotAllowed, NotThere
from services.registry.refusal import Refused
from shared import web

T = TypeVar("T")


@contextmanager
def telling(*, but_refusals: bool = False) -> Iterator[None]:
    """Turn what the desk raises into what people and programs are told; ``but_refusals`` a form shows itself."""
    try:
        yield
    except NotThere as error:
        raise HTTPException(404) from error
    except NotAllowed as error:
        raise web.Refused("forbidden", str(error), 403) from error
    except Refused as refused:
        if but_refusals:
            raise
        fields = {refused.field: refused.sentence} if refused.field else {}
        raise web.Refused(refused.reason, refused.sentence, 422 if fields else 409, fields) from refused


async def answered(
    act: Awaitable[T] | None,
    errors: Mapping[str, str],
    again: Callable[..., Awaitable[Response]],
    to: Callable[[T], str],
) -> Response:
    """Do what a form asks and go on to ``to``; when it is refused, its page ``again`` with what is wrong.

    ``act`` is None when the form could not be read: ``errors`` says why.
    """
    if act is None:
        return await again(errors=dict(errors), status=422)
    try:
        with telling():
            done = await act
    except web.Refused as refused:
        if not refused.fields:
            raise
        return await again(errors=dict(refused.fields), status=refused.status)
    return RedirectResponse(to(done), 303, {"Cache-Control": "no-store"})
