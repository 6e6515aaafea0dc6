"""The ways in which an answer of a provider is made bad, in families; `bad_answers` says which lies are left out."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.sweeps.odd_values import JSON_VALUES

PART = 2**16
"""Bytes that a socket gives at once."""
_TRUTHS = frozenset({"id", "reference", "cursor", "data"})
Change = Callable[["Good", random.Random], None]


@dataclass
class Good:
    """An answer on its way, to be made bad."""

    status: int
    headers: dict[str, str]
    content: bytes
    endless: Callable[[], Iterator[bytes]] | None = None

    @property
    def value(self) -> Any:
        """The body as JSON; an empty object where it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return {}


def _odd(chance: random.Random) -> Any:
    return chance.choice(JSON_VALUES)


def _spots(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a value as (parent, key), outer ones first."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    found = [(value, key) for key in keys]
    return found + [spot for key in keys for spot in _spots(value[key])]


def _put(parent: Any, key: Any, chance: random.Random) -> None:
    """Put an odd value in a place; where a good one would be a lie, one of another type."""
    value = _odd(chance)
    if key in _TRUTHS and (value is None or isinstance(value, str) or value == []):
        value = chance.choice([7, True, -1.5, {"a": 1}, ["x"], [[]], 10**400])
    parent[key] = value


def types(good: Good, chance: random.Random) -> None:
    """One to three values become odd ones."""
    value = good.value
    for _ in range(chance.randint(1, 3)):
        if spots := _spots(value):
            _put(*chance.choice(spots), chance)
    good.content = json.dumps(value).encode()


def whole(good: Good, chance: random.Random) -> None:
    """The whole body is another kind of value, or wrapped in one, or nested far too deep."""
    value = good.value
    deep = chance.choice([20, 900, 1_100, 100_000])
    bodies = [
        *(json.dumps(each) for each in (None, [], "", "x", 7, True, [value], [value] * 50)),
        json.dumps({"data": {"data": [value]}}),
        "[" * deep + "]" * deep,
        '{"a":' * deep + "1" + "}" * deep,
        '{"data": ' + "[" * deep + "]" * deep + "}",
        json.dumps(value) * 2,
        "\ufeff" * 2 + json.dumps(value),
        "NaN",
    ]
    good.content = chance.choice(bodies).encode()


def fields(good: Good, chance: random.Random) -> None:
    """Fields are missing, doubled, renamed, too many."""
    value = good.value
    spots = [spot for spot in _spots(value) if isinstance(spot[1], str)]
    if not spots:
        return
    parent, key = chance.choice(spots)
    match chance.randrange(4):
        case 0 if key not in _TRUTHS:
            del parent[key]
        case 1 if key not in _TRUTHS:
            parent[key.upper() + "x"] = parent.pop(key)
        case 2:
            parent.update({f"more{number}": "x" * 100 for number in range(20_000)})
        case _:
            twice = f"{json.dumps(key)}: {json.dumps(_odd(chance))}, {json.dumps(key)}:"
            good.content = json.dumps(value).replace(f"{json.dumps(key)}:", twice, 1).encode()
            return
    good.content = json.dumps(value).encode()


def garbled(good: Good, chance: random.Random) -> None:
    """Bytes are missing at the end, put in, or in another encoding."""
    content, place = good.content, chance.randrange(len(good.content) + 1)
    text = content.decode("utf-8", "replace")
    pieces = [b"\0", b"\xff", b"\xed\xa0\x80", b'"', b"{", b"\\", b"\x1b", b"\xc0\xaf", b"'"]
    good.content = chance.choice([
        content[:place],
        content[: len(content) - 1],
        *(content[:place] + piece + content[place:] for piece in pieces),
        text.encode("utf-16"),
        text.encode("utf-32-le"),
        text.encode("utf-7") + b"+",
        text.encode("cp037", "replace"),
        b"",
        b" " * 1_000_000,
        b"\0" * 100_000,
        content + b"\0",
    ])  # fmt: skip


def numbers(good: Good, chance: random.Random) -> None:
    """A number of more digits than a machine has, or one that is none."""
    value = good.value
    spots = [(parent, key) for parent, key in _spots(value) if isinstance(parent[key], int | float)]
    parent, key = chance.choice(spots or [(value, "more")])
    if isinstance(parent, list) and isinstance(key, str):
        return
    parent[key] = "@"
    odd = ["1e400", "-1e400", "NaN", "-Infinity", "1e-400", "-0", "0x10", "1_0", "007", "1e3", "-1", '"²"', '"9" ']
    odd += ["9" * 400, "9" * 4_298, "-" + "9" * 4_299, "9" * 4_300, "9" * 5_000, "1" + "0" * 30, "1." + "0" * 30 + "1"]
    good.content = json.dumps(value).replace('"@"', chance.choice(odd)).encode()


def statuses(good: Good, chance: random.Random) -> None:
    """The same body under another status, redirects that lead nowhere among them."""
    odd = [201, 202, 203, 204, 206, 207, 226, 299, 300, 301, 302, 304, 307, 308, 399, 400, 401, 402, 404, 408, 418]
    good.status = chance.choice([*odd, 429, 451, 499, 500, 501, 503, 511, 599, 600, 799, 999])
    good.headers["location"] = chance.choice(["/", "//", "http://127.0.0.1:9/x", "", "\x7f", "https://[", "?" * 9_999])


def headers(good: Good, chance: random.Random) -> None:
    """Headers that lie, are no text, or have no end."""
    odd = [
        "",
        " ",
        "x",
        "\xff\xfe",
        "\t",
        "é",
        "0",
        "-1",
        "9" * 400,
        "x" * 200_000,
        ",",
        ";;;",
        "=?utf-8?q?x?=",
        "\x7f",
    ]
    kinds = ["text/html", "application/json; charset=utf-16", "application/json; charset=x", "a/b+json", "json", "*/*"]
    dates = ["Thu, 01 Jan 1970 00:00:00", "Mon, 32 Dec 2026 25:61:61 GMT", "1 Jan 1 00:00 GMT", "x" * 100_000, "²"]
    waits = ["-1", "1e3", "99999999999", "²", "Fri, 31 Dec 9999 23:59:59 GMT", "inf", "0x10", "999999999"]
    cookies = ["a=b; Domain=..; Max-Age=" + "9" * 400, "=" * 4_000, "\xff=\xff", "a=b; Expires=²", ";" * 10_000]
    name, values = chance.choice([
        ("content-type", [*kinds, *odd]),
        ("date", [*dates, *odd]),
        ("date", ["Fri, 31 Dec 9999 23:59:59 -1200", "Mon, 01 Jan 0001 00:00:00 +1200"]),
        ("date", ["Sat, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]),
        ("retry-after", [*waits, *odd]),
        ("set-cookie", cookies),
        ("content-length", ["0", "-1", "x", "9" * 30]),
        ("link", odd),
        ("x" * 10_000, odd),
    ])  # fmt: skip
    good.headers[name] = chance.choice(values)
    if name == "retry-after":
        good.status = chance.choice([429, 503, good.status])


@cache
def bomb(times: int) -> bytes:
    """Return 256 MiB of zeros, packed that often."""
    packer = zlib.compressobj(1, wbits=31)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
    for _ in range(times - 1):
        packed = gzip.compress(packed)
    return packed


def codings(good: Good, chance: random.Random) -> None:
    """Packed bodies: bombs, several times, not really, broken off, under names that nobody knows."""
    good.headers.pop("content-length", None)
    small = json.dumps(good.value).encode()
    coding, content = chance.choice([
        ("gzip", bomb(1)),
        ("gzip", b'{"data": ["' + bomb(1)),
        ("gzip, gzip", bomb(2)),
        ("gzip, gzip, gzip", bomb(3)),
        ("gzip", small),
        ("gzip", gzip.compress(small)),
        ("gzip", gzip.compress(small)[:-9]),
        ("deflate", small),
        ("deflate", zlib.compress(bytes(2**26))),
        ("br", small),
        ("zstd", b"\x28\xb5\x2f\xfd" + small),
        ("x-odd", small),
        ("gzip, x-odd", gzip.compress(small)),
        ("identity, identity", small),
        (", ".join(["gzip"] * 1_000), gzip.compress(small)),
        ("gzip", b""),
    ])  # fmt: skip
    good.headers["content-encoding"], good.content = coding, content


def endless(good: Good, chance: random.Random) -> None:
    """A body without an end: fast or drop by drop, of blanks or of JSON, packed so that nothing ever comes out."""
    good.headers.pop("content-length", None)
    start, part = chance.choice([
        (b"", b" " * PART),
        (b"", b" "),
        (b'{"data": [', b"{}," * 1_000),
        (b'{"a": "', b"x"),
        (b"", b"[" * 100),
    ])  # fmt: skip
    if chance.random() < 0.5:
        good.headers["content-encoding"] = "gzip"
        # An empty block, again and again; or a name of the packed file that does not end.
        start, part = chance.choice([
            (gzip.compress(b"")[:10], b"\0\0\0\xff\xff" * 10),
            (b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"x" * 100),
        ])  # fmt: skip
    good.endless = lambda: _forever(start, part)


def _forever(start: bytes, part: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield part


def large(good: Good, chance: random.Random) -> None:
    """As much JSON as the wire takes, and of the kind that grows most when it is read."""
    size = 31 * 2**20
    parts = ["[],", "{},", '{"id":[]},', "1,", '"",', '"x",', "null,", '{"id":"x"},']
    part = chance.choice(parts)
    name = chance.choice(["data", "deliveries", "access_token", "allowed", "code"])
    good.content = f'{{"{name}": [{part * (size // len(part))}null]}}'.encode()


def words(good: Good, chance: random.Random) -> None:
    """Texts become odd ones, if they are not such that this would be a lie."""
    value = good.value
    texts = [(parent, key) for parent, key in _spots(value) if isinstance(parent[key], str)]
    texts = [(parent, key) for parent, key in texts if key not in _TRUTHS or key == "cursor"]
    odd = ["\ud800", "\0", "\u202e", "\x1b[2J", "🛰" * 9, "x" * 2**20, " ", "\ufeff", "é", "{}", "../..", "\r\n", "²"]
    odd += ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "24:00", "ODD", "rc1-"]
    for _ in range(chance.randint(1, 3)):
        if texts:
            parent, key = chance.choice(texts)
            parent[key] = chance.choice(odd)
    good.content = json.dumps(value).encode()


_OFTEN = (types, fields, words, numbers, whole, garbled, statuses, headers)
FAMILIES: tuple[Change, ...] = (*_OFTEN, codings, endless, *_OFTEN, large)
