"""「是不是官方的？」: what is asked, as tables; and the page and the API for anybody, on a real MongoDB."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.registry.lookup import Answer, Verdict, fitting, is_address, marks_of, public
from services.registry.records import OutletDocument
from services.registry.search import marks
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, UnitRef, Website
from tests.security.houses import House, housed

AT = datetime(2026, 1, 5, tzinfo=UTC)
SITES = {
    "w-city": Website(
        code="4101000001",
        name="郑州市人民政府",
        url="https://www.zz.gov.cn/",
        domains=("www.zhengzhou.gov.cn",),
        redirects=("http://old.gov.cn", "http://portal.cn/zz/"),
    ),
    "w-police": Website(code="4101000002", name="郑州市公安局", url="https://www.zz.gov.cn/gaj/index.html"),
    "w-gone": Website(code="4101000003", name="某某办", url="http://gone.zz.gov.cn/"),
}
ACCOUNTS = {
    "a-weibo-zzwj": NewMedia(
        platform="weibo",
        account="zzwj",
        name="郑州网警",
        url="https://weibo.com/zzwj",
        source="json_feed:http://10.0.0.1/",
    ),
    "a-wechat-zzwj": NewMedia(platform="wechat", account="zz-wj", name="郑州网警", verified_as="郑州市公安局"),
    "a-weibo-tired": NewMedia(platform="weibo", account="tired", name="停更号"),
}
STATES = {
    "w-gone": OutletState.CLOSED,
    "a-wechat-zzwj": OutletState.MERGED,
    "a-weibo-tired": OutletState.SUSPENDED,
}


def outlet(id_: str, filed: Particulars) -> Outlet:
    state = STATES.get(id_, OutletState.RUNNING)
    unit = UnitRef(id="u-1", name="郑州市某单位")
    return Outlet(id=id_, region="41.01.00.0", unit=unit, state=state, revision=1, since=AT, filed=filed)


OUTLETS = [*(outlet(id_, site) for id_, site in SITES.items()), *(outlet(id_, own) for id_, own in ACCOUNTS.items())]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("https://www.zz.gov.cn/", ["w-city"]),
        ("zz.gov.cn", ["w-city"]),
        ("http://ZZ.gov.cn:80/zwgk/1.html?x=1#y", ["w-city"]),
        ("https://zz.gov.cn/gaj/tz/1.html", ["w-police"]),
        ("https://zz.gov.cn/gaj", ["w-police"]),
        ("https://zz.gov.cn/gajx", ["w-city"]),
        ("zhengzhou.gov.cn/a", ["w-city"]),
        ("http://old.gov.cn/any", ["w-city"]),
        ("http://portal.cn/zz/a", ["w-city"]),
        ("http://portal.cn/", []),
        ("https://www.zz.gov.cn@evil.cn/", []),
        ("https://evil.cn\\@www.zz.gov.cn/", []),
        ("https://zz.gov.cn.evil.cn/", []),
        ("https://sub.zz.gov.cn/", []),
        ("https://weibo.com/zzwj?from=share", ["a-weibo-zzwj"]),
        ("m.weibo.com/zzwj", []),
        ("https://weibo.com/zzwj/other", ["a-weibo-zzwj"]),
        ("https://weibo.com/other/zzwj", []),
        ("https://weibo.com/", []),
        ("郑州网警", ["a-weibo-zzwj", "a-wechat-zzwj"]),
        ("ZZ_WJ", ["a-weibo-zzwj", "a-wechat-zzwj"]),
        ("郑州 网警", ["a-weibo-zzwj", "a-wechat-zzwj"]),
        ("郑州网警官方", []),
        ("http://", []),
    ],
)
def test_an_address_name_or_account_is_exactly_what_is_in_force(text: str, ids: list[str]) -> None:
    sharing = [one for one in OUTLETS if set(marks(one)) & set(marks_of(text))]
    assert [one.id for one in fitting(text, sharing)] == ids


@pytest.mark.parametrize(("text", "expected"), [("zz.gov.cn", True), ("郑州 zz.gov", False), ("郑州网警", False)])
def test_an_address_has_a_host(text: str, expected: bool) -> None:
    assert is_address(text) is expected


def test_what_is_public_names_no_contact_source_or_filing() -> None:
    told = public(OUTLETS[3], AT).model_dump_json()
    assert set(public(OUTLETS[3], AT).model_dump()) == {
        "kind", "name", "unit", "platform", "account", "address", "state", "since",
    }  # fmt: skip  # what anybody may see, on one line
    assert "10.0.0.1" not in told
    assert "u-1" not in told


@pytest.fixture
async def house(mongo_url: str) -> AsyncIterator[House]:
    async with housed(mongo_url, lambda: datetime.now(UTC)) as made:
        outlets = made.built["registry"].store.outlets
        for one in OUTLETS:
            kept = OutletDocument(id=one.id, region=one.region, unit="u-1", outlet=one, folded=("f-secret",))
            await outlets.create(kept.model_copy(update={"changed_at": AT + timedelta(days=90)}))
        yield made


async def told(client: httpx.AsyncClient, text: str) -> Answer:
    answer = await client.get("/registry/api/is-official", params={"q": text})
    assert answer.status_code == 200
    return Answer.model_validate(answer.json())


async def test_anybody_is_told_what_is_official_closed_or_not_known(house: House) -> None:
    async with house.program("registry") as nobody:
        verdicts = {
            text: (answer.verdict, len(answer.entries))
            for text in (
                "https://zz.gov.cn/gaj/x",
                "gone.zz.gov.cn",
                "停更号",
                "郑州网警",
                "网警",
                "省网警",
                "a.cn",
                "x",
            )
            if (answer := await told(nobody, text))
        }
        closed = (await told(nobody, "gone.zz.gov.cn")).entries[0]
        page = (await nobody.get("/is-official", params={"q": "gone.zz.gov.cn"})).text
        empty = await nobody.get("/is-official")
    assert verdicts == {
        "https://zz.gov.cn/gaj/x": (Verdict.OFFICIAL, 1),
        "gone.zz.gov.cn": (Verdict.CLOSED, 1),
        "停更号": (Verdict.SUSPENDED, 1),
        "郑州网警": (Verdict.OFFICIAL, 2),
        "网警": (Verdict.SIMILAR, 2),
        "省网警": (Verdict.UNKNOWN, 0),
        "a.cn": (Verdict.UNKNOWN, 0),
        "x": (Verdict.UNKNOWN, 0),
    }
    assert closed.since == AT + timedelta(days=90)
    assert all(words in page for words in ("现已关停或整合", "2026-04-05", "网信办"))
    assert empty.status_code == 200


async def test_a_list_stops_at_twenty_and_nothing_too_long_is_asked(house: House) -> None:
    store = house.built["registry"].store
    for number in range(25):
        filed = NewMedia(platform="weibo", account=f"many{number}", name=f"很多号{number}")
        one = outlet(f"a-weibo-many{number}", filed)
        await store.outlets.create(OutletDocument(id=one.id, region=one.region, outlet=one, folded=()))
    async with house.program("registry") as nobody:
        answer = await told(nobody, "很多号")
        refused = await nobody.get("/registry/api/is-official", params={"q": "长" * 501})
        missing = await nobody.get("/registry/api/is-official")
    assert (len(answer.entries), answer.more) == (20, True)
    assert (refused.status_code, missing.status_code) == (400, 422)


async def test_who_asks_too_often_has_to_wait_and_others_do_not(mongo_url: str) -> None:
    async with housed(mongo_url, lambda: AT, rate_factor=0.05) as made, made.program("registry") as nobody:
        answers = [(await nobody.get("/is-official", params={"q": f"号{number}"})).status_code for number in range(4)]
        by_program = (await nobody.get("/registry/api/is-official", params={"q": "号"})).status_code
        assert answers == [200, 200, 200, 429]
        assert by_program == 429
        assert (await nobody.get("/sign-in")).status_code == 200
