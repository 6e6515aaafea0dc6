"""The files for operating it name what there is: options, metrics, probes."""

from __future__ import annotations

import configparser
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
import yaml

from reconciler.cli.app import app
from reconciler.watch.figures import Figures

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "watch"
DEPLOYMENT = "kubernetes/reconciler.yaml"


def text(name: str) -> str:
    """Return a file of the example."""
    return (FOLDER / name).read_text(encoding="utf-8")


def documents(name: str) -> list[dict]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(text(name)))


def unit() -> dict[str, list[str]]:
    """Return what the service's sections say, lines that go on joined."""
    lines = text("reconciler.service").replace("\\\n", " ")
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str
    parser.read_string(lines)
    return parser["Service"]


def options() -> dict[str, str]:
    """Return the options of `watch`, each with its variable."""
    command = typer.main.get_command(app).commands["watch"]
    return {option: parameter.envvar for parameter in command.params for option in parameter.opts}


def metrics() -> set[str]:
    """Return the names that there are to scrape."""
    names = set()
    for family in Figures(lambda: datetime(2026, 12, 1, tzinfo=UTC)).registry.collect():
        names |= {family.name, f"{family.name}_total"} if family.type == "counter" else {family.name}
    return names


def test_every_metric_of_the_alerts_exists() -> None:
    """A rule over a name that nobody exports would never fire."""
    (file,) = documents("alerts.yaml")
    rules = [rule for group in file["groups"] for rule in group["rules"]]
    used = {name for rule in rules for name in re.findall(r"reconciler_\w+", rule["expr"])}
    assert used - metrics() == set()
    assert {"reconciler_duplicate_orders", "reconciler_oldest_unresolved_seconds"} <= used
    assert all(rule["annotations"]["summary"] and rule["annotations"]["description"] for rule in rules)
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_there_is_one_of_it_and_never_two() -> None:
    """One replica, recreated, on a volume of its own; probes at the paths that there are; time to end in order."""
    claim, deployment, _ = documents(DEPLOYMENT)
    spec = deployment["spec"]
    assert (spec["replicas"], spec["strategy"], claim["spec"]["accessModes"]) == (
        1,
        {"type": "Recreate"},
        ["ReadWriteOncePod"],
    )
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert pod["terminationGracePeriodSeconds"] > 300
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_every_variable_is_an_option_s() -> None:
    """The deployment and the image set nothing that nobody reads."""
    (container,) = documents(DEPLOYMENT)[1]["spec"]["template"]["spec"]["containers"]
    named = {each["name"] for each in container["env"]} | set(re.findall(r"RECONCILER_\w+", text("Containerfile")))
    assert named - set(options().values()) == set()


def test_the_service_starts_what_there_is() -> None:
    """Its options exist; it is told to be ready, watched, reloaded by SIGHUP, and not restarted when set up wrongly."""
    service = unit()
    assert set(re.findall(r"--[a-z-]+", service["ExecStart"])) <= options().keys()
    assert (service["Type"], service["Restart"]) == ("notify", "always")
    assert service["ExecReload"].split()[:2] == ["/bin/kill", "-HUP"]
    assert service["RestartPreventExitStatus"].split() == ["4", "64"]
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    assert service["User"] == "reconciler"
    assert "WatchdogSec" in service


@pytest.mark.parametrize("name", ["README.md"])
def test_the_page_names_what_there_is(name: str) -> None:
    """Every option exists, and every link leads somewhere; what it can be told is told."""
    page = text(name)
    others = {"--state", "--lock-timeout", "--waiting", "--not-created", "--reason"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", page)) - others <= options().keys()
    for target in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (FOLDER / target).exists(), target
    for option in options().keys() - {"--state", "--every", "--listen", "--log"}:
        assert option in page or not option.startswith("--"), option
