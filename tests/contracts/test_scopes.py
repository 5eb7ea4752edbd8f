"""No query of a service goes without the scope of the person who asks, and the lint that says so bites."""

import re
from collections.abc import Mapping

import pytest

from tools import reasons, scopes
from tools.unscoped import UNSCOPED

STORE = """
from shared.documents import SYSTEM, Scope

class Store:
    async def notice(self, id_: str, scope: Scope): return await self.notices.get(id_, scope)
    async def all(self): return await self.notices.find(SYSTEM)
    async def each(self): return await _each(self.notices)
    async def thin(self): return await self.each()

async def _each(documents): return await documents.find(SYSTEM)
async def change(documents): return await documents.find(SYSTEM)
"""
LISTED = dict.fromkeys(("services/x/store.py", "services/x/handlers.py"), "said for the test")
HANDLER = "from shared.documents import SYSTEM\nasync def on(app): await app.store.a.get('1', SYSTEM)"
USED = {"services/x/handlers.py": HANDLER}
PATH = "services/x/pages.py"


def found(source: str, allowed: Mapping[str, str] = LISTED) -> list[str]:
    """What the lint says of a page with this body, beside a store and a handler that have leave."""
    body = f"async def shown(app, store, person, seen_by: 'Person'):\n    {source}"
    head = "from shared.identity import Action, scope\nfrom services.x.store import change\n"
    files = {"services/x/store.py": STORE, PATH: head + body, **USED}
    return list(scopes.problems(files, allowed))


def test_every_query_of_every_service_asks_what_the_person_may_see_or_says_why_not() -> None:
    files = {str(path.relative_to(scopes.ROOT)): path.read_text(encoding="utf-8") for path in scopes.sources()}
    assert len(files) > 100
    assert list(scopes.problems(files, UNSCOPED)) == []


def test_every_leave_has_a_reason() -> None:
    assert not [where for where, why in UNSCOPED.items() if not re.search(reasons.WHY, why)]


@pytest.mark.parametrize(
    "source",
    [
        "await store.notices.find({'state': 'open'})",
        "await app.store.notices.get('n-1')",
        "await app.store.notices.count(where={'a': 1})",
        "await app.store.notice('n-1')",
        "await app.store.notices.delete({'_id': 'n-1'})",
        "await store.notices.find(everything)",
        "seen = everything; await store.notices.find(seen)",
        "scope = person.scope; await store.notices.find(scope)",
        "from shared.documents import SYSTEM; await store.notices.find(SYSTEM)",
        "from shared import documents; await store.notices.find(documents.SYSTEM)",
        "from shared.documents import SYSTEM; seen = SYSTEM",
        "from shared.documents import SYSTEM as seen",
        "from shared.documents import Scope; seen = Scope(regions=('',))",
        "from shared.documents.scope import Scope; seen = Scope(regions=('41',))",
        "from shared.identity import Person; somebody = Person(id='p', login='p', name='p', email='')",
        "from shared.identity import Person as P",
        "await app.store.all()",
        "await app.store.each()",
        "await app.store.thin()",
        "await change(app.store.notices)",
        "await app.store.notices._raw.find_one({})",
    ],
)
def test_a_query_without_a_persons_scope_is_found(source: str) -> None:
    [problem] = [one for one in found(source) if one.startswith(PATH)]
    assert ": shown: " in problem
    assert found(source, {**LISTED, f"{PATH}:shown": "said for the test"}) == []


@pytest.mark.parametrize(
    "source",
    [
        "await store.notices.find(scope(person, Action.SEE), {'state': 'open'})",
        "seen = scope(person, Action.SEE); await app.store.notices.get('n-1', seen)",
        "seen, notice = scope(person, Action.SEE), 1; await app.store.notice('n-1', seen)",
        "await store.notices.count(scope=scope(person, Action.SEE))",
        "names = {}; names.get('n-1')",
        "(await app.store.notice('n-1', scope(person, Action.SEE))).get('state')",
        "await app.store.notices.change(seen_by)",
    ],
)
def test_what_asks_a_person_needs_no_leave(source: str) -> None:
    assert found(source) == []


def test_a_leave_that_nothing_needs_any_more_is_found() -> None:
    [problem] = found("return None", {**LISTED, f"{PATH}:shown": "said for the test"})
    assert problem == f"{PATH}:shown: listed in UNSCOPED, and needs no leave"
