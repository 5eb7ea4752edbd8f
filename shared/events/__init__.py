"""The contract: the envelope, the subject grammar and every fact, by the service that says it.

This package imports pydantic only, so that anybody can read the events without running us.
"""

from shared.events import audit, notice, probe, registry, score, work
from shared.events.envelope import Event, Fact, facts_by_type, new_id, parse
from shared.events.region import Region, covers, is_region, region_tokens

__all__ = [
    "Event",
    "Fact",
    "Region",
    "audit",
    "covers",
    "facts_by_type",
    "is_region",
    "new_id",
    "notice",
    "parse",
    "probe",
    "region_tokens",
    "registry",
    "score",
    "work",
]
