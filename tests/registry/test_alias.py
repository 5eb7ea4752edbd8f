"""One unit, several names: rules propose, a person decides, nothing is merged by itself."""

import pytest

from services.registry.alias import Match, Named, Proposal, confirm, core, match, put_forward, reject, rules
from services.registry.refusal import Refused
from services.registry.unit import Refusal
from services.registry.unit_desk import places
from shared.events.registry import Unit

REGION = "42.03.25.0"
PLACES = places(REGION)


def unit(name: str, *aliases: str) -> Named:
    return Named(Unit(id=f"u-{name}", name=name, region=REGION, revision=1, aliases=aliases))


def found(name: str, *units: Named) -> tuple[Match, str]:
    answer = match(name, units, PLACES)
    return answer.how, answer.unit.name if answer.unit else ""


def test_the_names_of_a_region_are_known_the_widest_first() -> None:
    assert PLACES == ["湖北省", "十堰市", "房县"]


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("房县卫生健康局", "卫健局"),
        ("卫生健康局", "房县卫生健康局"),
        ("机关事务管理局", "机关事务服务中心"),
        ("交通运输局", "交通"),
        ("交通运输局", "房县交通局"),
        ("文化和旅游局", "文旅局"),
        ("人民法院", "房县县人民法院"),
        ("城关镇人民政府", "城关镇政府"),
        ("十堰市房县农业农村局", "农业局"),
    ],
)
def test_the_names_of_one_office_in_real_tables_are_proposed_and_no_more(registered: str, typed: str) -> None:
    assert found(typed, unit(registered)) == (Match.PROPOSED, registered)


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("卫生健康局", "医疗保障局"),
        ("教育局", "科学技术局"),
        ("城关镇人民政府", "红塔镇人民政府"),
        ("市场监督管理局", "场监督管理局"),
        ("房县人民医院", "人民法院"),
    ],
)
def test_other_offices_are_not(registered: str, typed: str) -> None:
    assert found(typed, unit(registered)) == (Match.NONE, "")


def test_width_case_and_blanks_make_no_other_name() -> None:
    assert found("房县 卫生健康局（ＡＢ）", unit("房县卫生健康局(ab)")) == (Match.EXACT, "房县卫生健康局(ab)")


def test_what_a_person_confirmed_goes_before_an_equal_name() -> None:
    health = unit("卫生健康局", "卫健局")
    assert found("卫健局", unit("卫健局"), health) == (Match.ALIAS, "卫生健康局")


def test_what_two_units_might_be_called_is_nobodys() -> None:
    assert found("交通局", unit("交通运输局"), unit("交委")) == (Match.NONE, "")


def test_what_was_rejected_is_not_proposed_again() -> None:
    health = unit("卫生健康局").unit
    after, proposals = reject(health, (Proposal(alias="卫健局", source="rule"),), "卫健局")
    assert after == health
    again = Named(after, tuple(one.alias for one in proposals if one.rejected))
    assert found("卫健局", again) == (Match.NONE, "")
    with pytest.raises(Refused) as refused:
        put_forward(again, proposals, "卫健 局", "rule")
    assert refused.value.reason is Refusal.REJECTED_BEFORE
    confirmed, rest = confirm(after, proposals, "卫健局", [])
    assert (confirmed.aliases, rest) == (("卫健局",), ())


def test_an_alias_is_confirmed_once_for_one_unit_and_only_when_put_forward() -> None:
    health, put = unit("卫生健康局").unit, (Proposal(alias="卫健局", source="typed"),)
    with pytest.raises(Refused) as refused:
        confirm(health, put, "卫计局", [])
    assert refused.value.reason is Refusal.NO_PROPOSAL
    with pytest.raises(Refused) as refused:
        confirm(health, put, "卫健局", [unit("别的局", "卫健局").unit])
    assert refused.value.reason is Refusal.ALIAS_OF_ANOTHER
    after, _ = confirm(health, put, "卫健局", [])
    assert after.revision == health.revision + 1
    back, proposals = reject(after, (), "卫健局")
    assert (back.aliases, [one.rejected for one in proposals]) == ((), [True])


def test_every_rule_names_a_unit_once() -> None:
    names = [name for group in rules().same for name in group]
    assert len(names) == len(set(names))
    assert all(core(name, ()) == group[0] for group in rules().same for name in group)
