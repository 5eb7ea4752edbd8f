"""令牌: what programs sign in with, each no wider than the person whose it is."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.events.region import is_prefix
from shared.identity import Identity, Person, Role, TokenRefused
from shared.web.pages import page
from shared.web.session import InPerson
from shared.web.words import DONE, ROLES, TOKEN_FAULTS, role_name

NO_STORE = {"Cache-Control": "no-store"}
LONGEST_NAME = 40
LENGTHS = (("30", "30 天"), ("90", "90 天"), ("180", "180 天"), ("365", "一年"))


class _Wrong(Exception):  # noqa: N818 - it reads as what the form is
    """What is wrong with the form, by field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = fields


def routes(router: APIRouter, identity: Identity) -> None:
    """``/account/tokens`` and below."""

    @router.get("/tokens")
    async def listing(request: Request, person: InPerson, done: str = "") -> Response:
        return await _listing(request, identity, person, done=DONE.get(done, ""))

    @router.post("/tokens")
    async def issue(
        request: Request,
        person: InPerson,
        name: Annotated[str, Form()] = "",
        days: Annotated[str, Form()] = "",
        under: Annotated[str, Form()] = "",
        roles: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        values, chosen = {"name": name.strip(), "days": days, "under": under.strip()}, roles or []
        try:
            token = await _issued(identity, person, values, chosen)
        except _Wrong as wrong:
            return await _listing(request, identity, person, values=values, chosen=chosen, errors=wrong.fields)
        return page(request, "account-token.html", token=token, name=values["name"])

    @router.post("/tokens/revoke")
    async def revoke(person: InPerson, token: Annotated[str, Form()] = "") -> Response:
        await identity.revoke_token(person.id, token, f"person:{person.id}")
        return RedirectResponse("/account/tokens?done=token_revoked", 303, NO_STORE)


async def _issued(identity: Identity, person: Person, values: Mapping[str, str], chosen: list[str]) -> str:
    """The new token. Raises _Wrong."""
    if not 0 < len(values["name"]) <= LONGEST_NAME:
        raise _Wrong({"name": f"写明用途，不超过 {LONGEST_NAME} 个字"})
    if values["days"] not in dict(LENGTHS):
        raise _Wrong({"days": "请选择有效期"})
    if not chosen or not set(chosen) <= set(Role):
        raise _Wrong({"roles": "至少选一个角色"})
    if not is_prefix(values["under"]):
        raise _Wrong({"under": "行政区划写作 41、41.01 或 41.01.05"})
    try:
        return await identity.issue_token(
            person.login,
            days=int(values["days"]),
            name=values["name"],
            roles=[Role(role) for role in chosen],
            under=values["under"] or None,
            by=f"person:{person.id}",
        )
    except TokenRefused as refused:
        field = {"days": "days", "roles": "roles", "region": "under"}[refused.reason]
        raise _Wrong({field: TOKEN_FAULTS[refused.reason]}) from refused


async def _listing(
    request: Request,
    identity: Identity,
    person: Person,
    *,
    values: Mapping[str, str] | None = None,
    chosen: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    held = sorted({grant.role for grant in person.grants}, key=list(Role).index)
    return page(
        request,
        "account-tokens.html",
        status=422 if errors else 200,
        tokens=await identity.tokens.of(person.id),
        role_choices=[(str(role), role_name(role)) for role in held],
        chosen=[str(role) for role in held] if chosen is None else chosen,
        over_regions=any(grant.region is not None for grant in person.grants),
        lengths=LENGTHS,
        roles=ROLES,
        values=values or {},
        errors=errors or {},
        done=done,
    )
