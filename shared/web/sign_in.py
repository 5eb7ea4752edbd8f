"""Signing in and out. Served by the registry; every service sends people here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import Identity, Refusal, SignInRefused
from shared.identity.secrets import new_session_id
from shared.web.filters import BEIJING
from shared.web.forgery import page_token
from shared.web.pages import page
from shared.web.paths import local_path
from shared.web.session import cookie_of, drop_cookie, set_cookie, who

SENTENCES = {Refusal.WRONG: "用户名或密码不对。", Refusal.LOCKED: "尝试次数过多。为了安全，请在 {until} 之后再试。"}


def sign_in_router(identity: Identity) -> APIRouter:
    """``/sign-in`` and ``/sign-out``."""
    router = APIRouter(include_in_schema=False)

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
        wanted: Annotated[str, Form(alias="next")] = "/",
    ) -> Response:
        address = request.client.host if request.client else ""
        try:
            session = await identity.sign_in(login, password, address=address)
        except SignInRefused as refused:
            return _refused(request, refused, login, local_path(wanted))
        if before := cookie_of(request):
            await identity.sign_out(before)
        response = RedirectResponse(local_path(wanted), 303, {"Cache-Control": "no-store"})
        set_cookie(request, response, session)
        return response

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        if session := cookie_of(request):
            await identity.sign_out(session)
        response = RedirectResponse("/sign-in", 303, {"Cache-Control": "no-store"})
        drop_cookie(request, response)
        return response

    return router


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
        page_token=page_token(cookie),
    )
    set_cookie(request, response, cookie)
    return response


def _refused(request: Request, refused: SignInRefused, login: str, wanted: str) -> Response:
    until = _clock(refused.until) if refused.until else ""
    sentence = SENTENCES[refused.reason].format(until=until)
    status = 429 if refused.reason is Refusal.LOCKED else 401
    return _form(request, wanted=wanted, login=login, error=sentence, status=status)


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M:%S")
