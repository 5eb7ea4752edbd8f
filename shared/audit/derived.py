"""Which events are deeds: what a document says with these facts is recorded without another word."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.audit.record import Deed, Entry, Thing, noted
from shared.events import Event, Fact, audit, notice, registry, score

Details = Callable[[Any], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """What an event of a fact is on record: the deed, the kind of its subject, and the details worth keeping."""

    deed: Deed
    kind: str
    details: Details


def _filing(fact: Any) -> Mapping[str, str]:
    filing: registry.Filing = fact.filing
    return {"number": filing.number, "filing": filing.kind.value, "outlet": filing.outlet}


def _returned(fact: registry.FilingReturned) -> Mapping[str, str]:
    return {**_filing(fact), "words": fact.mend}


def _overdue(fact: registry.FilingOverdue) -> Mapping[str, str]:
    return {**_filing(fact), "rule": fact.rule, "due_on": fact.due_on.isoformat()}


def _unfiled(fact: Any) -> Mapping[str, str]:
    difference: registry.Difference = fact.difference
    return {"field": difference.field, "filed": difference.filed, "seen": difference.seen}


def _finding(fact: Any) -> Mapping[str, str]:
    finding: score.Finding = fact.finding
    criterion = finding.criterion
    return {
        "finding": finding.id,
        "episode": str(finding.episode),
        "criterion": criterion.id,
        "verdict": finding.verdict.value,
        "ruleset": f"{criterion.ruleset} {criterion.digest}",
    }


def _notice(fact: Any) -> Mapping[str, str]:
    told: notice.Notice = fact.notice
    return {"number": told.number, "target": told.target, "criterion": told.criterion.id, "state": told.state.value}


def _closed(fact: notice.Closed) -> Mapping[str, str]:
    return {**_notice(fact), "words": fact.how}


def _network(fact: registry.ExtranetChanged) -> Mapping[str, str]:
    told = fact.extranet
    return {"prefix": told.prefix, "network": told.network, "until": told.until.isoformat()}


def _exemption(fact: Any) -> Mapping[str, str]:
    told: registry.Exemption = fact.exemption
    about = {"outlet": told.outlet} if told.outlet else {}
    return {"criterion": told.criterion, **about, "until": str(told.until)}


def _region(fact: registry.RegionChanged) -> Mapping[str, str]:
    told = fact.region
    return {"name": told.name, **({"until": told.until.isoformat()} if told.until else {})}


def _nothing(_fact: Any) -> Mapping[str, str]:
    return {}


LINES: Mapping[type[Fact], Line] = {
    registry.FilingSubmitted: Line(Deed.FILING_SUBMITTED, "filing", _filing),
    registry.FilingReturned: Line(Deed.FILING_RETURNED, "filing", _returned),
    registry.FilingAccepted: Line(Deed.FILING_ACCEPTED, "filing", _filing),
    registry.FilingInForce: Line(Deed.FILING_IN_FORCE, "filing", _filing),
    registry.FilingWithdrawn: Line(Deed.FILING_WITHDRAWN, "filing", _filing),
    registry.FilingOverdue: Line(Deed.FILING_OVERDUE, "filing", _overdue),
    registry.FilingApproved: Line(Deed.FILING_APPROVED, "filing", _filing),
    registry.UnitChanged: Line(Deed.UNIT_CHANGED, "unit", _nothing),
    registry.ExtranetChanged: Line(Deed.NETWORK_CHANGED, "network", _network),
    registry.RegionChanged: Line(Deed.REGION_CHANGED, "region", _region),
    registry.OfficeChanged: Line(Deed.OFFICE_CHANGED, "office", _nothing),
    registry.ExemptionGranted: Line(Deed.EXEMPTION_GRANTED, "exemption", _exemption),
    registry.ExemptionEnded: Line(Deed.EXEMPTION_ENDED, "exemption", _exemption),
    registry.ChangeUnfiled: Line(Deed.UNFILED_CONFIRMED, "outlet", _unfiled),
    registry.UnfiledSettled: Line(Deed.UNFILED_SETTLED, "outlet", _unfiled),
    score.FindingRaised: Line(Deed.FINDING_RAISED, "outlet", _finding),
    score.FindingCleared: Line(Deed.FINDING_CLEARED, "outlet", _finding),
    notice.Issued: Line(Deed.NOTICE_ISSUED, "notice", _notice),
    notice.Received: Line(Deed.NOTICE_RECEIVED, "notice", _notice),
    notice.Replied: Line(Deed.NOTICE_REPLIED, "notice", _notice),
    notice.Overdue: Line(Deed.NOTICE_OVERDUE, "notice", _notice),
    notice.Closed: Line(Deed.NOTICE_CLOSED, "notice", _closed),
}


def derived(events: Iterable[Event[Any]], unit: str = "", words: str = "") -> list[Entry]:
    """The entries of those ``events`` that are deeds, about things of ``unit``, under the ids of their events.

    ``words`` are what the actor said of it.
    """
    return [_entry(event, line, unit, words) for event in events if (line := LINES.get(type(event.data))) is not None]


def witnessed(event: Event[audit.Anchored], *, by: str) -> Entry | None:
    """What ``by`` notes in its own chain of another service's anchor; None for its own."""
    anchor = event.data
    if anchor.service == by:
        return None
    return noted(
        Deed.ANCHOR_WITNESSED,
        Thing("chain", anchor.service),
        actor=f"service:{by}",
        reason="anchored",
        details={"sequence": str(anchor.sequence), "hash": anchor.hash, "at": anchor.at.isoformat()},
        id_=f"witnessed-{event.id}",
    )


def _entry(event: Event[Any], line: Line, unit: str, words: str) -> Entry:
    return noted(
        line.deed,
        Thing(line.kind, event.subject, event.region or "", unit),
        actor=event.actor,
        reason=event.reason,
        details={**line.details(event.data), **({"words": words} if words else {})},
        at=event.time,
        id_=event.id,
    )
