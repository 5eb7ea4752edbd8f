"""What can be filed at all, field by field."""

import re
from urllib.parse import urlsplit

from services.registry.filing.record import Refusal
from services.registry.platforms import key
from services.registry.refusal import Refused
from shared.events.registry import Column, NewMedia, Particulars, Website

CODE = re.compile(r"bm\d{8}|\d{10}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,80}")
"""Ids of platforms: the longest have 76 characters, package names of apps have dots."""
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
HOST = re.compile(r"[a-z0-9\u4e00-\u9fff-]{1,63}(\.[a-z0-9\u4e00-\u9fff-]{1,63})+", re.IGNORECASE)
LONGEST_NAME = 100
LONGEST_TEXT = 2000
MOST = 500
"""Columns, domains, licences … of one outlet."""
LARGEST = 300_000
"""Bytes of everything that is filed of an outlet: it travels whole with every fact about it."""


def outlet_id(filed: Particulars) -> str:
    """The id of the outlet: ``w-<网站标识码>``, or what ``platforms.key`` makes of an account."""
    return f"w-{filed.code}" if isinstance(filed, Website) else key(filed.platform, filed.subtype, filed.account)


def changed_fields(before: Particulars, after: Particulars) -> tuple[str, ...]:
    """The names of the fields that differ."""
    old, new = before.model_dump(), after.model_dump()
    return tuple(name for name in new if old.get(name) != new[name])


def check(filed: Particulars) -> None:
    """Refuse particulars that cannot be filed, naming the field. A 网站标识码 is ten digits, or bm and eight."""
    if len(filed.model_dump_json().encode()) > LARGEST:
        raise bad("columns" if isinstance(filed, Website) else "menu", f"备案内容合计不能超过 {LARGEST // 1000} KB")
    _text("name", filed.name, "名称")
    _short("operator", filed.operator, "承办单位")
    if isinstance(filed, Website):
        _website(filed)
    else:
        _account(filed)


def _website(filed: Website) -> None:
    if not CODE.fullmatch(filed.code):
        raise bad("code", f"网站标识码应为 10 位数字，或 bm 加 8 位数字，不能是“{filed.code[:80]}”")
    check_url("url", filed.url, "网站地址")
    _many("domains", filed.domains, "其他域名")
    for domain in filed.domains:
        if not HOST.fullmatch(domain):
            raise bad("domains", f"其他域名应每行一个，例如 www.example.gov.cn，不能是“{domain[:80]}”")
    _many("redirects", filed.redirects, "跳转地址")
    for address in filed.redirects:
        check_url("redirects", address, "跳转地址")
    _short("icp", filed.icp, "ICP备案号")
    _short("police", filed.police, "公安备案号")
    _columns("columns", filed.columns, "栏目")
    _many("assessments", filed.assessments, "安全测评")
    for assessment in filed.assessments:
        _text("assessments", assessment.what, "安全测评")


def _account(filed: NewMedia) -> None:
    if not TOKEN.fullmatch(filed.platform):
        raise bad("platform", f"平台代码只能用字母、数字、“-”和“_”，最长 64 位，不能是“{filed.platform[:80]}”")
    if not ACCOUNT.fullmatch(filed.account):
        raise bad("account", f"账号标识只能用字母、数字、“-”、“_”和“.”，最长 80 位，不能是“{filed.account[:80]}”")
    if filed.subtype and not TOKEN.fullmatch(filed.subtype):
        raise bad("subtype", f"账号类型应是平台下列出的一种的代码，例如 service，不能是“{filed.subtype[:80]}”")
    _short("verified_as", filed.verified_as, "认证主体")
    if CONTROL.search(filed.intro.replace("\n", "")) or len(filed.intro) > LONGEST_TEXT:
        raise bad("intro", f"简介不能超过 {LONGEST_TEXT} 字，除换行外不能含控制字符")
    if filed.url:
        check_url("url", filed.url, "账号主页")
    if filed.source:
        how, _, locator = filed.source.partition(":")
        if not TOKEN.fullmatch(how) or not locator:
            example = "json_feed:https://…"
            raise bad("source", f"读取方式应写成“方式：地址”，例如 {example}，不能是“{filed.source[:80]}”")
        check_url("source", locator, "读取地址")
    _many("licences", filed.licences, "许可")
    for licence in filed.licences:
        _text("licences", licence, "许可")
    _columns("menu", filed.menu, "菜单")


def bad(field: str, sentence: str) -> Refused:
    """The refusal of one field."""
    return Refused(Refusal.BAD_FIELD, sentence, field)


def _columns(field: str, columns: tuple[Column, ...], title: str) -> None:
    _many(field, columns, title)
    for column in columns:
        _text(field, column.name, f"{title}名称")
        _short(field, column.duty, "责任部门")
        _short(field, column.column_class, f"{title}类别")
        if column.url:
            check_url(field, column.url, f"{title}地址")


def _many(field: str, values: tuple[object, ...], title: str) -> None:
    if len(values) > MOST:
        raise bad(field, f"{title}最多 {MOST} 项")
    if len(set(values)) != len(values):
        raise bad(field, f"{title}有重复")


def _text(field: str, value: str, title: str) -> None:
    if not value.strip() or len(value) > LONGEST_NAME or CONTROL.search(value):
        raise bad(field, f"{title}必填，不超过 {LONGEST_NAME} 字，不能含控制字符")


def _short(field: str, value: str, title: str) -> None:
    if CONTROL.search(value) or len(value) > LONGEST_NAME:
        raise bad(field, f"{title}不能超过 {LONGEST_NAME} 字，也不能含控制字符")


def check_url(field: str, value: str, title: str) -> None:
    """Refuse what is no address of the web."""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or CONTROL.search(value) or " " in value or len(value) > LONGEST_TEXT or "@" in value:
        raise bad(field, f"{title}应以 http:// 或 https:// 开头，不能是“{value[:80]}”")
