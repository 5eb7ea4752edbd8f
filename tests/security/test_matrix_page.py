"""``docs/roles.md`` says what the matrix says.

The matrix changed on purpose: ``GOLDEN=write pytest tests/security/test_matrix_page.py`` writes the page again.
"""

import os
from pathlib import Path

from shared.identity import Role
from tests.security.matrix import LINES
from tests.security.matrix_page import page
from tests.security.matrix_rules import HELD, RULES, SIGNED_IN, YES, Persona, Place
from tests.security.open_routes import OWN, PUBLIC

PAGE = Path(__file__).resolve().parents[2] / "docs" / "roles.md"


def test_the_page_is_what_the_matrix_says() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_role_comes_along_and_every_rule_is_used() -> None:
    assert {role for role, _ in HELD.values()} == set(Role)
    assert {rule.title for rule in RULES} == {line.rule.title for line in LINES}
    assert all(
        set(rule.rows) == set(Persona) and len(row) == len(Place) for rule in RULES for row in rule.rows.values()
    )


def test_nobody_gets_anything_and_no_time_that_is_over_or_to_come_gives_more_than_an_account() -> None:
    for rule in (rule for rule in RULES if rule is not SIGNED_IN):
        for persona in (Persona.NOBODY, Persona.ENDED, Persona.TO_COME):
            assert YES not in rule.rows[persona]


def test_a_page_and_its_api_follow_one_rule() -> None:
    pages = {line.route: line.rule for line in LINES if "/api/" not in line.path}
    programs = {(line.method, line.path.replace("/api/", "/")): line.rule for line in LINES if "/api/" in line.path}
    both = pages.keys() & programs.keys()
    assert len(both) > 8
    assert {route for route in both if pages[route] is not programs[route]} == set()


def test_every_public_route_has_a_reason() -> None:
    assert all(len(why) > 2 for why in (*PUBLIC.values(), *OWN.values()))
