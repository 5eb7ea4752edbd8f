"""Whom to tell about a unit, or about a thing of a region. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared.events.region import covers
from shared.identity.permissions import Grant, Person, Role
from shared.privacy import Personal


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to tell; ``person`` is their id."""

    name: Personal
    email: Personal
    person: str = ""


def of_unit(people: Iterable[Person], unit: str) -> list[Contact]:
    """The administrators of ``unit``, in the order of ``people``."""
    return [_contact(person) for person in people if any(_administers(grant, unit) for grant in person.grants)]


def of_region(people: Iterable[Person], region: str, roles: Collection[Role]) -> list[Contact]:
    """Those with one of ``roles`` nearest above ``region`` (four tokens), in the order of ``people``.

    Nearest only: what a county looks after is not also sent to the province and the ministry.
    """
    levels = [(level, person) for person in people if (level := _level(person, region, roles)) is not None]
    nearest = max((level for level, _ in levels), default=0)
    return [_contact(person) for level, person in levels if level == nearest]


def _administers(grant: Grant, unit: str) -> bool:
    return grant.role is Role.UNIT_ADMINISTRATOR and grant.unit == unit


def _level(person: Person, region: str, roles: Collection[Role]) -> int | None:
    """How many tokens the nearest fitting grant names, None when none fits."""
    prefixes = (grant.region for grant in person.grants if grant.role in roles)
    fitting = [prefix for prefix in prefixes if prefix is not None and covers(prefix, region)]
    return max((len(prefix.split(".")) if prefix else 0 for prefix in fitting), default=None)


def _contact(person: Person) -> Contact:
    return Contact(person.name, person.email, person.id)
