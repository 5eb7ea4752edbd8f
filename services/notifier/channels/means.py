"""What a channel works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.notifier.endpoint import Endpoint
from shared.egress import Egress
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Means:
    """The settings, the one gate for outbound connections, the clock; and the endpoint, for a webhook."""

    settings: Settings
    egress: Egress
    now: Callable[[], datetime]
    endpoint: Endpoint | None = None
