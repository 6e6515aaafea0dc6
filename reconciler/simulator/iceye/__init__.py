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
        Route(method="POST", template="/iceye/oauth/v1/token", handler=auth.issue_token),
        Route(method="GET", template=_COMPANY, handler=protected(contracts_api.list_contracts)),
        Route(method="GET", template=_COMPANY + "/{contractID}", handler=protected(contracts_api.get_contract)),
        Route(method="GET", template=_COMPANY + "/{contractID}/summary", handler=protected(contracts_api.get_summary)),
        Route(method="GET", template=f"{_API}/tasking/v2/price", handler=protected(contracts_api.get_price)),
        Route(
            method="POST", template=f"{_API}/tasking/v2/feasibility", handler=protected(contracts_api.check_feasibility)
        ),
        Route(method="POST", template=_TASKS, handler=protected(tasks.create_task)),
        Route(method="GET", template=_TASKS, handler=protected(tasks.list_tasks)),
        Route(method="GET", template=_TASKS + "/{taskID}", handler=protected(tasks.get_task)),
        Route(method="PATCH", template=_TASKS + "/{taskID}", handler=protected(tasks.cancel_task)),
        Route(method="GET", template=_TASKS + "/{taskID}/scene", handler=protected(imagery.get_scene)),
        Route(method="GET", template=_TASKS + "/{taskID}/products", handler=protected(imagery.list_products)),
        Route(
            method="GET", template=_TASKS + "/{taskID}/products/{productType}", handler=protected(imagery.list_products)
        ),
        Route(method="GET", template="/iceye/files/{taskID}/{productType}/{name}", handler=imagery.get_file),
    ),
    control=(
        Route(method="GET", template="/iceye/contracts/{id}", handler=contracts.show),
        Route(method="PUT", template="/iceye/contracts/{id}", handler=contracts.change),
        Route(method="POST", template="/iceye/tasks/{taskID}", handler=console.edit_task),
        Route(method="PUT", template="/iceye/clients", handler=auth.set_clients),
        Route(method="DELETE", template="/iceye/tokens", handler=auth.revoke_tokens),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=tasks.describe,
    ensure=contracts.ensure,
)
