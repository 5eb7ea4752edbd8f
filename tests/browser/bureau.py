"""A city's registry with something on every page, and the people who look at it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.registry.carrying import carry_on
from services.registry.records import OutletDocument, PostDocument, TrackDocument, UnitDocument
from services.registry.unfiled import Phase, Track
from shared.events.registry import (
    Column,
    NewMedia,
    Outlet,
    OutletState,
    Sighting,
    Unit,
    UnitKind,
    UnitLevel,
    UnitRef,
    Website,
)
from shared.identity import Grant, Role
from shared.workdays import SHANGHAI
from tests.security.houses import PASSWORD, Browser, House

AT = datetime(2026, 1, 5, tzinfo=UTC)
UNITS = (
    ("u-police", "郑州市公安局", "41.01.00.0"),
    ("u-health", "郑州市卫生健康委员会", "41.01.00.0"),
    ("u-jinshui", "郑州市金水区人民政府", "41.01.05.0"),
    ("u-gaoxin", "郑州高新技术产业开发区管理委员会", "41.01.02.gx"),
)
PEOPLE = (
    ("zhao", "赵市办", Role.ADMINISTRATOR, "41.01"),
    ("qian", "钱审批", Role.APPROVER, "41.01"),
    ("sun", "孙巡查", Role.INSPECTOR, "41.01"),
    ("li", "李网管", Role.UNIT_ADMINISTRATOR, "u-police"),
)
LIST = """网站标识码,网站名称,首页网址,主办单位,行政区划,网站类型
4101050001,金水区人民政府,https://www.jinshui.gov.cn/,郑州市金水区人民政府,410105,门户网站
41010,金水区教育网,https://jy.jinshui.gov.cn/,金水区教育局,410105,部门网站
"""


async def opened(house: House) -> dict[str, str]:
    """Put people, units, outlets and everything else there; the addresses of pages that have an id in them."""
    for login, name, role, where in PEOPLE:
        grant = Grant(role=role, unit=where) if role is Role.UNIT_ADMINISTRATOR else Grant(role=role, region=where)
        email = f"{login}@example.gov.cn"
        await house.identity.create_person(login=login, name=name, email=email, password=PASSWORD, grants=[grant])
    await _kept(house.built["registry"].store)
    return await _done(house)


async def _kept(store: Any) -> None:
    for number, (id_, name, region) in enumerate(UNITS):
        stated: dict[str, Any] = {"level": UnitLevel.CITY, "unit_kind": UnitKind.DEPARTMENT, "in_government": True}
        unit = Unit(id=id_, name=name, region=region, revision=1, **(stated if number else {**stated, "parent": "u-x"}))
        await store.units.create(UnitDocument(id=id_, region=region, unit=id_, body=unit))
    for outlet in _outlets():
        unit_id = outlet.unit.id
        await store.outlets.create(
            OutletDocument(id=outlet.id, region=outlet.region, unit=unit_id, outlet=outlet, folded=())
        )
    await store.posts.create(
        PostDocument(id="a-weibo-zzga", region="41.01.00.0", unit="u-police", last_post_at=AT - timedelta(days=200))
    )
    seen = (Sighting(seen_at=AT, source="json_feed"), Sighting(seen_at=AT + timedelta(hours=6), source="page"))
    names = {"filed": "郑州网警", "seen": "郑州网安"}
    track = Track(outlet="a-weibo-zzwj", field="name", phase=Phase.OPEN, sightings=seen, **names)
    await store.tracks.create(TrackDocument(id="a-weibo-zzwj-name", region="41.01.00.0", unit="u-police", track=track))


def _outlets() -> list[Outlet]:
    names = {id_: (UnitRef(id=id_, name=name), region) for id_, name, region in UNITS}
    columns = tuple(Column(name=f"政务公开栏目{n}", url=f"https://ga.zhengzhou.gov.cn/{n}/") for n in range(20))
    site = Website(
        code="4101000012", name="郑州市公安局", url="https://ga.zhengzhou.gov.cn/", columns=columns, ipv6=True
    )
    filed: list[tuple[str, str, Any, OutletState]] = [
        ("w-4101000012", "u-police", site, OutletState.RUNNING),
        ("a-weibo-zzga", "u-police", _account("zzga", "平安郑州", main=True), OutletState.RUNNING),
        ("a-weibo-zzwj", "u-police", _account("zzwj", "郑州网警"), OutletState.RUNNING),
        ("a-weibo-zzwjw", "u-health", _account("zzwjw", "郑州健康发布"), OutletState.SUSPENDED),
        ("a-weibo-jsfb", "u-jinshui", _account("jsfb", "金水发布"), OutletState.CLOSED),
        ("a-weibo-gxfb", "u-gaoxin", _account("gxfb", "郑州高新发布"), OutletState.MERGED),
    ]
    return [
        Outlet(
            id=id_,
            region=names[unit][1],
            unit=names[unit][0],
            state=state,
            revision=1,
            since=AT,
            filed=what,
            into="a-weibo-zzga" if state is OutletState.MERGED else None,
        )
        for id_, unit, what, state in filed
    ]


def _account(account: str, name: str, *, main: bool = False) -> NewMedia:
    url = f"https://weibo.com/{account}"
    return NewMedia(platform="weibo", account=account, name=name, url=url, main=main, verified_as="郑州市公安局")


async def _done(house: House) -> dict[str, str]:
    today = datetime.now(SHANGHAI).date()
    until, there = str(today + timedelta(days=20)), str(today)
    head, inspector, unit = [await house.browser("registry", login) for login in ("zhao", "sun", "li")]
    local = {"region": "41.01.02.gx", "name": "高新区", "since": "2020-01-01"}
    await sent(head, "/registry/regions", local)
    alias = {"alias": "市公安局"}
    await sent(unit, "/registry/units/u-police/aliases", alias)
    contact = {"duty": "staff", "name": "王值守", "phone": "0371-12345678", "mobile": "", "email": "", "key": "k"}
    await sent(unit, "/registry/units/u-police/contacts", {**contact, "since": "2026-01-01"})
    found = {"kind": "opening", "url": "https://new.zhengzhou.gov.cn/", "name": "new.zhengzhou.gov.cn"}
    await sent(inspector, "/registry/clues", {**found, "unit": "u-police", "reason": "首页有链接"})
    false = {"kind": "counterfeit", "url": "https://zhengzhou-gov.example.cn/", "name": "假冒的市政府网站"}
    await sent(inspector, "/registry/clues", {**false, "unit": "", "reason": "群众举报"})
    excused = {"outlet": "w-4101000012", "unit": "", "criterion": "V-S4-1", "column": "", "evidence": "", "key": "e"}
    because = {"reason": "全年没有人事变动，经人工核实。", "evidence_url": "https://ga.zhengzhou.gov.cn/1/"}
    exemption = await sent(unit, "/registry/exemptions/ask", {**excused, **because, "since": there, "until": until})
    opened = {"region": "41.01", "network": "10.3.0.0/16", "until": until, "reason": "市政务云上的三个网站。"}
    await sent(head, "/registry/networks", opened)
    files = {"file": ("金水区网站.csv", LIST.encode(), "text/csv")}
    data = {"page_token": head.token, "kind": "sites", "profile": ""}
    answer = await head.http.post("/registry/import", data=data, files=files)
    assert answer.status_code == 303, answer.text
    await carry_on(house.built["registry"])
    record = next(one for one in await house.identity.records() if one.login == "li")
    return {"exemption": exemption, "import": answer.headers["location"], "person": f"/registry/people/{record.id}"}


async def sent(browser: Browser, path: str, form: dict[str, str]) -> str:
    """Send a form that is taken; where it leads."""
    answer = await browser.post(path, form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
