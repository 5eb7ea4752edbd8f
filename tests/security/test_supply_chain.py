"""The bills of materials name exactly what the locks name, and no package has a licence nobody looked at."""

import json
import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import licences, packages, sbom

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-runtime.lock")


@pytest.fixture(scope="module", params=LOCKS)
def lock(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def bill(lock: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(sbom.text(lock))
    return made


def test_is_valid_by_the_official_schema(bill: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(json.dumps(bill)) is None
    assert validator.validate_str(json.dumps({**bill, "component": []})) is not None


def test_names_exactly_what_the_lock_names(bill: dict[str, Any], lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text(encoding="utf-8").partition("make lock\n")[2].strip())
    wanted = {}
    for entry in entries:
        name, version = entry.split()[0].split("==")
        wanted[name] = (version, sorted(re.findall(r"sha256:(\w+)", entry)))
    named = {
        one["name"]: (one["version"], sorted(each["content"] for each in one["hashes"])) for one in bill["components"]
    }
    assert named == wanted
    assert all(one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" for one in bill["components"])


def test_every_component_has_its_licence(bill: dict[str, Any]) -> None:
    for one in bill["components"]:
        [said] = one["licenses"]
        expression = said.get("expression") or said["license"]["id"]
        assert expression == packages.licence(one["name"])


def test_says_what_it_is_of_and_who_asks_for_what(bill: dict[str, Any], lock: str) -> None:
    assert bill["metadata"]["component"]["name"] == "govwatch"
    asks = {one["ref"].partition("==")[0]: one.get("dependsOn", []) for one in bill["dependencies"]}
    direct = {one.partition("==")[0] for one in asks["govwatch"]}
    assert {"motor", "faststream", "fastapi"} <= direct
    assert ("pytest" in direct) == (lock == "requirements.lock")
    assert {one.partition("==")[0] for one in asks["fastapi"]} >= {"pydantic", "starlette"}


def test_is_made_by_one_command_and_twice_the_same(tmp_path: Path) -> None:
    make = shutil.which("make") or "make"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1763794530"}
    for name in ("first", "second"):
        command = [make, "sbom", f"ARGS={tmp_path / name}"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    for file in sbom.FILES:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_the_licences_page_is_as_the_lock_and_the_packages() -> None:
    if os.environ.get("GOLDEN") == "write":
        licences.main()
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page()


def test_every_licence_is_known_and_allowed_or_excepted_with_a_reason() -> None:
    assert licences.outside() == []
    rules = packages.rules()
    names = {package.name for package in packages.locked("requirements.lock")}
    for kind in ("said", "excepted"):
        assert rules[kind].keys() <= names, "an exception for what is not there"
        assert all(re.search(r"\w+ \w+ \w+", one["reason"]) for one in rules[kind].values())
    assert not [name for name in rules["excepted"] if packages.allowed(packages.licence(name))]


def test_nothing_excepted_is_in_the_image() -> None:
    image = {package.name for package in packages.locked("requirements-runtime.lock")}
    assert not image & packages.rules()["excepted"].keys()


@pytest.mark.parametrize(
    ("expression", "good"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("LGPL-2.1-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-2.0-only)", True),
        ("Apache-2.0 AND SSPL-1.0", False),
    ],
)
def test_of_alternatives_one_is_enough_and_of_a_sum_all_are_needed(expression: str, *, good: bool) -> None:
    assert packages.allowed(expression) == good


@pytest.mark.parametrize("words", ["UNKNOWN", "Proprietary", "see LICENSE"])
def test_words_nobody_understands_are_no_licence(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Data:
        def get_all(self, name: str) -> list[str]:
            return [words] if name == "License" else []

    monkeypatch.setattr(metadata, "metadata", lambda _name: Data())
    with pytest.raises(packages.Unknown, match="does not say its licence"):
        packages.licence("six")


def test_a_package_that_is_not_here_needs_a_word_of_ours() -> None:
    with pytest.raises(packages.Unknown, match="is not installed here"):
        packages.licence("nobody-has-this")


def test_a_lock_of_another_shape_is_not_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.lock").write_text("six==1.17.0\n", encoding="utf-8")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="another shape"):
        packages.locked("x.lock")
