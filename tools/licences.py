"""Writes docs/licences.md: what is installed with govwatch, and under which licence: ``licences.py``."""

from collections.abc import Iterable

from tools.packages import ROOT, Package, allowed, licence, locked, rules

PAGE = ROOT / "docs/licences.md"
HEAD = """\
# Licences

govwatch is Apache-2.0. What it is installed with stands below, as the packages say of themselves. This page is made
from the lock files and from `tools/licences.toml`, and a test keeps it true: a package whose licence is unknown or not
on the list of allowed ones fails it, unless an exception says why.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The text of the page."""
    image = locked("requirements-runtime.lock")
    names = {package.name for package in image}
    rest = [package for package in locked("requirements.lock") if package.name not in names]
    parts = [HEAD, f"Allowed: {', '.join(rules()['allowed'])}.\n", "## In the image\n", _table(image)]
    parts += ["## For trying, developing and testing only\n", _table(rest)]
    return "\n".join([*parts, "## Exceptions, and licences that were read elsewhere\n", _reasons()])


def outside() -> list[str]:
    """The packages that no rule lets in."""
    let_in = rules()["excepted"]
    return [
        one.name for one in locked("requirements.lock") if one.name not in let_in and not allowed(licence(one.name))
    ]


def _table(packages: Iterable[Package]) -> str:
    rows = "".join(f"| {one.name} | {one.version} | {licence(one.name)} |\n" for one in packages)
    return f"| package | version | licence |\n| --- | --- | --- |\n{rows}"


def _reasons() -> str:
    rows = [(name, one["licence"], one["reason"]) for name, one in rules()["said"].items()]
    rows += [(name, "not on the list", one["reason"]) for name, one in rules()["excepted"].items()]
    lines = "".join(f"| {name} | {what} | {why} |\n" for name, what, why in sorted(rows))
    return f"| package | what | why |\n| --- | --- | --- |\n{lines}"


if __name__ == "__main__":
    main()
