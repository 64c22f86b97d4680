"""From which address a request comes, when proxies may stand between.

What a header says is believed only as far as trusted proxies wrote it: from the right,
each trusted hop vouches for the address it names; the first that is no trusted proxy
is the client. Anything a client wrote itself lies further left and is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

from shared.settings import FORWARDED, Settings

Address = IPv4Address | IPv6Address

# what a client put into another parameter (host="for=…") must not be taken for one
QUOTED = r'"(?:[^"\\]|\\.)*"'
ELEMENTS = re.compile(rf"(?:{QUOTED}|[^,\"])+")
PARAMETERS = re.compile(rf"(?:{QUOTED}|[^;\"])+")
WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([0-9.]+)(?::\d+)?")
UNKNOWN = "unknown"


class ClientAddresses:
    """Reads clients' addresses under the settings of trusted proxies."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.trusted_proxies
        self._header = settings.forwarded_header.encode()

    def trusts(self, scope: Scope) -> bool:
        """Whether the peer of the socket is a trusted proxy."""
        peer = _peer(scope)
        return peer is not None and self._is_proxy(peer)

    def address(self, scope: Scope) -> Address | None:
        """None for a peer without an address (a unix socket)."""
        client = _peer(scope)
        if client is None or not self._is_proxy(client):
            return client
        for hop in self._hops(scope):
            if hop is None:
                break  # not an address: the hop that wrote it is all we know
            client = hop
            if not self._is_proxy(client):
                break
        return client

    def limited_as(self, scope: Scope) -> str:
        """The address as limits count it: an IPv6 client owns all of its /64."""
        address = self.address(scope)
        if address is None:
            return UNKNOWN
        if isinstance(address, IPv6Address):
            return str(IPv6Network((address, 64), strict=False))
        return str(address)

    def is_https(self, scope: Scope) -> bool:
        """Whether the client came by TLS, as the socket or a trusted proxy says."""
        if scope.get("scheme") == "https":
            return True
        said = _header(scope, b"x-forwarded-proto")
        return self.trusts(scope) and said.rpartition(",")[2].strip() == "https"

    def _hops(self, scope: Scope) -> Iterator[Address | None]:
        """The addresses of the header, nearest first; None for what is none."""
        value = _header(scope, self._header)
        if self._header == FORWARDED.encode():
            words = [_for(element) for element in ELEMENTS.findall(value)]
        else:
            words = [word.strip() for word in value.split(",") if word.strip()]
        for word in reversed(words):
            yield _parse(word)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in network for network in self._proxies)


def _peer(scope: Scope) -> Address | None:
    client = scope.get("client")
    return _parse(client[0]) if client else None


def _header(scope: Scope, name: bytes) -> str:
    """All values of a header, in order, as one list."""
    values = [value for key, value in scope["headers"] if key == name]
    return b",".join(values).decode("latin-1")


def _for(element: str) -> str:
    """The `for` parameter of one element of Forwarded (RFC 7239); "" without one."""
    for parameter in PARAMETERS.findall(element):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "for":
            return str(value).strip('"')
    return ""


@lru_cache(maxsize=4096)
def _parse(word: str) -> Address | None:
    bare = WITH_PORT.fullmatch(word)
    try:
        address = ip_address(next(filter(None, bare.groups())) if bare else word)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
