"""The list of hosts that credentials may be sent to, and how the host of an address is read."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.errors import ConfigError
from reconciler.providers.destinations import AllowedHosts, Host, host_of

ALLOWED = {
    "api.example.com": "https://api.example.com/v1",
    "API.Example.COM": "https://api.example.com",
    "one.example,two.example three.example\n": "HTTPS://Three.Example/x",
    "api.example.com:443": "https://api.example.com/v1",
    "api.example.com ": "https://api.example.com:443/v1",
    "api.example.com:8443": "https://api.example.com:8443/v1",
    "127.0.0.1:80": "http://127.0.0.1/v1",
    "127.0.0.1:5000": "http://127.0.0.1:5000/v1",
    "[0:0:0:0:0:0:0:1]:8443": "https://[::1]:8443/v1",
    "[::1]": "https://[0::1]/v1",
    "xn--bcher-kva.example": "https://XN--bcher-kva.example/v1",
    "at.example": "https://at.example/users/a@b/token",
}


@pytest.mark.parametrize(("listed", "address"), ALLOWED.items())
def test_a_listed_host_is_allowed(listed: str, address: str) -> None:
    """Host and port are compared exactly, except for the case and the spelling of an IPv6 address."""
    assert host_of(address) in AllowedHosts.from_text(listed).hosts


OTHERS = [
    ("", "https://api.example.com"),
    ("api.example.com", "https://api.example.com:8443"),
    ("api.example.com:8443", "https://api.example.com"),
    ("example.com", "https://api.example.com"),
    ("api.example.com", "https://api.example.com.evil.example"),
    ("127.0.0.1", "http://127.0.0.1"),
    ("[::1]", "https://[::2]"),
    ("xn--bcher-kva.example", "https://bcher-kva.example"),
]


@pytest.mark.parametrize(("listed", "address"), OTHERS)
def test_any_other_host_is_not(listed: str, address: str) -> None:
    """Neither another port, nor a subdomain, nor a name that only begins alike; an empty list allows nothing."""
    assert host_of(address) not in AllowedHosts.from_text(listed).hosts


@pytest.mark.parametrize(
    "listed",
    [
        *("https://api.example.com", "*.example.com", ".example.com", "example.com.", "a..b", "user@example.com"),
        *("example.com/path", "example.com:", "example.com:0", "example.com:65536", "example.com:x", "-a.example"),
        *("bücher.example", "a_b.example", "::1", "[::1", "[::g]", "[fe80::1%25eth0]", "127.1", "0177.0.0.1", "0x7f.1"),
        *("2130706433", "a;b", "a." + "b" * 64, ".".join(["a" * 60] * 5), "127.0.0.1:٤٤٣", "127.0.0.256"),
    ],
)
def test_what_is_not_a_host_is_refused(listed: str) -> None:
    """The error names the variable and what was written, so that a mistake does not allow less or more than meant."""
    with pytest.raises(ConfigError, match="RECONCILER_ALLOWED_HOSTS") as refused:
        AllowedHosts.from_text(f"api.example.com {listed}")
    assert repr(listed.split()[0]) in str(refused.value)


AMBIGUOUS = (
    *("https://good.example@evil.example/", "https://good.example:pw@evil.example", "https://@evil.example"),
    *("https://evil.example\\@good.example/", "https://evil.example\\.good.example/", "https:\\\\good.example"),
    *("https://good.example/a\\b", "https://good.example?@evil.example", "https://good.example#@evil.example"),
    *("https://good.example.", "https://good.example./x", "https://bücher.example/", "https://good。example/"),
    *("https://good%2eexample/", "https://good.example\t.evil.example/", " https://good.example", "https:good.example"),
    *("https:///good.example", "//good.example", "good.example", "ftp://good.example", "https://good.example:/x"),
    *("https://good.example:44x", "https://good.example:99999", "https://127.1/", "https://0x7f.0.0.1/"),
    *("https://0177.0.0.1/", "https://2130706433/", "https://[::1%25lo]/", "https://[v1.x]/", "https://::1/"),
    *("https://good_example/", "https://good.example /x", "https://good.example/a b", "https://ⓖood.example", ""),
    *("https://good..example", "https://-good.example", "https://good.example:443:80/", "https://good.example\n"),
)


@pytest.mark.parametrize("address", AMBIGUOUS)
def test_an_address_that_can_be_read_in_two_ways_has_no_host(address: str) -> None:
    """User info, backslashes, dots at the end, other alphabets, escapes and odd numbers: none of it is guessed at."""
    with pytest.raises(ValueError, match=r"is not written as|has a|has an") as refused:
        host_of(address)
    assert "evil" not in str(refused.value)


_PIECES = (
    *("https://", "http://", "good.example", "evil.example", "[::1]", "127.0.0.1", "1", "0x7f", ":", "443", "8443"),
    *("@/\\?#.%-_ \t\n[]ü。"),
    *("xn--", "XN--bcher-kva", "2e", "::", "user"),
)
_PARTS = st.lists(st.sampled_from(_PIECES), max_size=8)


@given(_PARTS)
def test_whatever_has_a_host_has_the_same_one_for_the_client(parts: list[str]) -> None:
    """The list is compared with the very host that urllib reads and httpx connects to."""
    address = "https://" + "".join(parts)
    try:
        host = host_of(address)
    except ValueError:
        return
    url, split = httpx.URL(address), urlsplit(address)
    assert url.raw_host.decode().strip("[]").lower() == (split.hostname or "")
    assert (url.port or 443, split.port or 443) == (host.port, host.port)
    assert host_of(f"https://{url.netloc.decode()}") == host
    assert not split.username
    assert not url.userinfo


def test_a_host_is_shown_as_it_is_listed() -> None:
    """What an error names can be copied into the variable."""
    for host in (Host("a.example", 443), Host("a.example", 80), Host("::1", 443), Host("::1", 8443)):
        assert AllowedHosts.from_text(str(host)).hosts == {host}
