"""Addresses as people and servers write them, read so strictly that no two parsers can disagree. Pure.

What is refused here would be read differently by some browser, proxy or library (CVE collections call it parser
differential): backslashes, userinfo, percent signs or control characters around the host, numbers instead of an
address, ports that do not exist.
"""

import re
import string
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

import httpx

from shared.egress.errors import RefusedByGate

LONGEST = 8192
DEFAULT_PORT = {"http": 80, "https": 443}
HOST = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?")
NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/]*)")
BACKWARDS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?/{0,8}\\")
CONFUSING = re.compile(r"[@\\%#\s]")
OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: ``host`` is a lower-case ASCII name without final dot, or a bare IP address."""

    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> bool:
        """Whether ``host`` is an IP address."""
        return _address(self.host) is not None


def checked_url(text: str) -> httpx.URL:
    """``text`` as an absolute http(s) URL. Raises RefusedByGate, saying what is wrong with it."""
    _check_text(text)
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise RefusedByGate(f"not a valid address: {error}") from error
    target_of(url)
    return url


def target_of(url: httpx.URL) -> Target:
    """Where ``url`` leads. Raises RefusedByGate when that is nowhere we go."""
    if url.scheme not in DEFAULT_PORT:
        raise RefusedByGate(f"only http and https are visited, not {url.scheme or 'no scheme'}")
    if url.userinfo:
        raise RefusedByGate("an address with a user name in it")
    port = DEFAULT_PORT[url.scheme] if url.port is None else url.port
    if not 0 < port <= 65535:  # noqa: PLR2004 - the last TCP port
        raise RefusedByGate(f"there is no port {port}")
    return Target(url.scheme, _host(url.raw_host.decode("ascii")), port)


def checked_location(raw: bytes, base: httpx.URL) -> httpx.URL:
    """Where a ``Location`` header at ``base`` leads; raw bytes are percent-encoded as browsers do.

    Raises RefusedByGate when that is nowhere we go, or not to be read in one way only.
    """
    stripped = raw.strip()
    try:
        text = stripped.decode()
    except UnicodeDecodeError:
        text = quote(stripped, safe=string.printable)
    if BACKWARDS.match(text):
        raise RefusedByGate("a redirect that begins with a backslash")
    text = text.replace(" ", "%20")
    _check_text(text)
    try:
        url = base.join(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise RefusedByGate(f"a redirect to no valid address: {error}") from error
    target_of(url)
    return url


def _check_text(text: str) -> None:
    if len(text) > LONGEST:
        raise RefusedByGate(f"an address longer than {LONGEST} characters")
    if UNPRINTABLE.search(text):
        raise RefusedByGate("an address with a control character or a blank in it")
    match = AUTHORITY.match(text)
    if match is None:
        return
    authority = match[1].partition("?")[0]
    if not authority:
        raise RefusedByGate("an address without a host")
    if CONFUSING.search(match[1]):
        raise RefusedByGate("an address with @, \\, % or # around its host")
    if OTHER_DOTS.search(authority):
        raise RefusedByGate("an address with another dot than the ASCII one")


def _host(host: str) -> str:
    if _address(host) is not None:
        return host
    if not host:
        raise RefusedByGate("an address without a host")
    if not HOST.fullmatch(host):
        raise RefusedByGate(f"not a host name: {host[:80]!r}")
    name = host.removesuffix(".")
    if NUMBER.fullmatch(name.rpartition(".")[2]):
        raise RefusedByGate(f"a number instead of an IP address: {host!r}")
    return name


def _address(host: str) -> IPv4Address | IPv6Address | None:
    if "%" in host:
        return None
    try:
        return ip_address(host)
    except ValueError:
        return None
