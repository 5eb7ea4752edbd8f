"""What an administrator may do about other people. Pure: where a unit lies is told by who knows (the registry)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from shared.identity.permissions import Action, Grant, Person, may


class Objection(StrEnum):
    """Why an administrator may not do this about somebody."""

    ONESELF = "oneself"
    NOT_UNDER_YOU = "not_under_you"
    HOLDS_MORE = "holds_more"


def under(actor: Person, grant: Grant, units: Mapping[str, str]) -> bool:
    """Whether everything ``grant`` is over lies under what ``actor`` administers; ``units`` are regions by unit id.

    A unit nobody has heard of lies under nobody.
    """
    if grant.unit is None:
        return grant.region is not None and may(actor, Action.ADMINISTER, region=grant.region)
    region = units.get(grant.unit)
    return region is not None and may(actor, Action.ADMINISTER, region=region, unit=grant.unit)


def may_give(actor: Person, target: str, grant: Grant, units: Mapping[str, str]) -> Objection | None:
    """Why ``actor`` may not give ``grant`` to (or take it from) the person whose id is ``target``; or None."""
    if actor.id == target:
        return Objection.ONESELF
    return None if under(actor, grant, units) else Objection.NOT_UNDER_YOU


def may_manage(
    actor: Person, target: str, grants: Iterable[Grant], units: Mapping[str, str], at: datetime
) -> Objection | None:
    """Why ``actor`` may not act on the whole account of ``target`` (password, tokens, end), who holds ``grants``.

    Whoever holds anything beyond what ``actor`` administers, now or later, is not theirs: else a county could take
    over the account of its province.
    """
    if actor.id == target:
        return Objection.ONESELF
    counting = [grant for grant in grants if grant.until is None or grant.until > at]
    mine = [under(actor, grant, units) for grant in counting]
    return None if all(mine) else Objection.HOLDS_MORE if any(mine) else Objection.NOT_UNDER_YOU
