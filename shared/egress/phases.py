"""Where the seconds of a request went."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds. A phase that was not reached is 0; ``total`` includes all of them and the time between.

    ``ttfb`` runs from the sent request to the first byte of the answer, ``download`` from there to its end.
    """

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    ttfb: float = 0.0
    download: float = 0.0
    total: float = 0.0

    def __add__(self, other: "Phases") -> "Phases":
        return Phases(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Phases)))

    def as_dict(self) -> dict[str, float]:
        """For an event: phase -> seconds, to the tenth of a millisecond."""
        return {field.name: round(getattr(self, field.name), 4) for field in fields(Phases)}


class Budget:
    """What one request may take in all, and what it took. Handed from hop to hop: redirects cannot stretch it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.phases = Phases()

    @property
    def left(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self._seconds - self.phases.total)

    def spend(self, phases: Phases) -> None:
        """Book what one step took."""
        self.phases += phases
