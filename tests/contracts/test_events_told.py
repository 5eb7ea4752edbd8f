"""Every fact has one who says it and somebody who hears it, and every handler takes what its line promises."""

import inspect
import os
import subprocess
import sys
import typing
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Union

import pytest

from services.catalog import SERVICES
from services.commands.events.table import Entry, table
from shared.bus import Heard, Hears
from shared.events import audit, registry
from shared.runtime import Service

ROOT = Path(__file__).resolve().parents[2]
ONLY_FOR_OFFICES = {
    "registry.contacts_missing",
    "registry.filing_submitted",
    "registry.filing_returned",
    "registry.filing_accepted",
    "registry.filing_approved",
    "registry.filing_withdrawn",
    "registry.filing_overdue",
    "registry.opening_unfiled",
    "notice.received",
}
"""Said so that offices can subscribe to it; no service of ours needs it."""

NEW_FACT = """
from typing import ClassVar
from shared.events import Fact
class Unheard(Fact):
    '''Somebody adds a fact.'''
    type: ClassVar[str] = "registry.unheard"
"""


def untold(entries: list[Entry]) -> list[str]:
    """The facts that nobody says, or that several services say.

    Work may be left by one service for another, and each says how far its own audit chain is.
    """
    shared = [one for one in entries if one.said_by and (one.stream.work or one.type == audit.Anchored.type)]
    return [one.type for one in entries if len(one.said_by) != 1 and one not in shared]


def unheard(entries: list[Entry]) -> set[str]:
    """The facts nobody acts on."""
    return {one.type for one in entries if not one.acted_on_by}


def accepted(line: Hears) -> list[Any]:
    """The facts the handler of ``line`` says it takes: ``Heard[A | B]`` or ``Heard[A] | Heard[B]``, or a list of it."""
    _, second = inspect.signature(line.handler).parameters
    heard = typing.get_type_hints(line.handler)[second]
    if line.batch:
        assert typing.get_origin(heard) in (list, Sequence), line
        (heard,) = typing.get_args(heard)
    facts = []
    for one in one_of(heard):
        assert typing.get_origin(one) is Heard, line
        facts += one_of(*typing.get_args(one))
    return facts


def one_of(kind: Any) -> list[Any]:
    """The members of a union, or the type itself."""
    return list(typing.get_args(kind)) if typing.get_origin(kind) in (Union, UnionType) else [kind]


def test_every_fact_is_said_by_exactly_one_service() -> None:
    assert untold(table()) == []


def test_every_fact_is_heard_by_a_service_or_is_for_offices_on_purpose() -> None:
    assert unheard(table()) == ONLY_FOR_OFFICES
    assert {one.type for one in table() if one.for_offices} >= ONLY_FOR_OFFICES


def test_both_rules_bite() -> None:
    mute = Service("mute", (), (), SERVICES["registry"].build)
    echo = Service("echo", (), (registry.Opened,), SERVICES["registry"].build)
    assert "probe.completed" in untold(table({**SERVICES, "prober": mute}))
    assert untold(table({**SERVICES, "echo": echo})) == ["registry.opened"]
    assert "probe.completed" in unheard(table({**SERVICES, "scorer": mute}))


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=f"{name}.{line.durable}") for name, one in SERVICES.items() for line in one.hears]
)
def test_a_handler_takes_the_facts_of_its_line(line: Hears) -> None:
    takes = accepted(line)
    assert takes == [Any] or all(issubclass(fact, tuple(takes)) for fact in line.facts)


def test_a_handler_of_another_fact_is_noticed() -> None:
    async def on_closed(_app: None, heard: Heard[registry.Closed]) -> None:
        del heard

    assert accepted(Hears("closed", (registry.Opened,), on_closed)) == [registry.Closed]


def test_a_new_fact_without_a_golden_schema_fails(tmp_path: Path) -> None:
    (tmp_path / "somebody_adds.py").write_text(NEW_FACT, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "somebody_adds", "tests/contracts/test_events.py", "-k", "golden"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT))), "GOLDEN": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout
    assert "test_the_schema_of_each_fact_is_the_golden_one[registry.unheard]" in ran.stdout
    assert "2 failed" in ran.stdout
