"""人员: the pages on which administrators add people of their region, give and end grants, and end accounts."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field, ValidationError

from services.registry.answers import telling
from services.registry.app import Registry
from services.registry.staffing import SENTENCES, Member, Staff
from shared.events.region import PREFIX
from shared.identity import Grant, Identity, NotAccepted, Role
from shared.web import BEIJING, Filled, InPerson, Pager, Refused, Strict, filled, page, role_name

HERE = "/registry/people"
NO_STORE = {"Cache-Control": "no-store"}
DONE = {
    "granted": "授权已增加。",
    "ungranted": "授权已结束，立即生效。",
    "second-step": "两步验证已取消；请本人登录后重新启用。",
    "revoked": "登录和令牌已全部失效。",
    "token": "令牌已作废，立即失效。",
    "ended": "账号已停用，立即生效；办理记录保留。",
}


class GrantForm(Strict):
    """A grant as typed. ``until`` is the last day it counts, in Beijing."""

    role: Role
    region: Annotated[str, Field(pattern=PREFIX, max_length=30)] = ""
    unit: Annotated[str, Field(max_length=64)] = ""
    until: date | None = None

    def grant(self) -> Grant:
        """The grant. Raises ValueError in Chinese."""
        end = None
        if self.until is not None:
            end = datetime.combine(self.until + timedelta(days=1), time(), BEIJING)
        if self.role is Role.UNIT_ADMINISTRATOR:
            if not self.unit:
                raise ValueError("请选择单位")
            return Grant(role=self.role, unit=self.unit, until=end)
        if not self.region:
            raise ValueError("请填写地区")
        return Grant(role=self.role, region=self.region, until=end)


class PersonForm(GrantForm):
    """A new person as typed."""

    login: Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._@-]{1,63}$", max_length=64)]
    name: Annotated[str, Field(max_length=50)]
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")]


def router(app: Registry, identity: Identity) -> APIRouter:
    """The routes. For people at a browser only: no token manages people."""
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    _listing(routes, app, identity)
    _adding(routes, app, identity)
    _one(routes, app, identity)
    _granting(routes, app, identity)
    _account(routes, app, identity)
    return routes


def _listing(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.get("")
    async def listing(request: Request, person: InPerson, q: str = "", done: str = "") -> Response:
        staff = Staff(app, identity, person)
        with telling():
            found, units = await staff.members(q), await staff.units()
        pager = Pager.of(request, len(found))
        shown = found[pager.skip : pager.skip + pager.size]
        return page(
            request, "people.html", q=q, members=shown, pager=pager, units=_names(units), done=DONE.get(done, "")
        )


def _adding(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.get("/add")
    async def form(request: Request, person: InPerson) -> Response:
        return await _form(request, Staff(app, identity, person), {}, {})

    @routes.post("/add")
    async def add(request: Request, person: InPerson) -> Response:
        staff, sent = Staff(app, identity, person), await filled(request, PersonForm)
        errors = dict(sent.errors)
        if sent.model is not None:
            typed = sent.model
            try:
                grant = typed.grant()
                with telling():
                    id_, password = await staff.add(login=typed.login, name=typed.name, email=typed.email, grant=grant)
            except NotAccepted:
                errors["login"] = "这个用户名不能用，或已被使用"
            except ValueError as error:
                errors |= _grant_errors(error)
            else:
                return page(request, "person-password.html", password=password, login=typed.login, id=id_)
        return await _form(request, staff, sent.values, errors)


def _one(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.get("/{id_}")
    async def one(request: Request, person: InPerson, id_: str, done: str = "") -> Response:
        return await _person(request, app, identity, Staff(app, identity, person), id_, done=DONE.get(done, ""))


def _granting(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.post("/{id_}/grant")
    async def grant(request: Request, person: InPerson, id_: str) -> Response:
        staff, sent = Staff(app, identity, person), await filled(request, GrantForm)
        errors = dict(sent.errors)
        if sent.model is not None:
            try:
                given = sent.model.grant()
                with telling():
                    await staff.grant(id_, given)
            except NotAccepted:
                errors["role"] = "此人已有这项授权"
            except ValueError as error:
                errors |= _grant_errors(error)
            else:
                return _back(id_, "granted")
        return await _person(request, app, identity, staff, id_, sent=sent, errors=errors)

    @routes.post("/{id_}/ungrant")
    async def ungrant(person: InPerson, id_: str, number: Annotated[int, Form()]) -> Response:
        with telling():
            await Staff(app, identity, person).ungrant(id_, number)
        return _back(id_, "ungranted")


def _account(routes: APIRouter, app: Registry, identity: Identity) -> None:
    @routes.post("/{id_}/password")
    async def password(request: Request, person: InPerson, id_: str) -> Response:
        staff = Staff(app, identity, person)
        with telling():
            member = await staff.member(id_)
            fresh = await staff.new_password(id_)
        return page(request, "person-password.html", password=fresh, login=member.record.login, id=id_)

    @routes.post("/{id_}/second-step")
    async def second_step(person: InPerson, id_: str) -> Response:
        with telling():
            await Staff(app, identity, person).no_second_step(id_)
        return _back(id_, "second-step")

    @routes.post("/{id_}/revoke")
    async def revoke(person: InPerson, id_: str) -> Response:
        with telling():
            await Staff(app, identity, person).revoke(id_)
        return _back(id_, "revoked")

    @routes.post("/{id_}/tokens/revoke")
    async def revoke_token(person: InPerson, id_: str, token: Annotated[str, Form()] = "") -> Response:
        with telling():
            await Staff(app, identity, person).revoke_token(id_, token)
        return _back(id_, "token")

    @routes.post("/{id_}/end")
    async def end(person: InPerson, id_: str, sure: Annotated[str, Form()] = "") -> Response:
        if sure != "yes":
            raise Refused("not_confirmed", "请先勾选“确认停用”。", fields={"sure": "必填"})
        with telling():
            await Staff(app, identity, person).end(id_)
        return RedirectResponse(f"{HERE}?done=ended", 303, NO_STORE)


async def _form(request: Request, staff: Staff, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    with telling():
        units = await staff.units()
    status = 422 if errors else 200
    return page(request, "person-add.html", status=status, values=values, errors=errors, **_choices(units))


async def _person(
    request: Request,
    app: Registry,
    identity: Identity,
    staff: Staff,
    id_: str,
    *,
    sent: Filled[GrantForm] | None = None,
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    with telling():
        member, units = await staff.member(id_), await staff.units()
    return page(
        request,
        "person.html",
        status=422 if errors else 200,
        member=member,
        objection=SENTENCES[member.objection] if member.objection else "",
        counting=_counting(member, app.now()),
        second_step=await identity.second_steps.in_force(id_),
        sessions=await identity.sessions.of(id_),
        tokens=await identity.tokens.of(id_),
        values=sent.values if sent else {},
        errors=errors or {},
        done=done,
        **_choices(units),
    )


def _counting(member: Member, at: datetime) -> list[bool]:
    """Which of the grants shown count now or will."""
    return [grant.until is None or grant.until > at for grant in member.grants]


def _choices(units: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    return {
        "role_choices": [(str(role), role_name(role)) for role in Role],
        "unit_choices": [(id_, name) for id_, (name, _) in units.items()],
        "units": _names(units),
    }


def _names(units: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {id_: name for id_, (name, _) in units.items()}


def _grant_errors(error: ValueError) -> dict[str, str]:
    """What is wrong with a grant, at its field."""
    if isinstance(error, ValidationError):
        return {"until": "截止日期须在今天以后，角色与范围须相符"}
    return {"unit" if "单位" in str(error) else "region": str(error)}


def _back(id_: str, done: str) -> Response:
    return RedirectResponse(f"{HERE}/{id_}?done={done}", 303, NO_STORE)
