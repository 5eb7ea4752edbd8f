"""SOURCES: every way to read an account, by the name before the colon in its filed ``source``.

To add one: a file here and a line below. A source that cannot tell says so and why; it never makes a profile up.
"""

from collections.abc import Awaitable, Callable, Mapping

from services.prober.means import LookAt
from services.prober.sources.json_feed import json_feed
from services.prober.sources.reading import Reading
from shared.events.registry import NewMedia

Source = Callable[[LookAt, str, NewMedia], Awaitable[Reading]]
"""Reads an account: a way to look, what stands after the colon, and what was filed of the account."""

SOURCES: Mapping[str, Source] = {
    "json_feed": json_feed,
}

__all__ = ["SOURCES", "Reading", "Source"]
