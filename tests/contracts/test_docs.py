"""What the handbook says is there: paths, commands, settings, facts, routes, states, and its examples work.

Tables between ``made:`` comments come from the code: ``GOLDEN=write pytest tests/contracts/test_docs.py`` writes them
again; look at the difference before committing it.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from demo.city import load as city
from services.commands.practice import PASSWORD
from services.registry import intake
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, load_directories
from shared.bus import Bus
from shared.bus.consumers import office_config, office_name
from shared.bus.streams import apply
from shared.bus.users import ADMIN, Keys, office_user
from shared.embedded import Nats, free_port
from shared.events import facts_by_type, registry
from shared.outbox import say
from tests.contracts.handbook import ROOT, blocks, documents, problems
from tests.contracts.tables import renewed

README = (ROOT / "README.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
LISTED = re.compile(r"<!-- all of: ([\w.]+) -->\n\n((?:\|.*\n)+)")


def names(path: Path) -> str:
    """How a page is called in a report."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", documents(), ids=names)
def test_every_table_made_from_the_code_is_as_the_code(path: Path) -> None:
    text = renewed(path.read_text(encoding="utf-8"))
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", documents(), ids=names)
def test_whatever_a_page_names_is_there(path: Path) -> None:
    assert list(problems(path.read_text(encoding="utf-8"), path.parent)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("`services/nobody.py`", "no file services/nobody.py"),
        ("`nobody.toml`", "no file nobody.toml"),
        ("[here](nobody.md)", "no page nobody.md"),
        ("[here](README.md#nobody)", "no heading README.md#nobody"),
        ("`registry.nothing`", "no fact registry.nothing"),
        ("`govwatch_nothing_total`", "no metric govwatch_nothing_total"),
        ("GOVWATCH_NOTHING=1", "no setting GOVWATCH_NOTHING"),
        ("`GOVWATCH_NOBODY_*`", "no setting GOVWATCH_NOBODY_*"),
        ("`make nothing`", "no target nothing"),
        ("`govwatch nothing`", "no command govwatch nothing"),
        ("`govwatch admin nothing`", "no command govwatch admin nothing"),
        ("`govwatch all --nothing`", "no option --nothing in govwatch all"),
        ("```sh\nmake nothing\n```", "no target nothing"),
        ("```sh\nX=1 govwatch all --nothing  # why\n```", "govwatch all --nothing: "),
        ("```sh\nT=$(govwatch admin token li.wei)\n```", "govwatch admin token li.wei: "),
        ("```sh\necho x | govwatch dead show \\\n  one\n```", "govwatch dead show one: "),
        ("```sh\ncat deploy/nobody\n```", "no file deploy/nobody"),
        ("```sh\ncurl http://127.0.0.1:8000/registry/api/nothing\n```", "no route /registry/api/nothing"),
    ],
)
def test_what_is_not_there_is_noticed(text: str, problem: str) -> None:
    [found] = problems(text + "\n", ROOT)
    assert found.startswith(problem)


@pytest.mark.parametrize(("dotted", "table"), LISTED.findall(GLOSSARY))
def test_the_glossary_lists_every_state_and_reason_once(dotted: str, table: str) -> None:
    module, _, name = dotted.rpartition(".")
    values: type[StrEnum] = getattr(import_module(module), name)
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE)
    assert listed == [value.value for value in values]


def test_the_glossary_lists_something() -> None:
    assert len(LISTED.findall(GLOSSARY)) == GLOSSARY.count("<!-- all of:")


def test_the_logins_are_those_of_the_practice_city() -> None:
    people = {person.login for person in city().people}
    [table] = re.findall(r"\| as \| look at \|\n\|---\|---\|\n((?:\|.*\n)+)", README)
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) <= people
    assert f"is `{PASSWORD}`" in README


def test_the_lists_shown_are_read_without_a_fault() -> None:
    sites, accounts = blocks(README, "csv")
    for text, kind in ((sites, "sites"), (accounts, "accounts")):
        entries, faults = intake.read(text.encode(), "sites" if kind == "sites" else "accounts")
        assert (len(entries), faults) == (2, [])
    assert sites.splitlines()[0] == ",".join(intake.SITES)
    assert accounts.splitlines()[0] == ",".join((*intake.ACCOUNTS, *intake.OPTIONAL["accounts"]))


def test_the_ruleset_shown_is_loaded(tmp_path: Path) -> None:
    [text] = blocks((ROOT / "docs/architecture.md").read_text(encoding="utf-8"), "yaml")
    id_ = text.splitlines()[0].removeprefix("ruleset: ")
    (tmp_path / f"{id_}.yaml").write_text(text, encoding="utf-8")
    assert load_directories([PACKAGED, tmp_path], PARAMS).by_id[id_].region == "41.01.05"


@pytest.fixture
async def bus(tmp_path: Path, keys: Keys) -> AsyncIterator[Bus]:
    """The administrator's connection to a server that knows one office, with a feed of its own."""
    server = Nats(tmp_path / "nats", free_port(), keys)
    server.allow([office_user("zhengzhou")])
    await server.start()
    bus = await Bus.connect(server.url, ADMIN, keys.seed(ADMIN))
    await apply(bus.js, replicas=1, highest={})
    await bus.js.add_consumer("FACTS", office_config("zhengzhou", "41.01"))
    yield bus
    await bus.close()
    await server.stop()


async def test_the_program_shown_reads_the_feed_of_an_office(bus: Bus, keys: Keys, tmp_path: Path) -> None:
    [program] = blocks(README, "python")
    (tmp_path / "feed.py").write_text(program, encoding="utf-8")
    unit = registry.Unit(id="u-1", name="金水区政府办", region="41.01.05.0", revision=1)
    event = say(registry.UnitChanged(unit=unit), subject="u-1", region=unit.region, actor="service:t", reason="t")
    await bus.publish(event)
    url = str(bus.connection.connected_url.geturl()) if bus.connection.connected_url else ""
    command = (sys.executable, tmp_path / "feed.py", office_name("zhengzhou"), keys.make_office("zhengzhou"), url)
    reading = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert reading.stdout is not None
    async with asyncio.timeout(30):
        line = (await reading.stdout.readline()).decode()
    reading.kill()
    await reading.communicate()
    assert line.split()[1:] == ["registry.unit_changed", "41.01.05.0", "u-1"]


def test_the_picture_names_facts_that_are_there() -> None:
    tree = ET.parse(ROOT / "docs/loop.svg")  # noqa: S314 - a file of our own
    named = {"".join(text.itertext()) for text in tree.iter() if text.get("class") == "fact"}
    assert named
    assert named <= set(facts_by_type())


def test_decisions_are_numbered_and_say_when_to_look_at_them_again() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == sorted(set(numbers)), "a number is given twice"
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]} ")
        parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "When to revisit"], path.name
