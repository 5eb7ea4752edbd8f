"""How times and reasons are written for officials. Pure."""

from collections.abc import Mapping
from datetime import datetime

from shared.events.probe import Reason
from shared.workdays import SHANGHAI

REASONS: Mapping[Reason, str] = {
    Reason.OK: "正常",
    Reason.DNS: "域名无法解析",
    Reason.CONNECT: "无法建立连接",
    Reason.TLS: "安全连接（TLS）失败",
    Reason.TIMEOUT: "响应超时",
    Reason.HTTP_4XX: "返回 4xx 错误",
    Reason.HTTP_5XX: "返回 5xx 错误",
    Reason.BROKEN_RESPONSE: "返回内容不完整",
    Reason.TOO_MANY_REDIRECTS: "跳转次数过多",
    Reason.BLOCKED_PAGE: "访问被拦截",
    Reason.OWN_CONNECTIVITY: "监测端自身网络异常",
    Reason.REFUSED_BY_GATE: "地址不在允许访问的范围内",
    Reason.UNREADABLE: "内容无法识别",
    Reason.SOURCE_FAILED: "数据来源不可用",
    Reason.NOT_IN_SOURCE: "数据来源中没有该账号",
    Reason.NO_PAGE: "页面未能取得",
}
FIELDS: Mapping[str, str] = {
    "name": "名称",
    "verified_as": "认证主体",
    "account": "账号标识",
    "platform": "平台",
    "intro": "简介",
    "url": "网址",
    "code": "网站标识码",
    "site_class": "网站类别",
    "organiser": "主办单位",
    "icp": "ICP备案编号",
    "police": "公安机关备案号",
    "subtype": "账号类型",
    "main": "主账号",
    "operator": "承办单位",
    "licences": "许可",
    "menu": "菜单",
    "domains": "其他域名",
    "redirects": "跳转地址",
    "ipv6": "支持IPv6",
    "columns": "栏目",
    "shared_platform": "集约化平台",
    "assessments": "安全测评",
    "source": "读取方式",
    "closure": "运行状态",
    "alive": "运行状态",
}


def moment(at: datetime) -> str:
    """``2026年11月22日 10:05``, in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{day(at)} {local:%H:%M}"


def day(at: datetime) -> str:
    """``2026年11月22日``, in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日"


def deadline(due_at: datetime, *, provisional: bool) -> str:
    """A deadline as a day, saying so when it may still move."""
    return day(due_at) + ("（暂定：次年放假安排公布后重新计算）" if provisional else "")


def field(name: str) -> str:
    """The name of a filed field; an unknown one as it is."""
    return FIELDS.get(name, name)
