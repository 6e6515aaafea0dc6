"""Credentials leave for hosts that the environment allows, and are not even looked up for any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from reconciler.cli.exit_codes import Exit
from reconciler.connect import Runtime, connected
from reconciler.model.errors import ConfigError, UnusableAccount
from reconciler.providers.destinations import ALLOWED_HOSTS, host_of
from reconciler.providers.registry import driver
from reconciler.simulator import Simulator
from tests.support.project import START, Project
from tests.support.provider import CONTRACT, ICEYE, OTHER_CONTRACT, UP42, VANTOR, Provider

FOREIGN = "https://evil.example/api"
HOOK = "example.org"


class Counted(Mapping[str, str]):
    """Variables that count how often one was looked up that is not the list of hosts."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = dict(variables)
        self.looked_up: list[str] = []

    def __getitem__(self, name: str) -> str:
        if name != ALLOWED_HOSTS:
            self.looked_up.append(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def here(project: Project, *others: str) -> str:
    """Return a list that allows the simulator's host."""
    return ", ".join((project.simulator.url.removeprefix("http://"), *others))


def opened(project: Project, listed: str | None) -> list[str]:
    """Open the accounts and ask each for its orders; returns which variables were looked up."""
    variables = Counted(project.variables | ({} if listed is None else {ALLOWED_HOSTS: listed}))
    env = replace(project.environment(), variables=variables, manifests=project.folder)
    manifests = project.read()
    with connected(manifests.accounts, env, read_only=True, orders=manifests.orders) as readers:
        for reader in readers.values():
            assert reader.list(since=None).problem is None
    return variables.looked_up


def refused(project: Project, listed: str, **changes: object) -> str:
    """Return why an account was refused; no variable was looked up, and nothing was sent."""
    variables = Counted(project.variables | {ALLOWED_HOSTS: listed})
    env = replace(project.environment(), **{"variables": variables, "manifests": project.folder, **changes})
    manifests = project.read()
    project.zero()
    with (
        pytest.raises(UnusableAccount) as error,
        connected(manifests.accounts, env, read_only=True, orders=manifests.orders),
    ):
        pass
    assert (variables.looked_up, project.requests()) == ([], {})
    return str(error.value)


@pytest.fixture(params=[ICEYE, UP42, VANTOR], ids=lambda provider: provider.name)
def any_project(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    control_client: httpx.Client,
    plain_transport: httpx.HTTPTransport,
) -> Iterator[Project]:
    """A folder with an order and two accounts of one provider: at Vantor, one with a key and one with a password."""
    provider: Provider = request.param
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        made = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=provider)
        made.account("other", contract=provider.other_tenant)
        made.order()
        yield made


def test_without_a_list_every_host_is_allowed(any_project: Project) -> None:
    """What worked before the variable existed works without it."""
    assert opened(any_project, None) != []


def test_listed_hosts_are_allowed(any_project: Project) -> None:
    """With its hosts on the list an account works as before."""
    assert opened(any_project, here(any_project, HOOK)) != []


@pytest.mark.parametrize("listed", ["", " , ", "api.example.com", "127.0.0.1"])
def test_a_host_that_is_not_listed_is_refused(any_project: Project, listed: str) -> None:
    """The error says where the address is, its host, the variable, and what to do."""
    told = refused(any_project, listed)
    host, first = here(any_project), sorted([any_project.provider.account, "other"])[0]
    assert (
        f"manifests/accounts/{first}.yaml:6:13: spec.endpoint: {ALLOWED_HOSTS} does not list the host {host}:" in told
    )
    assert "correct the address, or add the host to that variable" in told
    assert "no secret of account" in told


def test_one_foreign_account_keeps_every_secret(any_project: Project) -> None:
    """All accounts are checked before the first secret is looked up."""
    any_project.account("zz", endpoint=FOREIGN)
    assert "the host evil.example" in refused(any_project, here(any_project, HOOK))


class Recording(httpx.BaseTransport):
    """Notes every address that was asked with a credential, on the way to the real transport."""

    def __init__(self, inner: httpx.BaseTransport, secrets: tuple[str, ...]) -> None:
        self._inner, self._secrets = inner, secrets
        self.sent_to: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if "authorization" in request.headers or any(
            s in f"{request.headers}{request.read()!r}" for s in self._secrets
        ):
            self.sent_to.add(str(host_of(str(request.url))))
        return self._inner.handle_request(request)


def test_a_driver_names_every_host_that_it_sends_credentials_to(
    any_project: Project, plain_transport: httpx.HTTPTransport
) -> None:
    """Whatever a pass sends with a credential goes to a host among the driver's destinations."""
    recording = Recording(plain_transport, tuple(any_project.variables.values()))
    any_project.transport = recording
    any_project.reconcile()
    named = {
        str(host_of(each.address if isinstance(each.address, str) else any_project.variables[str(each.address.env)]))
        for account in any_project.read().accounts
        for each in driver(account.provider).destinations(account)
    }
    assert recording.sent_to
    assert recording.sent_to <= named


@pytest.mark.parametrize("provider", [UP42, VANTOR], ids=lambda provider: provider.name)
def test_a_token_endpoint_is_a_destination(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport, provider: Provider
) -> None:
    """One that manifests name is compared, at its line; so is the one that a driver fills in."""
    with Simulator(start=START, speed=0) as simulator:
        project = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=provider)
        login = {"username": {"env": "SIM_OTHER_ID"}, "password": {"env": "SIM_CLIENT_SECRET"}}
        block = provider.block(simulator, "SIM_OTHER_ID")
        project.account(**{provider.name: {**block, "tokenUrl": "https://evil.example/token"}})
        told = refused(project, here(project))
        assert ".yaml:12:" in told
        assert f"spec.{provider.name}.tokenUrl: {ALLOWED_HOSTS} does not list the host evil.example" in told
        project.account(**{provider.name: login})
        default = {"up42": "auth.up42.com", "vantor": "account.maxar.com"}[provider.name]
        assert f"tokenUrl: {ALLOWED_HOSTS} does not list the host {default}" in refused(project, here(project))


def test_an_address_that_can_be_read_in_two_ways_is_refused(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> None:
    """Though a manifest with such an address is valid, and though its text holds an allowed host."""
    with Simulator(start=START, speed=0) as simulator:
        project = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=UP42)
        block = UP42.block(simulator, UP42.tenant)
        project.account(up42={**block, "tokenUrl": "https://evil.example\\.auth.up42.com/token"})
        assert "this address is not written as https://host/path" in refused(project, here(project, "auth.up42.com"))


def test_where_a_provider_sends_an_orders_secrets_on_to_is_compared(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> None:
    """Vantor calls the URL of a notice with headers that hold secrets: its host has to be on the list."""
    with Simulator(start=START, speed=0) as simulator:
        project = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=VANTOR)
        project.order()
        told = refused(project, here(project))
        assert "orders/alice.yaml" in told
        assert f"spec.vantor.notifications[1].target: {ALLOWED_HOSTS} does not list the host {HOOK}" in told
        settings = project.provider.spec()["vantor"]
        project.order(vantor={"notifications": settings["notifications"][:1]})
        assert opened(project, here(project)) != []


def test_an_address_from_the_environment_is_trusted(project: Project) -> None:
    """ICEYE's token endpoint is a secret of its own: who sets the variable chose the address."""
    project.variables["SIM_TOKEN_URL"] = "http://localhost:1/token"
    with pytest.raises(AssertionError):  # it is asked, and does not answer
        opened(project, here(project))


@pytest.mark.parametrize("name", ["CI_MERGE_REQUEST_TITLE", "GITHUB_HEAD_REF", "GITLAB_USER_NAME"])
def test_a_variable_that_the_code_host_fills_is_not(project: Project, name: str) -> None:
    """The title of a merge request can be an address, and anybody writes it."""
    project.variables[name] = "https://evil.example/token"
    project.account(iceye={**ICEYE.block(project.simulator, ICEYE.tenant), "tokenUrl": {"env": name}})
    assert f"spec.iceye.tokenUrl: environment variable {name} is set by the code host" in refused(
        project, here(project)
    )


def test_a_file_outside_the_checkout_is_trusted(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An operator's file, such as a mounted secret, is as good as a variable."""
    kept = tmp_path_factory.mktemp("secrets") / "token-url"
    kept.write_text(project.simulator.iceye_token_url, encoding="utf-8")
    project.account(iceye={**ICEYE.block(project.simulator, ICEYE.tenant), "tokenUrl": {"file": str(kept)}})
    assert opened(project, here(project)) != []


def test_a_file_that_may_come_with_the_manifests_is_not(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one by a relative path, nor one of the same work tree, nor through a link in it or to it."""
    outside = tmp_path_factory.mktemp("outside")
    monkeypatch.chdir(outside)
    (project.root / ".git").mkdir()
    (project.root / "docs").mkdir()
    (outside / "address").write_text(project.simulator.iceye_token_url, encoding="utf-8")
    (project.root / "docs" / "link").symlink_to(outside / "address")
    (outside / "checkout").symlink_to(project.root)
    clone = project.state.parent / "git" / "commits" / "address"
    for name in (
        "address",
        "./manifests/address",
        str(project.folder / "address"),
        str(project.root / "docs" / "link"),
        str(outside / "checkout" / "docs" / "link"),
        str(outside / ".." / outside.name / "checkout" / "address"),
        str(clone),
        "/proc/self/cwd/address",
    ):
        project.account(iceye={**ICEYE.block(project.simulator, ICEYE.tenant), "tokenUrl": {"file": name}})
        if name.startswith("/proc"):
            monkeypatch.chdir(project.root)
        assert f"tokenUrl: file {name} may come with the manifests" in refused(project, here(project))


def test_no_file_is_trusted_where_it_is_not_known_what_is_judged(project: Project, tmp_path: Path) -> None:
    """A caller that does not say where the manifests are gets the strict answer."""
    kept = str(tmp_path.parent / "token-url")
    project.account(iceye={**ICEYE.block(project.simulator, ICEYE.tenant), "tokenUrl": {"file": kept}})
    assert f"file {kept} may come" in refused(project, here(project), manifests=None)


def test_the_embedded_simulator_needs_no_host(tmp_path: Path) -> None:
    """Nothing of it leaves this machine, and it has no secret."""
    folder = tmp_path / "manifests"
    with Simulator(start=START, speed=0) as simulator, httpx.Client() as http:
        project = Project(tmp_path, simulator, http)
        project.account(endpoint="simulator")
        env = Runtime(state=project.state, variables={ALLOWED_HOSTS: ""}, manifests=folder)
        with connected(project.read().accounts, env, read_only=True) as readers:
            assert [reader.list(since=None).orders for reader in readers.values()] == [()]


def test_a_list_that_cannot_be_read_is_an_error_of_the_configuration(project: Project) -> None:
    """It is not taken as one that allows less, or more."""
    env = replace(project.environment(), variables={ALLOWED_HOSTS: "https://api.example.com"})
    with (
        pytest.raises(ConfigError, match="RECONCILER_ALLOWED_HOSTS"),
        connected(project.read().accounts, env, read_only=True),
    ):
        pass


COMMANDS = (
    *(("plan",), ("reconcile",), ("status", "--refresh"), ("import", "--account", "iceye-sim", "--all")),
    *(("products", "--account", "iceye-sim"), ("resolve", "alice", "--adopt", "x"), ("download", "alice")),
)


def test_every_command_that_opens_accounts_leaves_with_4(project: Project) -> None:
    """And has sent nothing."""
    project.order()
    project.reconcile()
    project.zero()
    for words in COMMANDS:
        ran = project.command(*words, variables={ALLOWED_HOSTS: ""})
        assert (ran.code, ALLOWED_HOSTS in ran.err) == (Exit.INVALID, True), (words, ran.err)
    assert project.requests() == {}
