"""Every error that the program raises on purpose.

ReconcilerError
├── ManifestError          manifests are wrong; carries every problem with file:line:column
├── ConfigError            environment, options or credentials are wrong
│   └── UnusableAccount    one account's are; the others can be asked
├── StalePlan              an approved plan is not what would be done by now
├── PausedByPerson         a person has paused the account
├── StateError             the state file
│   ├── Locked             another run holds it
│   ├── Damaged            it fails its integrity check
│   └── TooNew             a later version of the program wrote it
└── ProviderError          a provider's answer, or the lack of one
    ├── NotSentError       the request never left: nothing can have happened
    ├── RefusedError       a well-formed refusal: nothing happened
    └── UnclearError       anything else: it may have happened

Each message says what, where and what to do next. Secrets and bodies that may hold them never appear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Location:
    """A place in a manifest; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a manifest, where, and (in the message) what to do about it."""

    location: Location
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class ReconcilerError(Exception):
    """The root: catch it where a message, and not a traceback, is owed to a person."""


class ManifestError(ReconcilerError):
    """Manifests are wrong. `problems` holds all of them, in file order, never just the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(ReconcilerError):
    """The environment, an option or a credential is wrong or missing."""


class UnusableAccount(ConfigError):
    """An account that cannot even be asked, such as for a credential that is not there. The others can."""

    def __init__(self, account: str, message: str) -> None:
        self.account = account
        super().__init__(message)


class StalePlan(ReconcilerError):
    """A plan that was approved is not what would be done by now, has expired, or was carried out already."""


class StateError(ReconcilerError):
    """The state file cannot be used."""


class PausedByPerson(ReconcilerError):
    """A person has paused the account: nothing was sent."""


class Locked(StateError):
    """Another run holds the state; the message names it."""


class Damaged(StateError):
    """The state file fails its integrity check."""


class TooNew(StateError):
    """The state file was written by a later version of the program."""


class RefusalKind(StrEnum):
    """Why a provider refused. What a later pass does depends on it, so it is stored with the outcome."""

    INVALID = "invalid"
    """The order itself: it stays refused until the manifest changes."""
    FUNDS = "funds"
    CONTRACT = "contract"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    RATE_LIMITED = "rate limited"


class ProviderError(ReconcilerError):
    """A provider did not do, or did not clearly say, what was asked."""


class NotSentError(ProviderError):
    """The request never left this machine."""


class RefusedError(ProviderError):
    """The provider refused in a well-formed answer: nothing was created, changed or spent."""

    def __init__(self, message: str, *, kind: RefusalKind, status: int) -> None:
        self.kind = kind
        self.status = status
        super().__init__(message)


class UnclearError(ProviderError):
    """No clear answer. For a spending call: it may have happened. For a read: nothing was learned.

    `status` is that of an HTTP answer, where there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)
