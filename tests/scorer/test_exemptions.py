"""豁免: while an office excuses something it is neither found nor charged, the card says so, and it ends by itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
from fastapi import FastAPI

from services.scorer import handlers
from services.scorer.conclusion import Conclusion, Reason
from services.scorer.evaluators import EVALUATORS
from services.scorer.excused import Excuse, Excuses, excused
from services.scorer.observations import Observations
from services.scorer.scorecard import Basis, Result, scorecard, shown
from shared.documents import SYSTEM
from shared.events import registry
from shared.events.registry import Exemption
from shared.events.score import Verdict
from shared.identity import Identity
from shared.workdays import end_of_day
from tests.scorer.given import NATIONAL, NOON, PORTAL, TODAY, marks, rule
from tests.scorer.reading import reader
from tests.scorer.stage import UNIT, Stage, heard, opened, outlet, unfiled
from tests.scorer.test_columns import column, news, twice
from tests.scorer.test_scorecard import SMALL, told

UNTIL = date(2027, 5, 31)
LAST_SECOND = end_of_day(UNTIL)
WHOLE = dict.fromkeys(("party_mark", "site_code", "icp", "police", "organiser", "contact"), "present")
WITHOUT_CODE = {**WHOLE, "site_code": "absent"}
SAID = "经某市政务公开办批准豁免，至2027-05-31（含当日），理由：全年没有人事变动。"


def exemption(criterion: str = "V-S4-1", **changed: Any) -> Exemption:
    """An exemption of the outlet from today to the end of May."""
    fields = {
        "id": "e-1",
        "outlet": "w-1",
        "unit": UNIT,
        "criterion": criterion,
        "reason": "全年没有人事变动。",
        "office": "某市政务公开办",
        "since": TODAY,
        "until": UNTIL,
        "revision": 2,
    }
    return Exemption.model_validate({**fields, **changed})


def granted(criterion: str, **changed: Any) -> registry.ExemptionGranted:
    """The fact that an office granted it."""
    return registry.ExemptionGranted(exemption=exemption(criterion, **changed))


def ended(criterion: str, how: Literal["expired", "revoked"] = "expired", **changed: Any) -> registry.ExemptionEnded:
    """The fact that it is over."""
    return registry.ExemptionEnded(exemption=exemption(criterion, revision=3, **changed), how=how)


@pytest.mark.parametrize(
    ("at", "ended_at", "counts"),
    [
        (end_of_day(TODAY - timedelta(days=1)), None, False),
        (end_of_day(TODAY - timedelta(days=1)) + timedelta(seconds=1), None, True),
        (NOON, None, True),
        (LAST_SECOND, None, True),
        (LAST_SECOND + timedelta(seconds=1), None, False),
        (LAST_SECOND, LAST_SECOND + timedelta(days=9), True),
        (NOON, NOON, False),
        (NOON - timedelta(seconds=1), NOON, True),
        (datetime(2028, 1, 1, tzinfo=UTC), None, False),
    ],
)
def test_an_exemption_counts_from_its_first_second_to_its_last(
    at: datetime, ended_at: datetime | None, counts: bool
) -> None:
    assert Excuse(exemption(), ended_at).in_force(at) is counts


def test_of_two_exemptions_the_one_that_lasts_longer_is_cited() -> None:
    longer = exemption(id="e-2", until=date(2027, 9, 30))
    excuses = Excuses.at([Excuse(exemption()), Excuse(longer), Excuse(exemption("D-402", id="e-3"))], NOON)
    assert excuses.whole("V-S4-1") == longer
    assert excuses.whole("V-S4-2") is None


def test_who_granted_it_is_said_even_when_the_office_is_not_known() -> None:
    assert excused(exemption()).why == SAID
    assert excused(exemption(office="")).why.startswith("经主管单位批准豁免")


def test_a_column_that_is_exempt_is_left_out_and_the_others_are_judged() -> None:
    """淮安: a personnel column that is silent because nobody came or went does not count among the five."""
    _, criterion = rule(NATIONAL, "V-S4-1")
    silent = column("人事动态", "2025-11-01")
    evaluate = EVALUATORS[criterion.evaluator or ""]
    known = twice(*news(4), silent)
    assert evaluate(known, criterion, NOON).verdict is Verdict.VIOLATED
    excuses = Excuses((exemption(column=silent["url"].rstrip("/")),))
    judged = excuses.conclude(evaluate, known, criterion, NOON)
    assert judged.verdict is Verdict.CLEAR
    assert judged.why.endswith(f"栏目 {silent['url'].rstrip('/')} 不计在内：{SAID}")
    assert excuses.over([criterion]) == {}
    worse = excuses.conclude(evaluate, twice(*news(5), silent), criterion, NOON)
    assert worse.verdict is Verdict.VIOLATED
    assert worse.measured["columns"] == [each["url"] for each in news(5)]


def test_what_is_not_excused_is_judged_as_ever() -> None:
    _, criterion = rule(NATIONAL, "V-S4-1")
    evaluate, known = EVALUATORS[criterion.evaluator or ""], twice(*news(5))
    for excuses in (Excuses(), Excuses((exemption("V-S4-3"),)), Excuses((exemption("V-S4-3", column="http://x/"),))):
        assert excuses.conclude(evaluate, known, criterion, NOON) == evaluate(known, criterion, NOON)
    assert Excuses((exemption(),)).conclude(evaluate, Observations(), criterion, NOON).reason is Reason.EXEMPT


def card(**conclusions: Conclusion) -> Any:
    """The card of the small table with everything clear but these."""
    every = dict.fromkeys(("V-1", "D-1", "D-2", "D-3", "D-4"), told())
    bonuses = dict.fromkeys(("B-1", "B-2"), told())
    named = {name.replace("_", "-"): conclusion for name, conclusion in conclusions.items()}
    return scorecard(SMALL, PORTAL, {**every, **bonuses, **named})


def test_an_exempt_criterion_costs_nothing_and_leaves_the_range_exact() -> None:
    assert shown(card(D_1=told(Verdict.VIOLATED, 3)).points.low) != shown(card().points.low)
    exempt = card(D_1=excused(exemption()))
    assert exempt.points == card().points
    assert exempt.points.low == exempt.points.high
    assert [row.criterion.id for row in exempt.exempt] == ["D-1"]
    assert exempt.missing == ()


def test_an_exempt_veto_neither_fails_nor_leaves_anything_open() -> None:
    assert card(V_1=told(Verdict.VIOLATED)).basis is Basis.VETO
    assert card(V_1=told(doubt=Decimal(1))).result is Result.UNDETERMINED
    exempt = card(V_1=excused(exemption()))
    assert (exempt.result, exempt.points) == (card().result, card().points)


async def test_a_finding_ends_with_the_exemption_and_comes_back_when_that_is_over(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    await stage.hear(handlers.on_exemption, granted("filing_violation"))
    kept = await stage.finding("filing_violation")
    assert (kept.open, kept.verdict, kept.why) == (False, None, SAID)
    assert (await stage.said())[-1].data.finding.why == SAID
    await stage.hear(handlers.on_unfiled, unfiled("verified_as", 2))
    await stage.later(days=1)
    story = ["filing_violation raised violated 1", "filing_violation cleared exempted 1"]
    assert await stage.stories() == story

    stage.clock.at = LAST_SECOND
    await stage.later(seconds=0)
    assert await stage.stories() == story
    stage.clock.at = LAST_SECOND + timedelta(seconds=1)
    await stage.hear(handlers.on_exemption, ended("filing_violation"))
    await stage.hear(handlers.on_exemption, ended("filing_violation"))
    assert await stage.stories() == [*story, "filing_violation raised violated_again 2"]


async def test_what_was_exempt_from_the_start_is_never_found(stage: Stage) -> None:
    await stage.hear(handlers.on_exemption, granted("filing_violation"))
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    assert await stage.said() == []
    await stage.hear(handlers.on_exemption, ended("filing_violation", "revoked"))
    assert await stage.stories() == ["filing_violation raised violated 1"]


async def test_an_end_heard_before_its_beginning_stays_an_end(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    await stage.hear(handlers.on_exemption, ended("filing_violation", "revoked"))
    await stage.hear(handlers.on_exemption, granted("filing_violation"))
    assert await stage.stories() == ["filing_violation raised violated 1"]


async def test_an_exemption_of_a_unit_is_one_of_each_of_its_outlets_and_of_no_other(stage: Stage) -> None:
    await stage.open(outlet())
    await stage.hear(handlers.on_unfiled, unfiled())
    of_others = {"outlet": "", "unit": {"id": "u-2", "name": "某局"}}
    await stage.hear(handlers.on_exemption, granted("filing_violation", id="e-9", **of_others))
    await stage.hear(handlers.on_exemption, granted("filing_violation", id="e-8", outlet="w-2"))
    await stage.later(minutes=1)
    assert await stage.stories() == ["filing_violation raised violated 1"]
    await stage.hear(handlers.on_exemption, granted("filing_violation", outlet=""))
    assert (await stage.stories())[-1] == "filing_violation cleared exempted 1"


async def test_a_day_in_the_past_is_judged_by_the_exemptions_of_that_day(stage: Stage) -> None:
    thing = outlet()
    await handlers.on_registry(stage.app, heard(opened(thing)))
    await stage.hear(handlers.on_exemption, granted("V-A2-1"))
    stage.clock.at = NOON + timedelta(days=5)
    await stage.hear(handlers.on_exemption, ended("V-A2-1", "revoked"))
    excused_on = [
        (await stage.app.store.excuses(thing, NOON + timedelta(days=day))).whole("V-A2-1") is not None
        for day in (-1, 0, 4, 5, 6)
    ]
    assert excused_on == [False, True, True, False, False]


async def test_the_card_shows_what_is_exempt_and_counts_it_apart(stage: Stage, web: tuple[FastAPI, Identity]) -> None:
    await stage.open(outlet(PORTAL))
    await stage.look(marks(WITHOUT_CODE, 3), marks(WITHOUT_CODE, 2))
    inspector = await reader(web, "41.01")
    before = await inspector.json("/scorer/api/outlets/w-1/card")
    for number, criterion in enumerate(("D-402", "V-S4-1", "V-S5-1")):
        await stage.hear(handlers.on_exemption, granted(criterion, id=f"e-{number}"))
    after = await inspector.json("/scorer/api/outlets/w-1/card")
    rows = {row["criterion"]: row for row in after["rows"]}
    assert [row["verdict"] for row in before["rows"] if row["criterion"] == "D-402"] == ["violated"]
    for criterion in ("D-402", "V-S4-1", "V-S5-1"):
        row = rows[criterion]
        assert (row["verdict"], row["why"], row["points"], row["at_most"]) == ("exempt", SAID, "0", "0")
    high = [Decimal(told_of["points"]["high"]) for told_of in (before, after)]
    assert high[1] - high[0] == Decimal("0.5")
    assert rows["D-402"]["finding"] == {"open": False, "episode": 1}

    text = await inspector.text("/scorer/outlets/w-1")
    assert "3 条细则经批准豁免" in text
    assert text.count(SAID) == 3
    line = text.partition('<tr id="D-402">')[2].partition("</tr>")[0]
    assert "豁免</span>" in line.replace("\n", "")
    assert "未发现问题" not in line
    assert "/registry/exemptions/e-0" in line
    assert await stage.app.store.findings.count(SYSTEM, {"verdict": "clear", "criterion.id": "D-402"}) == 0
