"""Around every request: a span, security headers, a limit on size, the check against forgery, and the page for 500."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.audit import coming_from
from shared.telemetry import logger, span
from shared.web.errors import FORGED, PROBLEMS, answer
from shared.web.forgery import FIELD, SAFE, Forgery, forged_origin, forged_token
from shared.web.host import host_of
from shared.web.limits import over_limit
from shared.web.session import cookie_of, who

LARGEST = 2 * 1024 * 1024
UPLOADS = frozenset({"/registry/import"})
"""Where people who are signed in may send a file of up to ``upload_megabytes``."""
LARGEST_WITH_FILES = 42_000_000
WITH_FILES = re.compile(r"/registry/(?:file|filings/[^/]+/mend|api/attachments)")
"""Where people who are signed in may send files, with a form or one as it is."""
LONGEST_QUERY = 4096
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # what Internet Explorer knows of frame-ancestors
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer says unless it says otherwise itself."""
OVER_HTTPS: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
UNTRACED = frozenset({"/livez", "/readyz", "/metrics"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Guard:
    """The outermost layer of a service's web application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False
        https = host_of(Request(scope)).settings.cookie_secure
        said = {**HEADERS, **OVER_HTTPS} if https else HEADERS

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in said.items():
                    headers.setdefault(name, value)
            await send(message)

        with _request_span(scope), coming_from((scope.get("client") or ("",))[0]):
            try:
                await self._checked(scope, receive, send_guarded)
            except Exception:
                if begun:
                    raise
                request = Request(scope, receive)
                logger(host_of(request).service).exception("a request failed", path=scope["path"])
                await (await answer(request, PROBLEMS[500]))(scope, receive, send_guarded)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if _not_for_us(scope):
            await (await answer(request, PROBLEMS[400]))(scope, receive, send)
            return
        if wait := await over_limit(request):
            refusal = await answer(request, PROBLEMS[429])
            refusal.headers["Retry-After"] = str(wait)
            await refusal(scope, receive, send)
            return
        if scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        body = await _body(request, await _largest(request))
        if body is None:
            await (await answer(request, PROBLEMS[413]))(scope, receive, send)
            return
        replayed = _replay(body, receive)
        forgery = await _forgery(Request(scope, replayed))
        if forgery is not None:
            logger(host_of(request).service).warning("a request was refused", reason=forgery, path=scope["path"])
            await (await answer(request, FORGED))(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _not_for_us(scope: Scope) -> bool:
    """Whether an address is longer than any of ours, or holds a NUL: nobody types one, and databases stumble on it."""
    query: bytes = scope["query_string"]
    return len(query) > LONGEST_QUERY or b"%00" in query or "\0" in scope["path"]


def _request_span(scope: Scope) -> AbstractContextManager[object]:
    """The span of a request; none for what an orchestrator asks every few seconds."""
    if scope["path"] in UNTRACED:
        return nullcontext()
    return span(f"{scope['method']} {scope['path']}", Headers(scope=scope).get("traceparent"))


async def _largest(request: Request) -> int:
    if request.url.path in UPLOADS and await who(request) is not None:
        return LARGEST + host_of(request).settings.upload_megabytes * 1_000_000
    if WITH_FILES.fullmatch(request.url.path) and await who(request) is not None:
        return LARGEST_WITH_FILES
    return LARGEST


async def _body(request: Request, largest: int) -> bytes | None:
    """The whole body, None when it is larger than ``largest`` bytes."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > largest:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives ``body`` first, then whatever else comes (that the client left)."""
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _of_api(request: Request) -> bool:
    return request.url.path.startswith(host_of(request).api)


async def _forgery(request: Request) -> Forgery | None:
    """Why this request is refused. A request with an Authorization header is not made by a page: no cookie counts.

    A program that forgot its token has no cookie either: it can do nothing, and is told to sign in.
    """
    if "authorization" in request.headers or (cookie_of(request) is None and _of_api(request)):
        return None
    by_origin = forged_origin(request.headers, urlsplit(host_of(request).settings.public_url).netloc)
    if by_origin is not None:
        return by_origin
    token: object = None
    if request.headers.get("content-type", "").startswith(FORMS):
        async with request.form() as form:
            token = form.get(FIELD)
    return forged_token(cookie_of(request), token if isinstance(token, str) else None)
