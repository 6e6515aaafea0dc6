"""Manifests made bad by chance: what `validate`, `plan` and `reconcile` say of them, and what they order all the same.

A case is `manifest/SEED`: good manifests, and one or two changes to them that the seed chooses. What is left valid may
be ordered, and is compared with the text by another reader than the program's own: PyYAML's, all values as texts.
"""

from __future__ import annotations

import io
import os
import random
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import yaml

from reconciler.cli.app import run as run_command
from reconciler.cli.exit_codes import Exit
from reconciler.model.ids import OrderKey, reference_for
from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, Project, Ran, eur
from tests.sweeps.bounds import Peak, TooSlow, bounded
from tests.sweeps.judge import Kind, Wrong
from tests.sweeps.mutations import FAMILIES, Mess
from tests.sweeps.odd_values import IN_CLEAR

COMMANDS = ("validate", "plan", "reconcile")
_SAMPLES = Path(__file__).resolve().parents[2]
_BASES = ("", "manifests", "examples/every-field")
_ENDED = frozenset({Exit.OK, Exit.FAILED, Exit.DECIDE, Exit.INVALID, Exit.REFUSED, Exit.UNREAD})
_PLACE = re.compile(r".+:[1-9]\d*:[1-9]\d*: .+")
_AROUND = re.compile(r"reading .*|\d+ problems?; nothing was sent\.|")
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
_OWN_PROCESS = 40
"""Every so many seeds the commands are processes of their own."""


@dataclass
class Case:
    """A folder with bad manifests in it, and what went wrong."""

    project: Project
    seed: int
    wrongs: list[Wrong] = field(default_factory=list)

    def wrong(self, kind: Kind, text: str) -> None:
        """Note a wrong."""
        self.wrongs.append(Wrong(kind, text))

    def ran(self, command: str) -> Ran | None:
        """Type a command; None where it did not end as a program should."""
        try:
            with bounded() as peak:
                ran = self._typed(command)
                self._look_at_memory(command, peak)
        except TooSlow:
            return self.wrong(Kind.OTHER, f"{command} took too long")
        except BaseException as e:
            return self.wrong(Kind.TRACEBACK, f"{command} raised {e!r}")
        if ran.code not in _ENDED:
            self.wrong(Kind.TRACEBACK, f"{command} left with {ran.code}: {(ran.out + ran.err)[-1000:]}")
        if "Traceback" in ran.out + ran.err:
            self.wrong(Kind.TRACEBACK, f"{command} showed one: {ran.err[-1000:]}")
        places = self.project.told_secrets(ran.out, ran.err)
        # An embedded simulator keeps the tokens that it gave out, as any server does.
        if IN_CLEAR in ran.out + ran.err or any("/simulator-" not in place for place in places):
            self.wrong(Kind.SECRET, f"{command} told one: {(ran.out + ran.err)[-1000:]}")
        return ran

    def _typed(self, command: str) -> Ran:
        if self.seed % _OWN_PROCESS == 0:
            return self.project.command(command, "manifests")
        return _in_process(command, "manifests")

    def _look_at_memory(self, command: str, peak: Peak) -> None:
        if told := peak.too_much():
            self.wrong(Kind.OTHER, f"{command} took {told}")


def _in_process(*arguments: str) -> Ran:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command(arguments)
    return Ran(int(code), *(_text(stream) for stream in (out, err)))


def _text(stream: io.TextIOWrapper) -> str:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8")


def run(name: str) -> list[Wrong]:
    """Make manifests bad, try the three commands on them, and return what went wrong."""
    seed = int(name.split("/")[1])
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        case = Case(Project(Path(folder), simulator, control), seed)
        spoil(case.project, seed)
        with _at_home(case.project):
            _judge(case)
        return case.wrongs


def spoil(project: Project, seed: int) -> None:
    """Write good manifests and make them bad: by the family whose turn it is, and now and then by a second one."""
    chance = random.Random(seed)
    _good(project, chance.choice(_BASES))
    mess = Mess(project.folder, chance)
    FAMILIES[seed % len(FAMILIES)](mess)
    if chance.random() < 0.2:
        chance.choice(FAMILIES)(mess)


def _good(project: Project, base: str) -> None:
    """Write a sample's manifests, its accounts at the simulator over HTTP; or some with one of everything."""
    if base:
        shutil.copytree(_SAMPLES / base, project.folder, dirs_exist_ok=True)
        (project.folder / "accounts.yaml").unlink()
        (project.folder / "accounts" / "iceye-sim.yaml").unlink()
        project.account("iceye-sim" if base == "manifests" else "iceye-demo")
        return
    project.policy(perOrder=[eur("5000")], perPass=[eur("12000")], perMonth=[eur("40000.00")], newOrdersPerPass=20)
    project.account(limits={"concurrency": 2, "settle": "15m", "onUnknown": "hold"})
    project.order("alice", iceye={"reference": "one of ours", "incidenceAngle": {"min": 20, "max": 35}})
    project.order("bruce", target={"file": "../targets/ports.geojson"}, attempt=2, lifecycle={"onDelete": "cancel"})
    project.order("carol", suspend={"reason": "storm", "until": "2026-12-02T00:00:00Z"})
    shutil.copytree(_SAMPLES / "manifests" / "targets", project.folder / "targets")
    (project.folder / "targets" / "pilbara-ports.geojson").rename(project.folder / "targets" / "ports.geojson")


@contextmanager
def _at_home(project: Project) -> Iterator[None]:
    """Stand in the project's folder, with its secrets in the environment."""
    before = {name: os.environ.get(name) for name in project.variables}
    os.environ.update(project.variables)
    try:
        with chdir(project.root):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _judge(case: Case) -> None:
    validated, *passes = [case.ran(command) for command in COMMANDS]
    orders = case.project.orders()
    if validated is not None and validated.code == Exit.INVALID:
        for ran in (validated, *(each for each in passes if each is not None)):
            _look_at_problems(case, ran, validated)
        if asked := case.project.requests():
            case.wrong(Kind.OTHER, f"manifests that are not valid, and yet: {asked}")
    elif validated is not None:
        for ran in passes:
            if ran is not None and ran.code == Exit.INVALID and not ran.err.splitlines()[-1].startswith("error: "):
                case.wrong(Kind.OTHER, f"valid for `validate` alone: {ran.err[-1000:]}")
    if orders:
        _look_at_orders(case, orders)


def _look_at_problems(case: Case, ran: Ran, validated: Ran) -> None:
    """Every problem has a place, and every command tells the same ones."""
    lines = [line for line in ran.err.split("\n") if not _AROUND.fullmatch(line)]
    if ran.code != Exit.INVALID or ran.out or not lines:
        case.wrong(Kind.OTHER, f"exit {ran.code} for manifests that are not valid: {(ran.out + ran.err)[-1000:]}")
    for line in lines:
        if not _PLACE.fullmatch(line) or len(line) > 2_000:
            case.wrong(Kind.OTHER, f"a problem without a place, or a long one: {line[:1000]}")
    if lines != [line for line in validated.err.split("\n") if not _AROUND.fullmatch(line)]:
        case.wrong(Kind.OTHER, "two commands tell different problems")


def _look_at_orders(case: Case, orders: Sequence[Mapping[str, Any]]) -> None:
    """Each is asked for by the text: reference, ceiling and place; and none twice."""
    asked, numbers = _asked(case.project.folder), _numbers(case.project.folder)
    texts = [str(order["text"]) for order in orders]
    for order, text in zip(orders, texts, strict=True):
        ceiling = next((ceiling for reference, ceiling in asked.items() if reference in text), None)
        if ceiling is None or Decimal(order["price"]["amount"]) / 100 > ceiling:
            case.wrong(Kind.OTHER, f"ordered for {order['price']}, though at most {ceiling} was agreed to: {order}")
        for number in order["body"]["pointOfInterest"].values():
            if not any(abs(number - each) < 1e-6 for each in numbers):
                case.wrong(Kind.OTHER, f"ordered at {number}, which no file states: {order}")
    for reference in asked:
        if sum(reference in text for text in texts) > 1:
            case.wrong(Kind.DOUBLE, f"two orders carry {reference}")


def _asked(folder: Path) -> dict[str, Decimal | None]:
    """Return which references the manifests ask for, and the ceiling in euros of each; None where there is none."""
    documents = [document for path in _files(folder) for document in _documents(path)]
    (owner,) = (document["spec"]["owner"] for document in documents if document["kind"] == "Project")
    asked: dict[str, Decimal | None] = {}
    for document in documents:
        if document["kind"] != "TaskingOrder":
            continue
        spec, name = document["spec"], document["metadata"]["name"]
        price = spec.get("confirm", {}).get("maxPrice")
        ceiling = Decimal(price["amount"]) if price and price["currency"] == "EUR" else None
        for key in (name, *(f"{name}/{number}" for number in range(1, 10))):
            asked[reference_for(owner, OrderKey(key), int(spec.get("attempt", "1"), 0))] = ceiling
    return asked


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file()]


def _documents(path: Path) -> Iterator[Any]:
    text = path.read_bytes().decode("utf-8-sig")
    yield from (document for document in yaml.load_all(text, Loader=yaml.CBaseLoader) if document)


def _numbers(folder: Path) -> set[float]:
    texts = (path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())
    return {float(number) for text in texts for number in _NUMBER.findall(text)}
