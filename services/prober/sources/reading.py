"""What reading an account gave."""

from dataclasses import dataclass

from services.prober.look import Look
from shared.events.probe import Profile, Reason


@dataclass(frozen=True, slots=True)
class Reading:
    """``profile`` is what was shown; None = could not tell, and ``reason`` says why. ``look`` is what it rests on.

    ``gone``: the source says that the account does not exist any more; its profile shows nothing.
    """

    look: Look
    reason: Reason
    profile: Profile | None = None
    gone: bool = False
