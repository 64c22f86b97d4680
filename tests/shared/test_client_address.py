"""From which address a request comes, whatever it says of itself."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from shared.client_address import ClientAddresses
from shared.settings import Settings
from tests.infra.conftest import UNSTARTED

PROXIES = tuple(map(ip_network, ("10.0.0.0/8", "2001:db8:aa::/48")))


def a_request(
    peer: str | None, *headers: tuple[str, str], scheme: str = "http"
) -> dict[str, Any]:
    return {
        "type": "http",
        "scheme": scheme,
        "client": (peer, 40_000) if peer else None,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


def reader(header: str = "x-forwarded-for") -> ClientAddresses:
    settings: Settings = replace(
        UNSTARTED, trusted_proxies=PROXIES, forwarded_header=header
    )
    return ClientAddresses(settings)


def xff(value: str) -> tuple[str, str]:
    return ("x-forwarded-for", value)


def forwarded(value: str) -> tuple[str, str]:
    return ("forwarded", value)


def test_without_trusted_proxies_the_headers_are_not_read() -> None:
    request = a_request("192.0.2.1", xff("203.0.113.9"), forwarded("for=203.0.113.9"))
    assert str(ClientAddresses(UNSTARTED).address(request)) == "192.0.2.1"


def test_a_peer_that_is_no_proxy_is_not_believed() -> None:
    request = a_request("192.0.2.1", xff("203.0.113.9"))
    assert str(reader().address(request)) == "192.0.2.1"


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([xff("203.0.113.9")], "203.0.113.9"),
        # what the client wrote itself lies left of what the proxy added
        ([xff("6.6.6.6, 203.0.113.9")], "203.0.113.9"),
        ([xff("6.6.6.6"), xff("203.0.113.9")], "203.0.113.9"),
        ([xff("6.6.6.6, 10.0.0.9, 203.0.113.9")], "203.0.113.9"),
        # two proxies of ours in a row
        ([xff("6.6.6.6, 203.0.113.9, 10.0.0.2")], "203.0.113.9"),
        # a client that claims to be a proxy of ours gets no further than to be one
        ([xff("10.0.0.9")], "10.0.0.9"),
        ([xff("10.0.0.9, 203.0.113.9")], "203.0.113.9"),
        # nonsense ends what is believed
        ([xff("6.6.6.6, nonsense")], "10.0.0.1"),
        ([xff("6.6.6.6, nonsense, 10.0.0.2")], "10.0.0.2"),
        ([xff("")], "10.0.0.1"),
        ([], "10.0.0.1"),
        # ports and IPv6, mapped IPv4 as the IPv4 that it is
        ([xff("203.0.113.9:51000")], "203.0.113.9"),
        ([xff("[2001:db8::7]:443")], "2001:db8::7"),
        ([xff("2001:db8::7")], "2001:db8::7"),
        ([xff("::ffff:203.0.113.9")], "203.0.113.9"),
        # the header that the proxy does not set is the client's own
        ([forwarded("for=6.6.6.6"), xff("203.0.113.9")], "203.0.113.9"),
        ([forwarded("for=6.6.6.6")], "10.0.0.1"),
    ],
)
def test_only_what_a_trusted_proxy_wrote_is_believed(
    headers: list[tuple[str, str]], client: str
) -> None:
    assert str(reader().address(a_request("10.0.0.1", *headers))) == client


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9;proto=https", "203.0.113.9"),
        ("for=6.6.6.6, for=203.0.113.9;by=10.0.0.1", "203.0.113.9"),
        ('for="[2001:db8::7]:443"', "2001:db8::7"),
        # words inside of another parameter are no `for`
        ('for=203.0.113.9;host="for=6.6.6.6"', "203.0.113.9"),
        ('for=203.0.113.9;host="a, for=6.6.6.6"', "203.0.113.9"),
        ('for=203.0.113.9;host="a;for=6.6.6.6"', "203.0.113.9"),
        ("for=6.6.6.6, for=_hidden", "10.0.0.1"),
        ("for=6.6.6.6, by=10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_standard_header_is_read_where_the_settings_name_it(
    value: str, client: str
) -> None:
    request = a_request("10.0.0.1", forwarded(value), xff("6.6.6.6"))
    assert str(reader("forwarded").address(request)) == client


def test_an_ipv6_client_is_limited_by_its_whole_network() -> None:
    """Anybody with one address there has 2⁶⁴ of them."""
    limited = {
        reader().limited_as(a_request(f"2001:db8:1:2::{number:x}"))
        for number in range(1, 9)
    }
    assert limited == {"2001:db8:1:2::/64"}
    assert reader().limited_as(a_request("192.0.2.1")) == "192.0.2.1"
    assert reader().limited_as(a_request(None)) == "unknown"


def test_tls_is_believed_of_the_socket_and_of_proxies_only() -> None:
    said = ("x-forwarded-proto", "https")
    assert reader().is_https(a_request("192.0.2.1", scheme="https"))
    assert reader().is_https(a_request("10.0.0.1", said))
    assert not reader().is_https(a_request("192.0.2.1", said))
    assert not reader().is_https(a_request("10.0.0.1"))


def test_an_ipv6_proxy_is_one_too() -> None:
    request = a_request("2001:db8:aa::1", xff("203.0.113.9"))
    assert reader().address(request) == ip_address("203.0.113.9")
