"""可用性: a link counts when the looks agree on it, and what was not told is held against nobody."""

from decimal import Decimal
from typing import Any

import pytest

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators.links import LINKS
from services.scorer.observations import Observations
from services.scorer.ruleset import Criterion
from services.scorer.ruleset.exact import strictly
from shared.events.probe import Outcome
from shared.events.score import Verdict
from tests.scorer.given import NATIONAL, NOON, look, rule


def criterion(**params: int) -> Criterion:
    """可用性 on the home page with some of its params otherwise: 0.2 for each link."""
    _, written = rule(NATIONAL, "D-403-a")
    return strictly(Criterion, written.model_dump(mode="json") | {"params": {**written.params, **params}})


def seen(*broken: str, hours_ago: float = 1.0, unknown: int = 0, blocked: int = 0, found: int | None = None) -> Any:
    """A look at the links of a home page: these are broken."""
    checked = len(broken) + 3 + unknown + blocked
    measured = {
        "found": found or checked,
        "checked": checked,
        "ok": 3,
        "broken_count": len(broken),
        "broken": [{"url": url, "kind": "page", "reason": "http_404", "text": f"链接{url}"} for url in broken],
        "blocked": blocked,
        "unknown": unknown,
    }
    return look("links", NOON.replace(hour=0), measured=measured, evidence=f"{int(hours_ago):064x}")


def concluded(*looks: Any, **params: int) -> Conclusion:
    """What the evaluator says."""
    return LINKS(Observations(looks), criterion(**params), NOON)


@pytest.mark.parametrize(
    ("looks", "verdict", "points", "at_most"),
    [
        ([seen()], Verdict.CLEAR, "0", "0"),
        ([seen("a")], Verdict.VIOLATED, "0.2", "0.2"),
        ([seen("a", "b", "c")], Verdict.VIOLATED, "0.6", "0.6"),
        ([seen(*"abcdefgh")], Verdict.VIOLATED, "1.6", "1.6"),
        ([seen(blocked=4)], Verdict.CLEAR, "0", "0"),
        ([seen(unknown=2)], Verdict.UNDETERMINED, "0", "0.4"),
        ([seen("a", unknown=2)], Verdict.VIOLATED, "0.2", "0.6"),
        ([seen("a", found=6)], Verdict.VIOLATED, "0.2", "0.6"),
    ],
)
def test_the_table(looks: list[Any], verdict: Verdict, points: str, at_most: str) -> None:
    conclusion = concluded(*looks)
    assert conclusion.verdict is verdict, conclusion.why
    assert (conclusion.points, conclusion.at_most) == (Decimal(points), Decimal(at_most))


def test_it_names_the_first_few_and_shows_each() -> None:
    conclusion = concluded(seen("a", "b", "c", "d"))
    assert conclusion.why == (
        "2026-11-22 08:00查看，首页链接试了7个，打不开或者错误4个："
        "“链接a”（页面）、“链接b”（页面）、“链接c”（页面）等。"
    )
    assert [exhibit.note for exhibit in conclusion.evidence] == [f"首页链接打不开：{url}" for url in "abcd"]
    assert conclusion.reason is Reason.BROKEN
    assert len(concluded(seen(*map(str, range(30)))).evidence) == 10


def test_a_link_must_be_broken_in_as_many_looks_as_the_ruleset_asks_for() -> None:
    once = concluded(seen("a"), looks=2)
    assert (once.verdict, once.reason, once.at_most) == (Verdict.UNDETERMINED, Reason.NOT_CONFIRMED, Decimal("0.2"))
    both = concluded(seen("a", "b"), seen("a"), looks=2)
    assert (both.verdict, both.points, both.at_most) == (Verdict.VIOLATED, Decimal("0.2"), Decimal("0.4"))
    assert both.measured["broken"] == ["a"]


def test_without_a_look_nothing_is_said() -> None:
    failed = look("links", NOON.replace(hour=0), outcome=Outcome.UNDETERMINED)
    for known in ([], [failed]):
        conclusion = concluded(*known)
        assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_SEEN)
        assert conclusion.at_most == Decimal("0.2")


def test_strange_measurements_are_no_accusation() -> None:
    strange = look("links", NOON.replace(hour=0), measured={"broken": "all", "found": "many"})
    assert concluded(strange).verdict is Verdict.CLEAR
