"""变更未报备: an open difference is a violation until it is filed or undone."""

from typing import Literal

import pytest

from services.scorer.conclusion import Reason
from services.scorer.observations import Observations, Unfiled
from shared.events.probe import Outcome
from shared.events.score import Verdict
from tests.scorer.given import NOON, ZHENGZHOU, changed, difference, judge, profile

SEEN = (profile(NOON, hours_ago=3),)


def test_an_open_difference_is_a_violation_and_says_from_what_to_what() -> None:
    conclusion = judge(ZHENGZHOU, "filing_violation", Observations(SEEN, (Unfiled(difference()),)))
    assert (conclusion.verdict, conclusion.reason) == (Verdict.VIOLATED, Reason.UNFILED)
    assert conclusion.why == (
        "账号名称备案为“某网警”，自2026-11-22 10:00起显示为“某网警巡查执法”，经2次查看确认，未见变更备案。"
    )
    assert [exhibit.sha256 for exhibit in conclusion.evidence] == [f"{0:064x}", f"{1:064x}"]
    assert conclusion.measured == {"unfiled": {"name": {"filed": "某网警", "seen": "某网警巡查执法"}}}


@pytest.mark.parametrize(
    ("how", "words"),
    [("filed_late", "补办备案1项"), ("reverted", "恢复原状1项"), ("ended", "恢复原状0项、因原备案终止不再比对1项")],
)
def test_a_settled_one_is_clear_even_when_nothing_was_seen_since(
    how: Literal["filed_late", "reverted", "ended"], words: str
) -> None:
    conclusion = judge(ZHENGZHOU, "filing_violation", Observations((), (Unfiled(difference(), how),)))
    assert (conclusion.verdict, conclusion.reason) == (Verdict.CLEAR, Reason.NOTHING_UNFILED)
    assert words in conclusion.why


def test_one_settled_and_one_open_is_a_violation_of_the_open_one() -> None:
    known = Observations(SEEN, (Unfiled(difference("name"), "reverted"), Unfiled(difference("verified_as"))))
    conclusion = judge(ZHENGZHOU, "filing_violation", known)
    assert conclusion.why.startswith("认证主体备案为")
    assert "账号名称" not in conclusion.why


def test_an_account_seen_without_a_difference_is_clear() -> None:
    assert judge(ZHENGZHOU, "filing_violation", Observations(SEEN)).verdict is Verdict.CLEAR


def test_an_account_never_seen_is_not_called_clear() -> None:
    nobody = (profile(None, hours_ago=1, outcome=Outcome.UNDETERMINED),)
    assert judge(ZHENGZHOU, "filing_violation", Observations(nobody)).verdict is Verdict.UNDETERMINED


def test_a_field_the_ruleset_does_not_name_is_nobody_s_violation() -> None:
    known = Observations(SEEN, (Unfiled(difference("intro")),))
    assert judge(ZHENGZHOU, "filing_violation", known).verdict is Verdict.CLEAR


def test_changing_only_the_yaml_changes_the_verdict() -> None:
    known = Observations(SEEN, (Unfiled(difference("name")),))
    without_names = changed("              name: 账号名称\n", "", file=ZHENGZHOU.id)
    assert judge(without_names, "filing_violation", known).verdict is Verdict.CLEAR
