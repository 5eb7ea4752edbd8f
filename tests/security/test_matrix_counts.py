"""A number tells as much as a name: every one that is shown counts what the person may see."""

import re

from tests.security.matrix_rules import SEE, Persona, granted
from tests.security.offices import Installation, installed
from tests.security.places import HOW_MANY

COUNTS: tuple[tuple[str, str], ...] = (
    ("/registry/", r"共 (\d+) 条"),
    ("/registry/", r"<dt>待审批的备案</dt><dd>(?:<a[^>]*>)?(\d+)"),
    ("/registry/", r"<dt>未备案变更</dt><dd>(?:<a[^>]*>)?(\d+)"),
    ("/prober/", r"<dt>在册对象</dt><dd>(\d+)"),
    ("/prober/", r"<dt>中断的网站</dt><dd>(\d+)"),
    ("/scorer/", r"<dt>存在问题的项</dt><dd>(\d+)"),
    ("/scorer/", r"<dt>暂不能判定的项</dt><dd>(\d+)"),
    ("/notifier/?state=all", r"共 (\d+) 件"),
    ("/notifier/", r"<dt>待签收</dt><dd>(\d+)"),
    ("/notifier/", r"<dt>未销号</dt><dd>(\d+)"),
    ("/notifier/api/notices", r'"total":(\d+)'),
)
"""Where a number is shown: it counts what this person may see (none shown is none), never more."""

RETURNED = {r"<dt>待审批的备案</dt><dd>(?:<a[^>]*>)?(\d+)"}
"""Numbers that count the returned filing of each place, too."""


async def test_every_number_counts_what_the_person_may_see(mongo_url: str) -> None:
    async with installed(mongo_url) as city:
        for path, pattern in COUNTS:
            shown = {persona: await number(city, persona, path, pattern) for persona in city.people}
            assert len(set(shown.values())) > 2, f"no number in {path} at {pattern}"
            more = int(pattern in RETURNED)
            assert shown == {persona: due(persona, more) for persona in city.people}, f"{path} {pattern}"


async def number(city: Installation, persona: Persona, path: str, pattern: str) -> int:
    """What stands there; nothing is none."""
    found = re.search(pattern, (await city.people[persona].send("GET", path)).text)
    return int(found[1]) if found else 0


def due(persona: Persona, more: int = 0) -> int:
    """How many of a kind this persona may look at, with ``more`` at each place."""
    return sum(HOW_MANY[place] + more for place in granted(SEE, persona))
