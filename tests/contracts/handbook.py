"""Reading the handbook: what its sentences name in code style, and what of that is not there."""

import argparse
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from services.__main__ import COMMANDS
from shared.events import facts_by_type
from shared.settings import variables
from shared.telemetry import metrics

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FOLDERS = ("services", "shared", "demo", "deploy", "tests", "docs", "tools", "benchmarks")
AT_ROOT = re.compile(r"(?:Makefile|Dockerfile|[\w.-]+\.(?:toml|yml|lock))")
FACT = re.compile(r"((?:registry|probe|score|notice|audit)\.[a-z_]+|work\.[a-z]+\.due)(?:\.\d\d\..*)?")
SETTING = re.compile(r"GOVWATCH_[A-Z_]+\b\*?")
METRIC = re.compile(r"govwatch_[a-z_]+")
ROUTE = re.compile(r"/(?:registry|prober|scorer|notifier)/api/[\w/.-]+")


def documents() -> list[Path]:
    """Every page of the handbook."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of ``text`` in a language."""
    return [body for name, body in FENCE.findall(text) if name == language]


def problems(text: str, folder: Path) -> Iterator[str]:
    """What ``text``, a page in ``folder``, names that is not there."""
    prose = FENCE.sub("", text)
    spans = SPAN.findall(prose)
    yield from _links(prose, folder)
    for span in spans:
        yield from _span(span)
    for command in (command for block in blocks(text, "sh") for command in commands(block)):
        yield from _command(command)
    for name in SETTING.findall(text):
        yield from _setting(name)
    for route in ROUTE.findall(text):
        if not any(re.fullmatch(known, route) for known in _routes()):
            yield f"no route {route}"


def _span(span: str) -> Iterator[str]:
    words = span.split()
    if words[0] == "govwatch":
        yield from _mentioned(words[1:])
    elif words[0] == "make" and len(words) > 1:
        yield from _target(words[1:])
    elif (fact := FACT.fullmatch(span)) and fact[1] not in facts_by_type():
        yield f"no fact {fact[1]}"
    elif METRIC.fullmatch(span) and span not in _metrics():
        yield f"no metric {span}"
    else:
        yield from _path(span)


def _path(span: str) -> Iterator[str]:
    known = span.partition("/")[0] in FOLDERS and "/" in span
    if (known or AT_ROOT.fullmatch(span)) and not any(ROOT.glob(span)):
        yield f"no file {span}"


def _links(prose: str, folder: Path) -> Iterator[str]:
    for link in LINK.findall(prose):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else None
        if target is not None and not target.exists():
            yield f"no page {link}"
        elif anchor and target is not None and target.suffix == ".md" and anchor not in _anchors(target):
            yield f"no heading {link}"


def _anchors(page: Path) -> set[str]:
    """The anchors GitHub gives to the headings of ``page``."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(block: str) -> Iterator[list[str]]:
    """The commands of a shell block, as words, without assignments in front of them."""
    for line in block.replace("\\\n", " ").splitlines():
        inner = re.findall(r"\$\(([^()]+)\)", line)
        for text in [re.sub(r"\$\([^()]+\)", "X", line), *inner]:
            words = shlex.shlex(text, posix=True, punctuation_chars="|&;><")
            words.whitespace_split = True
            command: list[str] = []
            for word in [*words, ";"]:
                if re.fullmatch(r"[|&;><]+", word):
                    if command:
                        yield command
                    command = []
                elif command or not re.fullmatch(r"\w+=.*", word, re.DOTALL):
                    command.append(word)


def _command(words: list[str]) -> Iterator[str]:
    program = words[0].rpartition("/")[2]
    if program == "docker" and "registry" in words:
        program, words = "govwatch", words[words.index("registry") :]
    if program == "govwatch":
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            try:
                _parser().parse_args(words[1:])
            except SystemExit:
                yield f"govwatch {' '.join(words[1:])}: {said.getvalue().strip().splitlines()[-1]}"
    elif program == "make":
        yield from _target(words[1:])
    for word in words[1:]:
        yield from _path(word)


@cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="govwatch")
    subparsers = parser.add_subparsers(required=True)
    for command in COMMANDS:
        command.add(subparsers)
    return parser


def _mentioned(words: list[str]) -> Iterator[str]:
    """A command that is only named: its parts must exist, its arguments may be left out."""
    parser = _parser()
    for word in words:
        if word.startswith("-"):
            if word not in parser._option_string_actions:
                yield f"no option {word} in {parser.prog}"
            continue
        choices = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        if choices and word not in choices[0]:
            yield f"no command {parser.prog} {word}"
            return
        parser = choices[0][word] if choices else parser


def _target(words: list[str]) -> Iterator[str]:
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    yield from (f"no target {word}" for word in words if "=" not in word and word not in targets)


def _setting(name: str) -> Iterator[str]:
    known = {*variables(), "GOVWATCH_SUBNET"}
    if not (any(one.startswith(name[:-1]) for one in known) if name.endswith("*") else name in known):
        yield f"no setting {name}"


@cache
def _metrics() -> set[str]:
    found = [metric._name for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    return {name + ending for name in found for ending in ("", "_total", "_count", "_sum", "_bucket")}


@cache
def _routes() -> tuple[str, ...]:
    """The paths of the API and of pages, as patterns."""
    found = ["/(?:registry|prober|scorer|notifier)/api/openapi.json"]
    for file in sorted((ROOT / "services").glob("*/*.py")):
        text = file.read_text(encoding="utf-8")
        prefixes = re.findall(r'APIRouter\(prefix="([^"]+)"', text)
        prefixes += [f"/{name}{path}" for name, path in re.findall(r'api_router\("(\w+)"(?:, "([^"]+)")?', text)]
        paths = re.findall(r'routes\.\w+\("([^"]*)"', text)
        found += [re.sub(r"\{\w+\}", "[^/]+", prefix + path) for prefix in prefixes or [""] for path in paths]
    return tuple(found)
