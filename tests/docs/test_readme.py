"""The README: its blocks run, its tables are complete, and it stays short."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
import typer
import yaml

from reconciler.cli.app import app
from reconciler.cli.exit_codes import Exit
from reconciler.desired import read, schema
from reconciler.plan.findings import FindingKind

from .documents import ROOT, blocks, rows, text_of

README = "README.md"
LONGEST = 230
_ELSEWHERE = {"--help", "--install-completion", "--show-completion"}  # what every program of this kind has
_PLAN_LINE = re.compile(
    r"Plan: \d+ to place \(at most EUR [\d,]+\.\d\d\), \d+ to confirm, \d+ to adopt, \d+ to amend, \d+ to cancel, "
    r"\d+ held\."
)


def commands():
    """Return every command that does something by its words, with the options that it takes."""

    def below(command, path):
        if hasattr(command, "commands"):
            for name, child in command.commands.items():
                yield from below(child, (*path, name))
        else:
            yield " ".join(path), {option for parameter in command.params for option in parameter.opts}

    return dict(below(typer.main.get_command(app), ()))


def invocations(text):
    """Yield the words of every `reconciler ...` that stands in a shell block or as inline code."""
    shell = [line for block in blocks(README, "sh") for line in re.split(r"&&|\n", block.text)]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    remedies = re.findall(r"-> .*(reconciler [a-z].*)", text)
    for candidate in (*shell, *inline, *remedies):
        words = shlex.split(candidate.strip(), comments=True)
        if words and words[0].rsplit("/", 1)[-1] == "reconciler":
            yield words[1:]


def test_it_stays_short():
    """A reader reaches the end."""
    assert len(text_of(README).splitlines()) <= LONGEST


class TestManifests:
    @pytest.mark.parametrize("number", range(len(blocks(README, "yaml"))))
    def test_each_manifest_is_valid(self, tmp_path, number):
        """Every manifest of the README loads, beside the sample's Project and Accounts."""
        for name in ("project.yaml", "accounts.yaml"):
            (tmp_path / name).write_text(text_of(f"manifests/{name}"), encoding="utf-8")
        beside = len(read(tmp_path).accounts)
        shown = blocks(README, "yaml")[number].text
        (tmp_path / "shown.yaml").write_text(shown, encoding="utf-8")
        loaded = read(tmp_path)
        assert len(loaded.orders) + len(loaded.accounts) - beside == len(list(yaml.safe_load_all(shown)))

    def test_the_order_is_the_sample_s(self):
        """The manifest that is shown is the one that the first command runs."""
        shown = yaml.safe_load(blocks(README, "yaml")[0].text)
        sample = yaml.safe_load(text_of(f"manifests/orders/{shown['metadata']['name']}.yaml"))
        assert shown["spec"] == sample["spec"]

    def test_the_table_of_fields_names_fields(self):
        """Each field of the table exists in the schema of an order."""
        names = set(_properties(schema("TaskingOrder")["$defs"]))
        for field, _ in rows(README, "field"):
            for name in re.findall(r"(\w+):", field):
                assert name in names

    def test_every_field_is_shown_somewhere(self):
        """Every field of every kind appears in the README, the sample or the examples, as a field is written."""
        shown = text_of(README)
        for folder in ("manifests", "examples"):
            shown += "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*.yaml")))
        missing = []
        for part, definition in schema()["$defs"].items():
            if not part.startswith("GeoJson"):
                missing += [f"{part}.{n}" for n in definition.get("properties", {}) if not re.search(rf"\b{n}:", shown)]
        assert missing == []


def _properties(part):
    """Yield the names of all properties of a schema, at any depth."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _properties(each)


class TestCommands:
    def test_every_command_is_listed(self):
        """The table of commands and the program have the same commands."""
        listed = set()
        for cell, _ in rows(README, "command"):
            first, *more = re.findall(r"`([^`]+)`", cell)
            words = [word for word in first.split()[1:] if word.islower()]
            listed.add(" ".join(words))
            listed |= {f"{words[0]} {other.split()[0]}" for other in more}
        assert listed == set(commands())

    def test_every_option_is_named(self):
        """No option is found out from --help alone."""
        named = set(re.findall(r"--[a-z][a-z0-9-]+", text_of(README)))
        options = {option for taken in commands().values() for option in taken if option.startswith("--")}
        assert (options | {"--version"}) - _ELSEWHERE - named == set()

    def test_every_option_that_is_named_exists(self):
        """No option is promised that there is not, but for those of pip and pytest."""
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text_of(README)))
        options = {option for taken in commands().values() for option in taken}
        assert named - options - {"--version", "--quiet", *_ELSEWHERE} == set()

    def test_every_invocation_is_one(self):
        """Each command that the README shows or names exists, with the options that stand beside it."""
        known = commands()
        seen = set()
        for words in invocations(text_of(README)):
            plain = [word for word in words if re.fullmatch("[a-z]+", word)]
            name = next((" ".join(plain[:n]) for n in (2, 1) if " ".join(plain[:n]) in known), None)
            assert name is not None or plain == ["state", "export"][: len(plain)] or words == ["--version"], words
            options = {word for word in words if word.startswith("--")}
            assert options <= known[name or "state export"] | {"--version"}, words
            seen.add(name)
        assert {"reconcile", "resolve"} <= seen

    def test_every_exit_code_is_explained(self):
        """The table of exit codes has a row for each code, and no other."""
        assert [int(code) for code, _ in rows(README, "exit")] == sorted(Exit)

    def test_the_table_of_findings_has_them_all(self):
        """Every class that waits for somebody, and nothing else, is there with its ways out."""
        named = [kind for cell, _, _ in rows(README, "finding") for kind in cell.split(", ")]
        assert sorted(named) == sorted(set(FindingKind) - {FindingKind.IN_SYNC})

    def test_the_plan_that_is_shown_ends_as_plans_do(self):
        """The example of a plan ends with the fixed line."""
        (shown,) = [block.text for block in blocks(README, "") if block.text.startswith("Plan for")]
        assert _PLAN_LINE.fullmatch(shown.rstrip().rsplit("\n", 1)[1])


class TestGate:
    def test_tests_are_run_by_the_readme_s_own_command(self):
        """.ci/run takes its test command out of the README, and that command is the one between the marks."""
        line = next(line for line in text_of(".ci/run").splitlines() if line.startswith("tests="))
        script = f'{line}\nprintf %s "$tests"'
        taken = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        (shown,) = [block.text.strip() for block in blocks(README, "sh") if "pytest" in block.text]
        assert taken == shown
        assert 'bash -euo pipefail -c "$tests"' in text_of(".ci/run")
