"""A folder of manifests whose account is at the simulated UP42."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.places import moved
from tests.support.project import Project, merged, window

ACCOUNT = "up42-sim"
USERNAME = "a@b.c"
PASSWORD = "canary-password-5e2a"
SQUARE = {"type": "Polygon", "coordinates": [[[13.0, 52.0], [13.1, 52.0], [13.1, 52.1], [13.0, 52.1], [13.0, 52.0]]]}
PRODUCT = {"collection": "pneo-tasking", "product": "Pléiades Neo tasking"}
PARAMS = {
    "acquisitionMode": "mono",
    "cloudCoverage": 10,
    "incidenceAngle": 20,
    "geometricProcessing": "ortho",
    "spectralProcessing": "bundle",
    "radiometricProcessing": "reflectance",
    "pixelCoding": "12bits",
    "deliveredAs": "geotiff",
}
_API = "/up42/api/v2"
PLACE = f"POST {_API}/orders"
CHOOSE = f"PATCH {_API}/tasking/feasibility-studies/{{id}}"
DECIDE = f"PATCH {_API}/tasking/quotation/{{id}}"
LISTS = tuple(f"GET {_API}/{name}" for name in ("orders", "tasking/feasibility-studies", "tasking/quotation"))
_ASKING = ("POST /up42/auth/", f"POST {_API}/orders/estimate", f"POST {_API}/assets/")
"""The POSTs that only ask: for a token, an estimate, a search, an address."""


@dataclass
class Up42Project(Project):
    """A `Project` at the simulated UP42, whose clock stands still."""

    def __post_init__(self) -> None:
        """Write the project and its account."""
        super().__post_init__()
        self.variables |= {"UP42_USERNAME": USERNAME, "UP42_PASSWORD": PASSWORD}

    def account(self, name: str = ACCOUNT, **changes: Any) -> None:
        """Write an account of a user at the simulator."""
        base = {
            "endpoint": self.simulator.up42_url,
            "up42": {
                "username": {"env": "UP42_USERNAME"},
                "password": {"env": "UP42_PASSWORD"},
                "tokenUrl": f"{self.simulator.up42_auth_url}/realms/public/protocol/openid-connect/token",
            },
            "limits": {"requestsPerSecond": 100},
        }
        self.write(f"accounts/{name}.yaml", "Account", name, merged(base, changes))

    def order(
        self, key: str = "berlin", *, place_of: str | None = None, up42: Mapping[str, Any] | None = None, **changes: Any
    ) -> Path:
        """Write an order of Pléiades Neo that its form lets through; `up42` replaces fields of the block."""
        base = {
            "account": ACCOUNT,
            "window": window(5, 19),
            "target": SQUARE if (place := place_of or key) == "berlin" else moved(SQUARE, place),
            "up42": merged({**PRODUCT, "params": PARAMS}, up42 or {}),
        }
        return self.write(f"orders/{key}.yaml", "TaskingOrder", key, merged(base, changes))

    def writes(self) -> dict[str, int]:
        """Return the requests that could have changed something."""
        return {name: n for name, n in self.requests().items() if not name.startswith(("GET ", *_ASKING))}
