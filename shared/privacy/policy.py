"""How long personal data are kept, why, and what becomes of them then: data, in policy.yaml."""

from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("policy.yaml")


class Rule(BaseModel):
    """What is kept of people in one collection.

    ``fields`` are dotted paths; ``days`` counts from ``since``, None is as long as the record it is part of; ``then``
    is what happens, and ``by`` what makes it happen; ``ground`` is why the law lets it be kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    collection: str
    fields: tuple[str, ...]
    whose: str
    since: str
    days: int | None
    then: str
    by: str
    ground: str


@cache
def policy() -> tuple[Rule, ...]:
    """Every rule, in the order of the file."""
    return tuple(Rule.model_validate(entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def kept(database: str, collection: str) -> timedelta:
    """How long personal data are kept there. Raises LookupError when no rule limits that."""
    for rule in policy():
        if (rule.database, rule.collection) == (database, collection) and rule.days is not None:
            return timedelta(days=rule.days)
    raise LookupError(f"no rule says how long {database}.{collection} keeps personal data")
