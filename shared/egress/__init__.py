"""The one gate for outbound connections: visits, feeds and webhooks all leave through ``Egress``.

httpx is the client API; libcurl does the work behind it, because only there is the deadline exact, the address seen
right before the connect, and the tolerance that of a browser. See ``transport`` and ``transfer``.
"""

from shared.egress.addresses import AddressRules
from shared.egress.charset import charset, decode, sniff
from shared.egress.egress import CEILING, Answer, Egress
from shared.egress.errors import (
    BrokenResponse,
    ConnectFailed,
    DeadlineExceeded,
    EgressError,
    NameUnresolved,
    RefusedByGate,
    TlsFailed,
    TlsUnsupported,
    TooManyRedirects,
    Unreadable,
)
from shared.egress.phases import Phases
from shared.egress.resolver import DnsResolver, Resolver
from shared.egress.urls import checked_url

__all__ = [
    "CEILING",
    "AddressRules",
    "Answer",
    "BrokenResponse",
    "ConnectFailed",
    "DeadlineExceeded",
    "DnsResolver",
    "Egress",
    "EgressError",
    "NameUnresolved",
    "Phases",
    "RefusedByGate",
    "Resolver",
    "TlsFailed",
    "TlsUnsupported",
    "TooManyRedirects",
    "Unreadable",
    "charset",
    "checked_url",
    "decode",
    "sniff",
]
