"""The control desk: put faults on, mend them, look at the city as the public sees it, read the mailbox.

For programs (JSON)::

    GET    /state                    the city: addresses, websites, accounts, mailbox
    POST   /faults/<target>          {"fault": "lose_mark:icp"}; 404 no such target, 422 no such fault
    DELETE /faults/<target>?fault=   mend one fault, or all without ``fault``
    GET    /mails?to=&contains=      mails, the oldest first
    POST   /mailbox/behaviour        {"behaviour": "451"}; 422 no such behaviour

For people: ``/``, ``/mailbox`` and ``/look/<host>/<path>``. A target is the host of a website or
``<platform>/<account>``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from demo.city import PLATFORM_HOST, Account, Website
from demo.content import SHANGHAI
from demo.desk import AccountNow, CityNow, FaultOn, WantedBehaviour, WantedFault, WebsiteNow
from demo.faults import account_view, in_words, offers
from demo.mailbox import Mailbox, as_json
from demo.pages import TEMPLATES, plain
from demo.platform import feed_url
from demo.state import State
from demo.websites import PublicWeb, Visits

BEHAVIOURS = {
    "accept": "正常收信",
    "451": "暂时拒收（451）",
    "550": "永久拒收（550）",
    "slow:5": "收下后延迟 5 秒应答",
}

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Desk:
    """What the control desk works on. ``addresses`` is asked when the city is up."""

    state: State
    web: PublicWeb
    mailbox: Mailbox
    addresses: Callable[[], dict[str, str | int]]

    def app(self) -> Starlette:
        """The desk as a web application."""
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/state", self.city),
                Route("/faults/{target:path}", self.put, methods=["POST"]),
                Route("/faults/{target:path}", self.mend, methods=["DELETE"]),
                Route("/mails", self.mails),
                Route("/mailbox", self.mailbox_page),
                Route("/mailbox/behaviour", self.behave, methods=["POST"]),
                Route("/look/{host}/{path:path}", self.look),
                Route("/desk/faults", self.press, methods=["POST"]),
                Route("/desk/mailbox", self.press_mailbox, methods=["POST"]),
            ]
        )

    async def city(self, _request: Request) -> Response:
        """The city as JSON."""
        return _json(
            CityNow(
                name=self.state.script.name,
                addresses=self.addresses(),
                websites=tuple(self._website(one) for one in self.state.script.websites),
                accounts=tuple(self._account(one) for one in self.state.script.accounts),
                mailbox=self.mailbox.behaviour,
                mails=len(self.mailbox.mails()),
            )
        )

    async def put(self, request: Request) -> Response:
        """Put a fault on."""
        target = request.path_params["target"]
        wanted = await _body(request, WantedFault)
        self._put(target, wanted.fault)
        return self._faults(target)

    async def mend(self, request: Request) -> Response:
        """Mend one fault or all."""
        target = request.path_params["target"]
        self._mend(target, request.query_params.get("fault"))
        return self._faults(target)

    async def mails(self, request: Request) -> Response:
        """The mails as JSON."""
        found = self.mailbox.mails(request.query_params.get("to", ""), request.query_params.get("contains", ""))
        return Response(as_json(found), media_type="application/json")

    async def behave(self, request: Request) -> Response:
        """Change how the mailbox behaves."""
        self._behave((await _body(request, WantedBehaviour)).behaviour)
        return JSONResponse({"behaviour": self.mailbox.behaviour})

    async def look(self, request: Request) -> Response:
        """A page of the city as the public sees it, delays included."""
        host = request.path_params["host"]
        served = self.web.look(host, "/" + request.path_params["path"])
        await asyncio.sleep(served.delay_seconds)
        answer = served.answer or plain(502, "无法访问此网站", f"{host} 拒绝了连接。")
        return Response(answer.body, answer.status, headers={"content-type": answer.content_type})

    async def page(self, _request: Request) -> Response:
        """The desk for people."""
        return HTMLResponse(
            TEMPLATES.get_template("desk.html").render(
                city=self.state.script.name,
                websites=[self._website(one) for one in self.state.script.websites],
                accounts=[self._account(one) for one in self.state.script.accounts],
                offers={one.target: offers(one) for one in self.state.script.outlets},
                in_words=in_words,
                behaviour=self.mailbox.behaviour,
                behaviours=BEHAVIOURS,
                mails=len(self.mailbox.mails()),
                platform=PLATFORM_HOST,
            )
        )

    async def mailbox_page(self, request: Request) -> Response:
        """The mails for people, the newest first."""
        to, contains = request.query_params.get("to", ""), request.query_params.get("contains", "")
        found = [(mail, _local(mail.received_at)) for mail in reversed(self.mailbox.mails(to, contains))]
        template = TEMPLATES.get_template("mailbox.html")
        return HTMLResponse(template.render(mails=found, to=to, contains=contains, city=self.state.script.name))

    async def press(self, request: Request) -> Response:
        """A button beside a website or an account was pressed."""
        async with request.form() as form:
            target, name, argument = (str(form.get(one, "")) for one in ("target", "fault", "argument"))
            mend = form.get("do") == "mend"
        try:
            if mend:
                self._mend(target, name or None)
            else:
                self._put(target, f"{name.partition(':')[0]}:{argument}" if argument else name)
        except HTTPException as error:
            refusal = plain(error.status_code, "没有改动", error.detail)
            return Response(refusal.body, refusal.status, media_type="text/html")
        return RedirectResponse(f"/#{target}", 303)

    async def press_mailbox(self, request: Request) -> Response:
        """A button beside the mailbox was pressed."""
        async with request.form() as form:
            self._behave(str(form.get("behaviour", "")))
        return RedirectResponse("/#mailbox", 303)

    def _put(self, target: str, fault: str) -> None:
        try:
            self.state.put(target, fault)
        except KeyError as error:
            raise HTTPException(404, f"there is no {target!r} in this city") from error
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    def _mend(self, target: str, fault: str | None) -> None:
        try:
            self.state.mend(target, fault)
        except KeyError as error:
            raise HTTPException(404, f"there is no {target!r} in this city") from error

    def _behave(self, behaviour: str) -> None:
        try:
            self.mailbox.behave(behaviour)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    def _faults(self, target: str) -> Response:
        return JSONResponse({"target": target, "faults": [one.fault for one in self.state.faults(target)]})

    def _website(self, site: Website) -> WebsiteNow:
        return WebsiteNow(code=site.code, url=self.web.url(site), **self._common(site))

    def _account(self, account: Account) -> AccountNow:
        shown = account_view(account, self.state.faults(account.target))
        return AccountNow(
            feed=feed_url(account, self.web.port),
            shown_name=shown.name,
            shown_verified_as=shown.verified_as,
            **self._common(account),
        )

    def _common(self, outlet: Website | Account) -> "_Common":
        visits = self.web.visits.get(outlet.target, Visits())
        return {
            "target": outlet.target,
            "name": outlet.name,
            "unit": outlet.unit,
            "faults": tuple(FaultOn(fault=one.fault, since=one.since) for one in self.state.faults(outlet.target)),
            "visits": visits.count,
            "last_visit_at": visits.last_at,
        }


class _Common(TypedDict):
    target: str
    name: str
    unit: str
    faults: tuple[FaultOn, ...]
    visits: int
    last_visit_at: datetime | None


async def _body(request: Request, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, str(error)) from error


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(), media_type="application/json")


def _local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
