"""What govwatch must find of what is wrong in a city, and nothing else: ``expects.yaml``, read strictly and applied."""

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field

from demo.city import Prefix, Script, Strict, Text, Website, covers

TABLE = Path(__file__).with_name("expects.yaml")


class Look(StrEnum):
    """How a visit ends, the worst last."""

    ANSWERED = "answered"
    UNDETERMINED = "undetermined"
    FAILED = "failed"


class Line(Strict):
    """One line of the table: what is to be seen, and when that applies; see ``expects.yaml``."""

    look: Look = Look.ANSWERED
    late: bool = False
    alert: bool = False
    violated: Text | None = None
    later: Text | None = None
    undetermined: Text | None = None
    under: tuple[Text, ...] = ()
    at_least: int | None = None
    site_class: Text | None = None


class Judging(Strict):
    """A ruleset and the region it judges."""

    id: Text
    region: Prefix
    like: Text | None = None


class Expected(Strict):
    """What must be seen of one outlet."""

    look: Look = Look.ANSWERED
    late: bool = False
    alert: bool = False
    violated: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    undetermined: frozenset[str] = frozenset()


class Expects(Strict):
    """The whole table."""

    rulesets: tuple[Judging, ...] = Field(min_length=1)
    faults: dict[Text, tuple[Line, ...]]

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """The table in a YAML file. Raises ValueError with the place that is wrong."""
        return cls.model_validate_json(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))

    def also(self, ruleset: Judging, faults: dict[str, tuple[Line, ...]]) -> Self:
        """The table with one more ruleset, and with further lines for it."""
        lines = {name: (*self.faults.get(name, ()), *more) for name, more in faults.items()}
        return self.model_copy(
            update={"rulesets": (*self.rulesets, ruleset), "faults": {**self.faults, **lines}},
        )

    def of(self, script: Script, target: str, faults: Iterable[str]) -> Expected:
        """What must be seen of an outlet of ``script`` with these faults on. Raises KeyError for a fault not here."""
        outlet = script.outlet(target)
        site_class = outlet.site_class if isinstance(outlet, Website) else None
        under = self._under(script.unit(outlet.unit).region)
        lines = [line for fault in faults for line in self._lines(fault, under, site_class)]
        look = max((line.look for line in lines), key=list(Look).index, default=Look.ANSWERED)
        nothing_seen = look is not Look.ANSWERED
        return Expected(
            look=look,
            late=any(line.late for line in lines),
            alert=any(line.alert for line in lines),
            violated=frozenset(line.violated for line in lines if line.violated and not nothing_seen),
            later=frozenset(line.later for line in lines if line.later and not nothing_seen),
            undetermined=frozenset(line.undetermined for line in lines if line.undetermined),
        )

    def _lines(self, fault: str, under: frozenset[str], site_class: str | None) -> Iterator[Line]:
        name, _, argument = fault.partition(":")
        for line in self.faults[fault] if fault in self.faults else self.faults[name]:
            if line.under and not under & set(line.under):
                continue
            if line.site_class and line.site_class != site_class:
                continue
            if line.at_least is None or float(argument.partition(":")[0]) >= line.at_least:
                yield line

    def _under(self, region: str) -> frozenset[str]:
        """The ruleset that judges a region, and those it is like."""
        judging = max((one for one in self.rulesets if covers(one.region, region)), key=lambda one: len(one.region))
        found = {judging.id}
        by_id = {one.id: one for one in self.rulesets}
        while judging.like and judging.like not in found:
            judging = by_id[judging.like]
            found.add(judging.id)
        return frozenset(found)
