"""Load rulesets: read, resolve, validate, and choose the one for a region and a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from services.scorer.ruleset.check import checked
from services.scorer.ruleset.document import Block, Place, RulesetError, place_of, read
from services.scorer.ruleset.exact import Params
from services.scorer.ruleset.inherit import resolve
from services.scorer.ruleset.model import Ruleset

PACKAGED = Path(__file__).parent.parent / "rulesets"


@dataclass(frozen=True)
class Rulesets:
    """All rulesets of one start, by id."""

    by_id: Mapping[str, Ruleset]

    def choose(self, region: str, on: date) -> Ruleset | None:
        """The ruleset for a region (four tokens) on a day: the longest prefix, then the latest start."""
        fitting = [each for each in self.by_id.values() if each.holds(region, on)]
        return max(fitting, key=lambda each: (len(each.region), each.effective.since), default=None)

    def chain(self, name: str) -> list[Ruleset]:
        """The ruleset of this id and everything it extends, the nearest first."""
        found = [self.by_id[name]]
        while found[-1].extends:
            found.append(self.by_id[found[-1].extends])
        return found


def load_directories(directories: Iterable[Path], evaluators: Mapping[str, type[Params]]) -> Rulesets:
    """Every ``*.yaml`` of the directories. Raises RulesetError for the first that is refused."""
    return load(read_directories(directories), evaluators)


def read_directories(directories: Iterable[Path]) -> dict[str, str]:
    """The texts of every ``*.yaml`` of the directories, by file name. Raises RulesetError when one cannot be read."""
    files: dict[str, str] = {}
    for directory in directories:
        if not directory.is_dir():
            start = Place(str(directory), 1, 1)
            raise RulesetError(start, "there is no such directory", "correct the setting that names it")
        for path in sorted(directory.glob("*.yaml")):
            if path.name in files:
                here = Place(path.name, 1, 1)
                raise RulesetError(here, f"{directory} has a ruleset that exists already", "give yours its own name")
            files[path.name] = read_file(path)
    return files


def read_file(path: Path) -> str:
    """The text of a ruleset's file. Raises RulesetError when it is not UTF-8, OSError when it cannot be read."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise RulesetError(Place(path.name, 1, 1), "this is not UTF-8", "save the file as UTF-8") from None


def load(files: Mapping[str, str], evaluators: Mapping[str, type[Params]]) -> Rulesets:
    """The rulesets written in ``files`` (name -> text); ``evaluators`` are the known names and their params."""
    trees: dict[str, Block] = {}
    for file, text in files.items():
        tree = read(file, text)
        if tree.get("ruleset") != Path(file).stem:
            at = place_of(tree, ["ruleset"])
            raise RulesetError(at, "a ruleset has the name of its file", f"begin with 'ruleset: {Path(file).stem}'")
        trees[Path(file).stem] = tree
    loaded = {name: checked(resolve(name, trees), evaluators) for name in trees}
    for one, other in combinations(loaded.values(), 2):
        if one.region == other.region and one.effective.since == other.effective.since:
            at = place_of(trees[other.id], ["region"])
            problem = f"{one.id} and {other.id} are for the same region from the same day"
            raise RulesetError(at, problem, "let one of them start later")
    return Rulesets(loaded)
