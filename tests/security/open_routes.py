"""The routes outside the matrix of ``matrix.py``: what is public, and what is one's own; each with its reason."""

from collections.abc import Mapping

from services.catalog import SERVICES

PUBLIC: Mapping[tuple[str, str], str] = {
    ("GET", "/"): "只是转到台账",
    ("GET", "/sign-in"): "登录页",
    ("POST", "/sign-in"): "登录本身，次数有限制",
    ("GET", "/sign-in/code"): "登录的第二步",
    ("POST", "/sign-in/code"): "登录的第二步，次数有限制",
    ("POST", "/sign-out"): "只结束自己的会话",
    ("GET", "/registry/components"): "界面组件样张，不含任何人的数据",
    ("GET", "/livez"): "供编排系统查问，不含数据",
    ("GET", "/readyz"): "供编排系统查问，不含数据",
    ("GET", "/metrics"): "供监控系统抓取，只有计数，不含名称",
    **{("GET", f"/{name}/static/{{digest}}/{{name}}"): "样式与脚本" for name in SERVICES},
    **{("GET", f"/{name}/api/openapi.json"): "接口说明" for name in SERVICES},
}
"""The routes that ask nobody who they are, each with its reason."""

OWN: Mapping[tuple[str, str], str] = {
    ("GET", "/account"): "自己的账户",
    ("GET", "/account/password"): "改密码的表",
    ("POST", "/account/password"): "改自己的密码，要原密码",
    ("GET", "/account/second-step"): "自己的两步验证",
    ("POST", "/account/second-step/begin"): "开始启用",
    ("POST", "/account/second-step/confirm"): "第一次验证码正确后启用",
    ("POST", "/account/second-step/end"): "停用，要密码",
    ("GET", "/account/sign-ins"): "自己的会话和登录记录",
    ("POST", "/account/sessions/end"): "结束自己的一个会话",
    ("POST", "/account/sessions/end-others"): "结束自己的其他会话",
    ("GET", "/account/tokens"): "自己的令牌",
    ("POST", "/account/tokens"): "发一个不超过自己权限的令牌",
    ("POST", "/account/tokens/revoke"): "作废自己的令牌",
}
"""The routes that are about oneself, whatever one holds; not for tokens."""
