"""Why somebody cannot sign in, and why something cannot be given to a person. Every refusal has a named reason."""

# ruff: noqa: N818 - each name reads as what happened

from datetime import datetime
from enum import StrEnum

from shared.identity.passwords import Weakness


class Refusal(StrEnum):
    """Why somebody could not sign in. Wrong login and wrong password are deliberately one."""

    WRONG = "wrong"
    LOCKED = "locked"
    WRONG_CODE = "wrong_code"
    TOO_LATE = "too_late"
    NOT_LINKED = "not_linked"


class SignInRefused(Exception):
    """Signing in failed; ``until`` is when the next attempt is let through, None when at once."""

    def __init__(self, reason: Refusal, until: datetime | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.until = until


class NotAccepted(ValueError):
    """Something that cannot be given to a person; the message says why, ``weakness`` when it is their password."""

    def __init__(self, message: str, weakness: Weakness | None = None) -> None:
        super().__init__(message)
        self.weakness = weakness


class UnknownLogin(LookupError):
    """Nobody has this login."""


class TokenFault(StrEnum):
    """Why a token cannot be issued as asked for."""

    DAYS = "days"
    ROLES = "roles"
    REGION = "region"


class TokenRefused(ValueError):
    """A token that would last too long, or be wider than its person; the message says why."""

    def __init__(self, reason: TokenFault, message: str) -> None:
        super().__init__(message)
        self.reason = reason
