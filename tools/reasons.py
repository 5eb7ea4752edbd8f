"""Finds exceptions from our own rules that do not say why: ``reasons.py``; exit code 1 and one line for each.

In Python: ``# noqa: CODE - why`` and ``# type: ignore[code]  # why``. In pyproject.toml: a comment on the line of the
entry or above the group it stands in, for ruff's ``ignore`` lists, mypy's overrides and import-linter's
``ignore_imports``.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "shared", "demo", "tests", "tools", "benchmarks", "deploy")
WHY = r"\w+[^\w#]+\w+"  # at least two words
EXCEPTION = re.compile(r"#\s*(?:(?:ruff|flake8):\s*)?noqa|#\s*type:\s*ignore|#\s*mypy:", re.IGNORECASE)
REASONED = (
    re.compile(rf"#\s*(?:ruff:\s*)?noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*\s+-\s+{WHY}"),
    re.compile(rf"#\s*type:\s*ignore\[[a-z, -]+\]\s+#\s+(?!noqa){WHY}"),
)
LIST_OF_EXCEPTIONS = re.compile(r'^(?:ignore|ignore_imports|ignore_missing_imports|"[^"]+")\s*=')


def main() -> None:
    """Print every exception without a reason as ``file:line: text``."""
    found = [f"{path.relative_to(ROOT)}:{line}: {text}" for path in sources() for line, text in in_python(path)]
    found += [f"pyproject.toml:{line}: {text}" for line, text in in_pyproject((ROOT / "pyproject.toml").read_text())]
    for problem in found:
        print(f"{problem}  <- say why, after ' - ' (noqa) or a second '#'")
    raise SystemExit(1 if found else 0)


def sources() -> Iterator[Path]:
    """Our own Python files."""
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def in_python(path: Path) -> Iterator[tuple[int, str]]:
    """The comments of ``path`` that make an exception and give no reason, with their line numbers."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            exceptions = len(EXCEPTION.findall(token.string))
            if exceptions > sum(len(form.findall(token.string)) for form in REASONED):
                yield token.start[0], token.string


def in_pyproject(text: str) -> Iterator[tuple[int, str]]:
    """The entries of lists of exceptions in ``text`` that have no comment, with their line numbers."""
    inside = explained = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if LIST_OF_EXCEPTIONS.match(line):
            inside, explained = line.endswith("["), False
            if not inside and "#" not in line:
                yield number, line
        elif line.startswith("]"):
            inside = False
        elif line.startswith("#"):
            explained = True
        elif inside and "#" in line:
            explained = False
        elif inside and not explained:
            yield number, line


if __name__ == "__main__":
    main()
