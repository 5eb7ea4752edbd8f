"""What services use: one request, one answer, with httpx underneath and the gate below that."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import certifi
import httpx

from shared.egress.addresses import AddressRules
from shared.egress.charset import charset, decode
from shared.egress.errors import BrokenResponse, TooManyRedirects
from shared.egress.phases import Budget, Phases
from shared.egress.resolver import DnsResolver, Resolver
from shared.egress.transport import Exchange, GateTransport
from shared.egress.urls import checked_url
from shared.settings import Settings

CEILING = 20.0
BODY_CAP = 5_000_000
REDIRECTS = 10
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; govwatch/0.1)",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The last response of a request. ``phases`` and ``warnings`` are those of all hops together.

    Warnings are faults a browser forgives: ``body_cut_short``, ``body_over_cap``, ``not_encoded_as_declared``.
    """

    status: int
    url: str
    headers: httpx.Headers
    body: bytes
    phases: Phases
    warnings: tuple[str, ...]
    peer: str
    hops: int

    @property
    def seconds(self) -> float:
        """From the first question to a name server to the last byte of the body, redirects included."""
        return self.phases.total

    @property
    def text(self) -> str:
        """The body as text, whatever encoding it is really in."""
        return decode(self.body, charset(self.headers.get("content-type", "")))


class Egress:
    """The one gate for outbound connections. One per process; use it inside the loop it will run on."""

    def __init__(
        self,
        allow: Iterable[str] = (),
        resolver: str | Resolver = "",
        *,
        ceiling: float = CEILING,
        body_cap: int = BODY_CAP,
        ca_file: str = "",
    ) -> None:
        """Set the rules.

        ``allow``: private networks (CIDR) that may be visited after all; ``resolver``: ``ip:port``, empty: the
        system's; ``ceiling``: seconds a request may take in all; ``body_cap``: bytes read of a body;
        ``ca_file``: trusted authorities (PEM), empty: those of certifi.
        """
        self._ceiling = ceiling
        self.rules = AddressRules(allow)
        self._transport = GateTransport(
            self.rules,
            DnsResolver(resolver) if isinstance(resolver, str) else resolver,
            ceiling=ceiling,
            body_cap=body_cap,
            ca_file=ca_file or certifi.where(),
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The gate of this installation."""
        return cls(settings.egress_allow, settings.egress_resolver)

    def allowing(self, networks: Iterable[str]) -> Self:
        """The same gate for an errand that may also go to these private networks (CIDR), on every hop.

        It lives as long as this one and is closed with it. Raises ValueError when one is no network.
        """
        view = copy(self)
        view.rules = self.rules.and_allowing(networks)
        return view

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        ceiling: float | None = None,
        redirects: int = 0,
        verify: bool = True,
        body_cap: int | None = None,
    ) -> Answer:
        """Send one request and read its answer whole.

        ``redirects`` is how many are followed, 0 = a 3xx is the answer. ``verify=False`` looks at a page whatever its
        certificate (whether a site opens and whether its certificate is good are two questions). ``body_cap`` ends
        the transfer after so many bytes of the body, when that is less than the gate reads. Cookies live as long as
        the request, as walls that set one and redirect expect. Raises EgressError.
        """
        budget = Budget(self._ceiling if ceiling is None else ceiling)
        checked = checked_url(url)
        extensions = {"budget": budget, "verify": verify, "body_cap": body_cap, "rules": self.rules}
        client = httpx.AsyncClient(
            transport=self._transport,
            headers=HEADERS,
            timeout=None,  # noqa: S113 - the budget is the deadline, exactly and over all hops
            follow_redirects=redirects > 0,
            max_redirects=redirects,
            trust_env=False,
        )
        try:
            response = await client.request(method, checked, headers=headers, content=content, extensions=extensions)
        except httpx.TooManyRedirects as error:
            raise TooManyRedirects(f"more than {redirects} redirects", phases=budget.phases) from error
        except httpx.RemoteProtocolError as error:
            raise BrokenResponse(str(error), phases=budget.phases) from error
        return _answer(response, budget)

    async def get(
        self,
        url: str,
        *,
        ceiling: float | None = None,
        redirects: int = REDIRECTS,
        verify: bool = True,
        body_cap: int | None = None,
    ) -> Answer:
        """Read a page as a browser would, following redirects. Raises EgressError."""
        return await self.request("GET", url, ceiling=ceiling, redirects=redirects, verify=verify, body_cap=body_cap)

    async def aclose(self) -> None:
        """Cancel what is under way and close everything."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _answer(response: httpx.Response, budget: Budget) -> Answer:
    hops: list[Exchange] = [hop.extensions["exchange"] for hop in (*response.history, response)]
    return Answer(
        status=response.status_code,
        url=str(response.url),
        headers=response.headers,
        body=response.content,
        phases=budget.phases,
        warnings=tuple(dict.fromkeys(warning for hop in hops for warning in hop.warnings)),
        peer=hops[-1].peer,
        hops=len(hops),
    )
