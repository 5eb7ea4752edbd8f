"""The component page: everything pages are built of, in one place, so that the next page looks like the others."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.web.pager import Pager
from shared.web.pages import page
from shared.web.session import who

ADDRESS = "/registry/components"
STATES = (
    ("violated", "存在问题"),
    ("clear", "未发现问题"),
    ("undetermined", "暂不能判定"),
    ("pending", "办理中"),
    ("neutral", "已撤回"),
)
ROWS = (
    ("金水区人民政府门户网站", "网站标识", "violated", "缺少网站标识码", "0.5"),
    ("郑州网警", "变更备案", "pending", "已反馈，待复看", "—"),
    ("惠济发布", "内容不更新", "clear", "未发现问题", "0"),
    ("郑州河湖网", "站点无法访问", "undetermined", "样本不足", "0–100"),
)


def components_router() -> APIRouter:
    """``/registry/components``: no data of anybody, so it needs no sign-in."""
    router = APIRouter(include_in_schema=False)

    @router.get(ADDRESS)
    async def components(request: Request) -> Response:
        await who(request)
        return page(
            request,
            "components.html",
            states=STATES,
            rows=ROWS,
            pager=Pager.of(request, 264),
            values={"platform": "weibo", "name": "郑州\t网警"},
            errors={"name": "名称不能含控制字符"},
        )

    return router
