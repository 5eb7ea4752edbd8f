"""The script of a practice city is data, read strictly; its content follows the calendar; a seed gives another city."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from demo.city import SCRIPT, Mark, Script, load, read
from demo.content import articles, posts
from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS, Active, account_view, check
from demo.state import State
from demo.variants import variant, write

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


def test_the_city_that_comes_along_has_three_places_and_the_zhengzhou_case(script: Script) -> None:
    towns = {unit.region[:5] for unit in script.units}
    assert towns == {"41.01", "41.02", "50.02"}
    assert len(script.websites) >= 14
    assert len(script.accounts) >= 14
    assert {"郑州网警", "郑州惠济公安"} <= {one.name for one in script.accounts}
    assert script.outlet(script.plot.renamed.target).name == "郑州网警"
    assert script.plot.loses_mark.fault == "lose_mark:site_code"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("name: 郑州、开封与丰都（演练）", "name: 演练\nnickname: x", "Extra inputs"),
        ('code: "4101000001"', "code: 4101000001", "valid string"),
        ('code: "4101000001"', 'code: "4201000001"', "not of the region"),
        ("host: hehu.zhengzhou", "host: www.zhengzhou", "two have the same target"),
        ("host: hehu.zhengzhou.gov.cn.demo", "host: hehu.zhengzhou.gov.cn", "should match"),
        ("unit: zhengzhou-rivers\n", "unit: nobody\n", "no such unit"),
        ("healthy: www.kaifeng", "healthy: www.nowhere", "no such target of the plot"),
        ('approver, region: "41.02"', 'inspector, region: "41.02"', "nobody approves"),
        ("unit_administrator, unit: huiji-police", "inspector, unit: huiji-police", "no such unit administrator"),
        ("loses_mark: {target: www.jinshui", "loses_mark: {target: hehu.zhengzhou", "is no portal"),
        ("name: 郑州、开封与丰都（演练）", "name: [", "not YAML"),
        ("healthy: www.kaifeng", "healthy: shuiwu.kaifeng", "begins with a fault"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused_with_the_reason(before: str, after: str, why: str) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ValueError, match=why):
        read(text.replace(before, after, 1))


def test_the_nearest_office_approves_and_the_administrator_of_the_unit_files(script: Script) -> None:
    assert script.approver_for("www.jinshui.gov.cn.demo").login == "jinshui-office"
    assert script.approver_for("wechat/huijigongan").login == "zhengzhou-office"
    assert script.administrator_of("wechat/huijigongan").login == "huiji-police"


def test_a_column_has_a_new_item_every_so_many_days_and_never_one_from_tomorrow(script: Script) -> None:
    column = script.websites[1].columns[0]
    for hour in range(0, 24 * 40, 7):
        now = NOW + timedelta(hours=hour)
        days = [one.day for one in articles(column, now)]
        assert days == sorted(days, reverse=True)
        assert {(a - b).days for a, b in itertools.pairwise(days)} == {column.every_days}
        assert datetime.fromisoformat(f"{days[0]}T09:00+08:00") <= now
        assert (now.date() - days[0]).days <= column.every_days + 1


def test_a_silent_account_stays_silent_from_the_moment_it_fell_silent(script: Script) -> None:
    account = script.accounts[0]
    view = account_view(account, [Active("silent:15", NOW)])
    for later in (timedelta(), timedelta(hours=5), timedelta(days=3)):
        assert posts(view, NOW + later)[0].at == NOW - timedelta(days=15)
    lively = posts(account_view(account, []), NOW)
    assert NOW - timedelta(hours=account.every_hours) < lively[0].at <= NOW


@pytest.mark.parametrize("seed", range(30))
def test_a_seed_gives_the_same_city_again_and_nothing_of_the_one_that_comes_along(
    script: Script, seed: int, tmp_path: Path
) -> None:
    made = variant(seed)
    assert made == variant(seed)
    write(made, tmp_path / "city.yaml")
    assert load(tmp_path / "city.yaml") == made
    assert not _words(made) & _words(script)
    scenes = (made.plot.renamed, made.plot.reverified, made.plot.announced, made.plot.loses_mark, made.plot.goes_dead)
    for scene in scenes:
        check(made.outlet(scene.target), Active(scene.fault, NOW))
    assert made.plot.healthy not in {scene.target for scene in scenes}
    assert not any(one.faults for one in made.outlets)


def test_different_seeds_give_different_cities() -> None:
    assert not _words(variant(1)) & _words(variant(2))
    assert len({variant(seed).plot.loses_mark.fault for seed in range(40)}) == len(Mark) - 1


@pytest.mark.parametrize("seed", range(10))
def test_a_seed_gives_a_city_in_trouble_where_everybody_with_a_part_is_well(seed: int, tmp_path: Path) -> None:
    made = variant(seed, units=8, faults=11)
    assert made == variant(seed, units=8, faults=11)
    write(made, tmp_path / "city.yaml")
    assert load(tmp_path / "city.yaml") == made
    for outlets in (made.websites, made.accounts):
        assert len(outlets) == 16
        in_trouble = [one for one in outlets if one.faults]
        assert len(in_trouble) == 11
        for one in in_trouble:
            check(one, Active(one.faults[0], NOW))
    assert not {one.target for one in made.outlets if one.faults} & made.plot.targets


def test_every_kind_of_fault_is_drawn_and_none_again_before_the_others_had_their_turn() -> None:
    drawn = [variant(seed, units=12, faults=15) for seed in range(3)]
    for made in drawn:
        assert {fault.partition(":")[0] for one in made.websites for fault in one.faults} == set(WEBSITE_FAULTS)
        assert {fault.partition(":")[0] for one in made.accounts for fault in one.faults} == set(ACCOUNT_FAULTS)


def test_more_faults_than_there_are_places_for_are_refused() -> None:
    with pytest.raises(ValueError, match="4 faults are too many: 3 of 6 have no part in the plot"):
        variant(1, faults=4)


def _words(script: Script) -> set[str]:
    outlets = {word for one in script.outlets for word in (one.target, one.name)}
    return outlets | {one.code for one in script.websites} | {one.code for one in script.regions}


def test_a_script_is_never_changed_after_reading(script: Script) -> None:
    with pytest.raises(ValidationError):
        script.name = "另一个"  # type: ignore[misc]  # trying to change it is the test


def test_an_outlet_that_is_new_in_the_script_begins_as_it_says_and_the_others_stay_as_they_were(
    script: Script, tmp_path: Path
) -> None:
    late = "www.gulou.gov.cn.demo"
    before = script.model_copy(update={"websites": tuple(one for one in script.websites if one.target != late)})
    state = State.open(before, tmp_path / "state.json")
    state.mend("www.xiangfu.gov.cn.demo")
    state.put("www.zhengzhou.gov.cn.demo", "dead")
    after = State.open(script, tmp_path / "state.json")
    faults = {target: [one.fault for one in after.faults(target)] for target in (one.target for one in script.outlets)}
    assert faults[late] == list(script.outlet(late).faults)
    assert (faults["www.xiangfu.gov.cn.demo"], faults["www.zhengzhou.gov.cn.demo"]) == ([], ["dead"])
