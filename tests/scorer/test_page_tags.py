"""页面标签: a drawn page that carries no tag of a group costs its points, and its snapshot is shown."""

from decimal import Decimal
from typing import Any

import pytest

from services.scorer.conclusion import Reason
from services.scorer.observations import Observations
from shared.events.score import Verdict
from tests.scorer.given import NATIONAL, NOON, judge, look

WHOLE = ["SiteName", "ArticleTitle", "ColumnName"]


def page(number: int, tags: list[str] | None = None) -> dict[str, Any]:
    """A page that was read and the tags it carries."""
    url = f"https://www.example.gov.cn/{number}.html"
    return {"url": url, "tags": WHOLE if tags is None else tags, "evidence": f"{number:064x}"}


def seen(kind: str, *pages: dict[str, Any]) -> Observations:
    """A look that drew these pages."""
    return Observations((look("content", NOON, measured={kind: list(pages)}),))


@pytest.mark.parametrize(("name", "kind"), [("D-408-a", "articles"), ("D-408-b", "columns")])
@pytest.mark.parametrize(
    ("lacking", "verdict", "points"),
    [(0, Verdict.CLEAR, "0"), (1, Verdict.VIOLATED, "0.1"), (5, Verdict.VIOLATED, "0.5")],
)
def test_each_page_without_its_tags_costs(name: str, kind: str, lacking: int, verdict: Verdict, points: str) -> None:
    pages = [page(n, [] if n < lacking else None) for n in range(5)]
    conclusion = judge(NATIONAL, name, seen(kind, *pages))
    assert (conclusion.verdict, conclusion.points) == (verdict, Decimal(points)), conclusion.why
    assert len(conclusion.evidence) == lacking


@pytest.mark.parametrize(
    ("tags", "missing"),
    [
        (["SiteName", "ArticleTitle"], None),
        (["SiteIDCode", "PubDate"], None),
        (["SiteName"], ["内容标签"]),
        (["ArticleTitle"], ["站点标签"]),
        (["ColumnName"], ["站点标签", "内容标签"]),
    ],
)
def test_one_tag_of_each_group_is_enough(tags: list[str], missing: list[str] | None) -> None:
    told = judge(NATIONAL, "D-408-a", seen("articles", page(1, tags))).measured["missing"]
    assert told == ({page(1)["url"]: missing} if missing else {})


def test_no_more_than_five_are_counted_and_always_the_same() -> None:
    pages = [page(n, []) for n in range(20)]
    conclusion = judge(NATIONAL, "D-408-b", seen("columns", *pages))
    assert conclusion.points == Decimal("0.5")
    again = judge(NATIONAL, "D-408-b", seen("columns", *reversed(pages)))
    assert again.measured == conclusion.measured


def test_pages_that_could_not_be_read_are_not_drawn() -> None:
    unread = {"url": "https://www.example.gov.cn/x/", "outcome": "failed"}
    conclusion = judge(NATIONAL, "D-408-b", seen("columns", unread))
    assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_SEEN)
    assert conclusion.at_most == Decimal("0.5")
