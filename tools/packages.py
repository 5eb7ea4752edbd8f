"""What the lock files name, and what the installed packages say of themselves."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from license_expression import (  # type: ignore[import-untyped]  # it ships no types
    ExpressionError,
    get_spdx_licensing,
)
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
ENTRY = re.compile(
    r"^([a-z0-9-]+)==(\S+)(?: ; ([^\\\n]+?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


class Unknown(LookupError):  # noqa: N818 - it reads as what happened
    """The licence of a package cannot be told."""


@dataclass(frozen=True)
class Package:
    """One entry of a lock file. ``marker`` says where it is installed, empty is everywhere."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def locked(name: str) -> tuple[Package, ...]:
    """The packages of the lock file ``name``, in its order. Raises ValueError when it names one that is not read."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = [
        Package(entry[1], entry[2], entry[3] or "", tuple(re.findall(r"sha256:([0-9a-f]{64})", entry[4])))
        for entry in ENTRY.finditer(text)
    ]
    if len(found) != len(re.findall(r"^[^\s#]", text, re.MULTILINE)):
        raise ValueError(f"{name} has an entry of another shape")
    return tuple(found)


@cache
def rules() -> dict[str, Any]:
    """What tools/licences.toml says."""
    return tomllib.loads((ROOT / "tools/licences.toml").read_text(encoding="utf-8"))


@cache
def _spdx_licences() -> Any:
    """The list of SPDX, which takes a second to read."""
    return get_spdx_licensing()


def licence(name: str) -> str:
    """The licence of a package as an SPDX expression. Raises Unknown."""
    said = rules()["said"].get(name)
    return _spdx(said["licence"] if said else _own_words(name), name)


def allowed(expression: str) -> bool:
    """Whether a licence of the list can be chosen: of alternatives one, of a sum all."""
    return _satisfied(_spdx_licences().parse(expression))


def requires(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """The packages that the installed package ``name`` asks for here."""
    found = set()
    for line in metadata.requires(name) or []:
        asked = Requirement(line)
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            found.add(normal(asked.name))
    return found


def normal(name: str) -> str:
    """A package's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _own_words(name: str) -> str:
    try:
        data = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise Unknown(f"{name} is not installed here: say its licence in tools/licences.toml") from None
    classes = [line.rpartition(" :: ")[2] for line in data.get_all("Classifier") or [] if line.startswith("License ::")]
    for words in (*(data.get_all("License-Expression") or []), *(data.get_all("License") or []), *classes):
        spelled = rules()["spelled"].get(words, words)
        if spelled and _is_spdx(spelled):
            return str(spelled)
    raise Unknown(f"{name} does not say its licence so that we know it: say it in tools/licences.toml")


def _is_spdx(text: str) -> bool:
    return not _spdx_licences().validate(text).errors


def _spdx(text: str, name: str) -> str:
    try:
        return str(_spdx_licences().parse(text, validate=True))
    except ExpressionError as error:
        raise Unknown(f"{name}: {error}") from None


def _satisfied(node: Any) -> bool:
    parts = [_satisfied(part) for part in getattr(node, "args", ())]
    if not parts:
        return node.key in rules()["allowed"]
    return any(parts) if type(node).__name__ == "OR" else all(parts)
