"""Signing in through the provider: there, and back with a code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import BadToken, Identity, Provider, ProviderFailed, SignInRefused, TokenFlaw
from shared.identity.provider import CALLBACK
from shared.identity.secrets import new_session_id
from shared.identity.store import FlowDocument
from shared.telemetry import logger
from shared.web.paths import local_path
from shared.web.session import cookie_of, device_of, set_cookie

NO_STORE = {"Cache-Control": "no-store"}
NO_ANSWER = "统一身份认证平台没有正常应答，请稍后再试；急需登录的，可用本系统的用户名和密码。"
DECLINED = "统一身份认证平台没有同意这次登录。请重新登录；仍不成功的，联系该平台的管理员。"
NOT_OURS = "这次登录已经过期、已经用过，或不是从这个浏览器发起的。请重新登录。"
FLAWS = {
    TokenFlaw.SIGNATURE: "认证平台给出的身份凭证签名不可信，没有采用。请联系本级系统管理员。",
    TokenFlaw.ISSUER: "身份凭证不是由约定的认证平台签发的，没有采用。请联系本级系统管理员。",
    TokenFlaw.AUDIENCE: "身份凭证是签发给其他系统的，没有采用。请联系本级系统管理员。",
    TokenFlaw.EXPIRED: "身份凭证不在有效时间内。请重新登录；仍不成功的，请管理员核对服务器时间。",
    TokenFlaw.NONCE: "身份凭证不属于这次登录，没有采用。请重新登录。",
    TokenFlaw.SUBJECT: "身份凭证中没有身份标识，没有采用。请联系本级系统管理员。",
}
_UNAUTHORIZED, _UNAVAILABLE = 401, 503
_log = logger("identity")


Form = Callable[[Request, str, int], Response]
"""The sign-in form with a sentence about what is wrong, and a status."""


@dataclass
class _NotIn(Exception):  # noqa: N818 - it reads as what happened
    """They did not come in: ``reason`` is for the log, ``sentence`` for the page."""

    reason: str
    sentence: str
    status: int = _UNAUTHORIZED


def provider_routes(
    router: APIRouter, identity: Identity, provider: Provider, form: Form, said: Callable[[SignInRefused], str]
) -> None:
    """``/sign-in/oidc`` and the way back. ``said`` gives the sentence for a refusal of our own."""

    @router.get("/sign-in/oidc")
    async def leave(request: Request, wanted: Annotated[str, Query(alias="next")] = "/") -> Response:
        cookie = cookie_of(request) or new_session_id()
        try:
            there = await provider.address(await identity.flows.begin(cookie, local_path(wanted)))
        except ProviderFailed as failed:
            return _told(request, form, _away(failed))
        response = RedirectResponse(there, 303, NO_STORE)
        set_cookie(request, response, cookie)
        return response

    @router.get(CALLBACK)
    async def come_back(request: Request, code: str = "", state: str = "", iss: str = "") -> Response:
        device = device_of(request)
        try:
            at = await identity.admit_from("provider", device.address)
            flow = await _flow(request, identity, state)
            subject = await _subject(provider, flow, code, iss)
            session = await identity.sign_in_subject(provider.issuer, subject, device)
        except SignInRefused as refused:
            return form(request, said(refused), 429 if refused.until else _UNAUTHORIZED)
        except _NotIn as problem:
            return _told(request, form, problem)
        await identity.forgive_from("provider", device.address, at)
        if before := cookie_of(request):
            await identity.sign_out(before)
        response = RedirectResponse(flow.wanted, 303, NO_STORE)
        set_cookie(request, response, session)
        return response


async def _flow(request: Request, identity: Identity, state: str) -> FlowDocument:
    """The sign-in that comes back."""
    flow = await identity.flows.take(state, cookie_of(request) or "")
    if flow is None:
        raise _NotIn("state", NOT_OURS)
    return flow


async def _subject(provider: Provider, flow: FlowDocument, code: str, iss: str) -> str:
    """Who it is. ``iss`` is who says so, where the provider names itself in the answer (RFC 9207)."""
    if iss not in ("", provider.issuer):
        raise _NotIn(TokenFlaw.ISSUER, FLAWS[TokenFlaw.ISSUER])
    if not code:
        raise _NotIn("declined", DECLINED)
    try:
        return await provider.subject(code, flow)
    except ProviderFailed as failed:
        raise _away(failed) from failed
    except BadToken as bad:
        raise _NotIn(bad.flaw, FLAWS[bad.flaw]) from bad


def _away(failed: ProviderFailed) -> _NotIn:
    _log.warning("the provider failed", error=str(failed))
    return _NotIn("away", NO_ANSWER, _UNAVAILABLE)


def _told(request: Request, form: Form, problem: _NotIn) -> Response:
    address = device_of(request).address
    _log.warning("sign-in refused", reason=f"provider_{problem.reason}", address=address)
    return form(request, problem.sentence, problem.status)
