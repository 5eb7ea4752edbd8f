"""两步验证: a telephone is enrolled, and taken off again."""

from typing import Annotated

import segno
from fastapi import APIRouter, Form
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import Identity, Person, SignInRefused
from shared.web.pages import page
from shared.web.session import InPerson, device_of
from shared.web.sign_in import said
from shared.web.words import DONE

NO_STORE = {"Cache-Control": "no-store"}
HERE = "/account/second-step"
WRONG_PASSWORD = "当前密码不对"  # noqa: S105 - a sentence
WRONG_CODE = "验证码不对，或已经用过。请核对手机时间后，输入下一个验证码"


def routes(router: APIRouter, identity: Identity) -> None:
    """``/account/second-step`` and below."""

    @router.get("/second-step")
    async def state(request: Request, person: InPerson, done: str = "") -> Response:
        return await _state(request, identity, person, done=DONE.get(done, ""))

    @router.post("/second-step/begin")
    async def begin(request: Request, person: InPerson, password: Annotated[str, Form()] = "") -> Response:
        try:
            right = await identity.knows_password(person, password, device_of(request).address)
        except SignInRefused as refused:
            return await _state(request, identity, person, {"password": said(refused)}, 429)
        if not right:
            return await _state(request, identity, person, {"password": WRONG_PASSWORD}, 422)
        await identity.second_steps.begin(person)
        return await _enrolment(request, identity, person)

    @router.post("/second-step/confirm")
    async def confirm(request: Request, person: InPerson, code: Annotated[str, Form()] = "") -> Response:
        recovery = await identity.confirm_second_step(person, code)
        if recovery is None:
            return await _enrolment(request, identity, person, WRONG_CODE)
        return page(request, "account-recovery.html", recovery=recovery)

    @router.post("/second-step/end")
    async def end(request: Request, person: InPerson, code: Annotated[str, Form()] = "") -> Response:
        try:
            right = await identity.try_code(person, code, device_of(request).address)
        except SignInRefused as refused:
            return await _state(request, identity, person, {"code": said(refused)}, 429)
        if not right:
            return await _state(request, identity, person, {"code": WRONG_CODE}, 422)
        await identity.remove_second_step(person.id, f"person:{person.id}")
        return RedirectResponse(f"{HERE}?done=second_step_off", 303, NO_STORE)


async def _state(
    request: Request,
    identity: Identity,
    person: Person,
    errors: dict[str, str] | None = None,
    status: int = 200,
    done: str = "",
) -> Response:
    record = await identity.record_of(person.id)
    return page(
        request,
        "account-second-step.html",
        status=status,
        second_step=await identity.second_steps.in_force(person.id),
        has_password=record is not None and record.password != "",
        errors=errors or {},
        done=done,
    )


async def _enrolment(request: Request, identity: Identity, person: Person, error: str = "") -> Response:
    """What the telephone is told: in the answer to a form only, never at an address that could be opened again."""
    begun = await identity.second_steps.begun(person)
    if begun is None:
        return RedirectResponse(HERE, 303, NO_STORE)
    drawn = segno.make(begun.address, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return page(
        request,
        "account-enrol.html",
        status=422 if error else 200,
        picture=Markup(drawn),  # noqa: S704 - drawn by us: dark and light squares
        key=begun.key,
        errors={"code": error} if error else {},
    )
