"""docs/events.md and docs/asyncapi.yaml say what the code does, in valid AsyncAPI 3.0.0.

After a change on purpose: ``GOLDEN=write pytest tests/contracts/test_asyncapi.py`` writes both again.
"""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from services.__main__ import main
from services.commands.events.asyncapi import document, yaml_of
from services.commands.events.markdown import page
from services.commands.events.table import table
from shared.events import facts_by_type
from tests.contracts import asyncapi_rules as rules

PAGE = rules.ROOT / "docs/events.md"
DOCUMENT = rules.ROOT / "docs/asyncapi.yaml"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def written() -> Json:
    """docs/asyncapi.yaml as it is in the repository."""
    found: Json = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


def test_the_page_of_events_is_what_the_code_says() -> None:
    made = page(table())
    assert rules.golden(PAGE, made) == made


def test_the_asyncapi_document_is_what_the_code_says() -> None:
    made = yaml_of(document(table()))
    assert rules.golden(DOCUMENT, made) == made


@pytest.mark.parametrize(("option", "path"), [("", PAGE), ("--markdown", PAGE), ("--asyncapi", DOCUMENT)])
def test_the_command_prints_both(option: str, path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", *option.split()]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")


def test_every_fact_is_documented_with_its_words_and_every_link_leads_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {_anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    for name, fact in facts_by_type().items():
        assert f"\n## {name}\n\n{(fact.__doc__ or '').strip().splitlines()[0]}" in text
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= headings


def test_the_document_is_valid_asyncapi(written: Json) -> None:
    assert rules.problems(written) == []
    if npm := rules.npm():
        assert rules.official_problems(DOCUMENT.read_text(encoding="utf-8"), npm) == []


def _drop_message(made: Json) -> None:
    del made["components"]["messages"]["registry.opened"]


def _other_action(made: Json) -> None:
    made["operations"]["prober.says.probe.failed"]["action"] = "shout"


def _lost_channel(made: Json) -> None:
    made["operations"]["prober.says.probe.failed"]["channel"]["$ref"] = "#/channels/probe.unheard"


def _no_such_key(made: Json) -> None:
    made["topics"] = {}


def _wrong_example(made: Json) -> None:
    del made["components"]["messages"]["registry.opened"]["examples"][0]["payload"]["region"]


def _other_version(made: Json) -> None:
    made["asyncapi"] = "3.0"


@pytest.mark.parametrize(
    "damage", [_drop_message, _other_action, _lost_channel, _no_such_key, _wrong_example, _other_version]
)
def test_each_check_bites(written: Json, damage: Callable[[Json], None]) -> None:
    broken = copy.deepcopy(written)
    damage(broken)
    assert rules.problems(broken) != []
    if damage is _other_action and (npm := rules.npm()):
        assert rules.official_problems(yaml.safe_dump(broken), npm) != []


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
