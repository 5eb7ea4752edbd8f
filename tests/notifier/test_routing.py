"""Everybody concerned is told once, and nobody is silently left out."""

from dataclasses import dataclass

import pytest

from services.notifier.routing import GAP_WORDS, GAPS, Gap, Side, route


@dataclass(frozen=True)
class Somebody:
    name: str
    email: str
    person: str = "p-1"


LI = Somebody("李四", "li@unit.example")
ZHAO = Somebody("赵六", "zhao@unit.example")
WANG = Somebody("王五", "wang@office.example")
SILENT = Somebody("无邮箱", " ")


@pytest.mark.parametrize(
    ("unit", "offices", "told", "gap"),
    [
        ([LI, ZHAO], [WANG], ["李四", "赵六", "王五"], None),
        ([], [WANG], ["王五"], Gap.UNIT_WITHOUT_CONTACT),
        ([SILENT], [WANG], ["王五"], Gap.UNIT_WITHOUT_CONTACT),
        ([LI], [], ["李四"], Gap.OFFICE_WITHOUT_CONTACT),
        ([SILENT], [], [], Gap.NOBODY),
    ],
)
def test_who_is_told(unit: list[Somebody], offices: list[Somebody], told: list[str], gap: Gap | None) -> None:
    chosen = route(unit, offices)
    assert ([recipient.name.plain for recipient in chosen.recipients], chosen.gap) == (told, gap)


def test_somebody_on_both_sides_is_told_once_as_the_unit_and_both_sides_count_as_told() -> None:
    chosen = route([LI], [Somebody("李四", "LI@unit.example")])
    assert [(recipient.side, recipient.address) for recipient in chosen.recipients] == [(Side.UNIT, LI.email)]
    assert chosen.gap is None


def test_every_gap_has_its_words() -> None:
    assert set(GAPS.values()) - {None} == set(GAP_WORDS) == set(Gap)
