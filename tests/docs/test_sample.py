"""The sample and the examples do what the README says of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import httpx
import pytest
import yaml

from reconciler.desired import read, schema

from .documents import ROOT

CREATE = {
    "iceye-sim": "POST /iceye/api/tasking/v2/tasks",
    "up42-sim": "POST /up42/api/v2/orders",
    "vantor-sim": "POST /vantor/api/tasking/v2/tasking/vantor",
}
CHECKS = {"vantor-sim": 2}
"""Where orders are checked at the address that takes them: once for the plan, and once before each is placed."""
ASKING = (
    "GET ",
    "POST /iceye/oauth/",
    "POST /up42/auth/",
    "POST /up42/api/v2/orders/estimate",
    "POST /vantor/api/tasking/v2/tasking/vantor/quote",
)


def reconciler(folder, *words):
    """Run the command as a person does, in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def simulator(folder, account):
    """Serve the simulated world that the embedded simulator left, and return a client of its control API."""
    data = f".reconciler/simulator-{account}.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "simulate", "--data", data], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        said = [process.stdout.readline() for _ in range(3)]
        base = said[2].split()[1].removesuffix("/orders")
        with httpx.Client(trust_env=False, base_url=base) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def writes(client):
    """Return the requests that were neither reads nor for a token or an estimate."""
    counts = client.get("/requests").json()
    return {name: n for name, n in counts.items() if not name.startswith(ASKING)}


def test_the_sample_is_ordered_once(tmp_path):
    """The README's first command orders the whole sample; run again it places nothing and sends nothing but reads."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    orders = Counter(order.account for order in read(tmp_path / "manifests").orders)
    assert orders.keys() == CREATE.keys()
    plan = reconciler(tmp_path, "plan", "manifests")
    assert (plan.returncode, f"Plan: {orders.total()} to place (at most EUR " in plan.stdout) == (0, True)
    first = reconciler(tmp_path, "reconcile", "manifests")
    assert first.returncode == 0, first.stdout
    assert f"Reconcile: {orders.total()} placed (EUR " in first.stdout
    for account, create in CREATE.items():
        with simulator(tmp_path, account) as client:
            assert writes(client) == {create: orders[account] * (1 + CHECKS.get(account, 0))}
            assert len(client.get("/orders").json()) == orders[account]
            client.delete("/requests")
    second = reconciler(tmp_path, "reconcile", "manifests")
    assert second.returncode == 0
    assert second.stdout.endswith(
        "Reconcile: 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, 0 failed, 0 unknown, 0 held.\n"
    )
    for account in CREATE:
        with simulator(tmp_path, account) as client:
            assert client.get("/requests").json() != {}
            assert writes(client) == {}
            assert len(client.get("/orders").json()) == orders[account]


def manifests():
    """Return every manifest of the sample and the examples; other YAML, such as alert rules, is none."""
    files = [path for folder in ("manifests", "examples") for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return [path for path in files if "apiVersion: tasking.reconciler/" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (ROOT / "examples").iterdir() if [*path.rglob("project.yaml")])
)
def test_each_example_is_valid(name):
    """Every example folder with a project is a valid one."""
    assert read(ROOT / "examples" / name).project.owner


def test_the_example_of_every_field_runs(tmp_path):
    """It can be reconciled at the simulator, and then stays as it is."""
    shutil.copytree(ROOT / "examples" / "every-field", tmp_path / "every-field")
    codes = [reconciler(tmp_path, "reconcile", "every-field").returncode for _ in range(2)]
    assert set(codes) <= {0, 3}
    ran = reconciler(tmp_path, "reconcile", "every-field", "--format", "json")
    assert json.loads(ran.stdout)["results"] == []


def test_every_manifest_says_where_its_schema_is():
    """Editors find the schema by the first line; the path is the same place from wherever the manifest stands."""
    for path in manifests():
        found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text(encoding="utf-8"))
        assert found, path
        place = os.path.normpath(path.parent / found[1])
        assert place == str(ROOT / "manifests" / ".schema" / "manifest.json"), path


def test_the_schema_beside_the_sample_is_the_program_s_own():
    """The schema that editors read is what `reconciler schema` prints."""
    kept = ROOT / "manifests" / ".schema" / "manifest.json"
    assert kept.exists(), "make it: reconciler schema > manifests/.schema/manifest.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == schema()


def test_no_manifest_holds_a_secret():
    """Credentials are only named: by variable or by file."""
    for path in manifests():
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            account = document["spec"] if document["kind"] == "Account" else {}
            block = {**account.get("iceye", {}), **account.get("up42", {}), **account.get("vantor", {})}
            for name in ("tokenUrl", "clientId", "clientSecret", "username", "password", "apiKey"):
                assert block.get(name, {"env": ""}).keys() in ({"env"}, {"file"}), path
