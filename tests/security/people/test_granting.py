"""What an administrator may do about other people: below their own grant, never for themselves. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.identity import Grant, Objection, Person, Role, may_give, may_manage

NOW = datetime(2026, 10, 17, tzinfo=UTC)
UNITS = {"police": "41.01.00.0", "street": "41.01.05.gx", "kaifeng": "41.02.00.0"}
CITY = Person(
    id="p-city",
    login="city",
    name="市管理员",
    email="",
    grants=(Grant(role=Role.ADMINISTRATOR, region="41.01"), Grant(role=Role.APPROVER, region="41")),
)


def grant(role: Role, over: str, **dates: datetime) -> Grant:
    return Grant(role=role, **({"unit": over} if role is Role.UNIT_ADMINISTRATOR else {"region": over}), **dates)


@pytest.mark.parametrize(
    ("role", "over", "objection"),
    [
        (Role.APPROVER, "41.01", None),
        (Role.INSPECTOR, "41.01.05", None),
        (Role.ADMINISTRATOR, "41.01", None),
        (Role.AUDITOR, "41.01.05.gx", None),
        (Role.UNIT_ADMINISTRATOR, "police", None),
        (Role.UNIT_ADMINISTRATOR, "street", None),
        (Role.APPROVER, "41", Objection.NOT_UNDER_YOU),
        (Role.APPROVER, "", Objection.NOT_UNDER_YOU),
        (Role.APPROVER, "41.02", Objection.NOT_UNDER_YOU),
        (Role.UNIT_ADMINISTRATOR, "kaifeng", Objection.NOT_UNDER_YOU),
        (Role.UNIT_ADMINISTRATOR, "unheard of", Objection.NOT_UNDER_YOU),
    ],
)
def test_grants_are_given_below_ones_own_administration_only(
    role: Role, over: str, objection: Objection | None
) -> None:
    assert may_give(CITY, "p-other", grant(role, over), UNITS) is objection
    assert may_give(CITY, CITY.id, grant(role, over), UNITS) is Objection.ONESELF


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.UNIT_ADMINISTRATOR)])
def test_nobody_gives_grants_by_another_role(role: Role) -> None:
    other = CITY.model_copy(update={"grants": (grant(role, "41"),)})
    assert may_give(other, "p-other", grant(Role.INSPECTOR, "41.01.05"), UNITS) is Objection.NOT_UNDER_YOU


@pytest.mark.parametrize(
    ("held", "objection"),
    [
        ([], None),
        ([grant(Role.INSPECTOR, "41.01"), grant(Role.UNIT_ADMINISTRATOR, "police")], None),
        ([grant(Role.INSPECTOR, "41.02")], Objection.NOT_UNDER_YOU),
        ([grant(Role.INSPECTOR, "41.01"), grant(Role.INSPECTOR, "41")], Objection.HOLDS_MORE),
        (
            [grant(Role.INSPECTOR, "41.01"), grant(Role.APPROVER, "41.02", since=NOW + timedelta(days=9))],
            Objection.HOLDS_MORE,
        ),
        ([grant(Role.INSPECTOR, "41.01"), grant(Role.APPROVER, "41.02", until=NOW)], None),
    ],
)
def test_an_account_is_managed_by_who_administers_everything_it_holds(
    held: list[Grant], objection: Objection | None
) -> None:
    assert may_manage(CITY, "p-other", held, UNITS, NOW) is objection
    assert may_manage(CITY, CITY.id, held, UNITS, NOW) is Objection.ONESELF
