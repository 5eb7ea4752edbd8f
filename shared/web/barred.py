"""What people and programs are told when their request goes no further for who or what makes it."""

from typing import cast
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import NotOpened
from shared.telemetry import logger
from shared.web.errors import Problem, answer
from shared.web.filters import clock
from shared.web.forgery import SAFE
from shared.web.host import host_of
from shared.web.pages import FRAGMENT
from shared.web.paths import local_path
from shared.web.session import Bar, Barred

PASSWORD_PAGE = "/account/password"  # noqa: S105 - the address of a page
PROBLEMS = {
    Bar.PASSWORD_DUE: Problem(
        403, Bar.PASSWORD_DUE, "请先修改初始密码", "初始密码由他人设定。请在网页登录，设定自己的密码后再继续。"
    ),
    Bar.TOKEN_IN_URL: Problem(
        400,
        Bar.TOKEN_IN_URL,
        "令牌不得写在网址里",
        "网址会留在日志和浏览记录中。请把令牌放在请求头 Authorization: Bearer 中；这个令牌可能已经泄露，请尽快作废。",
    ),
    Bar.NOT_BY_TOKEN: Problem(
        403, Bar.NOT_BY_TOKEN, "须由本人办理", "账户和人员管理只能由本人在网页登录后办理，不能用令牌。"
    ),
    Bar.TOO_MANY_TRIES: Problem(429, Bar.TOO_MANY_TRIES, "尝试次数过多", "为了安全，请在 {until} 之后再试。"),
}


NO_KEY = Problem(
    503, "no_key", "两步验证暂时不能用", "系统的密钥不可用，与您的验证码无关。请联系本级系统管理员；管理员请查看日志。"
)


def handle(app: FastAPI) -> None:
    """Answer what ``session`` bars, and a second step without the key of this installation."""
    app.add_exception_handler(Barred, _barred)
    app.add_exception_handler(NotOpened, _no_key)


async def _no_key(request: Request, error: Exception) -> Response:
    logger("identity").error("a second step cannot be read", error=str(error))
    return await answer(request, NO_KEY)


async def _barred(request: Request, error: Exception) -> Response:
    barred = cast("Barred", error)
    at_a_page = not request.url.path.startswith(host_of(request).api) and FRAGMENT not in request.headers
    if barred.reason is Bar.PASSWORD_DUE and at_a_page and "authorization" not in request.headers:
        return _to_the_password_page(request)
    problem = PROBLEMS[barred.reason]
    until = clock(barred.until) if barred.until else ""
    response = await answer(
        request, Problem(problem.status, problem.code, problem.title, problem.advice.format(until=until))
    )
    if barred.until is not None:
        left = (barred.until - host_of(request).now()).total_seconds()
        response.headers["Retry-After"] = str(max(1, int(left) + 1))
    return response


def _to_the_password_page(request: Request) -> Response:
    """Every page leads there, and from there back to where they were going."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = local_path(here) if request.method in SAFE else "/"
    return RedirectResponse(f"{PASSWORD_PAGE}?{urlencode({'next': back})}", 303, {"Cache-Control": "no-store"})
