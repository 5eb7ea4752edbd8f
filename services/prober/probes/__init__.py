"""PROBES: everything that is looked for on a website, by name. To add one: a file here and a line below."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.prober.look import Look, Measurement
from services.prober.means import Around
from services.prober.plan import Pace
from services.prober.probes.content import content
from services.prober.probes.links import links
from services.prober.probes.marks import marks
from services.prober.probes.reachability import reachability


@dataclass(frozen=True, slots=True)
class Probe:
    """``measure`` measures a look at the home page; it knows no threshold and draws no conclusion.

    ``pace`` is how often a website is visited for it.
    """

    measure: Callable[[Look, Around], Awaitable[Measurement]]
    pace: Pace


PROBES: Mapping[str, Probe] = {
    "reachability": Probe(reachability, Pace.VISIT),
    "marks": Probe(marks, Pace.VISIT),
    "content": Probe(content, Pace.CONTENT),
    "links": Probe(links, Pace.LINKS),
}


def paced(pace: Pace) -> tuple[str, ...]:
    """The names of the probes that have this pace."""
    return tuple(name for name, probe in PROBES.items() if probe.pace is pace)
