"""Write the page's land outlines anew, to stdout: `python -m tests.page.land land-110m.json` (templates/land.svg).

The file is of npm's package world-atlas 2.0.2: Natural Earth's land at 1:110m, which is public domain, as TopoJSON.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

HEAD = (
    "{# Natural Earth 1:110m land (naturalearthdata.com, public domain), by npm's world-atlas 2.0.2, to 0.1 degree. #}"
)
NORTH_UP = 900


def arcs(topology):
    """Return each arc as positions, which a file holds as differences of whole numbers."""
    (across, up), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        positions = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            positions.append((x * across + west, y * up + south))
        yield positions


def rings(topology):
    """Return every ring of land, holes among them."""
    known = list(arcs(topology))
    for geometry in topology["objects"]["land"]["geometries"]:
        for ring in (ring for polygon in geometry["arcs"] for ring in polygon):
            parts = [known[n] if n >= 0 else known[~n][::-1] for n in ring]
            yield [position for part in parts for position in part[1:]]


def unbroken(ring):
    """Return a ring in tenths of a degree, going on past the antimeridian; one around the south pole includes it."""
    turns = 0
    found = []
    for (before, _), (longitude, latitude) in pairwise([ring[-1], *ring]):
        if found:
            turns += (before - longitude > 180) - (longitude - before > 180)
        found.append((round((longitude + 360 * turns) * 10) + 1800, NORTH_UP - round(latitude * 10)))
    closing = ring[-1][0] - ring[0][0]
    if abs(turns + (closing > 180) - (closing < -180)) == 1:
        pole = 2 * NORTH_UP
        found += [(found[0][0] + 3600 * (1 if found[-1][0] > found[0][0] else -1), found[0][1])]
        found += [(found[-1][0], pole), (found[0][0], pole)]
    return found


def drawn(ring):
    """Return a ring as a path of relative steps, positions that are the same after rounding left out."""
    places = [place for before, place in pairwise([None, *ring]) if place != before]
    if len(set(places)) < 3:
        return ""
    steps = [f"{x - a} {y - b}" for (a, b), (x, y) in pairwise(places)]
    return f"M{places[0][0]} {places[0][1]}l{' '.join(steps)}z".replace(" -", "-")


def path(topology):
    """Return all land as one path; what passes the antimeridian stands on both sides of it."""
    whole = []
    for ring in map(unbroken, rings(topology)):
        reach = [x for x, _ in ring]
        shifts = [0] + [3600] * (min(reach) < 0) + [-3600] * (max(reach) > 3600)
        whole += [drawn([(x + shift, y) for x, y in ring]) for shift in shifts]
    return "".join(whole)


if __name__ == "__main__":
    found = path(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.write(f'{HEAD}\n<path id="land" d="{found}"/>\n')
