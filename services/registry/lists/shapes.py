"""The shapes of lists, as data: the fields of a row and every heading offices give them.

Headings are those of the lists the national reporting systems give out (网站标识码, 首页网址, 主办单位 …), of vendors'
tables and of units' own forms; the first one of a field is the one we write. A layout says which column is
which field; it is proposed from the headings and can be changed by a mapping.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.registry.lists.files import BadList
from services.registry.lists.sheets import Cell, Sheet

Kind = Literal["sites", "accounts"]
HEADINGS_WITHIN = 40
IGNORE = "-"
KINDS: dict[Kind, str] = {"sites": "网站", "accounts": "新媒体账号"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list: ``name`` as in our own lists, ``headings`` as offices write it, the best first."""

    name: str
    headings: tuple[str, ...]
    needed: bool = True

    @property
    def title(self) -> str:
        """The heading we write."""
        return self.headings[0]


def _may(name: str, *headings: str) -> Field:
    return Field(name, headings, needed=False)


UNIT = Field("unit", ("主办单位", "主办单位名称", "开办单位", "责任单位", "单位名称", "所属单位"))
REGION = Field(
    "region", ("行政区划", "行政区划代码", "区划代码", "所属地区", "所在地区", "所属区划", "地区代码", "地区")
)
OPERATOR = _may("operator", "承办单位", "承办单位名称", "运维单位", "运营单位")
ABOUT_UNIT = (
    _may("credit_code", "统一社会信用代码", "单位统一社会信用代码", "信用代码"),
    _may("level", "单位层级", "单位级别", "层级", "行政级别"),
    _may("unit_kind", "单位性质", "单位类型"),
    _may("in_government", "是否政府系统", "是否属于政府系统", "政府系统"),
    _may("external_service", "是否有对外服务职能", "对外服务职能", "是否对外服务"),
)
FIELDS: dict[Kind, tuple[Field, ...]] = {
    "sites": (
        Field("code", ("网站标识码", "标识码", "政府网站标识码", "站点标识码", "网站编码", "sitecode", "siteidcode")),
        Field("name", ("网站名称", "站点名称", "网站名", "名称", "网站", "sitename")),
        Field(
            "address",
            ("首页网址", "网站地址", "网站网址", "首页地址", "网址", "网站域名", "主域名", "域名", "url", "sitedomain"),
        ),
        UNIT,
        REGION,
        Field("class", ("网站类型", "网站类别", "站点类型", "类型", "类别")),
        _may("domains", "其他域名", "备用域名", "域名别名", "其它域名"),
        _may("redirects", "跳转网址", "跳转地址", "跳转url"),
        _may("icp", "ICP备案号", "ICP备案编号", "ICP备案"),
        _may("police", "公安备案号", "公安机关备案号", "公安备案编号", "公安机关备案标识"),
        _may("ipv6", "是否支持IPv6", "支持IPv6", "IPv6支持情况", "是否支持IPv6访问"),
        OPERATOR,
        _may("platform_name", "集约化平台", "集约化平台名称", "所属集约化平台"),
        _may("platform_state", "集约化进度", "集约化状态", "是否迁移", "迁移情况"),
        _may("platform_since", "迁移日期", "迁移时间", "迁入日期"),
        *ABOUT_UNIT,
    ),
    "accounts": (
        Field("platform", ("平台", "平台名称", "新媒体平台", "发布平台", "新媒体类型", "平台类型", "类型")),
        Field("id", ("账号标识", "账号ID", "新媒体标识", "账号编码", "账号", "帐号", "微信号", "account")),
        Field("name", ("账号名称", "新媒体名称", "帐号名称", "公众号名称", "账号名", "名称")),
        UNIT,
        REGION,
        _may("source", "读取方式"),
        _may("verified_as", "认证主体", "认证主体名称", "认证单位", "认证信息"),
        _may("subtype", "账号类型", "公众号类型", "账号子类型", "子类型"),
        _may("url", "账号链接", "账号网址", "主页地址", "账号地址", "链接"),
        _may("main", "是否主账号", "主账号", "是否为主账号"),
        OPERATOR,
        _may("intro", "功能介绍", "账号简介", "简介", "功能定位"),
        _may("licences", "许可证", "许可资质", "资质许可", "相关许可"),
        *ABOUT_UNIT,
    ),
}
CLASSES = {
    "portal": ("门户网站", "门户", "政府门户网站", "政府门户", "portal"),
    "department": ("部门网站", "部门", "政府部门网站", "department"),
}
PLATFORMS = {
    "weibo": ("新浪微博", "微博", "政务微博"),
    "wechat": ("微信公众号", "微信", "政务微信", "公众号", "微信公众平台"),
    "toutiao": ("今日头条", "头条号", "头条", "今日头条号"),
    "douyin": ("抖音", "抖音号", "抖音短视频"),
    "kuaishou": ("快手", "快手号"),
    "baijiahao": ("百家号", "百度百家号"),
    "thepaper": ("澎湃号", "澎湃", "澎湃新闻"),
    "rmh": ("人民号", "人民日报客户端人民号"),
    "xuexi": ("学习强国号", "学习强国"),
    "bilibili": ("哔哩哔哩", "B站"),
    "xiaohongshu": ("小红书", "小红书号"),
    "alipay": ("支付宝小程序", "支付宝"),
    "smartprogram": ("百度小程序", "智能小程序"),
    "quickapp": ("快应用",),
    "app": ("移动客户端", "APP", "客户端", "政务APP", "移动应用程序"),
    "yukuaiban": ("渝快办",),
    "other": ("其他平台", "其他", "其它"),
}
SUBTYPES = {
    "subscription": ("微信订阅号", "订阅号"),
    "service": ("微信服务号", "服务号"),
    "channels": ("微信视频号", "视频号"),
    "mini_program": ("微信小程序", "小程序"),
}
"""Kinds of accounts of WeChat, which offices also write where the platform belongs."""
STATES = {
    "planned": ("计划迁移", "未迁移", "否"),
    "migrating": ("迁移中", "正在迁移"),
    "migrated": ("已迁移", "已完成", "是"),
}
LEVELS = {
    "country": ("国家级", "国家", "部委"),
    "province": ("省级", "省"),
    "city": ("市级", "地市级", "市", "地级"),
    "county": ("县级", "区县级", "县", "区", "县区级"),
    "town": ("乡镇级", "乡镇", "街道", "乡镇街道", "镇"),
}
UNIT_KINDS = {
    "government": ("政府", "人民政府"),
    "department": ("部门", "政府部门", "行政机关", "机关"),
    "institution": ("事业单位",),
    "development_zone": ("开发区", "管委会"),
    "party": ("党群机关", "党委", "群团"),
    "enterprise": ("企业", "国有企业"),
    "other": ("其他", "其它"),
}
WORDS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "class": CLASSES,
    "platform": PLATFORMS,
    "subtype": SUBTYPES,
    "platform_state": STATES,
    "level": LEVELS,
    "unit_kind": UNIT_KINDS,
}
"""The codes of a field and the words for them; we write the first."""


class ColumnMap(BaseModel):
    """What a person says about a list: ``columns`` (heading to field), ``constants`` (field to value), ``places``.

    ``places`` gives a region (a code or a path) for a name that stands in the list, ``sheet`` names the table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    places: dict[str, str] = {}
    sheet: str = ""

    def over(self, other: "ColumnMap") -> "ColumnMap":
        """This mapping, and ``other`` where this one says nothing."""
        own = {key(heading) for heading in self.columns}
        kept = {heading: field for heading, field in other.columns.items() if key(heading) not in own}
        return ColumnMap(
            columns=kept | self.columns,
            constants={**other.constants, **self.constants},
            places={**other.places, **self.places},
            sheet=self.sheet or other.sheet,
        )


AUTOMATIC = ColumnMap()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table has its fields: row ``heading`` (from 0), ``columns`` (field to column), what is not read."""

    heading: int
    columns: Mapping[str, int]
    titles: Mapping[str, str]
    unused: tuple[str, ...]

    def title(self, field: str) -> str:
        """What ``field`` is called in this list."""
        return self.titles.get(field, field)


@lru_cache(maxsize=4096)
def key(heading: Cell) -> str:
    """A heading without what does not matter: width, case, spaces, stars, colons, remarks in brackets."""
    text = unicodedata.normalize("NFKC", str(heading)).casefold()
    return re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:_]", "", text)


def apart(headings: Sequence[Cell]) -> list[str]:
    """What a mapping calls each column: its ``key``; where several have the same one, all of the heading, numbered."""
    keys = [key(heading) for heading in headings]
    whole = [str(one).strip() if keys.count(plain) > 1 else plain for one, plain in zip(headings, keys, strict=True)]
    before = [whole[:column].count(name) for column, name in enumerate(whole)]
    return [f"{name}#{number + 1}" if number else name for name, number in zip(whole, before, strict=True)]


CODES = {
    field: {key(word): code for code, words in table.items() for word in (code, *words)}
    for field, table in WORDS.items()
}


def code_of(field: str, text: str) -> str:
    """The code that ``text`` stands for in ``field``; ``text`` itself when it stands for none."""
    return CODES[field].get(key(text), text)


def laid_out(sheets: Sequence[Sheet], kind: Kind, mapping: ColumnMap = AUTOMATIC) -> tuple[Sheet, Layout]:
    """The one table of ``sheets`` that is a list of ``kind``, and its layout. Raises BadList."""
    _known(kind, mapping)
    named = [sheet for sheet in sheets if mapping.sheet in ("", sheet.name)]
    if not named:
        raise BadList(f"工作簿中没有名为“{mapping.sheet}”的工作表；有：{'、'.join(sheet.name for sheet in sheets)}。")
    layouts = [(sheet, _layout(sheet, kind, mapping)) for sheet in named]
    whole = [(sheet, layout) for sheet, layout in layouts if not _missing(layout, kind, mapping)]
    if len(whole) > 1:
        names = "、".join(sheet.name for sheet, _ in whole)
        raise BadList(f"工作簿中有 {len(whole)} 个工作表都是清单（{names}），请指明导入哪一个。")
    if whole:
        return whole[0]
    _, best = max(layouts, key=lambda pair: len(pair[1].columns))
    missing = "、".join(_missing(best, kind, mapping))
    expected = "、".join(field.title for field in FIELDS[kind])
    raise BadList(f"缺少列 {missing}；{KINDS[kind]}清单的表头应有 {expected}，名称不同的列请指明对应关系。")


def proposed(sheets: Sequence[Sheet], kind: Kind, mapping: ColumnMap = AUTOMATIC) -> tuple[Sheet, Layout]:
    """The table that looks most like a list of ``kind``, whether it is one or not, and how its columns are read."""
    named = [sheet for sheet in sheets if mapping.sheet in ("", sheet.name)] or list(sheets)
    layouts = [(sheet, _layout(sheet, kind, mapping)) for sheet in named]
    return max(layouts, key=lambda pair: len(pair[1].columns))


def _known(kind: Kind, mapping: ColumnMap) -> None:
    names = {field.name for field in FIELDS[kind]}
    for field in (*mapping.columns.values(), *mapping.constants):
        if field not in (*names, IGNORE):
            raise BadList(f"没有“{field}”这一项；{KINDS[kind]}清单的各项是 {'、'.join(sorted(names))}。")


def _missing(layout: Layout, kind: Kind, mapping: ColumnMap) -> list[str]:
    have = {*layout.columns, *mapping.constants}
    return [f"{field.name}（{field.title}）" for field in FIELDS[kind] if field.needed and field.name not in have]


def _layout(sheet: Sheet, kind: Kind, mapping: ColumnMap) -> Layout:
    """The layout by the row that names the most fields; the first of equals."""
    rows = sheet.rows[:HEADINGS_WITHIN] or [()]
    found = [_columns(row, kind, mapping) for row in rows]
    heading = max(range(len(found)), key=lambda number: (len(found[number]), -number))
    columns, row = found[heading], rows[heading]
    return Layout(
        heading=heading,
        columns=columns,
        titles={field: str(row[column]).strip() for field, column in columns.items()},
        unused=tuple(
            str(cell).strip() for column, cell in enumerate(row) if str(cell).strip() and column not in columns.values()
        ),
    )


def _columns(row: Sequence[Cell], kind: Kind, mapping: ColumnMap) -> dict[str, int]:
    chosen_last = sorted(mapping.columns.items(), key=lambda pair: pair[1] != IGNORE)
    said = {key(heading): field for heading, field in chosen_last}
    headings = [key(cell) for cell in row]
    columns: dict[str, int] = {}
    names = apart(row)
    named = {text for text, name in zip(headings, names, strict=True) if name in mapping.columns}
    for column, (text, name) in enumerate(zip(headings, names, strict=True)):
        chosen = mapping.columns.get(name, IGNORE) if text in named else said.get(text, IGNORE)
        if chosen != IGNORE:
            columns.setdefault(chosen, column)
    for field in FIELDS[kind]:
        if field.name in columns:
            continue
        for word in map(key, (field.name, *field.headings)):
            if word in headings and word not in said:
                columns[field.name] = headings.index(word)
                break
    if kind == "accounts" and "platform" not in columns and "subtype" in columns:
        columns["platform"] = columns.pop("subtype")
    return columns
