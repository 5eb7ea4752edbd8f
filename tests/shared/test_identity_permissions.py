"""Who may do what, where: the whole matrix, by table."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from pydantic import ValidationError

from shared.documents import NOTHING
from shared.identity import Action, Grant, Person, Role, grants_in_force, may, scope
from shared.identity.contacts import Contact, of_region, of_unit
from shared.privacy import Personal

NOW = datetime(2026, 10, 17, tzinfo=UTC)
JINSHUI = "41.01.05.0"
MATRIX = {
    Role.ADMINISTRATOR: {Action.SEE, Action.IMPORT, Action.ADMINISTER, Action.AUDIT},
    Role.APPROVER: {Action.SEE, Action.APPROVE},
    Role.INSPECTOR: {Action.SEE, Action.INSPECT},
    Role.REVIEWER: {Action.SEE, Action.REVIEW},
    Role.UNIT_ADMINISTRATOR: {Action.SEE, Action.FILE, Action.REPLY},
    Role.CO_SUPERVISOR: {Action.SEE},
    Role.AUDITOR: {Action.SEE, Action.AUDIT},
    Role.SUBSCRIBER: {Action.SUBSCRIBE},
}


def person(*grants: Grant, login: str = "somebody") -> Person:
    return Person(id=f"p-{login}", login=login, name=login.title(), email=f"{login}@example.gov.cn", grants=grants)


def holder(role: Role) -> Person:
    if role is Role.UNIT_ADMINISTRATOR:
        return person(Grant(role=role, unit="u-1"))
    return person(Grant(role=role, region="41.01"))


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_role_allows_exactly_its_row_of_the_table(role: Role, action: Action) -> None:
    assert may(holder(role), action, region=JINSHUI, unit="u-1") is (action in MATRIX[role])


def test_no_role_holds_two_acts_that_check_each_other() -> None:
    for pair in ({Action.FILE, Action.APPROVE}, {Action.REPLY, Action.REVIEW}, {Action.INSPECT, Action.REVIEW}):
        assert not [role for role in Role if pair <= MATRIX[role]]


@pytest.mark.parametrize(
    ("prefix", "region", "covered"),
    [
        ("", JINSHUI, True),
        ("41", JINSHUI, True),
        ("41.01", JINSHUI, True),
        ("41.01.05", JINSHUI, True),
        ("41.01.05.0", JINSHUI, True),
        ("41.01", "41.01.00.0", True),
        ("41.01", "41.02.05.0", False),
        ("41.01", "41.10.01.0", False),
        ("41.01.05", "41.01.00.0", False),
        ("41.01.05", "41.01.06.0", False),
        ("41.01.05.gx", JINSHUI, False),
        ("41.01.05", "41.01.05.gx", True),
    ],
)
def test_a_region_grant_reaches_down_and_never_sideways_or_up(prefix: str, region: str, *, covered: bool) -> None:
    inspector = person(Grant(role=Role.INSPECTOR, region=prefix))
    assert may(inspector, Action.SEE, region=region) is covered
    assert scope(inspector, Action.SEE).covers(region) is covered


def test_a_unit_administrator_reaches_one_unit_wherever_it_is() -> None:
    administrator = person(Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1"))
    assert may(administrator, Action.FILE, region=JINSHUI, unit="u-1")
    assert may(administrator, Action.FILE, region="41.02.02.0", unit="u-1")
    assert not may(administrator, Action.FILE, region=JINSHUI, unit="u-2")
    assert not may(administrator, Action.FILE, region=JINSHUI)


def test_a_co_supervisor_looks_at_a_region_or_at_one_unit_wherever_it_is() -> None:
    owner = person(Grant(role=Role.CO_SUPERVISOR, region="41.02"), Grant(role=Role.CO_SUPERVISOR, unit="u-1"))
    assert may(owner, Action.SEE, region="41.02.02.0", unit="u-2")
    assert may(owner, Action.SEE, region=JINSHUI, unit="u-1")
    assert not may(owner, Action.SEE, region=JINSHUI, unit="u-2")
    assert not [action for action in Action if action is not Action.SEE and scope(owner, action) != NOTHING]


def test_what_one_may_and_what_a_query_finds_are_the_same() -> None:
    people = [holder(role) for role in Role]
    people.append(person(Grant(role=Role.APPROVER, region="41.01"), Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-9")))
    people += [person(), person(Grant(role=Role.CO_SUPERVISOR, unit="u-1"))]
    places = product(("41.01.05.0", "41.01.00.0", "41.02.02.0", "11.01.01.0"), ("u-1", "u-9", ""))
    for who, action, (region, unit) in product(people, Action, list(places)):
        assert may(who, action, region=region, unit=unit) is scope(who, action).covers(region, unit)


def test_without_a_grant_a_scope_is_empty() -> None:
    assert scope(person(), Action.SEE) == NOTHING
    assert scope(holder(Role.AUDITOR), Action.FILE) == NOTHING


@pytest.mark.parametrize(
    ("since", "until", "counts"),
    [
        (timedelta(days=-1), None, True),
        (timedelta(), None, True),
        (timedelta(seconds=1), None, False),
        (timedelta(days=-2), timedelta(seconds=1), True),
        (timedelta(days=-2), timedelta(), False),
        (timedelta(days=-2), timedelta(days=-1), False),
    ],
)
def test_a_grant_counts_from_its_first_to_before_its_last_moment(
    since: timedelta, until: timedelta | None, *, counts: bool
) -> None:
    grant = Grant(role=Role.AUDITOR, region="41", since=NOW + since, until=None if until is None else NOW + until)
    assert grants_in_force([grant], NOW) == ((grant,) if counts else ())


@pytest.mark.parametrize(
    "malformed",
    [
        {"role": "inspector"},
        {"role": "inspector", "unit": "u-1"},
        {"role": "inspector", "region": "41", "unit": "u-1"},
        {"role": "inspector", "region": "4101"},
        {"role": "inspector", "region": "41."},
        {"role": "unit_administrator"},
        {"role": "unit_administrator", "unit": ""},
        {"role": "unit_administrator", "region": "41"},
        {"role": "unit_administrator", "region": "41", "unit": "u-1"},
        {"role": "co_supervisor"},
        {"role": "co_supervisor", "unit": ""},
        {"role": "co_supervisor", "region": "41", "unit": ""},
        {"role": "co_supervisor", "region": "41", "unit": "u-1"},
        {"role": "reviewer", "unit": "u-1"},
        {"role": "subscriber", "unit": "u-1"},
        {"role": "emperor", "region": ""},
        {"role": "auditor", "region": "41", "since": NOW, "until": NOW},
        {"role": "auditor", "region": "41", "since": "2026-10-17T00:00:00"},
    ],
)
def test_a_grant_that_is_over_nothing_or_over_two_things_is_refused(malformed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Grant.model_validate(malformed)


def test_contacts_are_those_nearest_to_the_thing() -> None:
    nation = person(Grant(role=Role.INSPECTOR, region=""), login="nation")
    city = person(Grant(role=Role.INSPECTOR, region="41.01"), login="city")
    deputy = person(Grant(role=Role.APPROVER, region="41.01"), login="deputy")
    unit = person(Grant(role=Role.UNIT_ADMINISTRATOR, unit="u-1"), login="unit")
    reader = person(Grant(role=Role.CO_SUPERVISOR, unit="u-1"), login="reader")
    people = [nation, city, deputy, unit, reader]
    assert of_region(people, JINSHUI, [Role.INSPECTOR]) == [
        Contact(Personal("City"), Personal("city@example.gov.cn"), "p-city")
    ]
    assert [contact.name for contact in of_region(people, JINSHUI, [Role.INSPECTOR, Role.APPROVER])] == [
        "City",
        "Deputy",
    ]
    assert [contact.name for contact in of_region(people, "11.01.01.0", [Role.INSPECTOR])] == ["Nation"]
    assert of_region(people, JINSHUI, [Role.AUDITOR]) == []
    assert [contact.name for contact in of_unit(people, "u-1")] == ["Unit"]
    assert of_unit(people, "u-2") == []
