"""The page of one outlet: groups, what was on a day, how each value came; folded lists. Pure, and on real servers."""

from datetime import UTC, date, datetime, timedelta

from services.registry.filing import Filing, FilingState, Step
from services.registry.outlet import Approved
from services.registry.sheet import GROUPS, groups, history, label_of
from shared.events.registry import Column, FilingKind, NewMedia, Particulars, SharedPlatform, UnitRef, Website
from tests.registry.stage import OTHER_NAME, Desk

AT = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = {"weibo": "新浪微博"}
SITE = Website(code="4101000001", name="某局", url="https://ju.gov.cn/")


def test_every_field_that_can_be_filed_has_a_group_and_a_name() -> None:
    for kind, model in (("website", Website), ("new_media", NewMedia)):
        named = [name for fields in GROUPS[kind].values() for name in fields]
        assert sorted(named) == sorted(model.model_fields.keys() - {"kind"})


def test_groups_hold_what_was_stated_in_words() -> None:
    site = SITE.model_copy(
        update={
            "ipv6": False,
            "domains": ("a.gov.cn", "b.gov.cn"),
            "columns": (Column(name="要闻", column_class="工作动态", duty="办公室"),),
            "shared_platform": SharedPlatform(name="省平台", state="migrating", since=date(2026, 2, 1)),
        }
    )
    shown = {title: [(row.label, row.lines) for row in rows] for title, rows in groups(site, WORDS)}
    assert shown == {
        "身份": [("名称", ("某局",)), ("网站标识码", ("4101000001",)), ("网站类别", ("部门网站",))],
        "网址与域名": [
            ("网站地址", ("https://ju.gov.cn/",)),
            ("其他域名", ("a.gov.cn", "b.gov.cn")),
            ("支持 IPv6", ("否",)),
        ],
        "集约化": [("集约化平台", ("省平台，正在迁移，自 2026-02-01",))],
        "栏目": [("栏目", ("要闻，工作动态，办公室",))],
    }
    account = NewMedia(platform="weibo", account="a", name="号", main=True)
    assert [row.lines for row in groups(account, WORDS)[0][1]] == [("号",), ("新浪微博",), ("a",), ("是",)]


def approved(number: int, kind: FilingKind, filed: Particulars, unit: str = "局") -> Approved:
    at = AT + timedelta(days=number)
    filing = Filing(
        number=f"备{number}号",
        kind=kind,
        outlet="w-4101000001",
        unit=UnitRef(id="u-1", name=unit),
        filed=filed,
        state=FilingState.APPROVED,
        steps=(Step(at=at, actor="person:p-1", name="某人", act="approve"),),
    )
    return Approved(id=f"f-{number}", region="41.01.00.0", filing=filing, at=at)


def test_history_says_what_each_filing_changed_the_latest_first() -> None:
    renamed = SITE.model_copy(update={"name": "某委", "icp": "豫ICP备1号"})
    filings = [
        approved(0, FilingKind.OPEN, SITE),
        approved(1, FilingKind.CHANGE, renamed),
        approved(2, FilingKind.SUSPEND, renamed, "委"),
    ]
    told = [(one.number, one.label, one.before, one.lines) for one in history(filings, WORDS)]
    assert told == [
        ("备2号", "状态", ("运行",), ("临时下线",)),
        ("备2号", "主办单位", ("局",), ("委",)),
        ("备1号", "ICP 备案号", (), ("豫ICP备1号",)),
        ("备1号", "名称", ("某局",), ("某委",)),
    ]
    assert history(filings[:1], WORDS) == []
    assert label_of("menu") == "菜单"


async def test_the_page_shows_today_any_day_and_every_change_within_ones_scope(desk: Desk) -> None:
    await desk.in_force()
    await desk.in_force(name=OTHER_NAME)
    page = "/registry/outlets/a-weibo-zzwj"
    async with desk.as_("office") as office, desk.as_("kaifeng") as kaifeng:
        today = (await office.get(page)).text
        before = (await office.get(page, params={"on": "2020-01-01"})).text
        wrong = (await office.get(page, params={"on": "someday"})).text
        found = (await office.get("/registry/", params={"q": OTHER_NAME, "kind": "new_media", "x": "1"})).text
        unknown = (await office.get("/registry/", params={"state": "lost"})).text
        other = [(await kaifeng.get(address)).status_code for address in (page, "/registry/unfiled")]
        hidden = (await kaifeng.get("/registry/")).text
    assert all(text in today for text in (OTHER_NAME, "郑州网警", "逐项变更", "认证主体", "新浪微博"))
    assert "这一天尚未备案" in before
    assert "日期应写作" in wrong
    assert "共 1 条" in found
    assert "没有“lost”这一项" in unknown
    assert (other, "zzwj" in hidden) == ([404, 200], False)
