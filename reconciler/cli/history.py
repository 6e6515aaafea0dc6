"""`reconciler history`."""

from __future__ import annotations

from reconciler.cli.options import MANIFESTS, DataFormat, ManifestsDir, Order, PlainFormat, State


def history(
    order: Order, manifests: ManifestsDir = MANIFESTS, state: State = None, format_: PlainFormat = DataFormat.TEXT
) -> int:
    """Tell an order's life. Intents, outcomes, phases, decisions, with plan and Git commit."""
    from reconciler.cli.exit_codes import Exit
    from reconciler.cli.options import state_path
    from reconciler.cli.output import show, show_document
    from reconciler.cli.pausing import tell_pauses
    from reconciler.model.errors import ConfigError
    from reconciler.model.ids import OrderKey
    from reconciler.render.document import history_document
    from reconciler.render.history import attempts_told, history_lines
    from reconciler.state.store import open_reader

    path = state_path(state, manifests)
    with open_reader(path) as reader:
        tell_pauses(reader.pauses())
        events = reader.journal(OrderKey(order))
        attempts = attempts_told(reader.records_of(OrderKey(order)), events)
    if not events:
        raise ConfigError(f"{path} holds nothing of an order {order}; `reconciler status` shows what is known")
    if format_ is DataFormat.JSON:
        show_document({"entries": history_document(events, attempts)})
    else:
        show(history_lines(events, attempts))
    return Exit.OK
