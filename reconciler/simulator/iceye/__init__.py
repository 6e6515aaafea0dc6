"""ICEYE's APIs as the wire contract (contracts/iceye.md) describes them: tasking v2, company v1, and tokens.

Called by the simulator's server only, which mounts `PROVIDER` beside other providers.
"""

from reconciler.simulator.iceye import auth, console, contracts, contracts_api, imagery, tasks
from reconciler.simulator.iceye.auth import protected
from reconciler.simulator.iceye.errors import refuse
from reconciler.simulator.iceye.switches import SWITCHES
from reconciler.simulator.messages import Provider, Route

_API = "/iceye/api"
_TASKS = f"{_API}/tasking/v2/tasks"
_COMPANY = f"{_API}/company/v1/contracts"

PROVIDER = Provider(
    name=contracts.PROVIDER,
    bases=(_API, "/iceye"),
    routes=(
        Route("POST", "/iceye/oauth/v1/token", auth.issue_token),
        Route("GET", _COMPANY, protected(contracts_api.list_contracts)),
        Route("GET", _COMPANY + "/{contractID}", protected(contracts_api.get_contract)),
        Route("GET", _COMPANY + "/{contractID}/summary", protected(contracts_api.get_summary)),
        Route("GET", f"{_API}/tasking/v2/price", protected(contracts_api.get_price)),
        Route("POST", f"{_API}/tasking/v2/feasibility", protected(contracts_api.check_feasibility)),
        Route("POST", _TASKS, protected(tasks.create_task)),
        Route("GET", _TASKS, protected(tasks.list_tasks)),
        Route("GET", _TASKS + "/{taskID}", protected(tasks.get_task)),
        Route("PATCH", _TASKS + "/{taskID}", protected(tasks.cancel_task)),
        Route("GET", _TASKS + "/{taskID}/scene", protected(imagery.get_scene)),
        Route("GET", _TASKS + "/{taskID}/products", protected(imagery.list_products)),
        Route("GET", _TASKS + "/{taskID}/products/{productType}", protected(imagery.list_products)),
        Route("GET", "/iceye/files/{taskID}/{productType}/{name}", imagery.get_file),
    ),
    control=(
        Route("GET", "/iceye/contracts/{id}", contracts.show),
        Route("PUT", "/iceye/contracts/{id}", contracts.change),
        Route("POST", "/iceye/tasks/{taskID}", console.edit_task),
        Route("PUT", "/iceye/clients", auth.set_clients),
        Route("DELETE", "/iceye/tokens", auth.revoke_tokens),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=tasks.describe,
    ensure=contracts.ensure,
)
