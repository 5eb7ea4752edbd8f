"""The threat model names what is there: every file, and for every control a test."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:docs|deploy|services|shared|tests|tools)/[\w./-]+|[\w.-]+\.(?:yml|lock|toml|md))`")


def section(title: str) -> str:
    return re.split(r"^## ", TEXT.partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(title: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_file_it_names_is_there() -> None:
    named = PATH.findall(TEXT)
    assert len(named) > 25
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_control_is_proved_by_tests() -> None:
    assert len(rows("What answers what")) > 15
    for threat, control, proof in rows("What answers what"):
        files = PATH.findall(proof)
        assert control
        assert files, threat
        assert all(re.fullmatch(r"tests/(\w+/)+test_\w+\.py", file) for file in files), threat
        assert re.sub(r"`[^`]*`|[,\s]", "", proof) == "", f"{threat}: a proof is a test"


def test_it_has_all_its_parts() -> None:
    assert len(rows("What there is to lose")) >= 8
    assert len(rows("Who might try")) >= 8
    assert "```mermaid\nflowchart" in section("Where the boundaries are")
    assert section("What is not covered").count("\n* ") >= 8


def test_the_security_policy_invents_no_address() -> None:
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in policy
    assert "@" not in policy
    assert "://" not in policy
