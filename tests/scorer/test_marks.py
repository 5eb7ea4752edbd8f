"""网站标识: an absence needs looks that agree, a presence needs one, and what cannot be read is held against nobody."""

from decimal import Decimal
from typing import Any

import pytest

from services.scorer.conclusion import Reason
from services.scorer.observations import Observations
from shared.events.probe import Outcome, Purpose
from shared.events.score import Verdict
from tests.scorer.given import FENGDU, NATIONAL, cases, changed, judge, marks, title

SIX = ("party_mark", "site_code", "icp", "police", "organiser", "contact")


def states(absent: tuple[str, ...] = (), unknown: tuple[str, ...] = ()) -> dict[str, str]:
    return {mark: "absent" if mark in absent else "unknown" if mark in unknown else "present" for mark in SIX}


def looks(*seen: dict[str, Any]) -> Observations:
    return Observations(tuple(marks(states(**each), hours_ago=1 + n) for n, each in enumerate(seen)))


@pytest.mark.parametrize("case", cases("marks"), ids=title)
def test_the_table(case: dict[str, Any]) -> None:
    conclusion = judge(NATIONAL, "D-402", looks(*case["looks"]))
    assert conclusion.verdict == case["verdict"], conclusion.why
    assert (conclusion.points, conclusion.at_most) == (Decimal(case["points"]), Decimal(case["at_most"]))


def test_it_names_what_is_absent_and_shows_the_looks() -> None:
    conclusion = judge(NATIONAL, "D-402", looks({"absent": ("site_code", "icp")}, {"absent": ("site_code", "icp")}))
    assert conclusion.why == "截至2026-11-22 11:00连续2次查看，页面底部缺少“网站标识码”、“ICP备案编号”，共2项。"
    assert len(conclusion.evidence) == 2
    assert conclusion.reason is Reason.ABSENT


def test_it_names_what_it_is_not_sure_of() -> None:
    conclusion = judge(NATIONAL, "D-402", looks({"absent": ("icp",), "unknown": ("police",)}))
    assert conclusion.why == (
        "最近一次查看：“ICP备案编号”一次未见，须连续2次未见才能认定。“公安机关备案标识”无法识别，不作认定。"
    )
    assert conclusion.reason is Reason.NOT_CONFIRMED


def test_a_look_that_did_not_reach_the_page_is_no_look() -> None:
    unreachable = marks({}, hours_ago=0.5, outcome=Outcome.FAILED)
    seen = looks({"absent": ("icp",)}, {"absent": ("icp",)})
    conclusion = judge(NATIONAL, "D-402", Observations((unreachable, *seen.samples)))
    assert conclusion.verdict is Verdict.VIOLATED


def test_a_look_after_a_reply_counts_like_any_other() -> None:
    again = marks(states(), hours_ago=0.1, purpose=Purpose.RECHECK)
    seen = looks({"absent": ("icp",)}, {"absent": ("icp",)})
    assert judge(NATIONAL, "D-402", Observations((again, *seen.samples))).verdict is Verdict.CLEAR


def test_looks_of_last_week_say_nothing_of_today() -> None:
    old = tuple(marks(states(absent=("icp",)), hours_ago=24 * 8 + n) for n in range(3))
    assert judge(NATIONAL, "D-402", Observations(old)).reason is Reason.NOT_SEEN


def test_a_mark_the_probe_says_nothing_of_could_not_be_told() -> None:
    conclusion = judge(NATIONAL, "D-402", Observations((marks({"icp": "present"}, hours_ago=1),)))
    assert conclusion.verdict is Verdict.UNDETERMINED
    assert conclusion.at_most == Decimal("2.5")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("looks: 2\n          marks", "looks: 3\n          marks"),
        ("            icp: ICP备案编号\n", ""),
        ("probes: [marks]", "probes: [reachability]"),
    ],
)
def test_changing_only_the_yaml_changes_the_verdict(old: str, new: str) -> None:
    known = looks({"absent": ("icp",)}, {"absent": ("icp",)})
    assert judge(NATIONAL, "D-402", known).verdict is Verdict.VIOLATED
    assert judge(changed(old, new), "D-402", known).verdict is not Verdict.VIOLATED


def test_changing_only_the_yaml_changes_the_points() -> None:
    known = looks({"absent": ("icp",)}, {"absent": ("icp",)})
    assert judge(changed('points: "0.5"', 'points: "0.25"'), "D-402", known).points == Decimal("0.25")
    assert judge(FENGDU, "D-402", known).points == Decimal("0.5")
