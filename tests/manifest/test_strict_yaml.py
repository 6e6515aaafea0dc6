"""The YAML reader: core schema only, every position known, nothing hostile read further than it must be."""

from __future__ import annotations

import time

import pytest
import yaml

from reconciler.manifest.strict_yaml import YamlFile
from reconciler.manifest.yaml_builder import MAX_ALIASES, MAX_DEPTH, Value
from reconciler.model.errors import Location

SYNTAX = "not valid YAML"
STARTS = "that starts at line"


def read(text: str, *, pure: bool = False) -> tuple[list[Value], list[str]]:
    file = YamlFile(text, "f", parser=yaml.SafeLoader) if pure else YamlFile(text, "f")
    return [document.value for document in file], [str(problem).removeprefix("f:") for problem in file.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("True", "True"),
        ("true", True),
        ("Null", "Null"),
        ("12:30:45", "12:30:45"),
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("0x1F", 31),
        ("0o17", 15),
        ("-0", 0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("-", "-"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("nan", "nan"),
        ("'010'", "010"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!float 12", 12),
        ("=", "="),
        ("|\n  a\n  b\n", "a\nb\n"),
        ('"\\u00e4\\t\\n"', "ä\t\n"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Value) -> None:
    """Dates, times, `yes` and `no` stay text; only `true` and `false` are switches."""
    values, problems = read(f"[{text}]" if "|" not in text else f"- {text}")
    assert (values, problems) == ([[value]], [])
    assert type(values[0][0]) is type(value)  # type: ignore[index]  # the line above shows that it is a list


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 010", "1:4: 010 begins with 0 and could be read as octal: write 10, or quote it"),
        ("a: .nan", "1:4: .nan is not a number that can be ordered: write a finite one, or quote it if it is text"),
        ("a: -.inf", "1:4: -.inf is not a number that can be ordered: write a finite one, or quote it if it is text"),
        ("a: 1e999", "1:4: the number is too long or too large: quote it if it is text"),
        ("a: " + "9" * 5000, "1:4: a number of 5000 digits is too long: quote it if it is text"),
        ("a: 1\nb: 2\na: 3", "3:1: duplicate key `a`: it already stands at line 1"),
        ("a: {b: 1, 'b': 2}", "1:11: duplicate key `b`: it already stands at line 1"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "3:3: merge keys (<<) are not supported: write the fields out"),
        ("1.5: a", "1:1: a key must be text, found 1.5: quote it"),
        ("-1: a", "1:1: a key must be text, found -1: quote it"),
        ("true: a", "1:1: a key must be text, found true: quote it"),
        ("null: a", "1:1: a key must be text, found nothing: quote it"),
        ("? [a]\n: b", "1:3: a key must be text, found a list: quote it"),
        ("a: !!binary aGk=", "1:4: the tag `tag:yaml.org,2002:binary` is not supported: remove it"),
        ("a: !!python/name:os.x ''", "1:4: the tag `tag:yaml.org,2002:python/name:os.x` is not supported: remove it"),
        ("a: !!set {b}", "1:4: the tag `tag:yaml.org,2002:set` is not supported: remove it"),
        ("a: !mine 1", "1:4: the tag `!mine` is not supported: remove it"),
        ("a: !!int x", "1:4: `x` does not fit its tag `tag:yaml.org,2002:int`"),
        ("a: *b", "1:4: the alias *b has no anchor before it"),
        ("a: &b [*b]", "1:8: the alias *b stands inside its own anchor"),
        ('a: "x\\0y"', "1:4: the text holds a control character: remove it"),
        ('"x\\0y": a', "1:1: the text holds a control character: remove it"),
        ("a: 1\nb: \x00", "2:4: the character U+0000 does not belong in a text file: remove it"),
        ("a: x\x85y", "1:5: the character U+0085 does not belong in a text file: remove it"),
        ("a:\n\t- b", "2:1: not valid YAML: a tab cannot indent; use spaces"),
        ("a: [1\nb: 2", f"2:2: {SYNTAX}: did not find expected ',' or ']' (while parsing a flow sequence {STARTS} 1)"),
        ("%TAG ! tag:x,2000:\n---\n!y 1", "3:1: the tag `tag:x,2000:y` is not supported: remove it"),
    ],
)  # fmt: skip
def test_what_could_be_misread_is_refused(text: str, said: str) -> None:
    """With line and column, in one sentence."""
    assert read(text)[1] == [said]


def test_what_is_only_unusual_is_read() -> None:
    """Windows line ends, many documents, directives, comments, an alias of an earlier value."""
    text = "%YAML 1.2\n---\r\na: &x [1, 2]\r\nb: *x\r\n...\r\n# comment\r\n---\r\n# only a comment\r\n---\r\nc\r\n"
    assert read(text) == ([{"a": [1, 2], "b": [1, 2]}, "c"], [])
    assert read("") == ([], [])
    assert read("# nothing\n") == ([], [])


def test_a_document_before_a_syntax_error_is_whole() -> None:
    """It is read and judged."""
    values, problems = read("a: 1\n---\nb: {")
    assert values == [{"a": 1}]
    assert len(problems) == 1


def test_positions_are_those_of_keys_and_values() -> None:
    """Of the deepest part that is there."""
    document = next(iter(YamlFile("a:\n  - b: 1\n    ä: {c: 2}\n", "f")))
    assert document.at(("a", 0, "ä", "c")) == Location(file="f", line=3, column=12)
    assert document.at(("a", 0, "ä", "c"), key=True) == Location(file="f", line=3, column=9)
    assert document.at(("a", 0, "x", "c")) == Location(file="f", line=2, column=5)
    assert document.at(("a", 7)) == Location(file="f", line=2, column=3)
    assert document.at(()) == Location(file="f", line=1, column=1)


def bomb(opening: str, inner: str, closing: str) -> str:
    lines = [f"a0: &a0 {opening}{', '.join([inner] * 9)}{closing}"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (bomb("[", "lol", "]"), "aliases make more than 50,000 values of this document"),
        (bomb("[", "{a: b}", "]"), "aliases make more than 50,000 values of this document"),
        ("a: &x 1\nb: [" + "*x, " * (MAX_ALIASES + 1) + "]", "more than 100 aliases in one document"),
        ("[" * 200 + "]" * 200, "nested more than 50 levels deep"),
        ("[" * 100_000, "nested more than 50 levels deep"),
        ("{a: " * 200 + "1" + "}" * 200, "nested more than 50 levels deep"),
        ("\n".join("  " * level + "a:" for level in range(200)), "nested more than 50 levels deep"),
        ("- " * 200 + "a", "nested more than 50 levels deep"),
        ("[" + "1," * 60_000 + "]", "more than 50,000 values in one document"),
        ("? " + "k" * 300_000 + "\n: 1\n? " + "k" * 300_000 + "\n: 2\n", "duplicate key `kkk"),
        ("!" + "t" * 100_000 + " a", "the tag `!ttt"),
        ("a: {" + ", ".join("1: 1" for _ in range(3_000)) + "}", "too many problems in this file"),
        ("- a\n---\n" * 10 + "'" + "x" * 5_000_000, "not valid YAML"),
    ],
)
def test_hostile_text_is_refused_fast_and_briefly(text: str, said: str) -> None:
    """No text makes the reader slow, large or talkative."""
    begun = time.perf_counter()
    problems = read(text)[1]
    assert time.perf_counter() - begun < 2
    assert said in problems[-1]
    assert all(len(problem) < 300 for problem in problems)


def nested(opening: str, inner: str, closing: str, count: int) -> str:
    return opening * count + inner + closing * count


def block_maps(count: int) -> str:
    return "\n".join("  " * level + "a:" for level in range(count))


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "python"])
@pytest.mark.parametrize(
    "before", ["", "# a comment\n", "a: [1]\n---\n", "ä: '\u20ac'\n...\n%YAML 1.1\n---\n", "a\n...\n---\n"]
)
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("[" * 100_000, 1, 51),
        ("{" * 2_000, 1, 51),
        ("[{" * 1_000, 1, 51),
        ("[" * 51, 1, 51),
        ("[ " * 2_000, 1, 101),
        ("[\n" * 2_000, 51, 1),
        ("{? " * 2_000, 1, 151),
        ("{a: " * 2_000, 1, 201),
        ("[a: " * 2_000, 1, 101),
        ("['[', " * 2_000, 1, 301),
        ("- " * 100_000, 1, 101),
        ("? " * 2_000, 1, 101),
        ("- ? " * 1_000, 1, 101),
        ("- " * 30 + "[" * 100_000, 1, 81),
        ("a:\n- " + "[" * 100_000, 2, 51),
        ("a: &x !!seq " + "[" * 100_000, 1, 62),
        ("a: 'ä [[['\nb: " + "[" * 100_000, 2, 53),
        (block_maps(200), 51, 101),
        (nested("[", "", "]", 51), 1, 51),
        (nested("{a: ", "1", "}", 51), 1, 201),
    ],
)
def test_the_opening_that_is_too_deep_is_reported_at_its_position(
    text: str, line: int, column: int, before: str, pure: bool
) -> None:
    """Whichever parser and version reads it, and in whichever document of the file."""
    problem = f"{line + before.count(chr(10))}:{column}: nested more than {MAX_DEPTH} levels deep"
    values, problems = read(before + text, pure=pure)
    assert problems == [problem]
    assert len(values) == sum(mark in before for mark in ("a: [1]", "ä", "a\n..."))


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "python"])
@pytest.mark.parametrize("before", ["", "a: [1]\n---\n"])
@pytest.mark.parametrize(
    "text",
    [
        nested("[", "", "]", MAX_DEPTH),
        nested("{a: ", "1", "}", MAX_DEPTH),
        nested("[{a: ", "1", "}]", MAX_DEPTH // 2),
        nested("- ", "a", "", MAX_DEPTH),
        block_maps(MAX_DEPTH),
        "\n".join(["- " + nested("[", "", "]", MAX_DEPTH - 1)] * 3),
    ],
)
def test_fifty_levels_are_enough(text: str, before: str, pure: bool) -> None:
    """The bound itself is allowed."""
    assert read(before + text, pure=pure)[1] == []


def test_brackets_that_open_nothing_do_not_hide_a_syntax_error() -> None:
    """Text in quotes, comments and lists that were closed before nest nothing."""
    text = "a: '" + "[" * 100 + "'\nb: [" + "[]," * 100 + "] # " + "[" * 100 + "\nc: }"
    assert read(text)[1] == [
        f"3:4: {SYNTAX}: did not find expected node content (while parsing a block node {STARTS} 3)"
    ]
