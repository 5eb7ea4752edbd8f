"""Why a request through the gate brought no answer. All are httpx transport errors, as users of httpx expect."""

# ruff: noqa: N818 - each name reads as what happened

import httpx

from shared.egress.phases import Phases


class EgressError(httpx.TransportError):
    """No answer. ``phases`` says where the seconds went until then."""

    def __init__(self, message: str, *, phases: Phases | None = None) -> None:
        super().__init__(message)
        self.phases = phases or Phases()


class RefusedByGate(EgressError):
    """We did not go there: the address or the way it is written is not allowed. Says nothing about the target."""


class NameUnresolved(EgressError):
    """The name has no address, or no name server told us in time."""


class ConnectFailed(EgressError):
    """No address of the name took the connection."""


class TlsFailed(EgressError):
    """The connection was made and broke while TLS was agreed upon, or the certificate was not accepted."""


class TlsUnsupported(TlsFailed):
    """The server speaks TLS and told us that we have no version or cipher in common (SM2 only, TLS 1.0 only)."""


class DeadlineExceeded(EgressError):
    """The ceiling passed before the document was complete."""


class BrokenResponse(EgressError):
    """What came back is not a response a browser would show."""


class Unreadable(EgressError):
    """There is a response that a browser might show and we cannot read: odd headers, an encoding we never offered."""


class TooManyRedirects(EgressError):
    """The target sent us on more often than a browser would follow."""
