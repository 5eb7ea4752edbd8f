"""A filing of what was found before it was filed is late, also when what was found is that something is gone."""

from typing import Any

import pytest

from shared.events.registry import FilingKind, OutletState, Particulars
from tests.registry.filings import ACCOUNT, SITE, TODAY, in_force, submit

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
