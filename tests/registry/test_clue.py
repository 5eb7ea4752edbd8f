"""What may be done about a clue in which state, what it takes, and which addresses are a region's matter."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.clue import (
    ACTS,
    BY_PEOPLE,
    STATES,
    TRANSITIONS,
    Clue,
    ClueAct,
    ClueKind,
    ClueState,
    ClueStep,
    Refusal,
    act,
    forget,
    host_key,
    neighbour,
    reported,
)
from services.registry.refusal import Refused
from shared.privacy import Personal

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
OVER = {ClueState.DISMISSED, ClueState.SETTLED, ClueState.CLOSED}


def step(what: ClueAct, **said: Any) -> ClueStep:
    """One act of an inspector, with everything it takes."""
    body = {"reason": "经电话核实", "to": "police" if what is ClueAct.HAND_OVER else "",
            "filing": "f-1" if what is ClueAct.LINK else ""}  # fmt: skip
    who = {"at": NOW, "actor": "person:p-1", "name": Personal("某人"), "act": what}
    return ClueStep.model_validate({**who, **body, **said})


def clue(kind: ClueKind = ClueKind.OPENING, state: ClueState = ClueState.REPORTED) -> Clue:
    """A clue in some state."""
    made = reported(kind, "http://wjw.sample.gov.cn/", "某市卫健委", step(ClueAct.REPORT))
    return made.model_copy(update={"state": state})


@pytest.mark.parametrize("kind", ClueKind)
@pytest.mark.parametrize("state", ClueState)
@pytest.mark.parametrize("what", ClueAct)
def test_what_the_table_allows_is_done_and_nothing_else(kind: ClueKind, state: ClueState, what: ClueAct) -> None:
    before = clue(kind, state)
    after = TRANSITIONS.get((kind, state, what))
    if after is None:
        with pytest.raises(Refused) as refused:
            act(before, step(what))
        assert refused.value.reason is Refusal.WRONG_STATE
        return
    done = act(before, step(what))
    assert (done.kind, done.state) == after
    assert done.history[:-1] == before.history
    assert (what in before.acts) == (what in BY_PEOPLE)


@given(st.sampled_from(ClueKind), st.lists(st.sampled_from(ClueAct), max_size=8))
def test_what_is_over_stays_over(kind: ClueKind, acts: list[ClueAct]) -> None:
    body = clue(kind)
    for what in acts:
        before = body
        try:
            body = act(body, step(what))
        except Refused:
            continue
        assert before.state not in OVER
        assert not (before.kind is ClueKind.COUNTERFEIT and body.kind is ClueKind.OPENING)


@pytest.mark.parametrize(
    ("kind", "state", "what", "said", "refusal"),
    [
        ("opening", "reported", "dismiss", {"reason": " "}, Refusal.NO_REASON),
        ("opening", "reported", "dismiss", {"reason": "长" * 501}, Refusal.NO_REASON),
        ("opening", "reported", "link", {"filing": ""}, Refusal.NO_FILING),
        ("counterfeit", "verified", "hand_over", {"to": ""}, Refusal.NO_RECEIVER),
        ("counterfeit", "handed_over", "close", {"to": "police"}, Refusal.NO_RECEIVER),
        ("counterfeit", "handed_over", "close", {"reason": ""}, Refusal.NO_REASON),
    ],
)
def test_an_act_says_what_it_has_to(kind: str, state: str, what: str, said: dict[str, str], refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        act(clue(ClueKind(kind), ClueState(state)), step(ClueAct(what), **said))
    assert refused.value.reason is refusal


@pytest.mark.parametrize(
    ("url", "name", "refusal"),
    [
        ("wjw.sample.gov.cn", "某某", Refusal.BAD_ADDRESS),
        ("javascript:alert(1)", "某某", Refusal.BAD_ADDRESS),
        ("http://[", "某某", Refusal.BAD_ADDRESS),
        ("http://a.cn/" + "x" * 500, "某某", Refusal.BAD_ADDRESS),
        ("http://a.cn/", " ", Refusal.NO_NAME),
    ],
)
def test_a_report_names_an_address_and_whose_it_seems_to_be(url: str, name: str, refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        reported(ClueKind.COUNTERFEIT, url, name, step(ClueAct.REPORT))
    assert refused.value.reason is refusal


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.sample.gov.cn/a/b.html", "sample.gov.cn"),
        ("http://sample.gov.cn", "sample.gov.cn"),
        ("https://weibo.com/zzwj/", "weibo.com/zzwj"),
        ("https://mp.example.com/p?id=7", "mp.example.com/p?id=7"),
        ("https://fake.example/", "fake.example"),
        ("ftp://sample.gov.cn/", ""),
        ("http://localhost/", ""),
    ],
)
def test_what_names_an_address(url: str, key: str) -> None:
    assert host_key(url) == key


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://wjw.zhengzhou.gov.cn/", True),
        ("http://zhengzhou.gov.cn/", False),
        ("http://www.zhengzhou.gov.cn/x", False),
        ("http://www.gov.cn/", False),
        ("http://www.henan.gov.cn/", False),
        ("http://zhengzhou.gov.cn.example/", False),
    ],
)
def test_only_what_lies_under_the_domain_of_an_official_site_is_its_regions_matter(url: str, is_one: bool) -> None:
    assert neighbour(url, "https://www.zhengzhou.gov.cn/") is is_one


def test_a_person_can_be_forgotten_and_what_they_did_not() -> None:
    done = forget(act(clue(), step(ClueAct.DISMISS, actor="person:p-2")), "person:p-2", "已清除")
    assert [one.name.plain for one in done.history] == ["某人", "已清除"]
    assert done.history[-1].reason == "经电话核实"


def test_every_act_and_state_has_a_word() -> None:
    assert set(ACTS) == set(ClueAct)
    assert set(STATES) == set(ClueState)
