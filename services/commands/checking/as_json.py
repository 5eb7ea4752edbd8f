"""A check for programs. The names are documented in docs/check.md; those of observations are the events'. Pure."""

from collections.abc import Mapping
from typing import Any

from services.commands.checking.checked import Checked, Crashed
from services.scorer.observations import Sample
from services.scorer.ruleset import plain
from services.scorer.scorecard import Card, Row, shown
from shared.events.score import Exhibit


def as_json(checked: Checked | Crashed) -> dict[str, Any]:
    """``{"outlet", "observations", "findings", "scorecard"}``, or ``{"outlet", "error"}`` of what crashed."""
    if isinstance(checked, Crashed):
        return {"outlet": {"typed": checked.typed}, "error": checked.error}
    return {
        "outlet": {
            "typed": checked.typed,
            "url": checked.website.url,
            "name": checked.website.name,
            "site_class": checked.website.site_class,
            "region": checked.region,
        },
        "observations": [_observation(sample) for sample in checked.samples],
        "findings": [_finding(row, checked.addresses) for row in checked.card.rows],
        "scorecard": _scorecard(checked.card, checked),
    }


def _observation(sample: Sample) -> dict[str, Any]:
    return {
        "probe": sample.probe,
        "outcome": sample.outcome.value,
        "reason": sample.reason.value,
        "measured": dict(sample.measured),
        "evidence": sample.evidence,
        "vantage": sample.vantage,
        "looked_at": sample.looked_at.isoformat(),
    }


def _finding(row: Row, addresses: Mapping[str, str]) -> dict[str, Any]:
    conclusion = row.conclusion
    return {
        "criterion": row.criterion.id,
        "name": row.indicator.title,
        "kind": row.indicator.kind.value,
        "method": row.criterion.method.value,
        "outcome": conclusion.verdict.value,
        "reason": conclusion.reason.value,
        "why": conclusion.why,
        "points": plain(conclusion.points),
        "at_most": plain(conclusion.at_most),
        "citation": str(row.criterion.citation),
        "evidence": [_exhibit(exhibit, addresses) for exhibit in conclusion.evidence],
    }


def _exhibit(exhibit: Exhibit, addresses: Mapping[str, str]) -> dict[str, Any]:
    return {
        "seen_at": exhibit.seen_at.isoformat(),
        "note": exhibit.note,
        "sha256": exhibit.sha256,
        "url": addresses.get(exhibit.sha256 or ""),
    }


def _scorecard(card: Card, checked: Checked) -> dict[str, Any]:
    ruleset = card.ruleset
    return {
        "as_of": checked.as_of.isoformat(),
        "ruleset": {
            "id": ruleset.id,
            "version": ruleset.version,
            "digest": ruleset.digest,
            "document": ruleset.document.cite,
            "status": ruleset.document.status.value,
            "complete": ruleset.table.complete,
        },
        "result": card.result.value,
        "basis": card.basis.value,
        "points": {"low": shown(card.points.low), "high": shown(card.points.high)} if card.points else None,
    }
