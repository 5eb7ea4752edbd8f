"""What each fault of the practice city leads to: of every fault something, true to the rulesets, by place."""

import pytest

from demo.city import Script, load
from demo.expects import Expected, Expects, Judging, Line, Look
from demo.faults import ACCOUNT_FAULTS, WEBSITE_FAULTS, offers
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, load_directories

SITE = "www.zhengzhou.gov.cn.demo"
ACCOUNT = "weibo/zzwj"


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


@pytest.fixture(scope="module")
def expects() -> Expects:
    return Expects.load()


def test_the_table_says_something_of_every_fault_and_of_nothing_else(script: Script, expects: Expects) -> None:
    for outlet in script.outlets:
        for fault in offers(outlet):
            expects.of(script, outlet.target, [fault])
    kinds = {name.partition(":")[0] for name in expects.faults}
    assert kinds == {*WEBSITE_FAULTS, *ACCOUNT_FAULTS}


def test_the_table_names_rulesets_and_criteria_that_exist_for_the_regions_they_judge(expects: Expects) -> None:
    rulesets = load_directories([PACKAGED], PARAMS).by_id
    assert {one.id: one.region for one in expects.rulesets} == {one.id: one.region for one in rulesets.values()}
    for lines in expects.faults.values():
        for line in lines:
            for criterion in filter(None, (line.violated, line.later, line.undetermined)):
                for name in line.under or rulesets:
                    assert name in rulesets
                    ids = {one.id for indicator in rulesets[name].indicators for one in indicator.criteria}
                    assert criterion in ids, (name, criterion)


NOTHING = Expected()


@pytest.mark.parametrize(
    ("target", "faults", "expected"),
    [
        (SITE, [], NOTHING),
        (SITE, ["lose_mark:icp"], Expected(violated=frozenset({"D-402"}))),
        (SITE, ["lose_mark:error_report"], Expected(violated=frozenset({"D-404-a"}))),
        ("hehu.zhengzhou.gov.cn.demo", ["lose_mark:icp"], NOTHING),
        ("jiaoyu.fengdu.gov.cn.demo", ["lose_mark:icp"], Expected(violated=frozenset({"D-402"}))),
        (SITE, ["dead_link:page"], Expected(later=frozenset({"D-403-a"}))),
        (SITE, ["dead"], Expected(look=Look.FAILED, alert=True, undetermined=frozenset({"V-S2"}))),
        (
            SITE,
            ["lose_mark:icp", "dead"],
            Expected(look=Look.FAILED, alert=True, undetermined=frozenset({"V-S2"})),
        ),
        (SITE, ["slow:16"], Expected(late=True, undetermined=frozenset({"V-S2"}))),
        (
            SITE,
            ["slow:20"],
            Expected(look=Look.FAILED, late=True, alert=True, undetermined=frozenset({"V-S2"})),
        ),
        (ACCOUNT, ["silent:13"], NOTHING),
        (ACCOUNT, ["silent:14"], Expected(violated=frozenset({"V-A2-1"}))),
        ("weibo/fengdufabu", ["silent:8"], Expected(violated=frozenset({"V-A2-1"}))),
        ("weibo/fengdufabu", ["silent:6"], NOTHING),
        (ACCOUNT, ["rename:别名"], Expected(alert=True, violated=frozenset({"filing_violation"}))),
        ("weibo/kfdangan", ["rename:别名"], Expected(alert=True)),
        (ACCOUNT, ["banned"], Expected(look=Look.UNDETERMINED, undetermined=frozenset({"V-A2-1"}))),
    ],
)
def test_what_a_fault_leads_to_depends_on_the_ruleset_of_the_region(
    script: Script, expects: Expects, target: str, faults: list[str], expected: Expected
) -> None:
    assert expects.of(script, target, faults) == expected


def test_a_ruleset_nobody_knew_can_be_added(script: Script, expects: Expects) -> None:
    weekly = Judging(id="cn-410000-henan", region="41.02", like="cn-national-2019-19")
    more = expects.also(weekly, {"silent": (Line(violated="V-A2-1", at_least=7, under=(weekly.id,)),)})
    silent = Expected(violated=frozenset({"V-A2-1"}))
    assert more.of(script, "wechat/kffabu-demo", ["silent:8"]) == silent
    assert more.of(script, "wechat/kffabu-demo", ["silent:15"]) == silent
    assert more.of(script, ACCOUNT, ["silent:8"]) == NOTHING
    assert expects.of(script, "wechat/kffabu-demo", ["silent:8"]) == NOTHING
