"""豁免 as judging obeys it: what an office excused is neither found nor charged while it lasts, nor hidden. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue

from services.scorer.conclusion import Conclusion, Reason
from services.scorer.observations import Observations, Sample, day_of
from services.scorer.ruleset import Criterion
from shared.events.registry import Exemption
from shared.events.score import Verdict

NOBODY = "主管单位"
Judge = Callable[[Observations, Criterion, datetime], Conclusion]


@dataclass(frozen=True, slots=True)
class Excuse:
    """An exemption as heard of; ``ended_at`` is when it was said to be over, None while nobody said so."""

    exemption: Exemption
    ended_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at ``at``: to the end of its last day in Asia/Shanghai, or until it was taken back."""
        within = self.exemption.since <= day_of(at) <= self.exemption.until
        return within and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True)
class Excuses:
    """The exemptions of one outlet that count at one moment."""

    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def at(cls, known: Iterable[Excuse], moment: datetime) -> "Excuses":
        """Those of ``known`` that count at ``moment``."""
        return cls(tuple(each.exemption for each in known if each.in_force(moment)))

    def whole(self, criterion: str) -> Exemption | None:
        """The exemption from all of a criterion, the one that lasts longest; None when there is none."""
        found = [one for one in self.exemptions if one.criterion == criterion and not one.column]
        return max(found, key=lambda one: (one.until, one.id), default=None)

    def columns(self, criterion: str) -> tuple[Exemption, ...]:
        """The exemptions that leave single columns out of a criterion."""
        return tuple(one for one in self.exemptions if one.criterion == criterion and one.column)

    def conclude(self, judge: Judge, known: Observations, criterion: Criterion, as_of: datetime) -> Conclusion:
        """What ``judge`` concludes of what is ``known``, as far as it is not excused."""
        if (found := self.whole(criterion.id)) is not None:
            return excused(found)
        left_out = self.columns(criterion.id)
        if not left_out:
            return judge(known, criterion, as_of)
        addresses = {_address(one.column) for one in left_out}
        samples = tuple(_without(sample, addresses) for sample in known.samples)
        judged = judge(replace(known, samples=samples), criterion, as_of)
        said = "".join(f"栏目 {one.column} 不计在内：{sentence(one)}" for one in left_out)
        return replace(judged, why=judged.why + said)

    def over(self, criteria: Iterable[Criterion]) -> dict[str, Conclusion]:
        """The conclusions on those of ``criteria`` that are excused as a whole, by id."""
        return {one.id: excused(found) for one in criteria if (found := self.whole(one.id)) is not None}


def excused(exemption: Exemption) -> Conclusion:
    """The conclusion on a criterion from which an outlet is exempt: nothing is lost, nothing is open."""
    return Conclusion(
        verdict=Verdict.UNDETERMINED,
        reason=Reason.EXEMPT,
        why=sentence(exemption),
        measured={"exemption": exemption.id, "until": str(exemption.until)},
    )


def sentence(exemption: Exemption) -> str:
    """Who excused it, to which day, and why."""
    reason = exemption.reason.strip().rstrip("。")
    return f"经{exemption.office or NOBODY}批准豁免，至{exemption.until}（含当日），理由：{reason}。"


def _without(sample: Sample, addresses: set[str]) -> Sample:
    columns = sample.measured.get("columns")
    if not isinstance(columns, list):
        return sample
    kept: list[JsonValue] = [
        each for each in columns if not (isinstance(each, Mapping) and _address(str(each.get("url"))) in addresses)
    ]
    return replace(sample, measured={**sample.measured, "columns": kept})


def _address(url: str) -> str:
    return url.rstrip("/")
