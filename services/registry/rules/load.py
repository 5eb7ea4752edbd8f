"""Reading filing rules from files."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml
from pydantic import ValidationError

from services.registry.rules.choose import Rules
from services.registry.rules.model import Ruleset

PACKAGED = Path(__file__).with_name("regions")
SHORT = 12


class BadRules(ValueError):  # noqa: N818 - it reads as what is wrong
    """A file of filing rules says something that cannot be; the text names the file and the place."""


@cache
def packaged() -> Rules:
    """The documents shipped here."""
    return load([PACKAGED])


def load(directories: Iterable[Path]) -> Rules:
    """Every ``*.yaml`` of the directories. Raises BadRules for the first that is refused."""
    found: dict[str, tuple[Ruleset, str]] = {}
    for path in (path for directory in directories for path in sorted(directory.glob("*.yaml"))):
        ruleset, digest = _read(path)
        if ruleset.filing_rules != path.stem or path.stem in found:
            raise BadRules(f"{path.name}: begin with 'filing_rules: {path.stem}', and let no other file have this name")
        found[path.stem] = (ruleset, digest)
    return Rules(found)


def _read(path: Path) -> tuple[Ruleset, str]:
    body = path.read_bytes()
    try:
        return Ruleset.model_validate(yaml.safe_load(body.decode())), sha256(body).hexdigest()[:SHORT]
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise BadRules(f"{path.name}: {place}: {problem['msg']}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadRules(f"{path.name}: {error}") from error
