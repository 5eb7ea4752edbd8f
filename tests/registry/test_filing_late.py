"""A filing of what was found before it was filed is late, also when what was found is that something is gone."""

from datetime import date
from typing import Any

import pytest

from shared.events.registry import FilingKind, OutletState, Particulars
from tests.registry.filings import ACCOUNT, SITE, TODAY, in_force, submit

FIVE = {"days": 5}
MONDAY, LAST_TUESDAY = date(2026, 11, 16), date(2026, 11, 17)

GONE, ALIVE, RENAMED = "closure", "alive", "name"
RUNS, PAUSED, CLOSED = OutletState.RUNNING, OutletState.SUSPENDED, OutletState.CLOSED
OTHER = in_force(ACCOUNT.model_copy(update={"account": "other"}))


@pytest.mark.parametrize("found", [GONE, ALIVE, RENAMED])
@pytest.mark.parametrize(
    ("kind", "filed", "state", "covers"),
    [
        (FilingKind.CLOSE, ACCOUNT, RUNS, GONE),
        (FilingKind.CANCEL, ACCOUNT, RUNS, GONE),
        (FilingKind.OFFLINE, SITE, RUNS, GONE),
        (FilingKind.SUSPEND, SITE, RUNS, GONE),
        (FilingKind.MERGE, ACCOUNT, RUNS, GONE),
        (FilingKind.RESUME, ACCOUNT, PAUSED, ALIVE),
        (FilingKind.OPEN, ACCOUNT, CLOSED, ALIVE),
        (FilingKind.HEALTH, ACCOUNT, RUNS, None),
    ],
)
def test_what_ends_something_gone_or_resumes_something_alive_is_late(
    kind: FilingKind, filed: Particulars, state: OutletState, covers: str | None, found: str
) -> None:
    more: dict[FilingKind, dict[str, Any]] = {
        FilingKind.SUSPEND: {"until": TODAY},
        FilingKind.MERGE: {"into": OTHER.id, "target": OTHER},
    }
    standing = {"in_force": in_force(filed, state), "open_fields": frozenset({found})}
    filing = submit(filed, kind=kind, **standing, **more.get(kind, {}))
    assert filing.late is (found == covers)


@pytest.mark.parametrize(
    ("kind", "found", "within", "done_on", "seen_on", "late"),
    [
        (FilingKind.CLOSE, GONE, FIVE, MONDAY, MONDAY, False),
        (FilingKind.CANCEL, GONE, FIVE, LAST_TUESDAY, None, False),
        (FilingKind.CLOSE, GONE, FIVE, date(2026, 11, 13), MONDAY, True),
        (FilingKind.CLOSE, GONE, FIVE, LAST_TUESDAY, date(2026, 11, 13), True),
        (FilingKind.CLOSE, GONE, FIVE, None, MONDAY, True),
        (FilingKind.CLOSE, GONE, None, MONDAY, MONDAY, True),
        (FilingKind.OPEN, ALIVE, FIVE, MONDAY, None, True),
    ],
)
def test_an_end_that_is_filed_within_its_term_is_not_late_unless_it_was_seen_before(
    kind: FilingKind, found: str, within: dict[str, Any] | None, done_on: date | None, seen_on: date | None, late: bool
) -> None:
    outlet, open_fields = in_force(ACCOUNT, CLOSED if found == ALIVE else RUNS), frozenset({found})
    options = {"open_fields": open_fields, "gone_since": seen_on, "within": within}
    filing = submit(ACCOUNT, kind, in_force=outlet, done_on=done_on, **options)
    assert filing.late is late
