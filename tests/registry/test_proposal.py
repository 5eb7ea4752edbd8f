"""栏目 as the prober saw them against what is filed: what is proposed, and what a person makes of it."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.filing.checks import check
from services.registry.particulars import columns, written
from services.registry.proposal import Why, proposals, with_proposals
from shared.events import probe, registry
from shared.events.probe import ColumnSeen
from shared.events.registry import Column, Website
from shared.outbox import say
from tests.registry.stage import Desk, send, until

HOME = "https://www.sample.gov.cn"
NEWS = Column(name="要闻", url=f"{HOME}/zwyw/", column_class="工作动态", duty="办公室")
SITE = Website(code="4101000001", name="某某局", url=f"{HOME}/", columns=(NEWS,))


def seen(name: str = "要闻", path: str = "/zwyw/", column_class: str = "", home: str = HOME) -> ColumnSeen:
    """A column as it was read."""
    return ColumnSeen(name=name, url=home + path, column_class=column_class)


@pytest.mark.parametrize(
    ("filed", "shown", "whole", "expected"),
    [
        ((NEWS,), [seen()], True, []),
        ((NEWS,), [seen(column_class="工作动态")], True, []),
        ((NEWS,), [seen("政务要闻", "/zwyw")], True, []),
        ((NEWS,), [seen(path="/zwyw/?page=2", home="http://sample.gov.cn")], True, []),
        ((NEWS,), [seen("要 闻", "/elsewhere/")], True, []),
        ((NEWS,), [seen(column_class="通知公告")], False, [(Why.CLASS_DIFFERS, "要闻")]),
        ((NEWS,), [seen(), seen("政策", "/zcwj/", "政策文件")], False, [(Why.NEW, "政策")]),
        ((NEWS,), [], True, [(Why.GONE, "要闻")]),
        ((NEWS,), [], False, []),
        ((NEWS,), [seen("政策", "/zcwj/")], True, [(Why.GONE, "要闻"), (Why.NEW, "政策")]),
        # told apart by the query alone
        ((), [seen("甲栏", "/list?id=1"), seen("乙栏", "/list?id=2")], True, [(Why.NEW, "甲栏"), (Why.NEW, "乙栏")]),
        (
            (Column(name="旧名", url=f"{HOME}/list?id=1"),),
            [seen("甲栏", "/list?id=1"), seen("乙栏", "/list?id=2")],
            True,
            [(Why.NEW, "乙栏")],
        ),
        # the page of the address says more than another of the same name
        ((NEWS,), [seen(column_class="工作动态"), seen(path="/b/", column_class="通知公告")], True, []),
        (
            (NEWS,),
            [seen(column_class="通知公告"), seen(path="/b/", column_class="工作动态")],
            True,
            [(Why.CLASS_DIFFERS, "要闻")],
        ),
        ((), [seen("政策", "/a/"), seen("政策", "/a/")], True, [(Why.NEW, "政策")]),
        ((), [seen(" | ", "/a/"), seen(" ", "/b/")], True, [(Why.NEW, "／")]),
        ((), [seen("甲栏", "http://[broken")], True, [(Why.NEW, "甲栏")]),
        ((Column(name="只有名称"),), [seen("政策", "/")], False, [(Why.NEW, "政策")]),
    ],
)
def test_what_is_proposed(
    filed: tuple[Column, ...], shown: list[ColumnSeen], whole: bool, expected: list[tuple[Why, str]]
) -> None:
    found = proposals(filed, shown, whole=whole)
    assert [(one.why, one.column.name) for one in found] == expected
    assert all((one.filed in filed) is (one.why is not Why.NEW) for one in found)


def test_the_form_keeps_what_is_filed_with_its_duty_and_adds_what_is_new() -> None:
    gone = Column(name="旧栏", url=f"{HOME}/old/", duty="财务科")
    shown = [seen(column_class="通知公告"), seen("政策 | 法规", "/zcwj/?a|b", "政策文件")]
    made = with_proposals((NEWS, gone), proposals((NEWS, gone), shown, whole=True))
    assert made == (
        NEWS.model_copy(update={"column_class": "通知公告"}),
        gone,
        Column(name="政策 ／ 法规", url=f"{HOME}/zcwj/?a%7Cb", column_class="政策文件"),
    )
    filed = SITE.model_copy(update={"columns": made})
    assert columns("columns", written(filed)["columns"]) == made
    check(filed)


def test_more_than_may_be_filed_is_cut_and_nothing_stands_twice() -> None:
    filed = tuple(Column(name=f"第{number}栏") for number in range(499))
    fresh = [seen(f"新{number}栏", f"/{number}/") for number in range(5)]
    assert len(with_proposals(filed, proposals(filed, fresh, whole=True))) == 500
    twice = (NEWS, NEWS.model_copy(update={"column_class": "其他"}))
    assert len(with_proposals(twice, proposals(twice, [seen(column_class="通知公告")], whole=True))) == 1


ID = f"w-{SITE.code}"


async def look(desk: Desk, at: datetime, *found: ColumnSeen, whole: bool = True) -> None:
    """The prober read the home page and these columns."""
    profile = probe.Profile(url=SITE.url, columns=found, columns_whole=whole)
    unit = registry.UnitRef(id="police", name="police")
    fact = probe.ProfileSeen(outlet=ID, unit=unit, source="page", profile=profile, vantage="main", due_at=at,
                             looked_at=at)  # fmt: skip
    await desk.bus.publish(say(fact, subject=ID, region="41.01.00.0", actor="service:prober", reason="scheduled"))


async def test_what_was_seen_is_proposed_and_counts_only_once_a_person_files_it(desk: Desk) -> None:
    await approved(desk, (await desk.file(new_media=None, website=SITE.model_dump(exclude={"kind"}))).json()["id"])
    now = datetime.now(UTC)
    await look(desk, now, seen(column_class="通知公告"), seen("政策", "/zcwj/", "政策文件"))

    async def proposed(*whys: str) -> bool:
        return [one["why"] for one in (await shown(desk)).get("columns_proposed", ())] == list(whys)

    await until(lambda: proposed("class_differs", "new"))
    await look(desk, now - timedelta(days=1), seen())  # an older look, told late
    await look(desk, now + timedelta(seconds=1), seen(column_class="通知公告"), seen("政策", "/zcwj/", "政策文件"),
               seen("人事", "/rsxx/"))  # fmt: skip
    await until(lambda: proposed("class_differs", "new", "new"))
    assert (await shown(desk))["filed"]["columns"] == [NEWS.model_dump()]

    async with aclosing(await desk.browser("police")) as browser:
        page = (await browser.get(f"/registry/outlets/{ID}")).text
        form = f"/registry/file?kind=change&outlet={ID}&columns=proposed"
        assert "探测到的栏目" in page
        assert form.replace("&", "&amp;") in page
        text = (await browser.get(form)).text
        lines = f"要闻 | {HOME}/zwyw/ | 通知公告 | 办公室\n政策 | {HOME}/zcwj/ | 政策文件\n人事 | {HOME}/rsxx/"
        assert lines in text
        told = {"key": "k1", "unit": "police", "outlet": ID, "filing_kind": "change", "kind": "website",
                "code": SITE.code, "name": SITE.name, "url": SITE.url, "columns": lines}  # fmt: skip
        sent = await send(browser, form, "/registry/file", told)
        assert sent.status_code == 303
    await approved(desk, sent.headers["Location"].rsplit("/", 1)[1])
    await until(proposed)
    assert [one["duty"] for one in (await shown(desk))["filed"]["columns"]] == ["办公室", "", ""]


async def approved(desk: Desk, filing: str) -> None:
    """The office agrees, and what was filed is in force."""
    before = len(await desk.said(registry.Opened, registry.Changed))
    async with desk.as_("office") as client:
        assert (await client.post(f"/registry/api/filings/{filing}/approve", json={})).status_code == 200

    async def told() -> bool:
        return len(await desk.said(registry.Opened, registry.Changed)) > before

    await until(told)


async def shown(desk: Desk) -> dict[str, Any]:
    """The outlet as programs see it."""
    async with desk.as_("office") as client:
        answer: dict[str, Any] = (await client.get(f"/registry/api/outlets/{ID}")).json()
        return answer
