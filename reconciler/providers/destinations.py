"""Which hosts credentials may be sent to: a list from the environment, and how the host of an address is read. Pure.

Manifests name the secrets and the addresses that these are sent to. Anyone who may propose manifests could name an
address of their own, so that the list has to come from elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from reconciler.model.errors import ConfigError

ALLOWED_HOSTS = "RECONCILER_ALLOWED_HOSTS"
_HTTPS = 443
_DEFAULT_PORTS = {"https": _HTTPS, "http": 80}
_HOST = r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
_ENTRY = re.compile(_HOST)
# No user info, backslash, percent sign, blank or letter outside ASCII before the path: programs read those differently.
_ADDRESS = re.compile(rf"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://{_HOST}(?P<rest>/[!-\[\]-~]*)?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST = 253


@dataclass(frozen=True, slots=True)
class Host:
    """A host in lower case (an IPv6 address in its shortest form, without brackets) and a port."""

    name: str
    port: int

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _HTTPS else f"{name}:{self.port}"


def host_of(address: str) -> Host:
    """Return the host of an http or https address.

    Raises `ValueError`, whose text repeats nothing of the address, if not every program would read the same host.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(
            "is not written as https://host/path or https://host:port/path (no user name, no backslash, no percent sign"
            " in the host; international names in their ASCII form, xn--...)"
        )
    return _host(found, _DEFAULT_PORTS[found["scheme"].lower()])


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that credentials may be sent to, each with one port. Names are compared exactly, but for their case."""

    hosts: frozenset[Host]

    @classmethod
    def from_text(cls, text: str) -> AllowedHosts:
        """Read `host` or `host:port`, separated by commas or white space; without a port, 443 is meant.

        Raises `ConfigError` for anything else, such as a URL, a wildcard or a name that ends in a dot.
        """
        return cls(frozenset(_entry(each) for each in re.split(r"[,\s]+", text) if each))


def _entry(text: str) -> Host:
    found = _ENTRY.fullmatch(text)
    try:
        if found is None:
            raise ValueError("is not written as `host` or `host:port`")
        return _host(found, _HTTPS)
    except ValueError as e:
        raise ConfigError(
            f"{ALLOWED_HOSTS}: {text!r} {e}: list full host names (api.example.com, api.example.com:8443, [::1]:8443),"
            " separated by commas or spaces"
        ) from e


def _host(found: re.Match[str], default: int) -> Host:
    port = int(found["port"]) if found["port"] else default
    if not 0 < port < 2**16:
        raise ValueError("has a port that is not between 1 and 65535")
    return Host(_name(found["host"].lower()), port)


def _name(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except ValueError as e:
            raise ValueError("has an IPv6 address that cannot be read") from e
    labels = text.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text))
        except ValueError as e:
            raise ValueError("has an IPv4 address that is not four decimal numbers without leading zeros") from e
    if len(text) > _LONGEST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("has a host name that is not letters, digits and hyphens between single dots")
    return text
