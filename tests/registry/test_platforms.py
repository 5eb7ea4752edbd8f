"""Platforms are data: which account an address is of, what it is called, when two names are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.platforms import bare_name, canonical, default_subtype, is_application, key, parse, platforms
from services.registry.platforms.load import BadPlatform, loaded
from services.registry.rules import packaged
from shared.events.outlets import NewMedia
from shared.web.platforms import PlatformName, platform_name, platform_names

SECRET = "MS4wLjABAAAA" + "a1B2_-" * 7 + "x"
ADDRESSES = [
    ("https://weibo.com/u/2834253982", "weibo", "2834253982"),
    ("http://www.weibo.com/2834253982?is_hot=1#top", "weibo", "2834253982"),
    ("https://weibo.com/2834253982/JxYz12abc", "weibo", "2834253982"),
    ("WEIBO.com/zzpolice/", "weibo", "zzpolice"),
    ("https://m.weibo.cn/profile/2834253982", "weibo", "2834253982"),
    ("https://weibo.com/p/1002062834253982/home", "weibo", "2834253982"),
    (
        "https://mp.weixin.qq.com/mp/profile_ext?action=home&__biz=MzA5NzI4NjE2MA==&s=1",
        "wechat",
        "MzA5NzI4NjE2MA",
    ),
    ("https://mp.weixin.qq.com/s?__biz=MjM5MjAxNDM4MA==&mid=1&idx=1", "wechat", "MjM5MjAxNDM4MA"),
    ("https://open.weixin.qq.com/qr/code/?username=gh_0123456789ab", "wechat", "gh_0123456789ab"),
    ("https://www.toutiao.com/c/user/50025817786/#mid=1", "toutiao", "50025817786"),
    (f"https://www.toutiao.com/c/user/token/{SECRET}/?source=list", "toutiao", SECRET),
    (f"https://www.douyin.com/user/{SECRET}?from=web", "douyin", SECRET),
    (f"https://www.iesdouyin.com/share/user/{SECRET}", "douyin", SECRET),
    ("https://live.kuaishou.com/u/3xabc_de", "kuaishou", "3xabc_de"),
    ("https://baijiahao.baidu.com/u?app_id=1569315217712345", "baijiahao", "1569315217712345"),
    ("https://space.bilibili.com/456664753/dynamic", "bilibili", "456664753"),
    ("https://hapjs.org/app/cn.gov.example?a=1", "quickapp", "cn.gov.example"),
    ("https://apps.apple.com/cn/app/some-name/id1234567890", "app", "id1234567890"),
    ("alipays://platformapi/startapp?appId=2021001234567890&page=x", "alipay", "2021001234567890"),
]
NO_ACCOUNT = [
    "",
    "https://weibo.com/",
    "https://weibo.com/login",
    "https://weibo.com/Hot/weibo",
    "https://weibo.com/n/郑州发布",
    "https://weibo.com.evil.example/u/2834253982",
    "https://evil.example/weibo.com/u/2834253982",
    "https://mp.weixin.qq.com/s/AbCdEfGh",
    "https://mp.weixin.qq.com/mp/profile_ext?action=home&__biz=%E4%BD%A0",
    "https://v.douyin.com/iAbCd/",
    "https://www.douyin.com/user/self",
    "https://www.zhengzhou.gov.cn/",
    "http://[::1",
    "weibo.com/u/" + "1" * 3000,
]


@pytest.mark.parametrize(("url", "platform", "account"), ADDRESSES)
def test_the_address_of_a_page_tells_the_account(url: str, platform: str, account: str) -> None:
    found = parse(url)
    assert found
    assert (found.platform, found.account) == (platform, account)


@pytest.mark.parametrize("url", NO_ACCOUNT)
def test_what_is_no_accounts_page_tells_none(url: str) -> None:
    assert parse(url) is None


@pytest.mark.parametrize(("url", "platform", "account"), ADDRESSES)
def test_every_way_to_write_it_has_one_canonical_address_that_is_read_back(
    url: str, platform: str, account: str
) -> None:
    found = parse(url)
    assert found
    assert found.canonical == canonical(platform, "", account)
    assert parse(found.canonical) == found


def test_an_id_tells_a_mini_program_from_an_account() -> None:
    assert parse("weixin://dl/business?appid=wx0123456789abcdef") == (
        "wechat",
        "mini_program",
        "wx0123456789abcdef",
        "",
    )
    assert canonical("wechat", "", "zzfabu2015") == "https://open.weixin.qq.com/qr/code?username=zzfabu2015"
    assert canonical("nowhere", "", "x") == canonical("other", "", "x") == canonical("xuexi", "", "x") == ""


def test_codes_in_use_keep_their_names_and_sub_types_have_theirs() -> None:
    names = [platform_name(code) for code in ("weibo", "wechat", "toutiao", "douyin", "kuaishou", "app")]
    assert names == ["新浪微博", "微信公众号", "今日头条", "抖音", "快手", "移动客户端"]
    assert [platform_name("wechat", each) for each in ("", "service", "channels", "mini_program", "unheard")] == [
        "微信公众号",
        "微信服务号",
        "微信视频号",
        "微信小程序",
        "微信公众号",
    ]
    assert platform_name("nowhere") == "nowhere"
    assert list(platforms()) == list(platform_names())


def test_apps_and_mini_programs_are_known_as_such() -> None:
    applications = {code for code in platforms() if is_application(code)}
    assert applications == {"app", "alipay", "smartprogram", "quickapp"}
    assert [is_application("wechat", each) for each in ("mini_program", "service", "")] == [True, False, False]
    assert not is_application("nowhere")


def test_the_rules_of_2026_are_for_every_app_and_mini_program() -> None:
    rules = packaged().by_id["cn-apps-2026"][0].rules
    assert rules
    for platform, names in platform_names().items():
        for subtype in ("", *names.subtypes):
            filed = NewMedia(platform=platform, subtype=subtype, account="x", name="x")
            assert {rule.which.fits(filed) for rule in rules} == {is_application(platform, subtype)}, (
                platform,
                subtype,
            )


@pytest.mark.parametrize(
    ("platform", "subtype", "account", "id_"),
    [
        ("weibo", "", "zzwj", "a-weibo-zzwj"),
        ("wechat", "", "zzwj", "a-wechat-zzwj"),
        ("wechat", "subscription", "zzwj", "a-wechat-zzwj"),
        ("wechat", "service", "zzwj", "a-wechat_service-zzwj"),
        ("wechat", "", "service-zzwj", "a-wechat-service-zzwj"),
        ("app", "", "cn.gov.example", "a-app-cn-gov-example"),
        ("nowhere", "", "zzwj", "a-nowhere-zzwj"),
    ],
)
def test_the_key_of_an_account(platform: str, subtype: str, account: str, id_: str) -> None:
    assert key(platform, subtype, account) == id_


places = st.sampled_from(sorted(platforms())).flatmap(
    lambda code: st.tuples(
        st.just(code),
        st.sampled_from(["", *platform_names()[code].subtypes]),
        st.from_regex(r"((service|subscription|mini_program)[_-]){0,3}[a-z0-9]{1,3}", fullmatch=True),
    )
)


@given(places, places)
def test_two_accounts_never_have_one_key(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    same = (one[0], one[1] or default_subtype(one[0]), one[2]) == (
        other[0],
        other[1] or default_subtype(other[0]),
        other[2],
    )
    assert (key(*one) == key(*other)) is same


@pytest.mark.parametrize(
    ("platform", "one", "other", "same"),
    [
        ("weibo", "郑州发布", "郑州发布官方微博", True),
        ("weibo", "郑州　发布", "郑州发布", True),
        ("weibo", "ＺＺ发布（官微）", "zz发布", True),
        ("weibo", "郑州发布", "郑州公安", False),
        ("wechat", "微信小程序", "", False),
        ("nowhere", "郑州·发布", "郑州发布", True),
    ],
)
def test_names_are_compared_without_what_every_name_there_has(platform: str, one: str, other: str, same: bool) -> None:
    assert (bare_name(platform, one) == bare_name(platform, other)) is same


NAMES = {"toot": PlatformName("嘟嘟", {"news": "嘟嘟新闻"})}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "toot.yaml: there is a name for toot, but no file"),
        ({"toot.yaml": "platform: toots"}, "name of its file"),
        ({"toot.yaml": "platform: toot\ncolour: red"}, "toot.yaml"),
        ({"toot.yaml": "platform: [toot"}, "toot.yaml"),
        ({"toot.yaml": "platform: toot", "hoot.yaml": "platform: hoot"}, "no name for hoot"),
        ({"toot.yaml": "platform: toot\napplications: [mini]"}, "no sub-type mini"),
        ({"toot.yaml": "platform: toot\nforms: [{pattern: '['}]"}, "no regular expression"),
        ({"toot.yaml": "platform: toot\nforms: [{pattern: x, canonical: https://t.example/}]"}, "must hold {account}"),
        ({"toot.yaml": "platform: toot\naddresses: [{hosts: [t.example], path: /}]"}, "or a query names"),
    ],
)
def test_a_platforms_file_at_fault_is_named(files: dict[str, str], told: str) -> None:
    with pytest.raises(BadPlatform) as refused:
        loaded(files, NAMES)
    assert told in str(refused.value)


def test_a_platform_is_one_file_and_one_line() -> None:
    assert list(loaded({"toot.yaml": "platform: toot\napplications: [news]"}, NAMES)) == ["toot"]
