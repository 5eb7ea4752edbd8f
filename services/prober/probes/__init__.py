"""PROBES: everything that is looked for on a website, by name. To add one: a file here and a line below."""

from collections.abc import Awaitable, Callable, Mapping

from services.prober.look import Look, Measurement
from services.prober.probes.marks import marks
from services.prober.probes.reachability import reachability

Probe = Callable[[Look], Awaitable[Measurement]]
"""Measures a look at the home page. It knows no threshold and draws no conclusion."""

PROBES: Mapping[str, Probe] = {
    "reachability": reachability,
    "marks": marks,
}
