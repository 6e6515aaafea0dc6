"""Vantor at the command line: what is said of a manifest before anything is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.cli.exit_codes import Exit

from .terminal import Terminal

SAMPLE = Path(__file__).resolve().parents[2] / "manifests"
ORDER = "orders/black-rock-playa.yaml"


@pytest.fixture
def sample(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A terminal in a copy of the sample."""
    shutil.rmtree(terminal.project.folder)
    shutil.copytree(SAMPLE, terminal.project.folder)
    return terminal


def change(terminal: Terminal, old: str, new: str) -> None:
    """Change the sample's order at Vantor."""
    path = terminal.project.folder / ORDER
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("max_cloud_cover: 20", "max_cloud_cover: 10", "tasking_details.max_cloud_cover: is 10"),
        (
            "end_use_code: AGR",
            "end_use_code: OTH\n        end_use_description: beekeeping",
            "end use OTH is reviewed by",
        ),
    ],
)
def test_what_may_be_refused_or_take_long_is_a_warning(sample: Terminal, old: str, new: str, told: str) -> None:
    """It is valid, and whoever reviews it reads what to expect, in every format."""
    change(sample, old, new)
    ran = sample.run("validate")
    assert (ran.code, ran.err) == (Exit.OK, "")
    warning, valid = ran.out.splitlines()
    assert warning.startswith(f"warning: manifests/{ORDER}:7:9: ")
    assert told in warning
    assert valid.startswith("Valid: 8 orders")
    assert sample.run("validate", "--format", "github").out.startswith(f"::warning file=manifests/{ORDER},line=7,")
    assert told in sample.run("validate", "--format", "json").out


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("type: download", "expected `amazon_s3`, `azure_blob_storage`, `google_cloud_storage` or `mgp_order_manager`"),
        ("kind: amazon_s3", "is missing"),
    ],
)
def test_a_variant_that_does_not_exist(sample: Terminal, new: str, told: str) -> None:
    """The variants are told at the word that chooses among them."""
    change(sample, "type: amazon_s3", new)
    ran = sample.run("validate")
    assert ran.code == Exit.INVALID
    assert f"spec.vantor.output_configs[0].type: {told}" in ran.err
