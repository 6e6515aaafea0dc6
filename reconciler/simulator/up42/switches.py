"""What UP42's wire contract leaves open, each with the value that the simulator takes until told otherwise.

`contract` names the section of contracts/up42.md. Where a recorded answer or the SDK's code shows one reading,
that is the default; where nothing does, the one that asks more of a client.
"""

from reconciler.simulator.switches import Switch

_REFUSALS = (405, 409, 422, 400)

SWITCHES = (
    Switch(
        name="createStatus",
        default=201,
        contract="5, 15",
        means="status of a placement that was taken",
        choices=(201, 200),
    ),
    Switch(
        name="paramErrors",
        default="400",
        contract="5",
        means="the answer to parameters that break the order form: a 400, or a success with errors for each feature",
        choices=("400", "errors"),
    ),
    Switch(
        name="badRequestBody",
        default="problem",
        contract="1, 15",
        means="body of the 400 of place and estimate: as v2 services, the glossary or v1 services write errors",
        choices=("problem", "glossary", "v1"),
    ),
    Switch(
        name="missingApproval",
        default="403",
        contract="3, 15",
        means="what placing gets where access or the EULA is missing: a status, or a success with entries in errors",
        choices=("403", "400", "errors"),
    ),
    Switch(
        name="suffix",
        default="several",
        contract="5, 15",
        means="when names get a number: with several features in a request, always, or never",
        choices=("several", "always", "never"),
    ),
    Switch(
        name="visibilitySeconds", default=0, contract="13, 15", means="simulated seconds until a new order is visible"
    ),
    Switch(
        name="visibilityWhere",
        default="list",
        contract="13, 15",
        means="which reads visibilitySeconds delays",
        choices=("list", "both"),
    ),
    Switch(
        name="pageSize", default=20, contract="1, 15", means="size of a page where none is asked for", choices=(20, 10)
    ),
    Switch(
        name="sizeMaximum",
        default=100,
        contract="1",
        means="the largest page; a larger size is cut to it without a word",
    ),
    Switch(
        name="displayNameFilter",
        default="contains",
        contract="6",
        means="how a list's displayName matches: as a part, as a part in any case, as the whole, or not at all",
        choices=("contains", "caseless", "exact", "ignored"),
    ),
    Switch(
        name="displayNameTrimmed",
        default=False,
        contract="13",
        means="whether a stored displayName loses surrounding space",
    ),
    Switch(
        name="displayNameCharacters",
        default="any",
        contract="13",
        means="characters of a displayName: any, or those of a tag (so no brackets), with a 400 for others",
        choices=("any", "as-tags"),
    ),
    Switch(
        name="textNumbers",
        default="refused",
        contract="2",
        means="what a number sent as text gets in params",
        choices=("refused", "accepted"),
    ),
    Switch(
        name="answerNames",
        default="renamed",
        contract="6",
        means="names in orderDetails: the SDK's, those of the request, or those of the request with numbers as text",
        choices=("renamed", "as-requested", "as-text"),
    ),
    Switch(
        name="windowEcho",
        default="millis",
        contract="6, 13",
        means="form of acquisitionStart and acquisitionEnd read back",
        choices=("millis", "offset", "as-sent"),
    ),
    Switch(
        name="geometryCrs", default=True, contract="13", means="whether a geometry read back carries a crs, as recorded"
    ),
    Switch(
        name="subStatus",
        default="followed",
        contract="13",
        means="subStatus shown: the step, FEASIBILITY_WAITING_UPLOAD for ever as once recorded, or none",
        choices=("followed", "stale", "absent"),
    ),
    Switch(
        name="cancelWrongState",
        default=405,
        contract="7, 15",
        means="status of a cancel that comes too late or twice",
        choices=_REFUSALS,
    ),
    Switch(
        name="decidedStatus",
        default=405,
        contract="1",
        means="status of a decision on what is decided already",
        choices=(405, 409),
    ),
    Switch(
        name="wrongOption",
        default=404,
        contract="8",
        means="status of a choice of an option that the study does not have",
        choices=(404, 400, 422),
    ),
    Switch(
        name="oldFeasibilityPath",
        default=False,
        contract="8, 15",
        means="whether /v2/tasking/feasibility still answers",
    ),
    Switch(
        name="study",
        default="product",
        contract="8, 13",
        means="feasibility study of orders placed from now on: as the product has it, or of one kind for all",
        choices=("product", "MANUAL", "AUTO", "none"),
    ),
    Switch(name="studyOptions", default=3, contract="8", means="options of a manual study", choices=(1, 2, 3)),
    Switch(
        name="optionRewrites",
        default=True,
        contract="8, 15",
        means="whether an accepted option's changes show in orderDetails",
    ),
    Switch(
        name="quotation",
        default="product",
        contract="9, 13",
        means="whether orders placed from now on are quoted: as the product has it, always, or never",
        choices=("product", "required", "none"),
    ),
    Switch(name="quotePercent", default=100, contract="4, 9", means="a quote's price in percent of the estimate"),
    Switch(
        name="quoteValidHours",
        default=0,
        contract="9, 15",
        means="simulated hours until a quote can no longer be decided; 0 is never",
    ),
    Switch(
        name="quoteExpired",
        default=405,
        contract="9, 15",
        means="status of a decision on a quote that has expired",
        choices=_REFUSALS,
    ),
    Switch(
        name="afterRejection",
        default="stays",
        contract="9, 13, 15",
        means="where a rejected quote leads: nowhere, to another quote, or to the end of the order",
        choices=("stays", "quoted-again", "FAILED_PERMANENTLY", "CANCELED"),
    ),
    Switch(
        name="creditsEnforced",
        default=True,
        contract="9",
        means="whether accepting refuses a price beyond the balance or the budget",
    ),
    Switch(
        name="insufficientCredits",
        default=402,
        contract="9, 15",
        means="status of accepting beyond the balance or the budget",
        choices=(402, 400, 403, 422),
    ),
    Switch(
        name="budgetMissing",
        default=400,
        contract="10",
        means="status of placing without an active budget where budgets are enforced",
        choices=(400, 403),
    ),
    Switch(name="balancePath", default=True, contract="10", means="whether /v2/payments/balances still answers"),
    Switch(
        name="stacFilterNames",
        default="prefixed",
        contract="11",
        means="names that a STAC filter takes: as on items (up42-order:id), or plain (order_id)",
        choices=("prefixed", "plain"),
    ),
    Switch(
        name="urlSeconds", default=300, contract="11", means="simulated seconds for which a download address is good"
    ),
    Switch(name="retryAfter", default=False, contract="1, 15", means="whether a 429 carries Retry-After"),
    Switch(name="tokenSeconds", default=300, contract="1", means="seconds for which a new access token is valid"),
    Switch(
        name="placingMinutes",
        default=1,
        contract="7, 13",
        means="simulated minutes in CREATED, and again in BEING_PLACED",
    ),
    Switch(name="studyMinutes", default=60, contract="13", means="simulated minutes until a manual study is uploaded"),
    Switch(
        name="quoteMinutes",
        default=60,
        contract="13",
        means="simulated minutes until a quote is uploaded, also after a rejection",
    ),
    Switch(
        name="activationMinutes",
        default=10,
        contract="13",
        means="simulated minutes from acceptance to BEING_FULFILLED",
    ),
    Switch(
        name="repairMinutes", default=60, contract="13", means="simulated minutes for which each state of trouble lasts"
    ),
    Switch(name="captures", default=2, contract="11", means="deliveries that fulfill an order", choices=(1, 2, 3, 4)),
    Switch(
        name="outcome",
        default="FULFILLED",
        contract="13",
        means="the end of orders placed from now on: FULFILLED, DELIVERY_TROUBLE (through its three states), "
        "FAILED_PERMANENTLY or CANCELED (while collecting, with a part delivered), PLACEMENT_FAILED (stays so), "
        "PLACEMENT_REPAIRED, PLACEMENT_LOST, or any other word as a status that nobody documented",
    ),
)
