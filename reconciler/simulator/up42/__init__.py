"""UP42's APIs as the wire contract (contracts/up42.md) describes them: tokens, glossary, orders, decisions, assets.

Called by the simulator's server only, which mounts `PROVIDER` beside other providers.
"""

from collections.abc import Sequence
from datetime import datetime

from reconciler.simulator.messages import Provider, Route
from reconciler.simulator.store import Store
from reconciler.simulator.up42 import auth, catalog, console, credits, decisions, delivery, ordering, placing
from reconciler.simulator.up42.auth import protected
from reconciler.simulator.up42.console import on_order
from reconciler.simulator.up42.errors import refuse
from reconciler.simulator.up42.switches import SWITCHES

_API = "/up42/api"
_LOGIN = "/up42/auth/realms/public/protocol/openid-connect"
_ORDERS = f"{_API}/v2/orders"
_TASKING = f"{_API}/v2/tasking"
_ASSETS = f"{_API}/v2/assets"


def _ensure(store: Store, now: datetime, accounts: Sequence[str]) -> None:
    """Nothing has to be made: any user has an account, and products are always there."""


PROVIDER = Provider(
    name=auth.PROVIDER,
    bases=(_API, "/up42/auth", "/up42"),
    routes=(
        Route(method="POST", template=f"{_LOGIN}/token", handler=auth.issue_token),
        Route(method="GET", template=f"{_LOGIN}/userinfo", handler=auth.get_user_info),
        Route(method="GET", template=f"{_API}/v2/collections", handler=catalog.list_collections),
        Route(method="GET", template=_API + "/v2/collections/{name}", handler=catalog.get_collection),
        Route(method="GET", template=_API + "/orders/schema/{id}", handler=protected(catalog.get_schema)),
        Route(method="GET", template=f"{_API}/v2/eulas", handler=protected(catalog.list_eulas)),
        Route(method="GET", template=_API + "/v2/eulas/{id}", handler=protected(catalog.get_eula)),
        Route(method="POST", template=f"{_ORDERS}/estimate", handler=protected(placing.estimate)),
        Route(method="POST", template=_ORDERS, handler=protected(placing.place)),
        Route(method="GET", template=_ORDERS, handler=protected(ordering.list_orders)),
        Route(method="GET", template=_ORDERS + "/{orderID}", handler=protected(ordering.get_order)),
        Route(method="PATCH", template=_ORDERS + "/{orderID}", handler=protected(ordering.amend_order)),
        Route(method="POST", template=_ORDERS + "/{orderID}/cancellation", handler=protected(ordering.cancel_order)),
        Route(method="GET", template=f"{_TASKING}/feasibility-studies", handler=protected(decisions.list_studies)),
        Route(
            method="PATCH", template=_TASKING + "/feasibility-studies/{id}", handler=protected(decisions.choose_option)
        ),
        Route(method="GET", template=f"{_TASKING}/feasibility", handler=protected(decisions.list_studies_at_old_path)),
        Route(
            method="PATCH",
            template=_TASKING + "/feasibility/{id}",
            handler=protected(decisions.choose_option_at_old_path),
        ),
        Route(method="GET", template=f"{_TASKING}/quotation", handler=protected(decisions.list_quotes)),
        Route(method="PATCH", template=_TASKING + "/quotation/{id}", handler=protected(decisions.decide_quote)),
        Route(method="GET", template=f"{_API}/v2/payments/balances", handler=protected(credits.get_balance)),
        Route(method="GET", template=f"{_API}/v2/budgets", handler=protected(credits.list_budgets)),
        Route(method="GET", template=f"{_API}/v2/budgets/settings", handler=protected(credits.get_budget_settings)),
        Route(method="GET", template=_API + "/v2/budgets/{id}", handler=protected(credits.get_budget)),
        Route(method="GET", template=_API + "/v2/budgets/{id}/usage", handler=protected(credits.get_usage)),
        Route(method="GET", template=_ASSETS, handler=protected(delivery.list_assets)),
        Route(method="GET", template=f"{_ASSETS}/stac", handler=protected(delivery.get_stac_root)),
        Route(method="GET", template=f"{_ASSETS}/stac/", handler=protected(delivery.get_stac_root)),
        Route(method="POST", template=f"{_ASSETS}/stac/search", handler=protected(delivery.search_stac)),
        Route(method="GET", template=_ASSETS + "/{assetID}", handler=protected(delivery.get_asset)),
        Route(
            method="POST", template=_ASSETS + "/{assetID}/download-url", handler=protected(delivery.get_download_url)
        ),
        Route(method="GET", template=_API + "/v2/coverage/orders/{orderID}", handler=protected(delivery.get_coverage)),
        Route(method="GET", template="/up42/files/{assetID}/{size}/{name}", handler=delivery.get_file),
    ),
    control=(
        Route(method="POST", template="/up42/orders/{orderID}", handler=on_order(console.edit_order)),
        Route(method="DELETE", template="/up42/orders/{orderID}", handler=console.delete_order),
        Route(method="POST", template="/up42/orders/{orderID}/study", handler=on_order(decisions.add_study)),
        Route(method="POST", template="/up42/orders/{orderID}/quotes", handler=on_order(decisions.add_quote)),
        Route(method="POST", template="/up42/orders/{orderID}/decision", handler=on_order(decisions.decide_by_hand)),
        Route(method="PUT", template="/up42/access", handler=catalog.set_access),
        Route(method="PUT", template="/up42/eulas/{id}", handler=catalog.change_eula),
        Route(method="PUT", template="/up42/accounts/{name}", handler=credits.change_account),
        Route(method="PUT", template="/up42/budgets/{id}", handler=credits.change_budget),
        Route(method="PUT", template="/up42/users", handler=auth.set_users),
        Route(method="DELETE", template="/up42/tokens", handler=auth.revoke_tokens),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=ordering.describe,
    ensure=_ensure,
)
