"""Chinese words for what identity names: roles, ways to sign in, what is wrong with a password or a token."""

from collections.abc import Mapping

from shared.identity import How, Outcome, Role, TokenFault, Weakness

ROLES: Mapping[str, str] = {
    Role.ADMINISTRATOR: "系统管理员",
    Role.APPROVER: "审批人员",
    Role.INSPECTOR: "检查人员",
    Role.REVIEWER: "复核人员",
    Role.UNIT_ADMINISTRATOR: "单位管理员",
    Role.CO_SUPERVISOR: "协管人员",
    Role.AUDITOR: "审计人员",
    Role.SUBSCRIBER: "订阅方",
}
WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: "至少 12 个字符；可以用一句只有自己知道的话",
    Weakness.TOO_LONG: "最多 200 个字符",
    Weakness.CONTAINS_LOGIN: "不能包含用户名",
    Weakness.FEW_CHARACTERS: "重复的字符太多",
    Weakness.AS_BEFORE: "不能与当前密码相同",
}
TOKEN_FAULTS: Mapping[TokenFault, str] = {
    TokenFault.DAYS: "有效期为 1 至 366 天",
    TokenFault.ROLES: "令牌的角色不能超出本人的角色",
    TokenFault.REGION: "令牌的地区不能超出本人在所选角色上的管辖范围",
}
HOWS: Mapping[How, str] = {
    How.PASSWORD: "密码",
    How.SECOND_STEP: "密码和验证码",
    How.PROVIDER: "统一身份认证",
}
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.SIGNED_IN: ("clear", "登录成功"),
    Outcome.WRONG_PASSWORD: ("violated", "密码不对"),
    Outcome.WRONG_CODE: ("violated", "验证码不对"),
}
DONE: Mapping[str, str] = {
    "password": "密码已修改，其他登录均已退出。",
    "second_step_off": "两步验证已停用。",
    "token_revoked": "令牌已作废，立即失效。",
    "session_ended": "该登录已退出。",
    "others_ended": "其他登录均已退出。",
}
"""What a page says after something was done, by the ``done`` of its address: nothing else can be put there."""


def role_name(role: str) -> str:
    """What a role is called on pages."""
    return ROLES.get(role, role)
