"""The ways in which a folder of manifests is made bad, in families. Which place and which way, a generator chooses.

Changes of structure are made to PyYAML's nodes, which keep the text of every scalar; what stands in for a scalar is
raw text, so that anything can be written that no dumper would write. Files that the system refuses to open are left to
`tests/manifest`: they do not exist for root.
"""

from __future__ import annotations

import codecs
import copy
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.sweeps.odd_values import CURRENCIES, GEOMETRIES, INSTANTS, MONEY, NAMES, SCALARS, SECRETS, nested

_TEXT = "tag:yaml.org,2002:str"
_HOLE = "a-hole-to-fill"
Pairs = list[tuple[yaml.Node, yaml.Node]]


@dataclass
class Mess:
    """A folder of manifests, and the generator that chooses."""

    folder: Path
    chance: random.Random

    def file(self) -> Path:
        """Choose a manifest."""
        return self.chance.choice(self._files())

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*.yaml") if path.is_file())

    def change(self, path: Path, change: Callable[[list[yaml.Node]], None], raw: str = "") -> None:
        """Change a file's nodes; raw text replaces what was made by `hole`. What is no YAML any more stays as it is."""
        try:
            nodes = [node for node in yaml.compose_all(path.read_bytes(), Loader=yaml.CSafeLoader) if node is not None]
            change(nodes)
            text = yaml.serialize_all(nodes, Dumper=yaml.CSafeDumper, explicit_start=True, allow_unicode=True)
        except (yaml.YAMLError, UnicodeError, RecursionError):
            return
        path.write_text(text.replace(_HOLE, raw), encoding="utf-8", errors="surrogatepass", newline="")

    def put(self, names: Sequence[str], raw: str, path: Path | None = None) -> None:
        """Write raw text in the place of a value that stands under one of these names, in some manifest."""

        def change(nodes: list[yaml.Node]) -> None:
            found = [
                (pairs, number)
                for pairs in _mappings(nodes)
                for number, (key, _) in enumerate(pairs)
                if key.value in names
            ]
            if found:
                pairs, number = self.chance.choice(found)
                pairs[number] = pairs[number][0], hole()

        for each in [path] if path else sorted(self._files(), key=lambda _: self.chance.random()):
            before = each.read_bytes()
            self.change(each, change, raw)
            if each.read_bytes() != before and raw in each.read_text("utf-8", "replace"):
                return


def hole() -> yaml.Node:
    """Return a node that raw text will replace."""
    return yaml.ScalarNode(_TEXT, _HOLE)


def _mappings(nodes: Sequence[yaml.Node]) -> list[Pairs]:
    """Return the pairs of every mapping, outer ones first."""
    found: list[Pairs] = []
    for node in nodes:
        if isinstance(node, yaml.MappingNode):
            found += [node.value, *_mappings([value for _, value in node.value])]
        elif isinstance(node, yaml.SequenceNode):
            found += _mappings(node.value)
    return found


def structure(mess: Mess) -> None:
    """Keys dropped, doubled, renamed, moved, nested; lists for maps and back; a subtree where another belongs."""
    mess.change(mess.file(), lambda nodes: _restructure(nodes, mess.chance), raw=mess.chance.choice(SCALARS))


def _restructure(nodes: list[yaml.Node], chance: random.Random) -> None:
    mappings = [pairs for pairs in _mappings(nodes) if pairs]
    if not mappings:  # an earlier change has left nothing
        return
    pairs, others = chance.choice(mappings), chance.choice(mappings)
    number = chance.randrange(len(pairs))
    key, value = pairs[number]
    other = chance.choice(others)
    match chance.randrange(9):
        case 0:
            del pairs[number]
        case 1:
            pairs.append((copy.deepcopy(key), copy.deepcopy(chance.choice([value, other[1]]))))
        case 2:
            pairs[number] = yaml.ScalarNode(_TEXT, chance.choice([key.value + "s", key.value.upper(), " "])), value
        case 3:
            pairs[number] = hole(), value
        case 4:
            others.append(pairs.pop(number))
        case 5:
            pairs[number] = key, yaml.MappingNode("tag:yaml.org,2002:map", [(copy.deepcopy(key), value)])
        case 6:
            pairs[number] = key, yaml.SequenceNode("tag:yaml.org,2002:seq", [value] * chance.choice([1, 1, 2, 101]))
        case 7:
            pairs[number] = key, copy.deepcopy(other[1])
        case _:
            pairs[number] = (value, key) if chance.random() < 0.5 else (key, yaml.SequenceNode(_TEXT, []))


def types(mess: Mess) -> None:
    """A scalar, or a whole subtree, replaced by each odd kind of value."""

    def change(nodes: list[yaml.Node]) -> None:
        mappings = [pairs for pairs in _mappings(nodes) if pairs]
        if mappings:
            pairs = mess.chance.choice(mappings)
            number = mess.chance.randrange(len(pairs))
            pairs[number] = pairs[number][0], hole()

    mess.change(mess.file(), change, raw=mess.chance.choice(SCALARS))


def money(mess: Mess) -> None:
    """Amounts that are none, or not plainly one; other currencies."""
    if mess.chance.random() < 0.7:
        mess.put(["amount"], mess.chance.choice(MONEY))
    else:
        mess.put(["currency", "maxPrice", "perOrder", "perMonth"], mess.chance.choice(CURRENCIES))


def instants(mess: Mess) -> None:
    """Instants at the ends of time, between the seconds, and without a zone; also of an embedded simulator's clock."""
    raw = mess.chance.choice(INSTANTS)
    if mess.chance.random() < 0.75:
        return mess.put(["start", "end", "until"], raw)
    contract = "{contractID: 7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11}"
    text = f"endpoint: simulator, simulator: {{start: {raw}, speed: 1}}, iceye: {contract}"
    (account,) = (path for path in (mess.folder / "accounts").iterdir())
    return mess.put(["spec"], f"{{{text}, limits: {{settle: {mess.chance.choice(['15m', '999999d'])}}}}}", account)


def durations(mess: Mess) -> None:
    """How long, how many, how fast: at and beyond what is possible."""
    odd = ["0s", "999999d", "730000d", "1e3", "15", "-1m", "15M", "１５m", "999999999d"]
    mess.put(["settle"], mess.chance.choice(odd))


def names(mess: Mess) -> None:
    """Names of orders, accounts, owners and labels that are hard to tell, to print or to store."""
    mess.put(["name", "owner", "account", "reason", "campaign", "reference"], mess.chance.choice(NAMES))


def secrets(mess: Mess) -> None:
    """A secret given in the clear where it should be named, in each way in which a person might; or named oddly.

    As a file's path it is left out: any text may be one, and a message must be able to name it.
    """
    raw = mess.chance.choice(SECRETS)
    mess.put(["endpoint"] if "//" in raw else ["tokenUrl", "clientId", "clientSecret"], raw)


def encodings(mess: Mess) -> None:
    """Byte order marks, other encodings, bytes that are no text, line ends of all kinds."""
    path = mess.file()
    content = path.read_bytes()
    text = content.decode("utf-8", "replace")
    half = text[: len(text) // 2]
    choices = [
        codecs.BOM_UTF8 + content,
        codecs.BOM_UTF8 * 2 + content,
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32"),
        ("# é\n" + text).encode("latin-1", "replace"),
        ("# é\n" + text).encode("cp037", "replace"),
        content.replace(b"\n", b"\r\n"),
        content.replace(b"\n", b"\r"),
        content.replace(b"\n", b"\r\n", 3).replace(b": ", b":\t", 2),
        content.replace(b"  ", b"\t", mess.chance.randrange(1, 9)),
        content.replace(b"\n", "\u2028".encode()),
        content.replace(b" ", "\u00a0".encode(), mess.chance.randrange(1, 20)),
        content.replace(b":", "\uff1a".encode(), 1),
        *(_inserted(content, piece, mess.chance) for piece in (b"\0", b"\xff", b"\xed\xa0\x80", b"\x1b[2J", b"\x85")),
        *(_inserted(content, piece, mess.chance) for piece in (b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x80\xae")),
        half.encode(),
        b"\0" * 4096,
        b"",
    ]
    path.write_bytes(mess.chance.choice(choices))


def _inserted(content: bytes, piece: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + piece + content[place:]


def sizes(mess: Mess) -> None:
    """Very many documents, keys, problems, files; very long lines, texts and files."""
    path, million = mess.file(), 2**20
    content = path.read_text("utf-8", "replace")
    match mess.chance.randrange(10):
        case 0:
            path.write_text("---\n".join([content] * 200))
        case 1:
            path.write_text(content + "\n---\na: 1" * (2 * million))
        case 2:
            path.write_text(content + "".join(f"\nkey{number}: {number}" for number in range(300_000)))
        case 3:
            path.write_text(content + "# " + "x" * mess.chance.choice([5, 15, 40]) * million)
        case 4:
            mess.put(["reference", "reason", "name", "env", "file"], "x" * 5 * million)
        case 5:
            path.write_text(content + "\n" * 14 * million)
        case 6:
            path.write_text(content + "\n- " + "[1,2]," * 2 * million)
        case 7:
            path.write_text(content + "\n? " + "k" * 10 * million + "\n: 1\n")
        case 8:
            for number in range(300):
                (path.parent / f"more-{number}.yaml").write_text(content)
        case _:
            path.write_text("---\nkind: 7\n" * million)


def aliases(mess: Mess) -> None:
    """Bombs, anchors within themselves, merge keys, aliases of nothing."""
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    texts = [
        f"a0: &a0 [x, x, x]\n{bomb}",
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "&a a: *a\n",
        "b: *nothing\n",
        "base: &base {x: 1}\nc: {<<: *base, y: 2}\n",
        "<<: [{a: 1}, {b: 2}]\n",
        "a: &a x\n" + "b: [" + "*a, " * 200 + "]\n",
    ]
    path = mess.file()
    text = mess.chance.choice(texts)
    content = path.read_text("utf-8", "replace")
    if mess.chance.random() < 0.5:
        path.write_text(content + ("" if content.endswith("\n") else "\n") + text)
    else:
        mess.put(["labels", "limits", "iceye", "target", "policy"], "\n      " + text.replace("\n", "\n      "), path)


def nesting(mess: Mess) -> None:
    """Ten thousand brackets, and as deep by indents."""
    deep = mess.chance.choice([20, 49, 50, 51, 1_000, 10_000])
    if mess.chance.random() < 0.5:
        return mess.put(["coordinates", "labels", "iceye", "amount", "spec"], mess.chance.choice(nested(deep)))
    path = mess.file()
    indents = "".join(f"{' ' * number}a:\n" for number in range(min(deep, 2_000)))
    path.write_text(mess.chance.choice([*nested(deep), indents, "- " * deep, "? " * deep]))
    return None


def paths(mess: Mess) -> None:
    """Targets' files outside of the folder, links out of it and in circles, devices, pipes, folders with odd names."""
    outside = mess.folder.parent / "outside.geojson"
    outside.write_text('{"type": "Point", "coordinates": [7, 7]}')
    odd = ["../../etc/passwd", "/etc/passwd", "/dev/zero", "/proc/self/environ", "../outside.geojson", ".", "..", "''"]
    odd += ["../../outside.geojson", "link.geojson", "loop.yaml", "pipe.yaml", "folder.yaml", "~/x", "//", '"a\\0b"']
    odd += ["targets/../../outside.geojson", "x" * 5_000, "file:///etc/passwd", "../project.yaml", '"\\ud800"', "7"]
    mess.put(["target"], f"{{file: {mess.chance.choice(odd)}}}")
    here = mess.chance.choice([mess.folder, *sorted(path for path in mess.folder.iterdir() if path.is_dir())])
    _strew(here, mess.chance.randrange(9), outside)


def _strew(here: Path, what: int, outside: Path) -> None:
    match what:
        case 0:
            (here / "link.geojson").symlink_to(outside)
        case 1:
            (here / "link.yaml").symlink_to("/etc/passwd")
        case 2:
            (here / "loop.yaml").symlink_to("loop.yaml")
        case 3:
            (here / "circle").symlink_to(here, target_is_directory=True)
        case 4:
            os.mkfifo(here / "pipe.yaml")
        case 5:
            (here / "folder.yaml").mkdir()
        case 6:
            (here / "zero.yaml").symlink_to("/dev/zero")
        case 7:
            (here / "away").symlink_to("/proc/self", target_is_directory=True)
        case _:
            (here / os.fsdecode(b"\xff\x1b[2J\n.yaml")).write_bytes(b"a: 1\n")


def geometries(mess: Mess) -> None:
    """Hostile GeoJSON, in the manifest or in a file of its own."""
    text = mess.chance.choice(GEOMETRIES)(mess.chance)
    if mess.chance.random() < 0.5 and len(text) < 100_000:
        return mess.put(["target"], text)
    (mess.folder / "hostile.geojson").write_text(text)
    return mess.put(["target"], "{file: " + "../" * mess.chance.randrange(2) + "hostile.geojson}")


FAMILIES: tuple[Callable[[Mess], None], ...] = (
    structure,
    types,
    money,
    names,
    secrets,
    encodings,
    sizes,
    structure,
    types,
    instants,
    aliases,
    nesting,
    paths,
    geometries,
    geometries,
    durations,
)
