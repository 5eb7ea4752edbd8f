"""The prober's pages: what was seen last of each outlet, and the latest visits of one."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from services.prober.api import search
from services.prober.app import Prober
from services.prober.plan import Watching
from services.prober.probes import PROBES
from services.prober.state import Standing
from shared.events.probe import Outcome, Purpose, Reason
from shared.identity import Action, scope
from shared.web import Pager, SignedIn, page

OUTCOMES = {
    Outcome.ANSWERED: ("clear", "已打开"),
    Outcome.FAILED: ("violated", "打不开"),
    Outcome.UNDETERMINED: ("undetermined", "无法判断"),
}
REASONS = {
    Reason.OK: "正常",
    Reason.DNS: "域名无法解析",
    Reason.CONNECT: "无法建立连接",
    Reason.TLS: "加密连接协商失败",
    Reason.TIMEOUT: "20 秒内未能完整打开",
    Reason.HTTP_4XX: "返回 4xx 错误状态",
    Reason.HTTP_5XX: "返回 5xx 错误状态",
    Reason.BROKEN_RESPONSE: "返回内容不完整或不符合协议",
    Reason.TOO_MANY_REDIRECTS: "跳转次数过多",
    Reason.BLOCKED_PAGE: "遇到防护、验证或登录页面",
    Reason.OWN_CONNECTIVITY: "探测点自身网络异常",
    Reason.REFUSED_BY_GATE: "地址不在允许访问的范围",
    Reason.UNREADABLE: "内容无法识别",
    Reason.SOURCE_FAILED: "读取来源暂不可用",
    Reason.NOT_IN_SOURCE: "来源中不是该账号",
    Reason.NO_PAGE: "没有取得页面",
}
MARKS = {
    "party_mark": "党政机关网站标识",
    "site_code": "网站标识码",
    "icp": "ICP备案编号",
    "police": "公安机关备案标识",
    "organiser": "网站主办单位",
    "contact": "联系方式",
}
MARK_STATES = {"present": ("clear", "有"), "absent": ("violated", "未见"), "unknown": ("undetermined", "无法识别")}
STANDINGS = {
    Standing.UP: ("clear", "可访问"),
    Standing.DOWN: ("violated", "中断"),
    Standing.UNKNOWN: ("undetermined", "待确认"),
}
WATCHING = {
    Watching.RUNNING: "",
    Watching.NOT_RUNNING: "未在运行，不作探测",
    Watching.NO_SOURCE: "尚无读取方式，不作探测",
}
PURPOSES = {Purpose.SCHEDULED: "定时", Purpose.RECHECK: "复看"}
MEANS = {"static": "页面原文", "script": "脚本文字", "rendered": "脚本运行后的页面"}
KINDS = {"page": "页面", "image": "图片", "attachment": "附件", "external": "外部链接"}
LINK_REASONS = {reason.value: words for reason, words in REASONS.items()} | {
    "timeout": "20 秒内没有打开",
    "soft_404": "显示的是“页面不存在”",
    "not_an_image": "不是图片",
}
BLANK = {True: ("violated", "空白"), False: ("clear", "有内容"), None: ("undetermined", "无法判断")}
PHASES = {"dns": "解析", "connect": "连接", "tls": "加密", "ttfb": "等待", "download": "下载"}
WORDS: dict[str, Any] = {
    "outcomes": OUTCOMES,
    "reasons": REASONS,
    "marks": MARKS,
    "mark_states": MARK_STATES,
    "standings": STANDINGS,
    "watching": WATCHING,
    "purposes": PURPOSES,
    "phases": PHASES,
    "means": MEANS,
    "kinds": KINDS,
    "link_reasons": LINK_REASONS,
    "blank": BLANK,
}


def router(app: Prober) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/prober", include_in_schema=False)
    store = app.store

    @routes.get("/")
    async def front(request: Request, person: SignedIn, q: str = "") -> Response:
        seen = scope(person, Action.SEE)
        pager = Pager.of(request, await store.watches.count(seen, search(q)))
        watches = await store.watches.find(seen, search(q), sort=[("_id", 1)], skip=pager.skip, limit=pager.size)
        ids = [watch.id for watch in watches]
        return page(
            request,
            "prober.html",
            q=q,
            pager=pager,
            watches=watches,
            states=await store.states_of(ids, seen),
            recents=await store.recents_of(ids, seen),
            down=await store.states.count(seen, {"state.standing": Standing.DOWN.value}),
            **WORDS,
        )

    @routes.get("/outlets/{id_}")
    async def outlet(request: Request, person: SignedIn, id_: str) -> Response:
        seen = scope(person, Action.SEE)
        watch = await store.watches.get(id_, seen)
        if watch is None:
            raise HTTPException(404)
        recent = await store.recents.get(id_, seen)
        return page(
            request,
            "seen.html",
            watch=watch,
            outlet=await app.directory.outlet(id_, seen),
            state=await store.states.get(id_, seen),
            visits=recent.visits if recent else (),
            latest={name: visit for name in PROBES if recent and (visit := recent.latest(name))},
            **WORDS,
        )

    return routes
