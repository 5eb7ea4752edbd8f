"""Every column offices have is read into the field it means, and what a cell leaves empty is not said."""

import re
from datetime import date

import pytest

from services.registry.lists.meaning import About
from services.registry.lists.rows import Listed, listed
from services.registry.lists.shapes import ColumnMap, Kind
from services.registry.lists.sheets import address
from shared.events.registry import NewMedia, SharedPlatform, UnitKind, UnitLevel, Website
from tests.registry import papers
from tests.registry.papers import ACCOUNTS, SITES, site


def read(rows: papers.Rows, kind: Kind = "sites", mapping: ColumnMap | None = None) -> Listed:
    only_text = all(isinstance(cell, str) for row in rows for cell in row)
    return listed((papers.text if only_text else papers.xlsx)(rows), kind, mapping or ColumnMap())


MORE_OF_SITES = {
    "其他域名": "a.zz.gov.cn；郑州.政务、b.zz.gov.cn",
    "跳转地址": "http://old.gov.cn/",
    "ICP备案编号": "豫ICP备05001234号-1",
    "公安机关备案号": "豫公网安备41010502000001号",
    "是否支持IPv6": "支持",
    "承办单位": "市大数据中心",
    "集约化平台": "省集约化平台",
    "集约化进度": "已完成",
    "迁移日期": date(2024, 5, 1),
    "统一社会信用代码": "11410100005184219l",
    "单位层级": "区县级",
    "单位性质": "政府部门",
    "是否政府系统": "√",
    "是否有对外服务职能": "无",
}


def test_every_column_that_offices_have_for_websites_is_read() -> None:
    [entry] = read([[*SITES, *MORE_OF_SITES], [*site(), *MORE_OF_SITES.values()]]).entries
    assert entry.filed == Website(
        code="4101000001",
        name="网站1",
        url="https://s1.gov.cn/",
        domains=("a.zz.gov.cn", "郑州.政务", "b.zz.gov.cn"),
        redirects=("http://old.gov.cn/",),
        icp="豫ICP备05001234号-1",
        police="豫公网安备41010502000001号",
        ipv6=True,
        operator="市大数据中心",
        shared_platform=SharedPlatform(name="省集约化平台", state="migrated", since=date(2024, 5, 1)),
    )
    assert entry.about == About(
        UnitLevel.COUNTY,
        UnitKind.DEPARTMENT,
        in_government=True,
        external_service=False,
        credit_code="11410100005184219L",
    )


def test_every_column_that_offices_have_for_accounts_is_read() -> None:
    more = {
        "账号类型": "订阅号",
        "账号链接": "mp.weixin.qq.com/x",
        "是否主账号": True,
        "运营单位": "某传媒公司",
        "功能介绍": "发布政务信息\n回应关切",
        "许可证": "互联网新闻信息服务许可证；信息网络传播视听节目许可证",
    }
    rows: papers.Rows = [[*ACCOUNTS, *more], ["微信", "zzfb", "郑州发布", "市办", "410100", *more.values()]]
    [entry] = read(rows, "accounts").entries
    assert entry.filed == NewMedia(
        platform="wechat",
        account="zzfb",
        name="郑州发布",
        subtype="subscription",
        url="http://mp.weixin.qq.com/x",
        main=True,
        operator="某传媒公司",
        intro="发布政务信息\n回应关切",
        licences=("互联网新闻信息服务许可证", "信息网络传播视听节目许可证"),
    )


def test_a_kind_of_account_where_the_platform_belongs_is_both() -> None:
    rows = [["账号类型", *ACCOUNTS[1:]]]
    rows += [
        [word, f"zz{number}", "郑州", "市办", "410100"] for number, word in enumerate(("视频号", "小程序", "微博"))
    ]
    filed = [entry.filed for entry in read(rows, "accounts").entries]
    assert [(one.platform, one.subtype) for one in filed if isinstance(one, NewMedia)] == [
        ("wechat", "channels"),
        ("wechat", "mini_program"),
        ("weibo", ""),
    ]


@pytest.mark.parametrize(
    ("heading", "value", "words"),
    [
        ("其他域名", "a.gov.cn;http://b.gov.cn/", "隔开"),
        ("跳转地址", "javascript:alert(1)", "隔开"),
        ("ICP备案编号", "长" * 101, "100 字"),
        ("是否支持IPv6", "可能", "是”或“否"),
        ("集约化进度", "快了", "已迁移"),
        ("迁移日期", "去年", "2024-05-01"),
        ("迁移日期", "2024-02-31", "2024-05-01"),
        ("统一社会信用代码", "123", "18 位"),
        ("统一社会信用代码", "11410100005184219A", "校验码"),
        ("单位层级", "股级", "区县级|县级"),
        ("是否政府系统", "也许", "是”或“否"),
    ],
)
def test_a_fault_in_a_column_that_need_not_be_there_is_named_too(heading: str, value: str, words: str) -> None:
    changed = {**MORE_OF_SITES, heading: value}
    found = read([[*SITES, *changed], [*site(), *changed.values()]])
    [fault] = found.faults
    assert found.cell(fault) == address(1, [*SITES, *changed].index(heading))
    assert re.search(words, fault.sentence)


def test_what_a_cell_leaves_empty_is_not_said() -> None:
    [entry] = read([[*SITES, *MORE_OF_SITES], [*site(), *("" for _ in MORE_OF_SITES)]]).entries
    assert entry.filed.model_fields_set == {"code", "name", "url", "site_class"}
    assert entry.about == About()
