"""我的账户: what everybody does about their own account. Served by the registry, like the sign-in page."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from fastapi import APIRouter

from shared.identity import Identity
from shared.web.account import first, second_step, sign_ins, tokens

UnitNames = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""The names of units by id, as far as they are known."""


def account_router(identity: Identity, unit_names: UnitNames) -> APIRouter:
    """``/account`` and the pages below it. For people at a browser only: a token opens none of them."""
    router = APIRouter(prefix="/account", include_in_schema=False)
    first.routes(router, identity, unit_names)
    second_step.routes(router, identity)
    tokens.routes(router, identity)
    sign_ins.routes(router, identity)
    return router
