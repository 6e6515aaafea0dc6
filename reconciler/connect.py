"""Open the accounts of a folder: destinations checked, secrets looked up, the embedded simulator started where named.

Its own room because it is the one place that knows both the drivers and the simulator, which must not know each other.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.block import SecretRef, secrets_in
from reconciler.model.errors import ConfigError, UnusableAccount
from reconciler.model.ids import AccountName
from reconciler.model.order import DesiredOrder
from reconciler.providers.base import ConnectionConfig, Driver, OrderWriter, ResponseListener, ignore
from reconciler.providers.destinations import ALLOWED_HOSTS, AllowedHosts, host_of
from reconciler.providers.registry import driver


def utc_now() -> datetime:
    """Return our clock."""
    return datetime.now(UTC)


_LONGEST_SECRET = 64 * 1024
_OF_CODE_HOSTS = ("CI_", "GITHUB_", "GITLAB_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the program takes from its runtime, passed in so that tests can pass in something else.

    `state` is the state file: the simulator's data stand beside it. `manifests` is what the accounts were read from:
    no file of its Git work tree may say where credentials are sent. `on_response` is called with each response to a
    read. `transport` replaces the network in tests.
    """

    state: Path
    variables: Mapping[str, str]
    manifests: Path | None = None
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    on_response: ResponseListener = ignore
    transport: object | None = None


@contextmanager
def connected(
    accounts: Sequence[Account], env: Runtime, *, read_only: bool, orders: Sequence[DesiredOrder] = ()
) -> Iterator[Mapping[AccountName, OrderWriter]]:
    """Connect every account; raises `UnusableAccount` if a secret is missing, or its destination is not allowed.

    The destinations of all accounts are checked before the first secret is looked up. With `read_only` no connection
    lets a request through that its driver does not call safe. What `orders` name as secrets is told by no
    connection, whichever call a provider repeats it in.
    """
    _check_destinations(accounts, env, orders)
    with ExitStack() as stack:
        writers: dict[AccountName, OrderWriter] = {}
        for account in accounts:
            named = {ref for o in orders if o.account == account.name for ref in secrets_in(o.settings)}
            writer = _connect(account, env, stack, named, read_only=read_only)
            stack.callback(writer.close)
            writers[account.name] = writer
        yield writers


def _check_destinations(accounts: Sequence[Account], env: Runtime, orders: Sequence[DesiredOrder]) -> None:
    """Check where the accounts send credentials against `RECONCILER_ALLOWED_HOSTS`; without it, all is allowed.

    Raises `ConfigError` for a list that cannot be read, `UnusableAccount` for an address that is not on it.
    """
    listed = env.variables.get(ALLOWED_HOSTS)
    if listed is None:
        return
    allowed = AllowedHosts.from_text(listed)
    for account in accounts:
        if account.endpoint == SIMULATOR:
            continue
        provider = driver(account.provider)
        named = [(account.at(each.path), each) for each in provider.destinations(account)]
        own = (order for order in orders if order.account == account.name)
        named += [(order.source, each) for order in own for each in provider.forwards(order)]
        for place, destination in named:
            refusal = _refusal(destination.address, allowed, env)
            if refusal is not None:
                told = f"{place}: spec.{destination.path}: {refusal}; no secret of account {account.name} was looked up"
                raise UnusableAccount(account.name, told)


def _refusal(address: str | SecretRef, allowed: AllowedHosts, env: Runtime) -> str | None:
    """Say why credentials must not be sent to an address; None if they may."""
    if isinstance(address, SecretRef):
        return _distrusted_file(address.file, env) if address.file else _distrusted_variable(address.env or "")
    try:
        host = host_of(address)
    except ValueError as e:
        return f"this address {e}, and {ALLOWED_HOSTS} is set: correct it"
    if host in allowed.hosts:
        return None
    return f"{ALLOWED_HOSTS} does not list the host {host}: correct the address, or add the host to that variable"


def _distrusted_variable(name: str) -> str | None:
    if not name.startswith(_OF_CODE_HOSTS):
        return None
    return (
        f"environment variable {name} is set by the code host, from texts of those who propose changes (titles, branch"
        f" names), and {ALLOWED_HOSTS} is set: name a variable of your own"
    )


def _distrusted_file(name: str, env: Runtime) -> str | None:
    path = os.path.expanduser(name)
    if env.manifests is not None and os.path.isabs(path) and not _leads_into(path, _judged(env, env.manifests)):
        return None
    return (
        f"file {name} may come with the manifests, and {ALLOWED_HOSTS} is set: name an environment variable, or an"
        " absolute path outside the checkout"
    )


def _judged(env: Runtime, manifests: Path) -> tuple[str, ...]:
    """Return the folders whose files come with the manifests: the checkout, and the daemon's clone beside the state."""
    return _work_tree(manifests), os.path.realpath(env.state.parent / "git")


def _leads_into(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is in one of the folders, or passes through one, links resolved at each of its steps."""
    steps = [os.path.realpath(step) for step in (Path(path), *Path(path).parents)]
    return any(os.path.commonpath([step, folder]) == folder for step in steps for folder in folders)


def _work_tree(manifests: Path) -> str:
    """Return the Git work tree that holds the manifests, or their own folder."""
    real = Path(os.path.realpath(manifests))
    folder = real if real.is_dir() else real.parent
    return str(next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder))


def _connect(
    account: Account, env: Runtime, stack: ExitStack, named: Iterable[SecretRef], *, read_only: bool
) -> OrderWriter:
    provider = driver(account.provider)
    endpoint, token_url = account.endpoint, None
    secret = _secrets(account, env)
    if account.endpoint == SIMULATOR:
        endpoint, token_url = _simulate(account, provider, env, stack)
        secret, named = _any_secret, ()
    config = ConnectionConfig(
        endpoint=endpoint,
        now=env.now,
        monotonic=env.monotonic,
        sleep=env.sleep,
        secret=secret,
        read_only=read_only,
        token_url=token_url,
        hidden=tuple(_found(named, secret)),
        on_response=env.on_response,
        transport=env.transport,
    )
    try:
        return provider.connect(account, config)
    except ConfigError as e:
        raise UnusableAccount(account.name, str(e)) from e


def _found(named: Iterable[SecretRef], secret: Callable[[SecretRef], str]) -> Iterator[str]:
    """Look up what there is; what is missing is told when an order needs it."""
    for each in named:
        with suppress(ConfigError):
            yield secret(each)


def _any_secret(_named: SecretRef) -> str:
    """The embedded simulator takes any credentials: a simulated account needs no secret to be set."""
    return "simulator"


def _simulate(account: Account, provider: Driver, env: Runtime, stack: ExitStack) -> tuple[str, str]:
    """Start the account's simulator on its data beside the state; a later run finds this run's orders there."""
    from reconciler.simulator import Simulator

    wanted = provider.simulated(account)
    simulator = stack.enter_context(
        Simulator(
            data=simulator_data(env.state, account.name),
            start=account.simulator.start,
            speed=account.simulator.speed,
            contracts=wanted.contracts,
        )
    )
    return simulator.url + wanted.path, simulator.url + wanted.token_path


def simulator_data(state: Path, account: str) -> Path:
    """Return where the embedded simulator of an account keeps its orders."""
    return state.with_name(f"simulator-{account}.db")


def _secrets(account: Account, env: Runtime) -> Callable[[SecretRef], str]:
    def look_up(named: SecretRef) -> str:
        value = _from_file(named, account) if named.file else _from_environment(named, env)
        if not value or re.search(r"[\r\n\0]", value):
            raise ConfigError(
                f"account {account.name} ({account.source}): {named} is {'empty' if not value else 'not one line'}"
            )
        return value

    return look_up


def _from_environment(named: SecretRef, env: Runtime) -> str:
    value = env.variables.get(named.env or "")
    if value is None:
        raise ConfigError(f"environment variable {named.env} is not set; a manifest names it for a credential")
    return value.strip()


def _from_file(named: SecretRef, account: Account) -> str:
    try:
        with Path(named.file or "").expanduser().open("rb") as file:
            content = file.read(_LONGEST_SECRET + 1)
        if len(content) > _LONGEST_SECRET:
            raise ValueError(f"longer than {_LONGEST_SECRET:,} bytes")
        return content.decode("utf-8").strip()
    except (OSError, ValueError, RuntimeError) as e:  # the last: no home folder of that name
        reason = e.strerror if isinstance(e, OSError) else "not UTF-8" if isinstance(e, UnicodeDecodeError) else e
        raise ConfigError(
            f"account {account.name} ({account.source}): credential file {named.file} cannot be read: {reason}"
        ) from e
