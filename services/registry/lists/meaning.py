"""What the values of a row mean: the website or the account that shall be in force, and what is said of its unit."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.registry import filing as decisions
from services.registry.lists import cells
from services.registry.lists.shapes import CLASSES, LEVELS, STATES, SUBTYPES, UNIT_KINDS, Kind, code_of
from services.registry.refusal import Refused
from services.registry.unit import credit_code_is_right
from shared.events import is_region, region_tokens
from shared.events.registry import NewMedia, Particulars, SharedPlatform, UnitKind, UnitLevel, Website

LISTED: Mapping[Kind, Mapping[str, str]] = {
    "sites": {"url": "address", "site_class": "class"},
    "accounts": {"account": "id"},
}
"""Fields that a list calls otherwise than a filing."""
GOOD = {"code": "1000000000", "name": "x", "url": "http://x/", "platform": "x", "account": "x"}
"""Values nothing is wrong with: put in place of a faulty one, the next fault of a row shows."""
HOST = re.compile(r"(?=.{4,253}$)([\w-]{1,63}\.)+[\w-]{2,63}")
ADDRESS = re.compile(r"(?!javascript:|data:|vbscript:)[a-z]{2,20}://\S+", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row: its line in the file, the field, a sentence."""

    line: int
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class About:
    """What a list says of a unit beside its name and region; None and empty: nothing."""

    level: UnitLevel | None = None
    unit_kind: UnitKind | None = None
    in_government: bool | None = None
    external_service: bool | None = None
    credit_code: str = ""


@dataclass
class Row:
    """A row being read: its values by field, and what is wrong with it."""

    line: int
    columns: Mapping[str, int]
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field."""
        self.faults.append(Fault(self.line, name, sentence))

    def at_fault(self, name: str) -> bool:
        """Whether something is wrong with a field already."""
        return any(fault.field == name for fault in self.faults)

    def said(self, name: str) -> str:
        """The value of a field, empty when nothing is said."""
        return self.values.get(name, "")


def filed_of(row: Row, kind: Kind) -> Particulars:
    """What ``row`` says shall be in force: fields without a value are not set. What is wrong is noted in ``row``."""
    filed: Particulars = _website(row) if kind == "sites" else _account(row)
    _check(row, filed, LISTED[kind])
    return filed


def about_unit(row: Row) -> About:
    """What ``row`` says of its unit."""
    code = row.said("credit_code").upper()
    if code and not credit_code_is_right(code):
        row.fault("credit_code", f"统一社会信用代码应为 18 位，且末位校验码相符，不能是“{code[:80]}”")
    level, kind = _choice(row, "level", LEVELS), _choice(row, "unit_kind", UNIT_KINDS)
    return About(
        level=UnitLevel(level) if level else None,
        unit_kind=UnitKind(kind) if kind else None,
        in_government=_yes(row.said("in_government")),
        external_service=_yes(row.said("external_service")),
        credit_code=code,
    )


def region_of(row: Row, places: Mapping[str, str]) -> str:
    """The path of the region that ``row`` names by a code, a path or one of ``places``."""
    text = row.said("region")
    code = places.get(text, text)
    if is_region(code):
        return code
    try:
        return region_tokens(code)
    except ValueError:
        if not row.at_fault("region"):
            row.fault("region", f"行政区划应为 6 位代码(如 410105)或四段路径(如 41.01.05.0)，不能是“{text}”")
        return ""


def _website(row: Row) -> Website:
    text = row.said("class")
    site_class = code_of("class", text)
    if site_class not in CLASSES and not row.at_fault("class"):
        row.fault("class", f"类别应为 portal（门户网站）或 department（部门网站），不能是“{text}”")
    more = {
        **_texts(row, "icp", "police", "operator"),
        **_lists(row, {"domains": (cells.several, HOST), "redirects": (cells.addresses, ADDRESS)}),
        "ipv6": _yes(row.said("ipv6")),
        "shared_platform": _shared_platform(row),
    }
    return Website(
        code=row.said("code"),
        name=row.said("name"),
        url=row.said("address"),
        site_class="portal" if site_class == "portal" else "department",
        **_given(more),
    )


def _account(row: Row) -> NewMedia:
    platform = code_of("platform", row.said("platform"))
    subtype = _choice(row, "subtype", SUBTYPES) if row.said("subtype") else ""
    if (implied := code_of("subtype", row.said("platform"))) in SUBTYPES:
        platform, subtype = "wechat", subtype or implied
    more = {
        **_texts(row, "verified_as", "operator", "url"),
        **_lists(row, {"licences": (cells.lines, None)}),
        "source": row.said("source"),
        "subtype": subtype,
        "intro": _longest(row, "intro", decisions.LONGEST_TEXT),
        "main": _yes(row.said("main")),
    }
    if more["url"] and not ADDRESS.fullmatch(str(more["url"])):
        row.fault("url", f"账号链接应以 http:// 或 https:// 开头，不能是“{row.said('url')[:80]}”")
    return NewMedia(platform=platform, account=row.said("id"), name=row.said("name"), **_given(more))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", (), None)}


def _texts(row: Row, *names: str) -> dict[str, str]:
    longest = {"url": decisions.LONGEST_TEXT}
    return {name: _longest(row, name, longest.get(name, decisions.LONGEST_NAME)) for name in names}


def _longest(row: Row, name: str, longest: int) -> str:
    text = row.said(name)
    if (len(text) > longest or CONTROL.search(text)) and not row.at_fault(name):
        row.fault(name, f"不能超过 {longest} 字，也不能含控制字符")
    return text


def _lists(
    row: Row, fields: Mapping[str, tuple[Callable[[str], tuple[str, ...]], re.Pattern[str] | None]]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, (split, pattern) in fields.items():
        found[name] = split(row.said(name))
        for value in found[name]:
            if pattern and not pattern.fullmatch(value) and not row.at_fault(name):
                row.fault(name, f"几个值之间用“；”隔开，其中不能有“{value[:80]}”")
    return found


def _choice(row: Row, name: str, words: Mapping[str, tuple[str, ...]]) -> str:
    text = row.said(name)
    code = code_of(name, text)
    if text and code not in words:
        row.fault(name, f"应为 {'、'.join(first[0] for first in words.values())} 之一，不能是“{text}”")
        return ""
    return code


def _shared_platform(row: Row) -> SharedPlatform | None:
    name, since = _longest(row, "platform_name", decisions.LONGEST_NAME), row.said("platform_since")
    state = _choice(row, "platform_state", STATES)
    if name and not state and not row.at_fault("platform_state"):
        row.fault("platform_state", "填写了集约化平台，请同时填写进度：计划迁移、迁移中或已迁移")
    if not name or not state:
        return None
    return SharedPlatform.model_validate(
        {"name": name, "state": state, "since": date.fromisoformat(since) if since else None}
    )


def _yes(text: str) -> bool | None:
    return None if not text else text == "是"


def _check(row: Row, filed: Particulars, listed: Mapping[str, str]) -> None:
    """Add every fault that the decision on filings finds; it stops at the first, so a good value takes its place."""
    tried: set[str] = set()
    while True:
        try:
            decisions.check(filed)
        except Refused as refused:
            name = listed.get(refused.field, refused.field)
            if not row.at_fault(name):
                row.fault(name, refused.sentence)
            known = type(filed).model_fields.get(refused.field)
            if known is None or refused.field in tried:
                return
            tried.add(refused.field)
            good = GOOD.get(refused.field, "") if known.is_required() else known.default
            filed = filed.model_copy(update={refused.field: good})
        else:
            return
