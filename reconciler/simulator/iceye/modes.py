"""Imaging modes and product types that ICEYE's pages name, with the facts that the simulator needs of them.

Performant incidence ranges are those of product specification 6.0.5 (contracts/iceye.md section 7).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode's performant incidence range in degrees, its price in whole euros, and its imaging time."""

    angles: tuple[int, int]
    price: int
    seconds: int


MODES = {
    "STRIPMAP": Mode((15, 35), 1200, 10),
    "SCAN": Mode((21, 29), 1100, 15),
    "SCAN_WIDE": Mode((21, 26), 1000, 15),
    "SPOTLIGHT": Mode((20, 40), 1300, 10),
    "SPOTLIGHT_EXTENDED_AREA": Mode((20, 40), 1500, 10),
    "SPOTLIGHT_FINE": Mode((20, 40), 1800, 15),
    "SPOTLIGHT_FINE_1L": Mode((20, 40), 1800, 15),
    "SPOTLIGHT_FINE_2L": Mode((20, 40), 1800, 15),
    "SPOTLIGHT_FINE_3L": Mode((20, 40), 1800, 15),
    "SPOTLIGHT_HIGH_1L": Mode((20, 40), 1600, 10),
    "SPOTLIGHT_HIGH_2L": Mode((20, 40), 1600, 10),
    "SPOTLIGHT_PRECISE_1L": Mode((20, 40), 2000, 20),
    "SPOTLIGHT_PRECISE_2L": Mode((20, 40), 2000, 20),
    "SPOTLIGHT_PRECISE_3L": Mode((20, 40), 2000, 20),
    "SPOTLIGHT_EXTENDED_DWELL": Mode((20, 40), 2000, 25),
    "SPOTLIGHT_EXTENDED_DWELL_FINE": Mode((20, 40), 2100, 25),
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": Mode((20, 33), 2200, 25),
}

OTHER_MODE = Mode((20, 40), 1500, 10)

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
