"""The rules of the house hold in every file, and each rule bites."""

import ast
import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.catalog import SERVICES
from shared.settings import env_example
from tests.contracts import house

ROOT = house.ROOT
LONGEST_FILE = 300
Rule = Callable[[ast.Module], Iterator[str]]


def broken(rule: Rule, files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{what}"
        for path in files
        for what in rule(ast.parse(path.read_text(encoding="utf-8")))
    ]


def inside(*folders: str) -> Callable[[Path], bool]:
    return lambda path: any(path.is_relative_to(ROOT / folder) for folder in folders)


def decision_files() -> list[Path]:
    """The files of the modules that the import contract calls decisions."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    modules = next(c["source_modules"] for c in contracts if c["id"] == "decisions")
    places = [ROOT / module.replace(".", "/") for module in modules]
    return sorted(
        file for place in places for file in [*place.rglob("*.py"), place.with_suffix(".py")] if file.exists()
    )


def test_no_handler_asks_faststream_to_inject_anything() -> None:
    assert broken(house.injected_parameters, house.python_files("services", "shared")) == []


def test_every_handler_takes_its_service_and_what_it_heard_and_nothing_else() -> None:
    handlers = [line.handler for service in SERVICES.values() for line in service.hears]
    assert handlers
    for handler in handlers:
        parameters = inspect.signature(handler).parameters.values()
        assert inspect.iscoroutinefunction(handler), handler
        assert len(parameters) == 2, handler
        assert all(parameter.default is parameter.empty for parameter in parameters), handler


def test_services_know_the_bus_and_not_what_it_is_made_of() -> None:
    services = [path for path in house.python_files("services") if not inside("services/commands")(path)]
    assert broken(house.framework_in_sight, services) == []


def test_every_time_is_aware() -> None:
    assert broken(house.times_without_zone, house.python_files("services", "shared", "demo", "tests", "tools")) == []


def test_decisions_never_ask_what_time_it_is() -> None:
    files = decision_files()
    assert files
    assert broken(house.clocks, files) == []


def test_the_database_driver_is_named_in_shared_documents_only() -> None:
    files = [path for path in house.python_files("services", "shared", "demo") if not inside("shared/documents")(path)]
    assert broken(house.database_drivers, files) == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert broken(house.long_functions, house.python_files("services", "shared", "demo", "tools")) == []


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    files = house.python_files("services", "shared", "demo", "tests", "tools", "benchmarks")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_everything_public_says_what_it_is_for() -> None:
    assert broken(house.missing_docstrings, house.python_files("services", "shared")) == []


def test_the_example_settings_are_those_the_program_reads() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


LONG = "def f():\n" + "    x = 1\n" * 50


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (house.injected_parameters, "from faststream import Context"),
        (house.injected_parameters, "from faststream.nats.annotations import NatsMessage"),
        (house.injected_parameters, "import faststream\nasync def on_x(m: faststream.Logger): ..."),
        (house.injected_parameters, "from fast_depends import Depends"),
        (house.framework_in_sight, "from nats.js import JetStreamContext"),
        (house.times_without_zone, "from datetime import datetime\ndatetime.now()"),
        (house.times_without_zone, "import datetime\ndatetime.datetime.utcnow()"),
        (house.times_without_zone, "from datetime import datetime\ndatetime.fromtimestamp(0)"),
        (house.times_without_zone, "from datetime import date\ndate.today()"),
        (house.clocks, "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        (house.clocks, "import time\ntime.time()"),
        (house.long_functions, LONG),
        (house.missing_docstrings, "class Thing:\n    '''One.'''\n    def use(self): ..."),
        (house.missing_docstrings, "async def use(): ..."),
        (house.database_drivers, "from pymongo import MongoClient"),
    ],
)
def test_each_rule_bites(rule: Rule, source: str) -> None:
    assert len(list(rule(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (house.injected_parameters, "from fastapi import Depends, Path\nfrom pathlib import Path"),
        (
            house.times_without_zone,
            "from datetime import UTC, datetime\ndatetime.now(UTC)\ndatetime.fromtimestamp(0, tz=UTC)",
        ),
        (house.long_functions, LONG.removesuffix("    x = 1\n")),
        (house.missing_docstrings, "def _own(): ...\nclass _Part:\n    def use(self): ..."),
    ],
)
def test_no_rule_bites_what_is_right(rule: Rule, source: str) -> None:
    assert list(rule(ast.parse(source))) == []
