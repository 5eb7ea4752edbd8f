"""What the tests of the scorer begin with: looks, changes, criteria; and tables of cases an official can read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from services.scorer.evaluators import EVALUATORS, PARAMS
from services.scorer.observations import Observations, Sample
from services.scorer.ruleset import PACKAGED, Criterion, Indicator, Ruleset, load, load_directories
from shared.events.probe import Outcome, Purpose, Reason
from shared.events.registry import Difference, NewMedia, Sighting, Website
from shared.workdays import SHANGHAI

CASES = Path(__file__).with_name("cases")
RULESETS = load_directories([PACKAGED], PARAMS)
NATIONAL = RULESETS.by_id["cn-national-2019-19"]
FENGDU = RULESETS.by_id["cn-500230-fengdu-2019"]
ZHENGZHOU = RULESETS.by_id["cn-410100-zhengzhou"]

TODAY = date(2026, 11, 22)
NOON = datetime.combine(TODAY, time(12), SHANGHAI).astimezone(UTC)
PORTAL = Website(code="4101000001", name="某市政府", url="https://www.example.gov.cn/", site_class="portal")
ACCOUNT = NewMedia(platform="weibo", account="1", name="某网警")


def cases(name: str) -> list[dict[str, Any]]:
    """The table ``cases/<name>.yaml``."""
    found = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, list)
    return found


def title(case: Any) -> str:
    """What a case is called in the output of pytest."""
    return str(case["case"]) if isinstance(case, dict) else ""


def rule(ruleset: Ruleset, name: str) -> tuple[Indicator, Criterion]:
    """A criterion and its indicator."""
    return next((i, c) for i in ruleset.indicators for c in i.criteria if c.id == name)


def changed(old: str, new: str, file: str = NATIONAL.id) -> Ruleset:
    """The national ruleset with one line of its YAML written otherwise (or that of ``file``)."""
    files = {path.name: path.read_text(encoding="utf-8") for path in PACKAGED.glob("*.yaml")}
    assert old in files[f"{file}.yaml"]
    files[f"{file}.yaml"] = files[f"{file}.yaml"].replace(old, new)
    return load(files, PARAMS).by_id[file]


def judge(ruleset: Ruleset, name: str, observations: Observations, as_of: datetime = NOON) -> Any:
    """The conclusion of a criterion's own evaluator."""
    _, criterion = rule(ruleset, name)
    assert criterion.evaluator
    return EVALUATORS[criterion.evaluator](observations, criterion, as_of)


def look(
    probe: str,
    due_at: datetime,
    *,
    outcome: Outcome = Outcome.ANSWERED,
    measured: Mapping[str, Any] | None = None,
    purpose: Purpose = Purpose.SCHEDULED,
    vantage: str = "main",
    source: str = "",
    evidence: str | None = None,
) -> Sample:
    """One look, made a second after it was due."""
    return Sample(
        probe=probe,
        vantage=vantage,
        due_at=due_at,
        looked_at=due_at + timedelta(seconds=1),
        outcome=outcome,
        reason=Reason.OK if outcome is Outcome.ANSWERED else Reason.TIMEOUT,
        purpose=purpose,
        measured=measured or {},
        evidence=evidence,
        source=source,
    )


def visits(
    day: date, good: int = 0, failed: int = 0, *, slow: int = 0, unknown: int = 0, every: int = 10
) -> list[Sample]:
    """Visits of one day (Asia/Shanghai): so many of each kind, one ``every`` so many minutes from midnight."""
    kinds = ["good"] * good + ["failed"] * failed + ["slow"] * slow + ["unknown"] * unknown
    outcomes = {"failed": Outcome.FAILED, "unknown": Outcome.UNDETERMINED}
    start = datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
    return [
        look(
            "reachability",
            start + timedelta(minutes=every * number),
            outcome=outcomes.get(kind, Outcome.ANSWERED),
            measured={"seconds": 15.0 if kind == "slow" else 0.4},
        )
        for number, kind in enumerate(kinds)
    ]


def week(days: Sequence[Mapping[str, int]]) -> Observations:
    """Visits of the days before ``TODAY``, the last of ``days`` being yesterday."""
    first = TODAY - timedelta(days=len(days))
    return Observations(tuple(v for n, day in enumerate(days) for v in visits(first + timedelta(days=n), **day)))


def marks(states: Mapping[str, str], hours_ago: float, **options: Any) -> Sample:
    """A look at the footer: mark -> present, absent or unknown."""
    seen = {mark: {"state": state, "value": None} for mark, state in states.items()}
    return look("marks", NOON - timedelta(hours=hours_ago), measured={"marks": seen}, **options)


def profile(last_post: datetime | None, hours_ago: float, **options: Any) -> Sample:
    """A look at an account's profile."""
    measured = {"last_post_at": last_post.isoformat() if last_post else None, "name": "某网警"}
    return look("profile", NOON - timedelta(hours=hours_ago), measured=measured, source="json_feed", **options)


def difference(field: str = "name", number: int = 1) -> Difference:
    """A change of a field, seen twice."""
    seen = [NOON - timedelta(hours=2), NOON - timedelta(hours=1)]
    return Difference(
        id=f"w-1-{field}-{number}",
        field=field,
        filed="某网警",
        seen="某网警巡查执法",
        since=seen[0],
        sightings=tuple(Sighting(seen_at=at, source="json_feed", evidence=f"{n:064x}") for n, at in enumerate(seen)),
    )
