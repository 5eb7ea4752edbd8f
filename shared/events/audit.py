"""What every service says of its audit chain: how far it was, and the hash it ended with."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.events.envelope import Fact


class Anchored(Fact):
    """The audit chain of ``service`` ended with record ``sequence`` and its ``hash`` (SHA-256, hex) at ``at``.

    Whoever keeps this can tell later whether anything up to that record was rewritten or cut off.
    """

    type: ClassVar[str] = "audit.anchored"
    service: str
    sequence: int
    hash: str
    at: AwareDatetime
