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
        Route("POST", f"{_LOGIN}/token", auth.issue_token),
        Route("GET", f"{_LOGIN}/userinfo", auth.get_user_info),
        Route("GET", f"{_API}/v2/collections", catalog.list_collections),
        Route("GET", _API + "/v2/collections/{name}", catalog.get_collection),
        Route("GET", _API + "/orders/schema/{id}", protected(catalog.get_schema)),
        Route("GET", f"{_API}/v2/eulas", protected(catalog.list_eulas)),
        Route("GET", _API + "/v2/eulas/{id}", protected(catalog.get_eula)),
        Route("POST", f"{_ORDERS}/estimate", protected(placing.estimate)),
        Route("POST", _ORDERS, protected(placing.place)),
        Route("GET", _ORDERS, protected(ordering.list_orders)),
        Route("GET", _ORDERS + "/{orderID}", protected(ordering.get_order)),
        Route("PATCH", _ORDERS + "/{orderID}", protected(ordering.amend_order)),
        Route("POST", _ORDERS + "/{orderID}/cancellation", protected(ordering.cancel_order)),
        Route("GET", f"{_TASKING}/feasibility-studies", protected(decisions.list_studies)),
        Route("PATCH", _TASKING + "/feasibility-studies/{id}", protected(decisions.choose_option)),
        Route("GET", f"{_TASKING}/feasibility", protected(decisions.list_studies_at_old_path)),
        Route("PATCH", _TASKING + "/feasibility/{id}", protected(decisions.choose_option_at_old_path)),
        Route("GET", f"{_TASKING}/quotation", protected(decisions.list_quotes)),
        Route("PATCH", _TASKING + "/quotation/{id}", protected(decisions.decide_quote)),
        Route("GET", f"{_API}/v2/payments/balances", protected(credits.get_balance)),
        Route("GET", f"{_API}/v2/budgets", protected(credits.list_budgets)),
        Route("GET", f"{_API}/v2/budgets/settings", protected(credits.get_budget_settings)),
        Route("GET", _API + "/v2/budgets/{id}", protected(credits.get_budget)),
        Route("GET", _API + "/v2/budgets/{id}/usage", protected(credits.get_usage)),
        Route("GET", _ASSETS, protected(delivery.list_assets)),
        Route("GET", f"{_ASSETS}/stac", protected(delivery.get_stac_root)),
        Route("GET", f"{_ASSETS}/stac/", protected(delivery.get_stac_root)),
        Route("POST", f"{_ASSETS}/stac/search", protected(delivery.search_stac)),
        Route("GET", _ASSETS + "/{assetID}", protected(delivery.get_asset)),
        Route("POST", _ASSETS + "/{assetID}/download-url", protected(delivery.get_download_url)),
        Route("GET", _API + "/v2/coverage/orders/{orderID}", protected(delivery.get_coverage)),
        Route("GET", "/up42/files/{assetID}/{size}/{name}", delivery.get_file),
    ),
    control=(
        Route("POST", "/up42/orders/{orderID}", on_order(console.edit_order)),
        Route("DELETE", "/up42/orders/{orderID}", console.delete_order),
        Route("POST", "/up42/orders/{orderID}/study", on_order(decisions.add_study)),
        Route("POST", "/up42/orders/{orderID}/quotes", on_order(decisions.add_quote)),
        Route("POST", "/up42/orders/{orderID}/decision", on_order(decisions.decide_by_hand)),
        Route("PUT", "/up42/access", catalog.set_access),
        Route("PUT", "/up42/eulas/{id}", catalog.change_eula),
        Route("PUT", "/up42/accounts/{name}", credits.change_account),
        Route("PUT", "/up42/budgets/{id}", credits.change_budget),
        Route("PUT", "/up42/users", auth.set_users),
        Route("DELETE", "/up42/tokens", auth.revoke_tokens),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=ordering.describe,
    ensure=_ensure,
)
