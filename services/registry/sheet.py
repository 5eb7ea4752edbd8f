"""What is on file of an outlet, in groups as officials read it, and when each value came by which filing. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from services.registry.outlet import Approved, fold
from services.registry.platforms import subtypes
from services.registry.search import CLASSES, STATES
from shared.events.registry import Assessment, Column, Outlet, Particulars, SharedPlatform

GROUPS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "website": {
        "身份": {"name": "名称", "code": "网站标识码", "site_class": "网站类别", "operator": "承办单位"},
        "网址与域名": {"url": "网站地址", "domains": "其他域名", "redirects": "跳转地址", "ipv6": "支持 IPv6"},
        "备案号": {"icp": "ICP 备案号", "police": "公安备案号"},
        "集约化": {"shared_platform": "集约化平台"},
        "安全": {"assessments": "安全测评"},
        "栏目": {"columns": "栏目"},
    },
    "new_media": {
        "身份": {
            "name": "名称",
            "platform": "平台",
            "subtype": "账号类型",
            "account": "账号标识",
            "main": "主账号",
            "verified_as": "认证主体",
            "operator": "承办单位",
            "intro": "简介",
        },
        "地址": {"url": "主页地址", "source": "读取方式"},
        "许可": {"licences": "许可证件"},
        "菜单": {"menu": "菜单"},
    },
}
"""The fields of each kind of outlet with their names, by group; every field that can be filed stands in one."""
MIGRATION = {"planned": "计划迁移", "migrating": "正在迁移", "migrated": "已迁移"}
MANY = 12
"""A list longer than this is folded up on the page."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its name and its value in words, a list line by line."""

    field: str
    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it was from ``since`` on, by the filing ``filing`` called ``number``; ``before`` is what it ended."""

    label: str
    lines: tuple[str, ...]
    before: tuple[str, ...]
    since: datetime
    filing: str
    number: str


def label_of(field: str) -> str:
    """The name of a field of either kind."""
    return next((fields[field] for groups in GROUPS.values() for fields in groups.values() if field in fields), field)


def groups(filed: Particulars, platforms: Mapping[str, str]) -> list[tuple[str, list[Row]]]:
    """What was filed, by group; what was not stated is left out."""
    written = [
        (
            title,
            [Row(name, label, lines) for name, label in fields.items() if (lines := _lines(filed, name, platforms))],
        )
        for title, fields in GROUPS[filed.kind].items()
    ]
    return [(title, rows) for title, rows in written if rows]


def history(filings: Sequence[Approved], platforms: Mapping[str, str]) -> list[Value]:
    """Every value that came or went after the first filing, and the unit's and the state's, the latest first."""
    found: list[Value] = []
    own = filings[0].filing.outlet if filings else ""
    outlets = fold(filings, own)
    for number, approved in enumerate(filings):
        if number:
            steps = _differences(outlets[number - 1], outlets[number], platforms)
            found += [
                Value(label, now, before, approved.at, approved.id, approved.filing.number)
                for label, before, now in steps
            ]
    return found[::-1]


def _differences(
    old: Outlet, new: Outlet, platforms: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    standing = [("主办单位", old.unit.name, new.unit.name), ("状态", STATES[old.state], STATES[new.state])]
    yield from ((label, (before,), (now,)) for label, before, now in standing if before != now)
    for fields in GROUPS[new.filed.kind].values():
        for name, label in fields.items():
            before, now = _lines(old.filed, name, platforms), _lines(new.filed, name, platforms)
            if before != now:
                yield label, before, now


def _lines(filed: Particulars, name: str, platforms: Mapping[str, str]) -> tuple[str, ...]:
    value = getattr(filed, name, None)
    if value is None or value in ("", ()) or (name == "main" and not value):
        return ()
    if isinstance(value, tuple):
        return tuple(_line(one) for one in value)
    words = {"platform": platforms, "site_class": CLASSES, "subtype": subtypes()}.get(name, {})
    if isinstance(value, bool):
        return ("是" if value else "否",)
    return (words.get(str(value), _line(value)),)


def _line(value: object) -> str:
    if isinstance(value, Column):
        return "，".join(filter(None, (value.name, value.column_class, value.duty, value.url)))
    if isinstance(value, SharedPlatform):
        since = f"，自 {value.since}" if value.since else ""
        return f"{value.name}，{MIGRATION[value.state]}{since}"
    if isinstance(value, Assessment):
        return "，".join(filter(None, (str(value.on), value.what, value.by, value.result)))
    return " ".join(map(str, value.model_dump().values())) if isinstance(value, BaseModel) else str(value)
