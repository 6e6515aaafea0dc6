"""Odd values: raw YAML and GeoJSON for manifests, and values for JSON answers."""

from __future__ import annotations

import json
import math
import random

IN_CLEAR = "clear-secret-5c1d"
"""A secret that a manifest gives in the clear: it may be told nowhere."""
_LONG = "x" * 2**20

SCALARS = (
    *("null", "~", "true", "False", "no", "0", "-0", "-1", "7", "1.5"),
    *("1e3", "1e400", "0x10", "0o17", "010", "1_000"),
    *(".nan", ".inf", "-.inf", "1:30", "190:20:30", "9" * 90, "9" * 5_000),
    *("2026-12-01", "2026-12-01T00:00:00", "=", "<<"),
    *("''", "' '", "[]", "{}", "[[]]", "{a: 1}", "[null]", "{null: null}", "{[a]: b}", "!!set {a}", "!!omap [a: 1]"),
    *('"\\u202Eabc"', '"a\\u200bb"', '"\\ud83d\\udef0"', '"\\ud800"', '"\\0"'),
    *('"\\x1b[2J"', '"\\u2028"', '"\\uFEFF"'),
    *("🛰", "e\u0301", "\u202eabc", "a\u200bb", "１２", "٣", "ﬁ", "İ", "\ud800"),
    *("!!binary aGk=", "!!python/object/apply:os.system [x]", "!!int '7'", "!!str 7", "!!float x"),
    *("!x y", "&a x", "*a"),
    *("|\n  x", ">-\n  x", "'", '"', "@", "`", "%", "{"),
    *("]", "? ", "- ", "rc1-aaaaaaaaaaaaaaaaaaaa", "../../etc/passwd"),
    *(_LONG, f"'{_LONG}'", "[" + "1," * 40_000 + "]", "{file: /etc/passwd}", "{env: HOME}", "simulator"),
)

MONEY = (
    *("1e3", "0x10", '"0x10"', '"1e3"', '"-1"', "-1", "-0", '"-0"', "0", '"0"', '"0.00"', "1e30", '"1e30"', "9" * 30),
    *('"' + "9" * 15 + '"', '"' + "9" * 16 + '"', '"' + "9" * 5_000 + '"', '"3500.001"'),
    *('"3500.0000"', "3500.00", "3500"),
    *('"3,500.00"', '"3 500"', '"3500,00"', '" 3500"', '"3500 "', '"EUR 3500"'),
    *('"€3500"', '"3500."', '".5"', '"+3500"'),
    *("１２３４５", '"１２３４５"', '"٣٥٠٠"', '"NaN"', '"Infinity"', ".nan", ".inf", "true"),
    *("null", "''", "[]", "{}", "1:30"),
    *('"1299.99"', '"1300.00"', '"1300"', '"1_300"', '"1300\\n"', '"13\\u200b00"'),
)
CURRENCIES = (
    *("USD", "JPY", "KWD", "credits", "eur", "Euro", "€", "EURO", "E", "''", "null", "7", "XXX", "[EUR]", '"EUR "'),
    *('{amount: "1e3", currency: EUR}', "[]"),
    *('[{amount: "5", currency: EUR}, {amount: "7", currency: EUR}]', '"EUR\\n"'),
    *('{amount: "3000", currency: USD}', '{amount: "999999999999999", currency: JPY}', "ＥＵＲ"),
    *("{EUR: 3000}", '"3000 EUR"'),
)

INSTANTS = (
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"),
    *("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999999Z", "10000-01-01T00:00:00Z", "2026-12-31T23:59:60Z"),
    *("2026-12-06T24:00:00Z", "2026-12-06T23:60:00Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-12-06"),
    *("2026-12-06T00:00:00", "2026-12-06T00:00:00+25:00", "2026-12-06T00:00:00+23:59", "2026-12-06T00:00:00-00:00"),
    *("2026-12-06 00:00:00Z", "2026-12-06t00:00:00z", "2026-12-06T00:00Z", "20261206T000000Z"),
    *("2026-W49-7", "1796515200"),
    *("２０２６-12-06T00:00:00Z", "'2026-12-06T00:00:00Z '", "2026-12-06T00:00:00 Z", "now"),
    *("tomorrow", "null", "1:30"),
    *("2026-12-06T00:00:00.1234567890Z", "2026-12-06T00:00:00,5Z"),
    *("-2026-12-06T00:00:00Z", "2026-12-06T00:00:00Europe/Berlin"),
    *("1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "9999-12-30T00:00:00Z", "0001-01-02T00:00:00Z"),
)

NAMES = (
    *("a/b", "alice/1", "'-'", "--help", "'.'", "'..'", "../x", "'a b'", "A", "ALICE"),
    *("É", '"a\\u0301"', "ﬁ", "İ", "🛰"),
    *('"\\u202Eabc"', '"a\\u200bb"', '"\\ud800"', '"a\\0"', '"a\\nb"'),
    *('"\\x1b[2J"', '"a\\rb"', "rc1-aaaaaaaaaaaaaaaaaaaa"),
    *("RC1-aaaaaaaaaaaaaaaaaaaa", '"rc\\u200b1-x"', "x" * 63, "x" * 64, "x" * 300, _LONG, "''"),
    *("' '", "null", "true", "7"),
    *("con", "nul", "'%s'", "'{0}'", "'${HOME}'", "'$(id)'", "'`id`'", "a;b"),
    *("<b>", "'::error::x'", "'|'", "'[x](y)'", "1e3"),
)

SECRETS = (
    IN_CLEAR,
    f"'{IN_CLEAR}'",
    f"[{IN_CLEAR}]",
    f"{{value: {IN_CLEAR}}}",
    f"{{env: {IN_CLEAR}}}",
    f"{{env: [{IN_CLEAR}]}}",
    f"{{env: {{name: {IN_CLEAR}}}}}",
    f"{{env: A, file: {IN_CLEAR}}}",
    f"{{env: A, value: {IN_CLEAR}}}",
    f"!secret {IN_CLEAR}",
    f"{{env: !secret {IN_CLEAR}}}",
    f"|\n      {IN_CLEAR}\n      {IN_CLEAR}",
    f"https://user:{IN_CLEAR}@127.0.0.1:9/",
    f"https://127.0.0.1:9/?key={IN_CLEAR}",
    "{env: NOWHERE}",
    "{file: /dev/zero}",
    "{file: /proc/self/mem}",
    "{file: .}",
    '{file: "a\\0b"}',
    '{env: "a\\0b"}',
    '{env: "A=B"}',
    "{env: HOME}",
)


def nested(deep: int) -> list[str]:
    """Return a value that stands as deep as that within lists, mappings, or both."""
    return ["[" * deep + "]" * deep, "{a: " * deep + "1" + "}" * deep, "[" * deep, "[{a: " * deep + "}]" * deep]


JSON_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 7, 1.5, -0.0, 10**30, 10**400, -(10**4_000), 2**63, 1e308, 5e-324),
    *("", " ", "x", "²", "٣", "NaN", "null", "true", "7", "-1", "1e3", "0", "\ud800", "\0", "\u202e", "\x1b[2J", "🛰"),
    *("2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-12-01"),
    *("ODD", "x" * 10**6),
    *([], [[]], [None], {}, {"": None}, {"id": None}),
    *([{}] * 3, ["x"] * 10_000, {"a": {"a": {"a": []}}}, [[[[[[[]]]]]]]),
)


def _shape(kind: str, coordinates: object, **more: object) -> str:
    return json.dumps({"type": kind, "coordinates": coordinates, **more})


def _point(chance: random.Random) -> str:
    """Return a point with odd coordinates: not finite, too many, too few, swapped, at the poles and beyond."""
    odd = ["NaN", "Infinity", "1e400", "-0.0", "90", "-90", "180", "-180", "181", "1e-320", '"7"', "null", "true", "[]"]
    odd += ["9" * 400, ".nan", "0x10", "1_0", "133.882675", "-23.7", "1e1", "7.0000000000000000000001"]
    numbers = ", ".join(chance.choice(odd) for _ in range(chance.choice([0, 1, 2, 2, 2, 2, 3, 4])))
    return f'{{"type": "Point", "coordinates": [{numbers}]}}'


def _polygon(chance: random.Random) -> str:
    """Return an area: open, crossing itself, flat, across the date line, around a pole, with holes, wound wrongly."""
    square = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    rings: list[list[list[float]]] = chance.choice([
        [square[:-1]],
        [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]],
        [[[0, 0], [1, 0], [2, 0], [0, 0]]],
        [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]],
        [[[0, 89], [90, 89], [180, 89], [-90, 89], [0, 89]]],
        [[[0, -90], [10, -90], [10, -89], [0, -90]]],
        [square, [[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.2]]],
        [square, [[5, 5], [6, 5], [6, 6], [5, 5]]],
        [square[::-1], square],
        [[[*position, 100.0] for position in square]],
        [[[0, 0]] * 4],
        [[], square],
        [],
    ])  # fmt: skip
    return _shape("Polygon", rings, **chance.choice([{}, {"bbox": [0, 0]}, {"crs": "x"}, {"properties": {}}]))


def _vertices(chance: random.Random) -> str:
    """Return an area of very many vertices: a circle, or a comb that crosses itself everywhere."""
    number = chance.choice([1_000, 50_000, 100_000, 600_000])
    if chance.random() < 0.5:
        angles = [each * math.tau / number for each in range(number)]
        ring = [[round(math.cos(angle), 7), round(math.sin(angle), 7)] for angle in angles]
    else:
        ring = [[round(k % 179 / 2, 1), round(k * 7 % 89 / 2, 1)] for k in range(number)]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, separators=(",", ":"))


def _nesting(chance: random.Random) -> str:
    """Return types within types where they do not belong, unknown and empty ones."""
    inner = chance.choice(["null", "[]", "{}", '"Point"', _point(chance), _polygon(chance), '{"type": "Sphere"}'])
    outer = [
        f'{{"type": "Feature", "geometry": {inner}}}',
        f'{{"type": "Feature", "properties": null, "geometry": {{"type": "Feature", "geometry": {inner}}}}}',
        f'{{"type": "FeatureCollection", "features": {inner}}}',
        f'{{"type": "FeatureCollection", "features": [{inner}, {inner}]}}',
        f'{{"type": "GeometryCollection", "geometries": [{inner}]}}',
        f'{{"type": "MultiPoint", "coordinates": [[0.5, 0.5], {inner}]}}',
        f'{{"type": "Point", "type": "Polygon", "coordinates": {inner}}}',
        f'{{"file": "hostile.geojson", "type": {inner}}}',
        '{"type": "FeatureCollection", "features": [' + ",".join([_shape("Point", [3, 4])] * 5_000) + "]}",
        inner,
    ]
    return chance.choice(outer)


def _repeated(_chance: random.Random) -> str:
    """Return very many keys, the last of which is there twice."""
    return "{" + ",".join(f'"k{number}":0' for number in [*range(200_000), 199_999]) + "}"


GEOMETRIES = (_point, _point, _polygon, _polygon, _vertices, _nesting, _nesting, _repeated)
