"""Idempotency-Key: the same request again gives the same answer and has no second effect."""

from collections.abc import Awaitable, Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from shared.documents import Stale
from shared.once import Answer, Asked, AskedDocument, Conflict, Once
from shared.telemetry import logger
from shared.web.errors import Refused
from shared.web.host import host_of
from shared.web.session import who

HEADER = "Idempotency-Key"
LONGEST_KEY = 100
REMEMBERED = ("content-type", "location", "etag")
"""The headers that belong to an answer; the others belong to the moment it is sent."""
SENTENCES = {
    Conflict.KEY_USED: "这个 Idempotency-Key 已用于另一项请求。新的请求请换一个新的值。",
    Conflict.UNDER_WAY: "同一请求正在办理，没有重复执行。请稍候以同样的内容再试，即可取得结果。",
}
_WITH_EFFECT = range(200, 400)

Handler = Callable[[Request], Awaitable[Response]]


async def once(kept: Once, handle: Handler, request: Request) -> Response:
    """The answer of ``handle``, or the one given before under the same key. Raises ``Refused`` (409).

    What was refused or failed is not remembered: the same key may be used when it is mended.
    """
    asked = await _asked(request)
    if asked is None:
        return await handle(request)
    begun = await kept.begin(asked, host_of(request).now())
    if isinstance(begun, Conflict):
        raise Refused(begun, SENTENCES[begun], 409)
    if isinstance(begun, Answer):
        return Response(begun.body.plain, begun.status, begun.headers)
    return await _done(kept, begun, handle, request)


async def _done(kept: Once, begun: AskedDocument, handle: Handler, request: Request) -> Response:
    try:
        response = await handle(request)
    except BaseException:
        await kept.release(begun)
        raise
    if response.status_code not in _WITH_EFFECT:
        await kept.release(begun)
        return response
    headers = {name: value for name, value in response.headers.items() if name in REMEMBERED}
    try:
        await kept.finish(begun, response.status_code, headers, bytes(response.body).decode())
    except Stale:
        logger(host_of(request).service).warning("a request took so long that its key was taken over", what=begun.what)
    return response


async def _asked(request: Request) -> Asked | None:
    """The request with its key; None without a usable key, or when nobody is signed in."""
    key = request.headers.get(HEADER, "")
    person = await who(request)
    if not 0 < len(key) <= LONGEST_KEY or person is None:
        return None
    sent = (request.url.query, request.headers.get("if-match", ""), request.headers.get("content-type", ""))
    content = sha256("\n".join(sent).encode() + b"\n" + await request.body()).hexdigest()
    return Asked(f"person:{person.id}", key, f"{request.method} {request.url.path}", content)
