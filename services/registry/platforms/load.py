"""Reads the platforms' files; a file at fault stops the start with its name."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from services.registry.platforms.model import Platform
from shared.web.platforms import PlatformName, platform_names

FOLDER = Path(__file__).parent


class BadPlatform(Exception):  # noqa: N818 - it says what to correct
    """A platform's file is not right; the text names the file and what is wrong."""


@cache
def platforms() -> Mapping[str, Platform]:
    """Every platform by code, in the order of their names. Raises BadPlatform."""
    files = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    return loaded(files, platform_names())


def loaded(files: Mapping[str, str], names: Mapping[str, PlatformName]) -> Mapping[str, Platform]:
    """The platforms of ``files`` (name of the file -> text), each of which must have a name. Raises BadPlatform."""
    found: dict[str, Platform] = {}
    for file, text in files.items():
        try:
            one = Platform.model_validate(yaml.safe_load(text))
        except (ValidationError, yaml.YAMLError) as error:
            raise BadPlatform(f"{file}: {error}") from error
        if f"{one.platform}.yaml" != file:
            raise BadPlatform(f"{file}: a platform has the name of its file, not {one.platform}")
        if one.platform not in names:
            raise BadPlatform(f"{file}: shared/web/platforms.txt has no name for {one.platform}")
        told = {*one.applications, *(form.subtype for form in one.forms if form.subtype)}
        if strange := sorted(told - set(names[one.platform].subtypes)):
            raise BadPlatform(f"{file}: shared/web/platforms.txt has no sub-type {_listed(strange)}")
        found[one.platform] = one
    if missing := sorted(set(names) - set(found)):
        raise BadPlatform(f"{missing[0]}.yaml: there is a name for {_listed(missing)}, but no file")
    return {code: found[code] for code in names}


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
