"""What people and programs are told when something does not go: what happened, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match

from shared.documents import UNAVAILABLE, Stale
from shared.identity import Action, Person, may
from shared.telemetry import trace_id
from shared.web.forgery import SAFE
from shared.web.forms import messages
from shared.web.host import host_of
from shared.web.pages import FRAGMENT, page
from shared.web.paths import local_path, path_of
from shared.web.session import NotSignedIn, who


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error page says. ``code`` is for programs; ``advice`` says what to do now."""

    status: int
    code: str
    title: str
    advice: str


PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(400, "bad_request", "请求无法识别", "请返回上一页，重新打开页面后再试。"),
        Problem(401, "not_signed_in", "尚未登录", "请登录，或在请求中附上有效的令牌。"),
        Problem(403, "forbidden", "没有权限", "您的账号不能做这件事。如确属您的职责，请联系本级系统管理员授权。"),
        Problem(404, "not_found", "没有找到", "这里没有内容，或不在您的管辖范围内。请核对地址，或从上方栏目进入。"),
        Problem(405, "method_not_allowed", "不能这样访问", "请从上方栏目进入相应页面后再操作。"),
        Problem(
            409,
            "stale",
            "内容已被他人更改",
            "在您操作期间有人改动了它，您的更改没有保存。请重新打开页面，核对后再提交。",
        ),
        Problem(412, "stale", "内容已被他人更改", "请重新获取，核对后再提交。"),
        Problem(413, "too_large", "提交的内容过大", "请减少内容或拆成几次提交。"),
        Problem(422, "invalid", "填写有误", "请按下面的提示改正后重新提交。"),
        Problem(429, "too_many", "操作过于频繁", "请稍候再试。"),
        Problem(500, "internal", "系统出错", "您的操作可能没有完成。请稍后再试；仍不行时，请告诉系统管理员。"),
        Problem(503, "unavailable", "暂时不可用", "系统正在恢复，您的操作没有保存。请稍后再试。"),
    )
}
NOT_NOW = "现在不能办理"
"""The title when nobody changed anything, and yet it cannot be done (409)."""
FORGED = Problem(
    403, "forged", "页面已过期", "为了安全，这次提交没有执行。请重新打开页面再提交；浏览器须允许使用 Cookie。"
)


@dataclass
class Refused(Exception):  # noqa: N818 - it reads as what happened
    """A request that cannot be done, for a reason the person can be told.

    ``code`` is the named reason of the decision; ``message`` is Chinese; ``fields`` says what is wrong with which.
    """

    code: str
    message: str
    status: int = 422
    fields: Mapping[str, str] = field(default_factory=dict)


def require(person: Person, action: Action, *, region: str, unit: str = "") -> None:
    """Refuse with 403 unless ``person`` may do ``action`` there."""
    if not may(person, action, region=region, unit=unit):
        raise Refused("forbidden", PROBLEMS[403].advice, 403)


async def answer(request: Request, problem: Problem, fields: Mapping[str, str] | None = None) -> Response:
    """``problem`` as a page, or for programs as ``{"error": {"code", "message", "fields"}}``."""
    trace = trace_id()
    if request.url.path.startswith(host_of(request).api):
        error = {"code": problem.code, "message": f"{problem.title}：{problem.advice}", "fields": dict(fields or {})}
        if problem.status >= 500:  # noqa: PLR2004 - the server's own errors
            error["trace"] = trace
        return JSONResponse({"error": error}, problem.status, {"Cache-Control": "no-store"})
    await _know_person(request)
    again = request.url.path if request.method in SAFE else path_of(request.headers.get("referer"), _host(request))
    return page(
        request, "error.html", status=problem.status, problem=problem, fields=fields or {}, again=again, trace=trace
    )


def handle(app: FastAPI) -> None:
    """Answer every kind of error in our own words."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(Stale, _stale)
    for error in UNAVAILABLE:
        app.add_exception_handler(error, _unavailable)


async def _http(request: Request, error: Exception) -> Response:
    status = cast("HTTPException", error).status_code
    response = await answer(request, PROBLEMS.get(status, PROBLEMS[400 if status < 500 else 500]))  # noqa: PLR2004 - the server's own errors begin at 500
    response.headers.update(cast("HTTPException", error).headers or {})
    if status == PROBLEMS[405].status:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """Every method of the address: those of all its routes, where FastAPI names those of the first."""
    contexts = iter_route_contexts(request.app.routes)
    fitting = [context for context in contexts if context.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for context in fitting for method in context.methods or ()})


async def _invalid(request: Request, error: Exception) -> Response:
    errors = cast("list[ErrorDetails]", cast("RequestValidationError", error).errors())
    in_path = any(problem["loc"][:1] == ("path",) for problem in errors)
    return await answer(request, PROBLEMS[404]) if in_path else await answer(request, PROBLEMS[422], messages(errors))


async def _refused(request: Request, error: Exception) -> Response:
    refused = cast("Refused", error)
    known = PROBLEMS.get(refused.status, PROBLEMS[422])
    title = NOT_NOW if known is PROBLEMS[409] and refused.code != known.code else known.title
    return await answer(request, Problem(refused.status, refused.code, title, refused.message), refused.fields)


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(host_of(request).api) or FRAGMENT in request.headers:
        response = await answer(request, PROBLEMS[401])
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = local_path(here) if request.method in SAFE else path_of(request.headers.get("referer"), _host(request))
    return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303, {"Cache-Control": "no-store"})


async def _stale(request: Request, _error: Exception) -> Response:
    return await answer(request, PROBLEMS[409])


async def _unavailable(request: Request, _error: Exception) -> Response:
    return await answer(request, PROBLEMS[503])


def _host(request: Request) -> str:
    return request.headers.get("host", "")


async def _know_person(request: Request) -> Any:
    """Load who is signed in, for the frame; an error page must come even when that cannot be known."""
    try:
        return await who(request)
    except UNAVAILABLE:
        request.state.person = None
