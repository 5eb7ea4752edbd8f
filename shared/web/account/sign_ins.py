"""登录记录: where one is signed in, and every attempt of the last half year."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.identity import Identity
from shared.identity.secrets import digest
from shared.web.pages import page
from shared.web.session import InPerson, cookie_of
from shared.web.words import DONE, HOWS, OUTCOMES

NO_STORE = {"Cache-Control": "no-store"}
HERE = "/account/sign-ins"


def routes(router: APIRouter, identity: Identity) -> None:
    """``/account/sign-ins`` and ``/account/sessions/…``."""

    @router.get("/sign-ins")
    async def listing(request: Request, person: InPerson, done: str = "") -> Response:
        return page(
            request,
            "account-sign-ins.html",
            sessions=await identity.sessions.of(person.id),
            this=digest(cookie_of(request) or ""),
            records=await identity.sessions.records(person.id),
            hows=HOWS,
            outcomes=OUTCOMES,
            done=DONE.get(done, ""),
        )

    @router.post("/sessions/end")
    async def end(person: InPerson, session: Annotated[str, Form()] = "") -> Response:
        await identity.end_session(person, session)
        return RedirectResponse(f"{HERE}?done=session_ended", 303, NO_STORE)

    @router.post("/sessions/end-others")
    async def end_others(request: Request, person: InPerson) -> Response:
        await identity.end_other_sessions(person, cookie_of(request) or "")
        return RedirectResponse(f"{HERE}?done=others_ended", 303, NO_STORE)
