"""`reconciler forget`."""

from __future__ import annotations

from reconciler.cli.options import MANIFESTS, Attempt, LockTimeout, ManifestsDir, Order, State


def forget(
    order: Order,
    attempt: Attempt = None,
    manifests: ManifestsDir = MANIFESTS,
    state: State = None,
    lock_timeout: LockTimeout = 0.0,
) -> int:
    """Stop watching an order. One that no manifest states any more; nothing is sent, the order itself lives on."""
    from reconciler.cli.decisions import deciding
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.output import show_text

    with deciding(order, attempt, manifests, state, lock_timeout=lock_timeout) as decision:
        show_text(decision.forget())
    return Exit.OK
