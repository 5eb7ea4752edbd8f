"""Which addresses we may connect to. Pure.

``ipaddress.is_global`` alone is not enough: on Python 3.11 it lets 6to4, NAT64, IPv4-compatible and multicast
addresses through. Special-purpose ranges: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
DENIED_4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
DENIED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class AddressRules:
    """The public Internet, and the private networks this installation names on purpose."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        """``allow``: CIDR networks, for example ``10.3.0.0/16``. Raises ValueError when one is none."""
        self._allow: tuple[Network, ...] = tuple(ip_network(network) for network in allow)

    def and_allowing(self, networks: Iterable[str]) -> Self:
        """These rules, with further networks that may be visited after all. Raises ValueError when one is none."""
        return type(self)((*map(str, self._allow), *networks))

    def permits(self, text: str) -> bool:
        """Whether we may connect to the IP address ``text`` (a zone id counts as part of a local address)."""
        try:
            address = _plain(ip_address(text))
        except ValueError:
            return False
        return any(address in network for network in self._allow if network.version == address.version) or (
            _is_public(address)
        )


def _plain(address: Address) -> Address:
    """The IPv4 address inside a mapped one, else the address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in net for net in DENIED_4)
    return address in GLOBAL_UNICAST_6 and not address.scope_id and not any(address in net for net in DENIED_6)
