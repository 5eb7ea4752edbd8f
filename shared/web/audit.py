"""The audit chain of a service as a page, the same for all: ``/<service>/audit``, newest first, with filters."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from shared.audit import Deed, Record
from shared.audit.store import Chain
from shared.documents import NOTHING, Scope
from shared.events.region import RegionPrefix
from shared.identity import Action, Identity, scope
from shared.identity.store import person_id
from shared.web.errors import PROBLEMS, Refused
from shared.web.filters import BEIJING
from shared.web.forms import Strict, messages
from shared.web.host import host_of
from shared.web.pages import page
from shared.web.session import SignedIn

AT_A_TIME = 50
PERSON = "person:"
DEEDS: Mapping[Deed, str] = {
    Deed.FILING_SUBMITTED: "提交备案",
    Deed.FILING_RETURNED: "退回备案",
    Deed.FILING_ACCEPTED: "受理备案",
    Deed.FILING_APPROVED: "批准备案",
    Deed.FILING_IN_FORCE: "备案生效",
    Deed.FILING_WITHDRAWN: "撤回备案",
    Deed.FILING_OVERDUE: "备案逾期",
    Deed.FILING_DUTY_DONE: "完成备案后续事项",
    Deed.FILING_ARCHIVED: "备案归档",
    Deed.ATTACHMENT_TAKEN: "下载附件",
    Deed.UNIT_CHANGED: "登记单位",
    Deed.UNIT_CHANGED: "登记或变更单位",
    Deed.CONTACT_CHANGED: "登记或变更联络人",
    Deed.CONTACTS_VIEWED: "查看联络人",
    Deed.NETWORK_CHANGED: "开放或关闭政务外网网段",
    Deed.OFFICE_CHANGED: "登记主管单位",
    Deed.EXEMPTION_ASKED: "申请豁免",
    Deed.EXEMPTION_GRANTED: "批准豁免",
    Deed.EXEMPTION_REFUSED: "不予豁免",
    Deed.EXEMPTION_ENDED: "豁免结束",
    Deed.REGION_CHANGED: "登记本地区划代码",
    Deed.UNFILED_CONFIRMED: "认定未备案变更",
    Deed.UNFILED_SETTLED: "未备案变更了结",
    Deed.OPENING_UNFILED: "认定未备案开设",
    Deed.CLOSURE_UNFILED: "认定未备案关停",
    Deed.STILL_ALIVE: "认定关停后仍在运行",
    Deed.CLUE_HANDLED: "上报或办理线索",
    Deed.FINDING_RAISED: "认定问题",
    Deed.FINDING_CLEARED: "问题消除",
    Deed.RULESET_USED: "启用评分细则",
    Deed.NOTICE_ISSUED: "发出整改通知",
    Deed.NOTICE_RECEIVED: "签收通知",
    Deed.NOTICE_REPLIED: "反馈整改",
    Deed.NOTICE_OVERDUE: "整改逾期",
    Deed.NOTICE_CHANGED: "通知变动",
    Deed.NOTICE_CLOSED: "销号",
    Deed.EVIDENCE_VIEWED: "查看证据",
    Deed.EVIDENCE_TAKEN: "下载证据",
    Deed.VISITS_PUT_IN: "补录探测",
    Deed.ENDPOINT_ADDED: "添加推送地址",
    Deed.ENDPOINT_CHANGED: "更改推送地址",
    Deed.ENDPOINT_REMOVED: "移除推送地址",
    Deed.FEED_GRANTED: "发放事件凭证",
    Deed.DEAD_REPLAYED: "重放失败消息",
    Deed.DEAD_DROPPED: "丢弃失败消息",
    Deed.SIGNED_IN: "登录",
    Deed.SIGN_IN_REFUSED: "登录被拒",
    Deed.PERSON_CREATED: "添加人员并授权",
    Deed.PASSWORD_CHANGED: "更改密码",
    Deed.GRANT_GIVEN: "授权",
    Deed.GRANT_ENDED: "终止授权",
    Deed.SECOND_STEP_ON: "开启两步验证",
    Deed.SECOND_STEP_OFF: "停用两步验证",
    Deed.SUBJECT_LINKED: "绑定统一身份",
    Deed.SUBJECT_UNLINKED: "解绑统一身份",
    Deed.TOKEN_ISSUED: "发放令牌",
    Deed.TOKEN_REVOKED: "撤销令牌",
    Deed.SESSIONS_ENDED: "结束会话",
    Deed.ACCESS_REVOKED: "撤销会话和令牌",
    Deed.PERSON_ENDED: "终止人员权限",
    Deed.PERSON_ERASED: "清除个人信息",
    Deed.ANCHOR_WITNESSED: "见证锚点",
}
REASONS: Mapping[str, str] = {
    "submit": "提交",
    "resubmit": "补正后提交",
    "approve": "批准",
    "return": "退回",
    "accept": "受理",
    "agree": "同意，报上一级",
    "withdraw": "撤回",
    "take_effect": "到期生效",
    "fulfil": "完成后续事项",
    "announce": "公告",
    "archive": "归档",
    "imported": "导入",
    "confirmed": "两次看到，认定",
    "reverted": "已改回原状",
    "filed_late": "已补报",
    "violated": "不符合",
    "violated_again": "再次不符合",
    "clear": "已符合",
    "cannot_tell": "无法判断",
    "outlet_suspended": "对象临时下线",
    "outlet_closed": "对象已关停",
    "exempted": "获得豁免",
    "ask": "申请",
    "grant": "批准",
    "refuse": "不予批准",
    "expire": "到期",
    "revoke": "收回",
    "criterion_not_in_force": "指标不再适用",
    "first_use": "首次使用",
    "finding_raised": "认定问题",
    "signed_for": "签收",
    "measures_reported": "反馈措施",
    "recheck_passed": "复测通过",
    "recheck_passed_waits_for_review": "复测通过，待复核",
    "judged_no_more": "不再判断",
    "judged_no_more_waits_for_review": "不再判断，待复核",
    "reviewed": "复核通过",
    "deadline_passed": "超过期限",
    "withdrawn": "撤回",
    "year_announced": "节假日安排公布，期限重算",
    "password": "密码",
    "second_step": "两步验证",
    "provider": "统一身份认证",
    "asked": "查看",
    "wrong": "用户名或密码不对",
    "wrong_code": "验证码不对",
    "locked": "尝试过多",
    "not_linked": "统一身份没有绑定",
    "created": "新建",
    "given": "增加",
    "ended": "终止",
    "erased": "清除",
    "first": "他人设定的首次密码",
    "set": "设定",
    "enrolled": "启用",
    "removed": "停用",
    "unlinked": "解绑",
    "revoked": "撤销",
    "one": "一个",
    "all others": "其他全部",
    "open": "开放",
    "close": "关闭",
    "report": "上报",
    "verify": "核实",
    "dismiss": "排除",
    "link": "关联备案",
    "accuse": "转为假冒线索",
    "hand_over": "移交",
    "settle": "已备案",
    "anchored": "收到锚点",
    "region_added": "登记",
    "region_renamed": "更名",
    "region_ended": "停用",
    "create": "登记",
    "change": "变更",
    "changed": "变更",
    "move": "划转",
    "propose": "提出别名",
    "confirm": "确认别名",
    "reject": "否定别名",
    "contacts_reported": "报送联络人",
    "named": "登记",
    "left": "离任",
}
"""Named reasons in words; what an operator typed, and a reason without a word, is shown as it is."""
KINDS: Mapping[str, tuple[str, str]] = {
    "filing": ("备案", "/registry/filings/"),
    "outlet": ("对象", "/registry/outlets/"),
    "exemption": ("豁免", "/registry/exemptions/"),
    "clue": ("线索", ""),
    "notice": ("通知", "/notifier/notices/"),
    "unit": ("单位", "/registry/units/"),
    "network": ("网段", ""),
    "office": ("主管单位", ""),
    "region": ("行政区划", ""),
    "person": ("人员", ""),
    "ruleset": ("评分细则", ""),
    "endpoint": ("推送地址", ""),
    "feed": ("事件凭证", ""),
    "message": ("消息", ""),
    "chain": ("审计链", ""),
}
"""What a kind of thing is called, and where its page is."""


class Asked(Strict):
    """The filters. ``actor`` and ``object`` are a login or an id; days are whole days in Beijing."""

    since: date | None = None
    until: date | None = None
    actor: str = Field("", max_length=120)
    deed: Deed | None = None
    object: str = Field("", max_length=120)
    region: RegionPrefix | None = None
    before: int = Field(0, ge=0, le=2**53)

    def where(self) -> dict[str, Any]:
        """The filter of the query."""
        conditions: list[dict[str, Any]] = []
        if self.since:
            conditions.append({"record.at": {"$gte": _midnight(self.since)}})
        if self.until:
            conditions.append({"record.at": {"$lt": _midnight(self.until) + timedelta(days=1)}})
        if self.actor:
            conditions.append({"record.actor": {"$in": _actors(self.actor)}})
        if self.deed:
            conditions.append({"record.deed": self.deed.value})
        if self.object:
            conditions.append({"record.object": {"$in": [self.object, person_id(self.object.casefold())]}})
        if self.region:
            conditions.append(Scope(regions=(self.region,)).where())
        return {"$and": conditions} if conditions else {}


def audit_router(service: str, chain: Chain) -> APIRouter:
    """``/<service>/audit`` for those who may audit, each what is in their regions."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/{service}/audit")
    async def audit(request: Request, person: SignedIn) -> Response:
        seen = scope(person, Action.AUDIT)
        if seen == NOTHING:
            raise Refused("forbidden", PROBLEMS[403].advice, 403)
        values = {name: request.query_params.get(name, "").strip() for name in Asked.model_fields}
        given = {name: value for name, value in values.items() if value}
        errors: Mapping[str, str] = {}
        records: Sequence[Record] = ()
        try:
            asked = Asked.model_validate(given, strict=False)
        except ValidationError as error:
            errors = messages(error.errors())
        else:
            records = await chain.find(seen, asked.where(), before=asked.before, limit=AT_A_TIME + 1)
        shown = records[:AT_A_TIME]
        older = {**given, "before": shown[-1].sequence} if len(records) > AT_A_TIME else None
        newest = {name: value for name, value in given.items() if name != "before"}
        return page(
            request,
            "audit.html",
            status=422 if errors else 200,
            records=shown,
            values=values,
            errors=errors,
            filtered=bool(newest),
            older=f"?{urlencode(older)}" if older else "",
            newest=f"?{urlencode(newest)}" if values["before"] else "",
            logins=await _logins(host_of(request).identity, shown),
            deeds=DEEDS,
            kinds=KINDS,
            reasons=REASONS,
        )

    return router


async def _logins(identity: Identity, records: Sequence[Record]) -> Mapping[str, str]:
    """The logins of the people in ``records``, by the id that stands there."""
    actors = {record.actor.removeprefix(PERSON) for record in records if record.actor.startswith(PERSON)}
    return await identity.logins(actors | {record.object for record in records if record.kind == "person"})


def _actors(typed: str) -> list[str]:
    if ":" in typed:
        return [typed]
    return [PERSON + typed, PERSON + person_id(typed.casefold()), f"operator:{typed}", f"service:{typed}"]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
