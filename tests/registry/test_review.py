"""What is said of something filed: codes, numbers, domains, regions and accounts, each answer with its reason."""

from datetime import timedelta
from typing import Any

import pytest

from services.commands.register import register
from services.registry import codes, domains
from services.registry.domains import ascii_host, domain_of, shown_host
from services.registry.records import OutletDocument, RegionDocument
from services.registry.refusal import Refused
from services.registry.remarking import insist, remarks
from services.registry.remarks import Weight
from services.registry.review import Reason, review
from shared.events.outlets import LocalRegion, NewMedia, Outlet, OutletState, Website
from shared.events.units import Unit, UnitKind, UnitRef
from tests.registry.stage import Desk

COUNTY, CITY, COUNTRY = "41.01.05.0", "41.01.00.0", "00.00.00.0"
PORTAL = "zhengzhou.gov.cn"
REFUSE, WARN = Weight.REFUSE, Weight.WARN


def unit(region: str = CITY, **more: Any) -> Unit:
    return Unit(id="u", name="郑州市水利局", region=region, revision=1, **more)


def site(**more: Any) -> Website:
    return Website(**{"code": "4101000020", "name": "市水利局", "url": "https://slj.zhengzhou.gov.cn/", **more})


def said(filed: Any, of: Unit, portal: str = PORTAL, **more: Any) -> list[tuple[Weight, str, str]]:
    return [(one.weight, one.reason.value, one.field) for one in review(filed, of, portal, **more)]


def test_what_is_fine_has_no_remark() -> None:
    filed = site(icp="豫ICP备05000001号-2", police="豫公网安备 41010502000001号", domains=("水利.郑州.政务",))
    assert said(filed, unit()) == []


@pytest.mark.parametrize(
    ("code", "region", "answer"),
    [
        ("4101000020", CITY, None),
        ("4101000020", COUNTY, None),
        ("4100000020", COUNTY, None),
        ("4101050020", CITY, (REFUSE, codes.Reason.FOREIGN_CODE)),
        ("4102000020", CITY, (REFUSE, codes.Reason.FOREIGN_CODE)),
        ("1101000020", "11.01.05.0", None),
        ("1101000020", "11.00.00.0", None),
        ("6601000020", "65.90.01.0", (WARN, codes.Reason.UNKNOWN_PREFIX)),
        ("3301040020", "33.01.02.0", (WARN, codes.Reason.UNKNOWN_PREFIX)),
        ("bm01000001", COUNTRY, None),
        ("bm01000001", CITY, (WARN, codes.Reason.MINISTRY_CODE)),
        ("bm0100001", COUNTRY, (REFUSE, codes.Reason.BAD_CODE)),
        ("BM01000001", COUNTRY, (REFUSE, codes.Reason.BAD_CODE)),
        ("４１０１０００００1", CITY, (REFUSE, codes.Reason.BAD_CODE)),
        ("", CITY, (REFUSE, codes.Reason.BAD_CODE)),
    ],
)
def test_the_code_of_a_site_is_of_the_units_region_or_one_above(code: str, region: str, answer: Any) -> None:
    found = list(codes.review_code(code, unit(region)))
    assert [(one.weight, one.reason) for one in found] == ([answer] if answer else [])


@pytest.mark.parametrize(
    ("numbers", "answer"),
    [
        ({"icp": "豫ICP备05000001号"}, None),
        ({"icp": "豫ICP备2021000001号-12"}, None),
        ({"icp": "豫 ICP备 05000001号"}, None),
        ({"icp": "京ICP备05000001号"}, (WARN, "foreign_icp", "icp")),
        ({"icp": "备05000001"}, (REFUSE, "bad_icp", "icp")),
        ({"police": "豫公网安备41010502000001号"}, None),
        ({"police": "京公网安备11010202000001号"}, (WARN, "foreign_police", "police")),
        ({"police": "41010502000001"}, (REFUSE, "bad_police", "police")),
    ],
)
def test_the_numbers_of_records_have_their_form_and_province(numbers: dict[str, str], answer: Any) -> None:
    assert said(site(**numbers), unit()) == ([answer] if answer else [])
    of_a_ministry = said(site(code="bm01000001", **numbers), unit(COUNTRY), "")
    assert of_a_ministry == ([answer] if answer and answer[0] is REFUSE else [])


@pytest.mark.parametrize(
    ("filed", "answers"),
    [
        ({"url": "https://slj.zhengzhou.gov.cn/"}, []),
        ({"url": "https://www.zhengzhou.gov.cn/", "site_class": "portal"}, []),
        ({"url": "https://zhengzhou.gov.cn/", "site_class": "portal"}, [(WARN, "portal_form", "url")]),
        ({"url": "https://slj.henan.gov.cn/"}, [(WARN, "not_under_portal", "url")]),
        ({"url": "https://www.notzhengzhou.gov.cn/"}, [(WARN, "not_under_portal", "url")]),
        ({"url": "https://www.郑州.政务/"}, []),
        ({"url": "https://www.xn--6rt074i.xn--zfr164b/"}, []),
        ({"url": "https://www.zzslj.com/"}, [(REFUSE, "other_suffix", "url")]),
        ({"url": "https://zhengzhou.gov.cn.evil.com/"}, [(REFUSE, "other_suffix", "url")]),
        ({"url": "https://gov.cn/"}, [(REFUSE, "other_suffix", "url")]),
        ({"url": "https://192.0.2.1/"}, [(REFUSE, "other_suffix", "url")]),
        ({"url": "https://-a.gov.cn/"}, [(REFUSE, "bad_domain", "url")]),
        ({"domains": ("a b.gov.cn",)}, [(REFUSE, "bad_domain", "domains")]),
        ({"domains": ("SLJ.zhengzhou.gov.cn.",)}, [(REFUSE, "twice", "domains")]),
        ({"domains": ("水利.郑州.政务", "水利.xn--6rt074i.政务")}, [(REFUSE, "twice", "domains")]),
        ({"domains": ("slj2.zhengzhou.gov.cn",)}, [(WARN, "several", "domains")]),
        ({"domains": ("a.郑州.政务", "b.郑州.政务")}, [(WARN, "several", "domains")]),
    ],
)
def test_domains_keep_the_rules_of_2018(filed: dict[str, Any], answers: list[Any]) -> None:
    assert said(site(**filed), unit()) == answers


def test_a_department_is_compared_with_a_portal_that_is_known() -> None:
    assert said(site(url="https://slj.henan.gov.cn/"), unit(), "") == []
    assert domain_of("https://www.zhengzhou.gov.cn/") == PORTAL
    assert domain_of("") == ""


def test_an_institution_is_warned_about_the_governments_suffix() -> None:
    institution = unit(unit_kind=UnitKind.INSTITUTION)
    assert said(site(), institution) == [(WARN, domains.Reason.INSTITUTION.value, "url")]
    assert said(site(url="https://www.郑州.政务/"), institution) == []


def test_what_is_in_force_is_warned_about_and_a_new_domain_refused() -> None:
    before = site(url="https://www.zzslj.com/")
    assert said(before, unit(), before=before) == [(WARN, "other_suffix", "url")]
    changed = site(url="https://www.zzslj.com/", domains=("zzslj.net",))
    assert said(changed, unit(), before=before)[0] == (REFUSE, "other_suffix", "domains")


def test_a_practice_city_is_judged_without_its_own_suffix() -> None:
    city = {"practice": ".demo", "portal": "zhengzhou.gov.cn.demo"}
    assert said(site(url="https://slj.zhengzhou.gov.cn.demo/"), unit(), **city) == []
    assert said(site(url="https://slj.henan.gov.cn.demo/"), unit(), **city) == [(WARN, "not_under_portal", "url")]


@pytest.mark.parametrize(
    ("region", "answer"),
    [
        ("41.01.05.gx", None),
        ("41.01.05.zz", (REFUSE, Reason.UNKNOWN_REGION.value, "region")),
        ("99.01.01.0", (REFUSE, Reason.UNKNOWN_REGION.value, "region")),
        ("66.01.01.0", (WARN, Reason.STATISTICAL_REGION.value, "region")),
    ],
)
def test_an_unknown_region_is_refused_and_one_of_statistics_warned_about(region: str, answer: Any) -> None:
    account = NewMedia(platform="weibo", account="zzslj", name="郑州水利")
    assert said(account, unit(region), local={"41.01.05.gx"}) == ([answer] if answer else [])


@pytest.mark.parametrize(
    ("filed", "answer"),
    [
        ({}, None),
        ({"url": "https://weibo.com/zzslj"}, None),
        ({"url": "https://weibo.com/other"}, (WARN, "other_address", "url")),
        ({"platform": "douyin", "url": "https://weibo.com/zzslj"}, (WARN, "other_address", "url")),
        ({"platform": "xuexi", "account": "123"}, None),
        ({"platform": "nowhere"}, (REFUSE, "unknown_platform", "platform")),
        ({"platform": "wechat", "subtype": "service"}, (WARN, "unusual_id", "account")),
        ({"platform": "wechat", "account": "zhengzhoushuili", "subtype": "service"}, None),
        ({"subtype": "service"}, (REFUSE, "unknown_subtype", "subtype")),
    ],
)
def test_an_account_is_of_a_known_platform_and_its_address_is_its_own(filed: dict[str, str], answer: Any) -> None:
    account = NewMedia(**{"platform": "weibo", "account": "zzslj", "name": "郑州水利", **filed})
    assert said(account, unit()) == ([answer] if answer else [])


def test_every_remark_says_so_in_one_chinese_sentence() -> None:
    filed = site(code="1", url="https://-/", icp="x", police="y", domains=("a.com",))
    found = review(filed, unit("99.01.01.0"), PORTAL)
    assert len(found) == 6
    assert all(one.sentence.endswith("。") and one.weight is REFUSE for one in found)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://WWW.Zhengzhou.gov.cn:8443/a", "www.zhengzhou.gov.cn"),
        ("郑州.政务", "xn--6rt074i.xn--zfr164b"),
        ("localhost", None),
        ("a..cn", None),
        ("http://[::1", None),
        ("x" * 70 + ".cn", None),
        ("", None),
    ],
)
def test_hosts_are_compared_as_the_net_writes_them(text: str, host: str | None) -> None:
    assert ascii_host(text) == host
    if host:
        assert ascii_host(shown_host(host)) == host


async def test_the_desk_reviews_with_the_portal_and_the_local_codes_of_the_register(desk: Desk) -> None:
    async with register(desk.settings) as app:
        portal = site(
            code="4101000001", name="郑州市人民政府", url="https://www.zhengzhou.gov.cn/", site_class="portal"
        )
        of = UnitRef(id="u", name="市政府办公厅")
        outlet = Outlet(
            id="w-4101000001",
            region=CITY,
            unit=of,
            state=OutletState.RUNNING,
            revision=1,
            since=app.now(),
            filed=portal,
        )
        await app.store.outlets.create(OutletDocument(id=outlet.id, region=CITY, unit="u", outlet=outlet, folded=()))
        today = app.now().date()
        for code, until in (("gx", None), ("old", today - timedelta(days=9))):
            body = LocalRegion(
                region=f"41.01.05.{code}", name=code * 2, since=today - timedelta(days=10), until=until, revision=1
            )
            await app.store.regions.create(RegionDocument(id=body.region, region=body.region, body=body))
        elsewhere = await remarks(app, site(url="https://slj.henan.gov.cn/"), unit(), None)
        assert [one.reason for one in elsewhere] == [domains.Reason.NOT_UNDER_PORTAL]
        insist(elsewhere)
        assert await remarks(app, site(), unit("41.01.05.gx"), None) == []
        ended = await remarks(app, site(), unit("41.01.05.old"), None)
        with pytest.raises(Refused) as refused:
            insist(ended)
        assert (refused.value.reason, refused.value.field) == (Reason.UNKNOWN_REGION, "region")
