"""First merged, then closed: two filings, one waiting for the other, and where something may be merged."""

from typing import Any

import pytest

from services.registry.filing import FilingState, Refusal, Standing
from services.registry.refusal import Refused
from shared.events.registry import FilingKind, OutletState, UnitRef
from tests.registry.filings import ACCOUNT, approve, in_force, submit


def test_first_merge_then_close_is_two_filings_one_waiting_for_the_other() -> None:
    closing = submit(kind=FilingKind.CLOSE, in_force=in_force(), after="f-merge")
    with pytest.raises(Refused) as refused:
        approve(closing, standing=Standing(in_force=in_force()))
    assert refused.value.reason is Refusal.WAITS_FOR_ANOTHER
    merged = Standing(in_force=in_force(state=OutletState.MERGED), waited_for=True)
    assert approve(closing, standing=merged).state is FilingState.APPROVED


def test_a_kind_the_rules_want_first_must_be_in_force_or_named() -> None:
    with pytest.raises(Refused) as refused:
        submit(kind=FilingKind.CLOSE, in_force=in_force(), needs=("merge",))
    assert (refused.value.reason, refused.value.field) == (Refusal.WAITS_FOR_ANOTHER, "after")
    merged = Standing(in_force=in_force(state=OutletState.MERGED), counted=frozenset({FilingKind.MERGE}))
    closing = submit(kind=FilingKind.CLOSE, in_force=merged.in_force, counted=merged.counted, needs=("merge",))
    assert approve(closing, standing=merged).state is FilingState.APPROVED


def test_a_merge_names_what_it_goes_into() -> None:
    other = in_force(ACCOUNT.model_copy(update={"account": "zzga"}))
    for target in (None, in_force(), other.model_copy(update={"state": OutletState.CLOSED})):
        with pytest.raises(Refused) as refused:
            submit(kind=FilingKind.MERGE, in_force=in_force(), into="x", target=target)
        assert refused.value.field == "into"
    assert submit(kind=FilingKind.MERGE, in_force=in_force(), into=other.id, target=other).into == other.id


@pytest.mark.parametrize(
    ("region", "unit", "fits"),
    [
        ("41.01.00.0", "health", True),
        ("41.01.05.0", "health", True),
        ("41.02.00.0", "health", False),
        ("41.02.00.0", "police", True),
    ],
)
def test_nothing_is_merged_into_the_register_of_a_place_that_has_no_say(region: str, unit: str, fits: bool) -> None:
    known = UnitRef(id=unit, name="郑州市公安局") if unit == "police" else UnitRef(id=unit, name="卫生健康委")
    target = in_force(ACCOUNT.model_copy(update={"account": "zzga"}), unit=known, region=region)
    options: dict[str, Any] = {"kind": FilingKind.MERGE, "in_force": in_force(), "into": target.id, "target": target}
    if fits:
        assert submit(**options).into == target.id
        return
    with pytest.raises(Refused) as refused:
        submit(**options)
    assert refused.value.field == "into"
