"""What may stand in a unit, what its history says, whom it lacks: pure decisions, by tables."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry import contact as contacts
from services.registry import unit as units
from services.registry.contact import Duty, DutyContact, Missing, lacking
from services.registry.refusal import Refused
from services.registry.unit import CREDIT_DIGITS, Refusal, UnitAct, credit_code_is_right
from shared.events.registry import Unit, UnitKind
from shared.privacy import Personal

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
HEALTH = Unit(id="u-1", name="房县卫生健康局", region="42.03.25.0", revision=3)
CODE = "11410100005252001C"


def act(what: str = "change", reason: str = "机构改革", **more: Any) -> UnitAct:
    asked = {"at": NOW, "actor": "person:p-1", "name": Personal("李四"), "act": what, "reason": reason, **more}
    return UnitAct.model_validate(asked)


def test_a_credit_code_of_the_standard_is_right() -> None:
    assert credit_code_is_right("91350100M000100Y43")  # GB 32100-2015, the example of its annex


@given(place=st.integers(0, 17), digit=st.sampled_from(CREDIT_DIGITS))
def test_any_one_wrong_character_of_a_credit_code_is_found(place: int, digit: str) -> None:
    typed = CODE[:place] + digit + CODE[place + 1 :]
    assert credit_code_is_right(typed) == (typed == CODE)


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "0", CODE.lower(), "I" * 18, " " + CODE[1:]])
def test_what_is_no_credit_code_is_none(typed: str) -> None:
    assert not credit_code_is_right(typed)


def test_every_changed_field_stands_in_the_history_from_what_to_what() -> None:
    wanted = {"name": "房县卫健局", "unit_kind": UnitKind.DEPARTMENT, "in_government": True}
    after, done = units.changed(HEALTH, wanted, act())
    assert (after.revision, done.revision, done.reason) == (4, 4, "机构改革")
    assert [(one.field, one.before, one.after) for one in done.changes] == [
        ("name", "房县卫生健康局", "房县卫健局"),
        ("unit_kind", "", "department"),
        ("in_government", "", "true"),
    ]


@pytest.mark.parametrize(
    ("wanted", "reason", "refusal", "field"),
    [
        ({"name": " "}, "改", Refusal.BAD_FIELD, "name"),
        ({"credit_code": CODE[:-1] + "0"}, "改", Refusal.BAD_FIELD, "credit_code"),
        ({"name": "新名"}, " ", Refusal.NO_REASON, "reason"),
        ({"name": HEALTH.name}, "改", Refusal.NOTHING_CHANGED, ""),
    ],
)
def test_what_cannot_stand_in_a_unit_is_refused_at_its_field(
    wanted: dict[str, str], reason: str, refusal: Refusal, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        units.changed(HEALTH, wanted, act(reason=reason))
    assert (refused.value.reason, refused.value.field) == (refusal, field)


def test_a_stale_form_is_told_what_was_changed_meanwhile() -> None:
    _, done = units.changed(HEALTH, {"name": "别的名"}, act())
    units.check_fresh(4, [done])
    with pytest.raises(Refused, match="名称") as refused:
        units.check_fresh(3, [done])
    assert refused.value.reason is Refusal.STALE


@pytest.mark.parametrize(
    ("above", "refusal"),
    [((), Refusal.NO_PARENT), (("u-2", "u-1"), Refusal.IN_A_CIRCLE), (("u-1",), Refusal.IN_A_CIRCLE)],
)
def test_a_parent_is_there_and_no_child(above: tuple[str, ...], refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        units.check_parent(HEALTH.model_copy(update={"parent": "u-2"}), above)
    assert refused.value.reason is refusal


@pytest.mark.parametrize(
    ("region", "on", "refusal"),
    [
        ("42.03.25.0", TODAY, Refusal.SAME_REGION),
        ("42.03.26.0", date(2026, 11, 21), Refusal.BAD_FIELD),
        ("42.03.26.0", None, Refusal.BAD_FIELD),
        ("nowhere", TODAY, Refusal.BAD_FIELD),
    ],
)
def test_a_unit_moves_elsewhere_on_a_day_that_has_come(region: str, on: date | None, refusal: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        units.moved(HEALTH, region, act("move", on=on), TODAY)
    assert refused.value.reason is refusal
    after, done = units.moved(HEALTH, "42.03.26.0", act("move", on=TODAY), TODAY)
    assert (after.region, [one.field for one in done.changes]) == ("42.03.26.0", ["region"])


def contact(**more: Any) -> DutyContact:
    asked = {"duty": "staff", "name": "王五", "phone": "0719-3221234", "since": date(2026, 1, 1), **more}
    return DutyContact.model_validate(asked)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": ""}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"mobile": "12345678901"}, "mobile"),
        ({"email": "no address"}, "email"),
    ],
)
def test_a_contact_can_be_reached(more: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        contacts.check(contact(**more))
    assert refused.value.field == field


@pytest.mark.parametrize("phone", ["0719-3221234", "(0719) 3221234", "0719-3221234转801", "12345"])
def test_numbers_as_offices_write_them_are_fine(phone: str) -> None:
    contacts.check(contact(phone=phone, mobile="13800001234", email="x@fangxian.example"))


def test_whoever_leaves_stands_for_the_unit_until_that_day() -> None:
    left = contacts.leave(contact(), date(2026, 12, 1), TODAY, "c-2", ["c-2"])
    assert [left.in_post(date(2026, 11, 30)), left.in_post(date(2026, 12, 1))] == [True, False]
    with pytest.raises(Refused) as refused:
        contacts.leave(left, date(2026, 12, 2), date(2026, 12, 1), "", [])
    assert refused.value.reason is contacts.Refusal.LEFT_ALREADY
    with pytest.raises(Refused) as refused:
        contacts.leave(contact(), TODAY, TODAY, "c-9", ["c-2"])
    assert refused.value.field == "successor"


GONE = contact(leaves_on=TODAY)


@pytest.mark.parametrize(
    ("reported", "named", "had", "administrators", "expected"),
    [
        (False, [], False, 0, set()),
        (True, [contact()], True, 1, set()),
        (True, [GONE, contact(duty=Duty.HEAD)], True, 1, set()),
        (True, [GONE], True, 1, {Missing.CONTACT}),
        (True, [contact()], True, 0, {Missing.ADMINISTRATOR}),
        (True, [GONE], False, 0, {Missing.CONTACT}),
    ],
)
def test_only_what_a_unit_had_can_be_missing(
    *, reported: bool, named: list[DutyContact], had: bool, administrators: int, expected: set[Missing]
) -> None:
    found = lacking(
        reported=reported, had_administrator=had, contacts=named, administrators=administrators, today=TODAY
    )
    assert found == expected


def test_a_forgotten_contact_says_the_duty_and_the_days_and_not_who() -> None:
    after = contacts.forgotten(contact(mobile="13800001234", email="x@y.example", leaves_on=TODAY))
    told = after.model_dump_json()
    assert not [text for text in ("王五", "13800001234", "x@y", "3221234") if text in told]
    assert (after.duty, after.since, after.leaves_on) == (Duty.STAFF, date(2026, 1, 1), TODAY)
