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


UNIT = Field("unit", ("主办单位", "主办单位名称", "开办单位", "责任单位", "单位名称", "所属单位"))
REGION = Field(
    "region", ("行政区划", "行政区划代码", "区划代码", "所属地区", "所在地区", "所属区划", "地区代码", "地区")
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
    ),
    "accounts": (
        Field("platform", ("平台", "平台名称", "新媒体平台", "发布平台", "新媒体类型", "平台类型", "账号类型", "类型")),
        Field("id", ("账号标识", "账号ID", "新媒体标识", "账号编码", "账号", "帐号", "微信号", "account")),
        Field("name", ("账号名称", "新媒体名称", "帐号名称", "公众号名称", "账号名", "名称")),
        UNIT,
        REGION,
        Field("source", ("读取方式",), needed=False),
        Field("verified_as", ("认证主体", "认证主体名称", "认证单位", "认证信息"), needed=False),
    ),
}
CLASSES = {
    "portal": ("门户网站", "门户", "政府门户网站", "政府门户", "portal"),
    "department": ("部门网站", "部门", "政府部门网站", "department"),
}
PLATFORMS = {
    "weibo": ("新浪微博", "微博", "政务微博"),
    "wechat": (
        "微信公众号",
        "微信",
        "政务微信",
        "公众号",
        "微信公众平台",
        "微信订阅号",
        "微信服务号",
        "订阅号",
        "服务号",
    ),
    "toutiao": ("今日头条", "头条号", "头条", "今日头条号"),
    "douyin": ("抖音", "抖音号", "抖音短视频"),
    "kuaishou": ("快手", "快手号"),
    "app": ("移动客户端", "APP", "客户端", "政务APP", "移动应用程序"),
}


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
        return ColumnMap(
            columns={**{key(heading): field for heading, field in other.columns.items()}, **self.columns},
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


CODES = {
    field: {key(word): code for code, words in table.items() for word in (code, *words)}
    for field, table in (("class", CLASSES), ("platform", PLATFORMS))
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
    said = {key(heading): field for heading, field in mapping.columns.items()}
    headings = [key(cell) for cell in row]
    columns = {said[text]: column for column, text in enumerate(headings) if said.get(text, IGNORE) != IGNORE}
    for field in FIELDS[kind]:
        if field.name in columns:
            continue
        for word in map(key, (field.name, *field.headings)):
            if word in headings and word not in said:
                columns[field.name] = headings.index(word)
                break
    return columns
