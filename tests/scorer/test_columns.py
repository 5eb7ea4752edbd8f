"""栏目不更新: a column counts when the looks agree on it; what was not opened is held against nobody."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.observations import Observations
from shared.events.probe import Outcome
from shared.events.score import Verdict
from tests.scorer.given import NATIONAL, NOON, changed, judge, look

OLD, NEW = "2026-10-01", "2026-11-20"
HALF_A_YEAR, LONGER = "2026-05-23", "2026-05-22"


def column(name: str, latest: str | None = NEW, **told: Any) -> dict[str, Any]:
    """A column as the content probe tells of it: ten items, the newest of this day."""
    counts = {"items": 10, "dated": 10 if latest else 0, "undated": 0 if latest else 10, "latest_by_address": None}
    counts |= {"by_address": 0, "unopened": 0}
    read = {"outcome": "answered", "complete": True, "blank": False, "type": None, "evidence": "e" * 64}
    return {"name": name, "url": f"https://www.example.gov.cn/{name}/", "latest": latest, **counts, **read, **told}


def empty(name: str, **told: Any) -> dict[str, Any]:
    """A column without an item."""
    return column(name, None, items=0, undated=0, **{"blank": True, **told})


def seen(*columns: dict[str, Any], hours_ago: float = 1.0, found: int | None = None) -> Any:
    """A look that opened these columns."""
    measured = {"columns": list(columns), "columns_tried": len(columns), "columns_found": found or len(columns)}
    return look("content", NOON - timedelta(hours=hours_ago), measured=measured)


def twice(*columns: dict[str, Any], found: int | None = None) -> Observations:
    """Two looks that saw the same."""
    return Observations((seen(*columns, found=found), seen(*columns, hours_ago=25, found=found)))


def news(number: int, latest: str | None = OLD) -> list[dict[str, Any]]:
    """So many columns of news."""
    return [column(f"{n}街道动态", latest) for n in range(number)]


@pytest.mark.parametrize(
    ("columns", "verdict"),
    [
        (news(5), Verdict.VIOLATED),
        (news(4), Verdict.CLEAR),
        ([*news(4), column("通知公告", LONGER)], Verdict.VIOLATED),
        ([*news(4), column("通知公告", HALF_A_YEAR)], Verdict.CLEAR),
        ([*news(4), column("通知公告", OLD)], Verdict.CLEAR),
        ([*news(4), column("新闻发布会", OLD)], Verdict.CLEAR),
        ([*news(4), column("领导简介", OLD)], Verdict.CLEAR),
        ([*news(4), column("县情", OLD, type="政务动态")], Verdict.VIOLATED),
        ([*news(4), column("动态", None)], Verdict.VIOLATED),
        ([*news(4), column("动态", None, complete=False)], Verdict.UNDETERMINED),
        ([*news(4), column("动态", OLD, complete=False)], Verdict.UNDETERMINED),
        ([*news(4), column("动态", OLD, unopened=1)], Verdict.UNDETERMINED),
        ([*news(4), column("动态", None, undated=0, unopened=10)], Verdict.UNDETERMINED),
        ([*news(4), column("动态", OLD, unopened=None)], Verdict.UNDETERMINED),
        ([*news(4), column("动态", OLD, latest_by_address=NEW)], Verdict.UNDETERMINED),
        ([*news(4), {"name": "动态", "url": "/d/", "outcome": "failed", "reason": "timeout"}], Verdict.UNDETERMINED),
        ([*news(4), empty("动态")], Verdict.CLEAR),
        ([*news(4), column("动态", "not a day")], Verdict.VIOLATED),
    ],
)
def test_news_in_two_weeks_and_notices_in_six_months_are_counted_together(
    columns: list[dict[str, Any]], verdict: Verdict
) -> None:
    conclusion = judge(NATIONAL, "V-S4-1", twice(*columns))
    assert conclusion.verdict is verdict, conclusion.why


def test_columns_that_were_not_opened_might_be_the_missing_ones() -> None:
    assert judge(NATIONAL, "V-S4-1", twice(*news(4), found=5)).verdict is Verdict.UNDETERMINED
    assert judge(NATIONAL, "V-S4-1", twice(*news(3), found=4)).verdict is Verdict.CLEAR
    assert judge(NATIONAL, "V-S4-1", twice(*news(5), found=50)).verdict is Verdict.VIOLATED


def test_it_names_the_columns_with_their_days_and_shows_each_page() -> None:
    conclusion: Conclusion = judge(NATIONAL, "V-S4-1", twice(column("要闻", None), *news(5)))
    assert conclusion.why == (
        "2026-11-22 11:00查看，超过期限没有更新的栏目6个：“要闻”（没有注明发布时间）、"
        "“0街道动态”（最新一条2026-10-01）、“1街道动态”（最新一条2026-10-01）、“2街道动态”（最新一条2026-10-01）、"
        "“3街道动态”（最新一条2026-10-01）等，限度为5个。"
    )
    assert [exhibit.sha256 for exhibit in conclusion.evidence] == ["e" * 64] * 6
    assert conclusion.reason is Reason.LIMIT_REACHED


def test_every_look_must_agree_and_one_that_saw_it_updated_is_enough() -> None:
    old, new = column("工作动态", OLD), column("工作动态", NEW)
    assert judge(NATIONAL, "D-104-b", Observations((seen(old),))).verdict is Verdict.UNDETERMINED
    assert judge(NATIONAL, "D-104-b", Observations((seen(old), seen(old, hours_ago=25)))).verdict is Verdict.VIOLATED
    assert judge(NATIONAL, "D-104-b", Observations((seen(old), seen(hours_ago=25)))).verdict is Verdict.UNDETERMINED
    updated = judge(NATIONAL, "D-104-b", Observations((seen(old), seen(new, hours_ago=25))))
    assert updated.verdict is not Verdict.VIOLATED


def test_what_only_waits_for_another_look_says_so_and_what_was_not_read_does_not() -> None:
    once = judge(NATIONAL, "D-104-b", Observations((seen(column("工作动态", OLD)),)))
    assert (once.verdict, once.reason) == (Verdict.UNDETERMINED, Reason.NOT_CONFIRMED)
    assert once.why == (
        "2026-11-22 11:00查看，这一类栏目1个，没有看到期限内更新的1个；须2次查看一致才能认定，现有1次，不能认定。"
    )
    unread = judge(NATIONAL, "D-104-b", Observations((seen(column("工作动态", OLD), column("要闻", OLD, unopened=1)),)))
    assert unread.reason is Reason.NOT_READABLE
    assert "没有看到期限内更新的1个；其中1个没有信息、没有读全或者无法识别更新日期" in unread.why
    behind = judge(NATIONAL, "D-104-b", twice(column("工作动态", OLD), found=3))
    assert behind.reason is Reason.NOT_READABLE
    assert "没有看到期限内更新的1个；首页另有2个栏目没有打开，不能认定" in behind.why


def test_five_columns_seen_once_wait_for_another_look_and_doubtful_ones_do_not() -> None:
    two_looks = changed(
        "looks: 1\n          at_least: 5\n          classes", "looks: 2\n          at_least: 5\n          classes"
    )
    once = judge(two_looks, "V-S4-1", Observations((seen(*news(5)),)))
    assert (once.verdict, once.reason) == (Verdict.UNDETERMINED, Reason.NOT_CONFIRMED)
    assert "，须2次查看一致才能认定" in once.why
    doubtful = judge(NATIONAL, "V-S4-1", Observations((seen(*news(4), found=9),)))
    assert (doubtful.verdict, doubtful.reason) == (Verdict.UNDETERMINED, Reason.NOT_READABLE)


@pytest.mark.parametrize(
    ("columns", "verdict", "untold"),
    [
        ([empty(str(n)) for n in range(5)], Verdict.VIOLATED, 0),
        ([empty(str(n)) for n in range(4)], Verdict.CLEAR, 0),
        ([*(empty(str(n)) for n in range(4)), empty("script", blank=None)], Verdict.UNDETERMINED, 1),
        ([*(empty(str(n)) for n in range(4)), column("full")], Verdict.CLEAR, 0),
    ],
)
def test_five_empty_columns_are_too_many(columns: list[dict[str, Any]], verdict: Verdict, untold: int) -> None:
    conclusion = judge(NATIONAL, "V-S4-3", twice(*columns))
    assert conclusion.verdict is verdict, conclusion.why
    assert conclusion.measured["untold"] == untold


@pytest.mark.parametrize(
    ("columns", "found", "verdict", "points"),
    [
        ([column("工作动态", NEW), column("图片新闻", OLD)], 2, Verdict.CLEAR, "0"),
        ([column("工作动态", OLD), column("图片新闻", None)], 2, Verdict.VIOLATED, "5"),
        ([column("工作动态", OLD)], 9, Verdict.UNDETERMINED, "0"),
        ([column("工作动态", OLD), column("要闻", None, complete=False)], 2, Verdict.UNDETERMINED, "0"),
        ([column("工作动态", OLD), empty("要闻")], 2, Verdict.UNDETERMINED, "0"),
        ([column("通知公告", OLD)], 1, Verdict.UNDETERMINED, "0"),
    ],
)
def test_one_updated_column_of_the_class_is_enough(
    columns: list[dict[str, Any]], found: int, verdict: Verdict, points: str
) -> None:
    conclusion = judge(NATIONAL, "D-104-b", twice(*columns, found=found))
    assert (conclusion.verdict, conclusion.points) == (verdict, Decimal(points)), conclusion.why
    assert conclusion.at_most == Decimal(0 if verdict is Verdict.CLEAR else 5)


@pytest.mark.parametrize("name", ["V-S4-1", "V-S4-3", "D-104-b", "D-105-b", "D-106-b"])
def test_without_a_look_nothing_is_said(name: str) -> None:
    failed = look("content", NOON, outcome=Outcome.UNDETERMINED)
    for known in ((), (failed,)):
        conclusion = judge(NATIONAL, name, Observations(known))
        assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_SEEN)


def test_strange_measurements_are_no_accusation() -> None:
    strange = Observations((look("content", NOON, measured={"columns": "many", "columns_found": "x"}),) * 2)
    assert judge(NATIONAL, "V-S4-1", strange).verdict is Verdict.CLEAR
    assert judge(NATIONAL, "D-104-b", strange).verdict is Verdict.UNDETERMINED
