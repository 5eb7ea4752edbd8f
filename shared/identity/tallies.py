"""How often something was done in a stretch of time, counted in MongoDB so that all replicas count together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.documents import Database
from shared.identity.secrets import digest

STRETCH = timedelta(minutes=1)
KEPT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """``count`` includes this time; ``resets_at`` is when counting begins anew."""

    count: int
    resets_at: datetime


class Tallies:
    """Counts by key. Who is counted is kept as a digest, for a minute or two."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, key: str, now: datetime) -> Tally:
        """Count one more under ``key`` in the minute of ``now``."""
        length = STRETCH.total_seconds()
        resets_at = datetime.fromtimestamp((now.timestamp() // length + 1) * length, UTC)
        id_ = digest(f"{key}\n{resets_at.isoformat()}")
        return Tally(await self._database.tally(id_, resets_at + KEPT), resets_at)
