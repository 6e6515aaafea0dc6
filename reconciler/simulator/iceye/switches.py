"""What ICEYE's wire contract leaves open, each with the value that the simulator takes until told otherwise.

`contract` names the section of contracts/iceye.md. Where two readings are documented, the default is the one
that the newer or more exact page gives; where none is, the one that asks more of a client.
"""

from reconciler.simulator.switches import Switch

SWITCHES = (
    Switch(
        "coordinates",
        "float32",
        "8, 3.1",
        "latitude and longitude come back rounded to 32 bits, or exactly",
        ("float32", "exact"),
    ),
    Switch(
        "windowEcho",
        "utc",
        "8",
        "form of the window read back: Z without trailing zeros, the sent offset without trailing zeros, "
        "Z with six digits, or the sent text",
        ("utc", "offset", "micros", "as-sent"),
    ),
    Switch(
        "reference",
        "as-sent",
        "8",
        "whether the stored reference is trimmed, or NFC-normalized",
        ("as-sent", "trimmed", "nfc"),
    ),
    Switch(
        "createdAtForm",
        "rfc3339",
        "8",
        "createdAt and updatedAt as instants, or as the odd 2023-12-20T15:04:05Z07:00 of the docs",
        ("rfc3339", "go-layout"),
    ),
    Switch(
        "endCursor",
        "missing",
        "3.3",
        "what a list of tasks or contracts shows as cursor on its last page",
        ("missing", "empty", "null"),
    ),
    Switch(
        "productsEndCursor",
        "empty",
        "3.3, 3.9",
        "what a list of products shows as cursor on its last page",
        ("missing", "empty", "null"),
    ),
    Switch("listOrder", "newest", "3.3", "which tasks a list shows first", ("newest", "oldest")),
    Switch("createdAfterInclusive", True, "3.3", "whether createdAfter includes its own instant"),
    Switch("createdBeforeInclusive", False, "3.3", "whether createdBefore includes its own instant"),
    Switch("limitMaximum", 10000, "3.3", "the largest limit of a list; more is a 400"),
    Switch(
        "unknownQuery",
        "refused",
        "3.3",
        "what an undocumented query parameter, such as a filter by reference, does",
        ("refused", "ignored"),
    ),
    Switch(
        "unknownFields",
        "refused",
        "1",
        "what an undocumented field in a request body does",
        ("refused", "ignored"),
    ),
    Switch("visibilitySeconds", 0, "3.3, 11.1", "simulated seconds until a new task is visible"),
    Switch(
        "visibilityWhere",
        "both",
        "3.3, 11.1",
        "which reads visibilitySeconds delays",
        ("both", "list"),
    ),
    Switch(
        "errorFormat",
        "accept",
        "2",
        "error bodies by the Accept header, or always in one of the two formats",
        ("accept", "default", "problem"),
    ),
    Switch("retryAfter", False, "1, 11.4", "whether a 429 carries Retry-After"),
    Switch(
        "unknownContract",
        422,
        "2",
        "status of create, price and feasibility for a contract that does not exist",
        (422, 400, 403, 404),
    ),
    Switch(
        "unknownContractList",
        404,
        "3.3",
        "status of a list by a contract that does not exist; 200 is an empty list",
        (404, 403, 400, 200),
    ),
    Switch(
        "priceWithoutPlan",
        404,
        "3.5",
        "status of a price where the contract has no pricing plan",
        (404, 400, 403),
    ),
    Switch("cancelWrongState", 400, "3.4", "status of a cancel that comes too late or twice", (400, 409, 404)),
    Switch(
        "lateCancel",
        "charged",
        "5",
        "a cancel in the last line of the table (ordered under 24 h ahead): charged in full, or refused",
        ("charged", "refused"),
    ),
    Switch("sceneUnavailable", 404, "3.8", "status of a scene that is not planned", (404, 400, 409)),
    Switch(
        "defaultAngles",
        "performant",
        "7",
        "the incidence angles filled in: the mode's performant range, or 10 to 45",
        ("performant", "full"),
    ),
    Switch("defaultLookSide", "ANY", "7", "the look side filled in", ("ANY", "LEFT", "RIGHT")),
    Switch(
        "defaultPassDirection",
        "ANY",
        "7",
        "the pass direction filled in",
        ("ANY", "ASCENDING", "DESCENDING"),
    ),
    Switch(
        "backgroundSla",
        "contract",
        "7",
        "the SLA filled in for BACKGROUND: the contract's default, or SLA_24H",
        ("contract", "SLA_24H"),
    ),
    Switch(
        "eulaWhenUnset",
        "filled",
        "3.1",
        "eula filled in from the contract, or left out",
        ("filled", "omitted"),
    ),
    Switch("imagingDurationAccepted", False, "3.1", "whether create takes imagingDuration"),
    Switch("fundsEnforced", True, "2, 3.7", "whether create and feasibility refuse what the contract cannot pay"),
    Switch("failedTasksCharged", False, "4", "whether a REJECTED or FAILED task is charged in full"),
    Switch("feasibilityResult", "FEASIBLE", "3.6", "the result of every feasibility check"),
    Switch("decisionMinutes", 20, "4", "simulated minutes from RECEIVED to ACTIVE or REJECTED"),
    Switch(
        "outcome",
        "DONE",
        "4",
        "the outcome of tasks created from now on: DONE, DONE_DIRECT (no FULFILLED), REJECTED, FAILED, "
        "or any other word as a status that nobody documented",
    ),
    Switch("tokenSeconds", 3600, "1", "seconds for which a new access token is valid"),
)
