"""What is filed of an outlet, as people read and write it: a text for each field, lists one entry a line. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from services.registry.filing.checks import bad
from services.registry.platforms import platforms, subtypes, title
from shared.events.registry import Assessment, Column, Particulars, SharedPlatform, Website

PLATFORMS: Mapping[str, str] = {code: title(code) for code in platforms()}
SUBTYPES: Mapping[str, str] = subtypes()
CLASSES: Mapping[str, str] = {"portal": "门户网站", "department": "部门网站"}
MIGRATION: Mapping[str, str] = {"planned": "计划迁移", "migrating": "正在迁移", "migrated": "已经迁移"}
YES_NO: Mapping[str, str] = {"true": "是", "false": "否"}
TITLES: Mapping[str, str] = {
    "code": "网站标识码",
    "platform": "平台",
    "subtype": "账号类型",
    "account": "账号标识",
    "name": "名称",
    "url": "网址",
    "site_class": "网站类别",
    "operator": "承办单位",
    "verified_as": "认证主体",
    "main": "主账号",
    "domains": "其他域名",
    "redirects": "跳转地址",
    "icp": "ICP备案号",
    "police": "公安备案号",
    "ipv6": "支持IPv6",
    "columns": "栏目",
    "shared_platform": "集约化平台",
    "assessments": "安全测评",
    "intro": "简介",
    "licences": "许可",
    "menu": "菜单",
    "source": "读取方式",
}
"""Every field, in the order in which pages have them."""
SEPARATOR = "|"
MOST_PARTS = 4


def written(filed: Particulars) -> dict[str, str]:
    """Every field as a form has it; ``parsed`` reads the lists back."""
    values = {name: getattr(filed, name) for name in TITLES if hasattr(filed, name)}
    return {name: _written(value) for name, value in values.items()}


def worded(filed: Particulars) -> dict[str, str]:
    """The fields that say something, as people read them."""
    words: Mapping[str, Mapping[str, str]] = {
        "platform": PLATFORMS,
        "subtype": SUBTYPES,
        "site_class": CLASSES,
        "ipv6": YES_NO,
        "main": {"true": "是", "false": ""},
    }
    found = {name: words.get(name, {}).get(text, text) for name, text in written(filed).items()}
    if isinstance(filed, Website) and filed.shared_platform:
        shared = filed.shared_platform
        since = f"，自{shared.since}起" if shared.since else ""
        found["shared_platform"] = f"{shared.name}（{MIGRATION[shared.state]}{since}）"
    return {name: text for name, text in found.items() if text}


def unbroken(text: object) -> object:
    """A text of several lines as it is kept: browsers end a line with two signs."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


def lines(text: str) -> tuple[str, ...]:
    """The entries of a list that has one on each line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def columns(field: str, text: str) -> tuple[Column, ...]:
    """栏目: ``名称 | 网址 | 类别 | 责任部门`` on each line. Raises Refused, naming the line."""
    found = []
    for number, line in enumerate(lines(text), start=1):
        name, url, column_class, duty = _parts(field, number, line)
        found.append(Column(name=name, url=url, column_class=column_class, duty=duty))
    return tuple(found)


def assessments(field: str, text: str) -> tuple[Assessment, ...]:
    """安全测评: ``日期 | 内容 | 机构 | 结果`` on each line. Raises Refused, naming the line."""
    found = []
    for number, line in enumerate(lines(text), start=1):
        on, what, by, result = _parts(field, number, line)
        try:
            found.append(Assessment(on=date.fromisoformat(on), what=what, by=by, result=result))
        except ValueError:
            raise bad(field, f"第 {number} 行：日期应写成 2026-10-17 的样子，不能是“{on[:40]}”") from None
    return tuple(found)


def _parts(field: str, number: int, line: str) -> tuple[str, str, str, str]:
    parts = [part.strip() for part in line.replace("｜", SEPARATOR).split(SEPARATOR)]
    if len(parts) > MOST_PARTS:
        raise bad(field, f"第 {number} 行：最多 {MOST_PARTS} 项，以“{SEPARATOR}”分开，现有 {len(parts)} 项")
    first, second, third, fourth = (*parts, *[""] * (MOST_PARTS - len(parts)))
    return first, second, third, fourth


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(_written(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Column):
        return _joined((value.name, value.url, value.column_class, value.duty))
    if isinstance(value, Assessment):
        return _joined((value.on.isoformat(), value.what, value.by, value.result))
    if isinstance(value, SharedPlatform):
        return value.name
    return "" if value is None else str(value)


def _joined(parts: Iterable[str]) -> str:
    return f" {SEPARATOR} ".join(parts).rstrip(f" {SEPARATOR}")
