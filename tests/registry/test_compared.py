"""Which values are the same, and which are right, for each field that is compared."""

from collections.abc import Callable

import pytest

from services.registry import compared
from services.registry.compared import Counts, Terms, watched
from services.registry.unfiled import Accuses, Grace
from shared.events.probe import Profile
from shared.events.registry import NewMedia, UnitRef, Website

UNIT = UnitRef(id="health", name="郑州市卫生健康委员会")
SITE = Website(
    code="4101000001",
    name="郑州市卫生健康委员会",
    url="https://wjw.zhengzhou.gov.cn/",
    domains=("http://wsjkw.zhengzhou.gov.cn",),
    icp="豫ICP备05002439号-1",
    operator="郑州市卫生信息中心",
)
ACCOUNT = NewMedia(platform="weibo", account="zz_wj", name="郑州网警", verified_as="郑州市公安局")


@pytest.mark.parametrize(
    ("same", "one", "other", "is_same"),
    [
        (compared.same_id, "ＢＭ01000001", "bm01000001", True),
        (compared.same_id, "zz_wj", "zzwj", False),
        (compared.same_number, "豫公网安备 41010202002438号", "41010202002438", True),
        (compared.same_number, "豫公网安备41010202002438号", "豫公网安备41010202002439号", False),
        (compared.same_icp, "豫ICP备05002439号-1", "豫 icp 备 05002439 号", True),
        (compared.same_icp, "豫ICP备05002439号-1", "豫ICP备05002439号-3", False),
        (compared.same_icp, "豫ICP备05002439号", "豫ICP备15002439号", False),
        (compared.same_host, "https://www.zhengzhou.gov.cn/", "http://zhengzhou.gov.cn/index.html", True),
        (compared.same_host, "zhengzhou.gov.cn", "https://ZHENGZHOU.gov.cn:443/", True),
        (compared.same_host, "https://wjw.zhengzhou.gov.cn/", "https://wjw.zhengzhou.example/", False),
        (compared.same_host, "http://[", "http://[", True),
        (compared.same_site_name, "郑州市人民政府", "郑州市人民政府门户网站", True),
        (compared.same_site_name, "郑州市人民政府网站", "郑州市人民政府", True),
        (compared.same_site_name, "郑州市人民政府", "开封市人民政府", False),
        (compared.holds, "郑州市卫生健康委员会 版权所有", "郑州市卫生健康委员会", True),
        (compared.holds, "首页", "郑州市卫生健康委员会首页", False),
    ],
)
def test_when_two_values_are_the_same(same: Callable[[str, str], bool], one: str, other: str, is_same: bool) -> None:
    assert same(one, other) is is_same
    assert same(other, one) is is_same


@pytest.mark.parametrize(
    ("filed", "field", "values"),
    [
        (SITE, "organiser", ("郑州市卫生健康委员会", "郑州市卫健委", "郑州市卫生信息中心")),
        (SITE, "url", ("https://wjw.zhengzhou.gov.cn/", "http://wsjkw.zhengzhou.gov.cn")),
        (SITE, "police", ()),
        (ACCOUNT, "organiser", ("郑州市卫生健康委员会", "郑州市卫健委")),
        (ACCOUNT, "avatar", ()),
        (ACCOUNT, "intro", ()),
        (ACCOUNT, "account", ("zz_wj",)),
    ],
)
def test_which_values_are_right(filed: Website | NewMedia, field: str, values: tuple[str, ...]) -> None:
    assert Terms(UNIT, filed, ("郑州市卫健委",)).values(field) == values


@pytest.mark.parametrize("filed", [SITE, ACCOUNT])
def test_every_field_that_is_watched_can_be_shown_and_has_a_name(filed: Website | NewMedia) -> None:
    for what in watched(filed):
        assert what.shown(Profile()) is None
        assert compared.FIELD_NAMES[what.field] == what.name


def test_a_region_that_gives_no_grace_excuses_nothing() -> None:
    [name, *_] = watched(ACCOUNT)
    renamed = Terms(UNIT, ACCOUNT.model_copy(update={"name": "郑州网络安全"}))
    counts = Counts(Terms(UNIT, ACCOUNT), pending=[renamed], lately=[renamed])
    strict = counts.against(name, Grace(pending=False))
    mild = counts.against(name, Grace())
    assert (strict.pending, mild.pending, mild.lately) == ((), ("郑州网络安全",), ("郑州网络安全",))
    assert (mild.filed, mild.accuses) == (("郑州网警",), Accuses.AT_ONCE)
