"""Private networks that may be named as reachable, and by whom. Pure.

The operator says once, in the settings, of which networks the administrators of regions may open parts for what they
supervise (a government extranet); what the machines of the platform stand in is left out there. Special-purpose
ranges: IANA's Special-Purpose Address Registries (RFC 6890).
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network

LOCAL: tuple[Network, ...] = tuple(
    map(
        ip_network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/8", "64:ff9b::/32", "fe80::/9", "ff00::/8"),
    )
)
"""This very machine, its link (where clouds answer with their own secrets), groups, and IPv4 in the dress of IPv6."""


def network_of(text: str) -> Network | None:
    """The CIDR network ``text``, None when it is none (host bits set count as a mistake)."""
    try:
        return ip_network(text)
    except ValueError:
        return None


def may_be_opened(network: Network, bounds: Iterable[str]) -> bool:
    """Whether ``network`` lies in one of ``bounds`` (CIDR).

    What touches ``LOCAL`` lies only in a bound that is itself inside ``LOCAL``: ``0.0.0.0/0`` does not mean loopback.
    """
    local = any(network.version == each.version and network.overlaps(each) for each in LOCAL)
    return any(_in(network, bound) and (not local or _is_local(bound)) for bound in map(ip_network, bounds))


def _is_local(network: Network) -> bool:
    return any(_in(network, each) for each in LOCAL)


def _in(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
