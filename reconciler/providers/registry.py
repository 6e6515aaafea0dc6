"""The providers, as a literal table. Importing it opens no connection and needs no HTTP client."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.errors import ConfigError
from reconciler.providers.base import Driver
from reconciler.providers.iceye.driver import DRIVER as ICEYE
from reconciler.providers.up42.driver import DRIVER as UP42
from reconciler.providers.vantor.driver import DRIVER as VANTOR

DRIVERS: Mapping[str, Driver] = {
    "iceye": ICEYE,
    "up42": UP42,
    "vantor": VANTOR,
}
"""By the name that a manifest uses: the key of the provider's block."""


def driver(name: str) -> Driver:
    """Return the provider's driver; ConfigError, which lists the known names, where there is none."""
    try:
        return DRIVERS[name]
    except KeyError:
        raise ConfigError(f"there is no provider {name!r}: the known ones are {', '.join(sorted(DRIVERS))}") from None
