"""Which rule counts: for a place, a day, a kind of filing and what is filed. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.registry.rules.model import Count, Grace, Limit, Pinned, Required, Ruleset
from shared.events.registry import FilingKind, Particulars


@dataclass(frozen=True, slots=True)
class Demand:
    """What every unit of a place must have, and the document that says so."""

    entry: Required
    document: str


@dataclass(frozen=True)
class Rules:
    """Every document there is, by id, with the digest of its file."""

    by_id: Mapping[str, tuple[Ruleset, str]]

    def rule(self, region: str, on: date, kind: FilingKind, filed: Particulars) -> Pinned:
        """The rule for a filing: the one that says most closely which outlets it is for, nearest, and latest.

        Raises LookupError when no document has one; the national document has one for each kind.
        """
        found = [
            (rule.which.weight, len(each.region), each.effective.since, Pinned(
                ruleset=each.filing_rules, version=each.version, digest=digest, title=each.title, rule=rule))
            for each, digest in self._holding(region, on)
            for rule in each.rules
            if rule.kind is kind and rule.which.fits(filed)
        ]  # fmt: skip  # the three that decide, then what they decide about
        if not found:
            raise LookupError(f"no filing rule for {kind} in {region} on {on}")
        return max(found, key=lambda each: each[:3])[3]

    def limit(self, region: str, on: date, count: Count) -> Limit | None:
        """How many of something a unit of ``region`` may have: what the nearest document says."""
        found = [
            ((len(each.region), each.effective.since), limit)
            for each, _ in self._holding(region, on)
            for limit in each.limits
            if limit.count is count
        ]
        return max(found, key=lambda each: each[0])[1] if found else None

    def required(self, region: str, on: date) -> list[Demand]:
        """What every unit of ``region`` must have."""
        return [Demand(entry, each.title) for each, _ in self._holding(region, on) for entry in each.required]

    def grace(self, region: str, on: date) -> Grace:
        """What excuses a change that was seen in ``region``: what the nearest document says."""
        found = [
            ((len(each.region), each.effective.since), each.grace)
            for each, _ in self._holding(region, on)
            if each.grace is not None
        ]
        return max(found, key=lambda each: each[0])[1] if found else Grace()

    def _holding(self, region: str, on: date) -> list[tuple[Ruleset, str]]:
        return [(each, digest) for each, digest in self.by_id.values() if each.holds(region, on)]


def lacking(demands: Iterable[Demand], platforms: Collection[str]) -> list[Demand]:
    """What of ``demands`` a unit does not have that has outlets on ``platforms``: one of an entry's is enough."""
    return [one for one in demands if not set(one.entry.platforms) & set(platforms)]
