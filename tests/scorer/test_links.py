"""可用性: a link counts when the looks agree on it, and what was not told is held against nobody."""

from datetime import timedelta
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


def seen(
    *broken: str,
    ok: int = 3,
    unknown: int = 0,
    blocked: int = 0,
    found: int | None = None,
    complete: bool = True,
    days_ago: int = 0,
) -> Any:
    """A look at the links of a home page: these are broken."""
    checked = len(broken) + ok + unknown + blocked
    measured = {
        "found": found or checked,
        "checked": checked,
        "ok": ok,
        "complete": complete,
        "broken_count": len(broken),
        "broken": [{"url": url, "kind": "page", "reason": "http_404", "text": f"链接{url}"} for url in broken],
        "blocked": blocked,
        "unknown": unknown,
    }
    return look("links", NOON.replace(hour=0) - timedelta(days=days_ago), measured=measured, evidence=f"{1:064x}")


def concluded(*looks: Any, **params: int) -> Conclusion:
    """What the evaluator says."""
    return LINKS(Observations(looks), criterion(**params), NOON)


@pytest.mark.parametrize(
    ("last", "verdict", "points", "at_most"),
    [
        (seen(), Verdict.CLEAR, "0", "0"),
        (seen("a"), Verdict.VIOLATED, "0.2", "0.2"),
        (seen("a", "b", "c"), Verdict.VIOLATED, "0.6", "0.6"),
        (seen(*"abcdefgh"), Verdict.VIOLATED, "1.6", "1.6"),
        (seen("a", ok=0), Verdict.VIOLATED, "0.2", "0.2"),
        (seen(blocked=4), Verdict.CLEAR, "0", "0"),
        (seen(unknown=2), Verdict.UNDETERMINED, "0", "0.4"),
        (seen("a", unknown=2), Verdict.VIOLATED, "0.2", "0.6"),
        (seen("a", found=6), Verdict.VIOLATED, "0.2", "0.6"),
        (seen(ok=0), Verdict.UNDETERMINED, "0", "20"),
        (seen(ok=0, blocked=3), Verdict.UNDETERMINED, "0", "20"),
        (seen(complete=False), Verdict.UNDETERMINED, "0", "20"),
        (seen(ok=0, complete=False), Verdict.UNDETERMINED, "0", "20"),
        (seen("a", complete=False), Verdict.VIOLATED, "0.2", "20.2"),
    ],
)
def test_the_table(last: Any, verdict: Verdict, points: str, at_most: str) -> None:
    conclusion = concluded(last, seen(*"abcdefgh", days_ago=7))
    assert conclusion.verdict is verdict, conclusion.why
    assert (conclusion.points, conclusion.at_most) == (Decimal(points), Decimal(at_most))


def test_it_names_the_first_few_and_shows_each() -> None:
    conclusion = concluded(seen("a", "b", "c", "d"), looks=1)
    assert conclusion.why == (
        "2026-11-22 08:00查看，首页链接试了7个，打不开或者错误4个："
        "“链接a”（页面）、“链接b”（页面）、“链接c”（页面）等。"
    )
    assert [exhibit.note for exhibit in conclusion.evidence] == [f"首页链接打不开：{url}" for url in "abcd"]
    assert conclusion.reason is Reason.BROKEN
    assert len(concluded(seen(*map(str, range(30))), looks=1).evidence) == 10


def test_nobody_is_accused_on_one_visit_nor_on_two_more_than_two_weeks_apart() -> None:
    for looks in ([seen("a")], [seen("a"), seen("a", days_ago=16)], [seen("a"), seen("b", days_ago=7)]):
        conclusion = concluded(*looks)
        assert (conclusion.verdict, conclusion.reason) == (Verdict.UNDETERMINED, Reason.NOT_CONFIRMED)
        assert "另有1个须连续2次打不开才能认定" in conclusion.why


def test_what_scripts_may_show_and_what_was_not_tried_is_owned_up_to() -> None:
    assert (
        "试了0个，没有认定打不开的。页面上还可能有脚本显示的链接，没有看到。"
        in concluded(seen(ok=0, complete=False)).why
    )
    assert "没有一个链接试出结果。" in concluded(seen(ok=0, blocked=2)).why


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
    assert concluded(strange).verdict is Verdict.UNDETERMINED
