"""Contacts never travel on the bus: no fact there is has room for one."""

import pytest
from pydantic import BaseModel

from shared.events import Event, Fact, facts_by_type
from shared.privacy import Personal, Secret
from tests.security.personal import opaque, telling


@pytest.mark.parametrize("fact", facts_by_type().values(), ids=facts_by_type())
def test_no_field_of_a_fact_is_personal(fact: type[Fact]) -> None:
    assert opaque(fact) == {}
    assert telling(fact) == set()


def test_nor_one_of_its_envelope() -> None:
    assert opaque(Event) == {}
    assert telling(Event) == set()


class Somebody(BaseModel):
    name: Personal | None
    keys: tuple[dict[str, Secret], ...] = ()
    phone: str | None = None


class Leaking(BaseModel):
    """A shape as a fact could have it."""

    about: list[Somebody | int]
    mobile_number: str
    why: str


def test_one_that_is_would_be_found_however_deep() -> None:
    assert opaque(Leaking) == {"about.name": Personal, "about.keys": Secret}
    assert telling(Leaking) == {"about.phone", "mobile_number"}
