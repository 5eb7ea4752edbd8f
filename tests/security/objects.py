"""What lies at a place: outlets, findings and endpoints whose every word carries the mark of the place. Pure."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.notifier.endpoint import Endpoint, Secret
from services.notifier.rectification import Decision, Done
from services.notifier.store import EndpointDocument
from services.prober.store import Result
from services.scorer.store import FindingDocument
from shared.events import probe, registry, score
from shared.events.registry import NewMedia, Outlet, OutletState, Particulars, UnitRef, Website
from tests.security.matrix_rules import MARKS, REGIONS, Place

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RULESET = "cn-410100-zhengzhou"
FAILED = Result(
    outcome=probe.Outcome.FAILED, reason=probe.Reason.TIMEOUT, measured={"seconds": 20.0, "phases": {}, "final_url": ""}
)
NUMBERS = count(100_001)  # of one length: no name is the beginning of another


def website(place: Place) -> Outlet:
    """A website nobody has yet."""
    code = f"41{next(NUMBERS):08}"
    filed = Website(code=code, name=f"{MARKS[place]}{code}", url=f"http://{MARKS[place]}{code}/")
    return _outlet_of(place, filed, f"w-{code}")


def account(place: Place) -> Outlet:
    """An account nobody has yet."""
    account = f"{place}{next(NUMBERS)}"
    filed = NewMedia(platform="weibo", account=account, name=f"{MARKS[place]}{account}", verified_as=MARKS[place])
    return _outlet_of(place, filed, f"a-weibo-{account}")


def _outlet_of(place: Place, filed: Particulars, id_: str) -> Outlet:
    unit = UnitRef(id=f"u-{place}", name=MARKS[place])
    running = OutletState.RUNNING
    return Outlet(id=id_, region=REGIONS[place], unit=unit, state=running, revision=1, since=NOW, filed=filed)


def endpoint_of(place: Place) -> EndpointDocument:
    office = registry.Office(
        id=f"office-{place}", name=MARKS[place], region=REGIONS[place], looks_after=REGIONS[place], revision=1
    )
    endpoint = Endpoint(
        office=office,
        url=f"https://{MARKS[place]}/",
        secrets=(Secret(value=f"whsec_{MARKS[place]}"),),
        created_at=NOW - timedelta(days=1),
    )
    return EndpointDocument(id=office.id, region=office.region, endpoint=endpoint)


def finding(outlet: Outlet, criterion: str, *, open_: bool) -> FindingDocument:
    rule = score.Criterion(
        id=criterion,
        name="某项指标",
        kind=score.CriterionKind.OBLIGATION,
        citation="第一条",
        ruleset=RULESET,
        digest="0" * 20,
        close="reviewed",
        probes=(),
    )
    return FindingDocument(
        id=f"{outlet.id}:{criterion}",
        region=outlet.region,
        unit=outlet.unit.id,
        target=outlet.id,
        target_name=outlet.name,
        unit_name=outlet.unit.name,
        criterion=rule,
        open=open_,
        episode=1,
        verdict=score.Verdict.VIOLATED if open_ else score.Verdict.UNDETERMINED,
        reason="test",
        why=outlet.unit.name,
        points="0",
        at_most="0",
        evidence=(),
        measured={},
        as_of=NOW,
        raised_at=NOW,
    )


def as_said(kept: FindingDocument) -> score.Finding:
    unit = UnitRef(id=kept.unit, name=kept.unit_name)
    return score.Finding(
        id=kept.id,
        target=kept.target,
        target_name=kept.target_name,
        unit=unit,
        criterion=kept.criterion,
        verdict=score.Verdict.VIOLATED,
        why=kept.why,
        as_of=NOW,
        episode=1,
    )


def done(decision: Decision) -> Any:
    assert isinstance(decision, Done)
    return decision.case
