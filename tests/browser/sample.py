"""A small service with one page of each kind, to look at the frame and its building blocks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.documents import Stale
from shared.identity import Action, Identity, Provider
from shared.settings import Settings
from shared.web import (
    Pager,
    SignedIn,
    Strict,
    account_router,
    components_router,
    create_app,
    filled,
    page,
    require,
    sign_in_router,
)
from shared.web.host import Tabs, no_tabs

TEMPLATES = Path(__file__).with_name("templates")
NAMES = (
    ("示例市人民政府门户网站", "市政府办公室", "首页“要闻动态”栏目 15 天未更新", "violated", "逾期", "5"),
    ("示例网警", "市公安局", "名称已变更，未见备案", "pending", "待反馈", "0"),
    ("示例区教育局", "区教育局", "首页底部未列明网站标识码", "clear", "已销号", "1"),
    ("示例县融媒体发布", "县委宣传部", "样本不足，暂不能判定", "undetermined", "未能判定", "0–5"),
    ("<script>alert('x')</script>", "市“测试”局", "名称含标记，应原样显示", "neutral", "已撤回", "0"),
)


@dataclass
class Sample:
    """A service as ``create_app`` wants one."""

    name: str
    templates: Path | None
    tabs: Tabs = no_tabs


@dataclass
class SampleBase:
    """What it was given."""

    settings: Settings
    identity: Identity

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


class Opening(Strict):
    """A filing in a form and in JSON."""

    platform: str
    name: Annotated[str, StringConstraints(max_length=20)]
    on: date
    why: str = ""


def sample_app(identity: Identity, settings: Settings, provider: Provider | None = None) -> FastAPI:
    """The application."""
    base = SampleBase(settings, identity)
    return create_app(
        Sample("registry", TEMPLATES),
        base,
        [
            sign_in_router(identity, provider),
            account_router(identity, _units),
            components_router(),
            _pages(base),
            _api(),
        ],
    )


async def _units(ids: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(ids, "市公安局")


def _pages(base: SampleBase) -> APIRouter:
    router = APIRouter(prefix="/registry")
    looks = 0

    @router.get("/")
    async def listing(request: Request, _person: SignedIn) -> Response:
        nonlocal looks
        looks += 1
        return page(request, "list.html", pager=Pager.of(request, 264), rows=_rows(base.now()), looked=looks)

    @router.get("/notices/17")
    async def detail(request: Request, _person: SignedIn) -> Response:
        now = base.now()
        return page(request, "detail.html", name="示例网警", began=now - timedelta(days=2), due=now + timedelta(days=8))

    @router.get("/form")
    async def form(request: Request, _person: SignedIn) -> Response:
        return page(request, "form.html", values={}, errors={})

    @router.post("/form")
    async def send(request: Request, person: SignedIn) -> Response:
        require(person, Action.FILE, region="41.01.05.0", unit="u-1")
        sent = await filled(request, Opening)
        if sent.model is None:
            return page(request, "form.html", status=422, values=sent.values, errors=sent.errors)
        return RedirectResponse("/registry/", 303)

    @router.get("/broken")
    async def broken(_person: SignedIn) -> Response:
        raise RuntimeError("a secret of the database")

    @router.post("/stale")
    async def stale(_person: SignedIn) -> Response:
        raise Stale("notices n-1 is no longer at version 3")

    return router


def _api() -> APIRouter:
    router = APIRouter(prefix="/registry/api")

    @router.get("/me")
    async def me(person: SignedIn) -> str:
        return person.login

    @router.post("/openings")
    async def open_(opening: Opening, person: SignedIn) -> str:
        return f"{person.login.plain} {opening.name} {opening.on}"

    return router


def _rows(now: datetime) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "unit": unit,
            "problem": problem,
            "kind": kind,
            "state": state,
            "points": points,
            "region": "41.01.05.0",
            "due": now + timedelta(days=number),
            "changed": now - timedelta(minutes=7 ** (number % 6)),
        }
        for number, (name, unit, problem, kind, state, points) in enumerate(NAMES * 3)
    ]
