"""Which official table a website is checked by: one that is named, one in a file, or the one in force at its place."""

from datetime import date
from pathlib import Path

from services.commands.ruleset import with_its_bases
from services.scorer.evaluators import PARAMS
from services.scorer.ruleset import PACKAGED, Ruleset, load, read_directories


class NoRuleset(LookupError):  # noqa: N818 - it reads as what is wrong
    """There is no such ruleset, or none in force."""


def ruleset_for(named: str, region: str, on: date, further: Path | None) -> Ruleset:
    """The ruleset called ``named`` (an id, or a file), or when that is empty the one of ``region`` on a day.

    ``further`` is a directory with rulesets beside the packaged ones. A file is read with those it extends and need
    agree with no others. Raises NoRuleset, RulesetError, OSError.
    """
    files = read_directories([PACKAGED, *([further] if further else [])])
    if not named:
        chosen = load(files, PARAMS).choose(region, on)
        if chosen is None:
            raise NoRuleset(f"no ruleset is in force in {region} on {on}")
        return chosen
    path = Path(named)
    if path.suffix == ".yaml" or path.is_file():
        found = {path.name: path}
        own = with_its_bases(path, files, found)
        return load({name: own[name] for name in found}, PARAMS).by_id[path.stem]
    known = load(files, PARAMS).by_id
    if named not in known:
        raise NoRuleset(f"there is no ruleset {named!r}; there are {', '.join(sorted(known))}, or name a file")
    return known[named]
