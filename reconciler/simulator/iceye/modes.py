"""Imaging modes and product types that ICEYE's pages name, with the facts that the simulator needs of them.

Performant incidence ranges are those of product specification 6.0.5 (contracts/iceye.md section 7).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A mode's performant incidence range in degrees, its price in whole euros, and its imaging time."""

    angles: tuple[int, int]
    price: int
    seconds: int


MODES = {
    "STRIPMAP": Mode(angles=(15, 35), price=1200, seconds=10),
    "SCAN": Mode(angles=(21, 29), price=1100, seconds=15),
    "SCAN_WIDE": Mode(angles=(21, 26), price=1000, seconds=15),
    "SPOTLIGHT": Mode(angles=(20, 40), price=1300, seconds=10),
    "SPOTLIGHT_EXTENDED_AREA": Mode(angles=(20, 40), price=1500, seconds=10),
    "SPOTLIGHT_FINE": Mode(angles=(20, 40), price=1800, seconds=15),
    "SPOTLIGHT_FINE_1L": Mode(angles=(20, 40), price=1800, seconds=15),
    "SPOTLIGHT_FINE_2L": Mode(angles=(20, 40), price=1800, seconds=15),
    "SPOTLIGHT_FINE_3L": Mode(angles=(20, 40), price=1800, seconds=15),
    "SPOTLIGHT_HIGH_1L": Mode(angles=(20, 40), price=1600, seconds=10),
    "SPOTLIGHT_HIGH_2L": Mode(angles=(20, 40), price=1600, seconds=10),
    "SPOTLIGHT_PRECISE_1L": Mode(angles=(20, 40), price=2000, seconds=20),
    "SPOTLIGHT_PRECISE_2L": Mode(angles=(20, 40), price=2000, seconds=20),
    "SPOTLIGHT_PRECISE_3L": Mode(angles=(20, 40), price=2000, seconds=20),
    "SPOTLIGHT_EXTENDED_DWELL": Mode(angles=(20, 40), price=2000, seconds=25),
    "SPOTLIGHT_EXTENDED_DWELL_FINE": Mode(angles=(20, 40), price=2100, seconds=25),
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": Mode(angles=(20, 33), price=2200, seconds=25),
}

OTHER_MODE = Mode(angles=(20, 40), price=1500, seconds=10)

PRODUCT_TYPES = (
    "GRD",
    "GRD-COG",
    "SLC",
    "SLC-COG",
    "QLK",
    "SICD",
    "SIDD",
    "CSI",
    "VID",
    "CSI-COG",
    "VID-COG",
)


def mode(name: str) -> Mode:
    """Return a mode's facts; a mode that only a contract knows has ordinary ones."""
    return MODES.get(name, OTHER_MODE)
