"""The overview, and the password."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import Device, Identity, NotAccepted, Person, SignInRefused
from shared.web.pages import page
from shared.web.paths import local_path
from shared.web.session import AtFirstSignIn, InPerson, device_of, set_cookie
from shared.web.sign_in import said
from shared.web.words import DONE, WEAKNESSES

NO_STORE = {"Cache-Control": "no-store"}
HOME = "/account"


def routes(
    router: APIRouter, identity: Identity, unit_names: Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
) -> None:
    """``/account`` and ``/account/password``."""

    @router.get("")
    async def overview(request: Request, person: InPerson, done: str = "") -> Response:
        units = [grant.unit for grant in person.grants if grant.unit is not None]
        return page(
            request,
            "account.html",
            done=DONE.get(done, ""),
            units=await unit_names(units),
            second_step=await identity.second_steps.in_force(person.id),
            sessions=len(await identity.sessions.of(person.id)),
            tokens=len(await identity.tokens.of(person.id)),
            linked=await identity.flows.subject_of(person.id) is not None,
        )

    @router.get("/password")
    async def password_page(
        request: Request, person: AtFirstSignIn, wanted: Annotated[str, Query(alias="next")] = HOME
    ) -> Response:
        return await _form(request, identity, person, local_path(wanted, HOME), {})

    @router.post("/password")
    async def change(
        request: Request,
        person: AtFirstSignIn,
        current: Annotated[str, Form()] = "",
        fresh: Annotated[str, Form()] = "",
        again: Annotated[str, Form()] = "",
        wanted: Annotated[str, Form(alias="next")] = HOME,
    ) -> Response:
        there = local_path(wanted, HOME)
        try:
            session = await _changed(identity, person, (current, fresh, again), device_of(request))
        except _Wrong as wrong:
            return await _form(request, identity, person, there, wrong.fields, wrong.status)
        there = f"{HOME}?{urlencode({'done': 'password'})}" if there == HOME else there
        response = RedirectResponse(there, 303, NO_STORE)
        set_cookie(request, response, session)
        return response


class _Wrong(Exception):  # noqa: N818 - it reads as what the form is
    """What is wrong with the form, by field."""

    def __init__(self, fields: Mapping[str, str], status: int = 422) -> None:
        super().__init__()
        self.fields = fields
        self.status = status


async def _changed(identity: Identity, person: Person, typed: tuple[str, str, str], device: Device) -> str:
    """The new session. Raises _Wrong."""
    current, fresh, again = typed
    if fresh != again:
        raise _Wrong({"again": "两次输入的新密码不一样"})
    try:
        return await identity.change_password(person, current, fresh, device)
    except SignInRefused as refused:
        problem = (said(refused), 429) if refused.until else ("当前密码不对", 422)
        raise _Wrong({"current": problem[0]}, problem[1]) from refused
    except NotAccepted as error:
        raise _Wrong({"fresh": WEAKNESSES[error.weakness] if error.weakness else "这个密码不能用"}) from error


async def _form(
    request: Request, identity: Identity, person: Person, wanted: str, errors: Mapping[str, str], status: int = 200
) -> Response:
    record = await identity.record_of(person.id)
    has_password = record is not None and record.password != ""
    return page(
        request, "account-password.html", status=status, wanted=wanted, errors=errors, has_password=has_password
    )
