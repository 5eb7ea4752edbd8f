"""Signing in and out. Served by the registry; every service sends people here."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import Identity, Provider, Refusal, SignInRefused
from shared.identity.secrets import new_session_id
from shared.web.filters import clock
from shared.web.forgery import page_token
from shared.web.host import host_of
from shared.web.pages import page
from shared.web.paths import local_path
from shared.web.session import cookie_of, device_of, drop_cookie, set_cookie, who
from shared.web.sign_in_provider import provider_routes

SENTENCES = {
    Refusal.WRONG: "用户名或密码不对。",
    Refusal.LOCKED: "尝试次数过多。为了安全，请在 {until} 之后再试。",
    Refusal.WRONG_CODE: "验证码不对，或已经用过。请等待下一个验证码后再试。",
    Refusal.TOO_LATE: "等待验证码的时间过长，请重新登录。",
    Refusal.NOT_LINKED: "统一身份认证已通过，但这个身份还没有关联本系统的账号。请联系本级系统管理员。",
}
NO_STORE = {"Cache-Control": "no-store"}
Wanted = Annotated[str, Form(alias="next")]


def sign_in_router(identity: Identity, provider: Provider | None = None) -> APIRouter:
    """``/sign-in`` and ``/sign-out``; ``provider`` is the one people may sign in through."""
    router = APIRouter(include_in_schema=False)
    _password(router, identity)
    _second_step(router, identity)
    if provider is not None:
        provider_routes(router, identity, provider, _form_saying, said)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        if session := cookie_of(request):
            await identity.sign_out(session)
        response = RedirectResponse("/sign-in", 303, NO_STORE)
        drop_cookie(request, response)
        return response

    return router


def _password(router: APIRouter, identity: Identity) -> None:
    @router.get("/sign-in")
    async def sign_in_page(request: Request, wanted: Annotated[str, Query(alias="next")] = "/") -> Response:
        if await who(request) is not None:
            return RedirectResponse(local_path(wanted), 303)
        return _form(request, wanted=local_path(wanted))

    @router.post("/sign-in")
    async def sign_in(
        request: Request,
        login: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        wanted: Wanted = "/",
    ) -> Response:
        device = device_of(request)
        try:
            session = await identity.sign_in(login, password, address=device.address, browser=device.browser)
        except SignInRefused as refused:
            return refused_page(request, refused, local_path(wanted), login)
        if before := cookie_of(request):
            await identity.sign_out(before)
        if await identity.awaits_code(session):
            response: Response = _code_form(request, session, local_path(wanted))
        else:
            response = RedirectResponse(local_path(wanted), 303, NO_STORE)
        set_cookie(request, response, session)
        return response


def _second_step(router: APIRouter, identity: Identity) -> None:
    @router.get("/sign-in/code")
    async def code_page(request: Request, wanted: Annotated[str, Query(alias="next")] = "/") -> Response:
        session = cookie_of(request) or ""
        if not await identity.awaits_code(session):
            return RedirectResponse("/sign-in", 303)
        return _code_form(request, session, local_path(wanted))

    @router.post("/sign-in/code")
    async def code(request: Request, code: Annotated[str, Form()] = "", wanted: Wanted = "/") -> Response:
        half, device = cookie_of(request) or "", device_of(request)
        try:
            session = await identity.give_code(half, code, address=device.address, browser=device.browser)
        except SignInRefused as refused:
            if refused.reason is Refusal.TOO_LATE:
                return refused_page(request, refused, local_path(wanted))
            return _code_form(request, half, local_path(wanted), refused)
        response = RedirectResponse(local_path(wanted), 303, NO_STORE)
        set_cookie(request, response, session)
        return response


def refused_page(request: Request, refused: SignInRefused, wanted: str, login: str = "") -> Response:
    """The form with what is wrong: 429 when there were too many tries, else 401."""
    return _form(request, wanted=wanted, login=login, error=said(refused), status=_status(refused))


def _form_saying(request: Request, sentence: str, status: int) -> Response:
    return _form(request, wanted="/", error=sentence, status=status)


def said(refused: SignInRefused) -> str:
    """Why somebody could not sign in, as a Chinese sentence."""
    return SENTENCES[refused.reason].format(until=clock(refused.until) if refused.until else "")


def _status(refused: SignInRefused) -> int:
    return 429 if refused.reason is Refusal.LOCKED else 401


def _form(request: Request, *, wanted: str, login: str = "", error: str = "", status: int = 200) -> Response:
    """The form, for a browser that may have no cookie yet: it gets one that is nobody's."""
    cookie = cookie_of(request) or new_session_id()
    response = page(
        request,
        "sign-in.html",
        status=status,
        wanted=wanted,
        login=login,
        error=error,
        provider=bool(host_of(request).settings.oidc_issuer),
        page_token=page_token(cookie),
    )
    set_cookie(request, response, cookie)
    return response


def _code_form(request: Request, session: str, wanted: str, refused: SignInRefused | None = None) -> Response:
    return page(
        request,
        "sign-in-code.html",
        status=_status(refused) if refused else 200,
        wanted=wanted,
        error=said(refused) if refused else "",
        page_token=page_token(session),
    )
