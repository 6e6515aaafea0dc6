"""What UP42's wire contract leaves open, each with the value that the simulator takes until told otherwise.

`contract` names the section of contracts/up42.md. Where a recorded answer or the SDK's code shows one reading,
that is the default; where nothing does, the one that asks more of a client.
"""

from reconciler.simulator.switches import Switch

_REFUSALS = (405, 409, 422, 400)

SWITCHES = (
    Switch("createStatus", 201, "5, 15", "status of a placement that was taken", (201, 200)),
    Switch(
        "paramErrors",
        "400",
        "5",
        "what parameters against the order form get: a 400, or a success with an entry in errors for each feature",
        ("400", "errors"),
    ),
    Switch(
        "badRequestBody",
        "problem",
        "1, 15",
        "body of the 400 of place and estimate: as v2 services, the glossary or v1 services write errors",
        ("problem", "glossary", "v1"),
    ),
    Switch(
        "missingApproval",
        "403",
        "3, 15",
        "what placing gets where access or the EULA is missing: a status, or a success with entries in errors",
        ("403", "400", "errors"),
    ),
    Switch(
        "suffix",
        "several",
        "5, 15",
        "when names get a number: with several features in a request, always, or never",
        ("several", "always", "never"),
    ),
    Switch("visibilitySeconds", 0, "13, 15", "simulated seconds until a new order is visible"),
    Switch("visibilityWhere", "list", "13, 15", "which reads visibilitySeconds delays", ("list", "both")),
    Switch("pageSize", 20, "1, 15", "size of a page where none is asked for", (20, 10)),
    Switch("sizeMaximum", 100, "1", "the largest page; a larger size is cut to it without a word"),
    Switch(
        "displayNameFilter",
        "contains",
        "6",
        "how a list's displayName matches: as a part, as a part in any case, as the whole, or not at all",
        ("contains", "caseless", "exact", "ignored"),
    ),
    Switch("displayNameTrimmed", False, "13", "whether a stored displayName loses surrounding space"),
    Switch(
        "displayNameCharacters",
        "any",
        "13",
        "characters of a displayName: any, or those of a tag (so no brackets), with a 400 for others",
        ("any", "as-tags"),
    ),
    Switch("textNumbers", "refused", "2", "what a number sent as text gets in params", ("refused", "accepted")),
    Switch(
        "answerNames",
        "renamed",
        "6",
        "names in orderDetails: the SDK's, those of the request, or those of the request with numbers as text",
        ("renamed", "as-requested", "as-text"),
    ),
    Switch(
        "windowEcho",
        "millis",
        "6, 13",
        "form of acquisitionStart and acquisitionEnd read back",
        ("millis", "offset", "as-sent"),
    ),
    Switch("geometryCrs", True, "13", "whether a geometry read back carries a crs, as recorded"),
    Switch(
        "subStatus",
        "followed",
        "13",
        "subStatus shown: the step, FEASIBILITY_WAITING_UPLOAD for ever as once recorded, or none",
        ("followed", "stale", "absent"),
    ),
    Switch("cancelWrongState", 405, "7, 15", "status of a cancel that comes too late or twice", _REFUSALS),
    Switch("decidedStatus", 405, "1", "status of a decision on what is decided already", (405, 409)),
    Switch("wrongOption", 404, "8", "status of a choice of an option that the study does not have", (404, 400, 422)),
    Switch("oldFeasibilityPath", False, "8, 15", "whether /v2/tasking/feasibility still answers"),
    Switch(
        "study",
        "product",
        "8, 13",
        "feasibility study of orders placed from now on: as the product has it, or of one kind for all",
        ("product", "MANUAL", "AUTO", "none"),
    ),
    Switch("studyOptions", 3, "8", "options of a manual study", (1, 2, 3)),
    Switch("optionRewrites", True, "8, 15", "whether an accepted option's changes show in orderDetails"),
    Switch(
        "quotation",
        "product",
        "9, 13",
        "whether orders placed from now on are quoted: as the product has it, always, or never",
        ("product", "required", "none"),
    ),
    Switch("quotePercent", 100, "4, 9", "a quote's price in percent of the estimate"),
    Switch("quoteValidHours", 0, "9, 15", "simulated hours until a quote can no longer be decided; 0 is never"),
    Switch("quoteExpired", 405, "9, 15", "status of a decision on a quote that has expired", _REFUSALS),
    Switch(
        "afterRejection",
        "stays",
        "9, 13, 15",
        "where a rejected quote leads: nowhere, to another quote, or to the end of the order",
        ("stays", "quoted-again", "FAILED_PERMANENTLY", "CANCELED"),
    ),
    Switch("creditsEnforced", True, "9", "whether accepting refuses a price beyond the balance or the budget"),
    Switch(
        "insufficientCredits",
        402,
        "9, 15",
        "status of accepting beyond the balance or the budget",
        (402, 400, 403, 422),
    ),
    Switch(
        "budgetMissing", 400, "10", "status of placing without an active budget where budgets are enforced", (400, 403)
    ),
    Switch("balancePath", True, "10", "whether /v2/payments/balances still answers"),
    Switch(
        "stacFilterNames",
        "prefixed",
        "11",
        "names that a STAC filter takes: as on items (up42-order:id), or plain (order_id)",
        ("prefixed", "plain"),
    ),
    Switch("urlSeconds", 300, "11", "simulated seconds for which a download address is good"),
    Switch("retryAfter", False, "1, 15", "whether a 429 carries Retry-After"),
    Switch("tokenSeconds", 300, "1", "seconds for which a new access token is valid"),
    Switch("placingMinutes", 1, "7, 13", "simulated minutes in CREATED, and again in BEING_PLACED"),
    Switch("studyMinutes", 60, "13", "simulated minutes until a manual study is uploaded"),
    Switch("quoteMinutes", 60, "13", "simulated minutes until a quote is uploaded, also after a rejection"),
    Switch("activationMinutes", 10, "13", "simulated minutes from acceptance to BEING_FULFILLED"),
    Switch("repairMinutes", 60, "13", "simulated minutes for which each state of trouble lasts"),
    Switch("captures", 2, "11", "deliveries that fulfill an order", (1, 2, 3, 4)),
    Switch(
        "outcome",
        "FULFILLED",
        "13",
        "the end of orders placed from now on: FULFILLED, DELIVERY_TROUBLE (through its three states), "
        "FAILED_PERMANENTLY or CANCELED (while collecting, with a part delivered), PLACEMENT_FAILED (stays so), "
        "PLACEMENT_REPAIRED, PLACEMENT_LOST, or any other word as a status that nobody documented",
    ),
)
