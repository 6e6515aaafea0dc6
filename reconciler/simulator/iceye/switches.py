"""What ICEYE's wire contract leaves open, each with the value that the simulator takes until told otherwise.

`contract` names the section of contracts/iceye.md. Where two readings are documented, the default is the one
that the newer or more exact page gives; where none is, the one that asks more of a client.
"""

from reconciler.simulator.switches import Switch

SWITCHES = (
    Switch(
        name="coordinates",
        default="float32",
        contract="8, 3.1",
        means="latitude and longitude come back rounded to 32 bits, or exactly",
        choices=("float32", "exact"),
    ),
    Switch(
        name="windowEcho",
        default="utc",
        contract="8",
        means="form of the window read back: Z without trailing zeros, the sent offset without trailing zeros, "
        "Z with six digits, or the sent text",
        choices=("utc", "offset", "micros", "as-sent"),
    ),
    Switch(
        name="reference",
        default="as-sent",
        contract="8",
        means="whether the stored reference is trimmed, or NFC-normalized",
        choices=("as-sent", "trimmed", "nfc"),
    ),
    Switch(
        name="createdAtForm",
        default="rfc3339",
        contract="8",
        means="createdAt and updatedAt as instants, or as the odd 2023-12-20T15:04:05Z07:00 of the docs",
        choices=("rfc3339", "go-layout"),
    ),
    Switch(
        name="endCursor",
        default="missing",
        contract="3.3",
        means="what a list of tasks or contracts shows as cursor on its last page",
        choices=("missing", "empty", "null"),
    ),
    Switch(
        name="productsEndCursor",
        default="empty",
        contract="3.3, 3.9",
        means="what a list of products shows as cursor on its last page",
        choices=("missing", "empty", "null"),
    ),
    Switch(
        name="listOrder",
        default="newest",
        contract="3.3",
        means="which tasks a list shows first",
        choices=("newest", "oldest"),
    ),
    Switch(
        name="createdAfterInclusive",
        default=True,
        contract="3.3",
        means="whether createdAfter includes its own instant",
    ),
    Switch(
        name="createdBeforeInclusive",
        default=False,
        contract="3.3",
        means="whether createdBefore includes its own instant",
    ),
    Switch(name="limitMaximum", default=10000, contract="3.3", means="the largest limit of a list; more is a 400"),
    Switch(
        name="unknownQuery",
        default="refused",
        contract="3.3",
        means="what an undocumented query parameter, such as a filter by reference, does",
        choices=("refused", "ignored"),
    ),
    Switch(
        name="unknownFields",
        default="refused",
        contract="1",
        means="what an undocumented field in a request body does",
        choices=("refused", "ignored"),
    ),
    Switch(
        name="visibilitySeconds", default=0, contract="3.3, 11.1", means="simulated seconds until a new task is visible"
    ),
    Switch(
        name="visibilityWhere",
        default="both",
        contract="3.3, 11.1",
        means="which reads visibilitySeconds delays",
        choices=("both", "list"),
    ),
    Switch(
        name="errorFormat",
        default="accept",
        contract="2",
        means="error bodies by the Accept header, or always in one of the two formats",
        choices=("accept", "default", "problem"),
    ),
    Switch(name="retryAfter", default=False, contract="1, 11.4", means="whether a 429 carries Retry-After"),
    Switch(
        name="unknownContract",
        default=422,
        contract="2",
        means="status of create, price and feasibility for a contract that does not exist",
        choices=(422, 400, 403, 404),
    ),
    Switch(
        name="unknownContractList",
        default=404,
        contract="3.3",
        means="status of a list by a contract that does not exist; 200 is an empty list",
        choices=(404, 403, 400, 200),
    ),
    Switch(
        name="priceWithoutPlan",
        default=404,
        contract="3.5",
        means="status of a price where the contract has no pricing plan",
        choices=(404, 400, 403),
    ),
    Switch(
        name="cancelWrongState",
        default=400,
        contract="3.4",
        means="status of a cancel that comes too late or twice",
        choices=(400, 409, 404),
    ),
    Switch(
        name="lateCancel",
        default="charged",
        contract="5",
        means="a cancel in the last line of the table (ordered under 24 h ahead): charged in full, or refused",
        choices=("charged", "refused"),
    ),
    Switch(
        name="sceneUnavailable",
        default=404,
        contract="3.8",
        means="status of a scene that is not planned",
        choices=(404, 400, 409),
    ),
    Switch(
        name="defaultAngles",
        default="performant",
        contract="7",
        means="the incidence angles filled in: the mode's performant range, or 10 to 45",
        choices=("performant", "full"),
    ),
    Switch(
        name="defaultLookSide",
        default="ANY",
        contract="7",
        means="the look side filled in",
        choices=("ANY", "LEFT", "RIGHT"),
    ),
    Switch(
        name="defaultPassDirection",
        default="ANY",
        contract="7",
        means="the pass direction filled in",
        choices=("ANY", "ASCENDING", "DESCENDING"),
    ),
    Switch(
        name="backgroundSla",
        default="contract",
        contract="7",
        means="the SLA filled in for BACKGROUND: the contract's default, or SLA_24H",
        choices=("contract", "SLA_24H"),
    ),
    Switch(
        name="eulaWhenUnset",
        default="filled",
        contract="3.1",
        means="eula filled in from the contract, or left out",
        choices=("filled", "omitted"),
    ),
    Switch(name="imagingDurationAccepted", default=False, contract="3.1", means="whether create takes imagingDuration"),
    Switch(
        name="fundsEnforced",
        default=True,
        contract="2, 3.7",
        means="whether create and feasibility refuse what the contract cannot pay",
    ),
    Switch(
        name="failedTasksCharged",
        default=False,
        contract="4",
        means="whether a REJECTED or FAILED task is charged in full",
    ),
    Switch(name="feasibilityResult", default="FEASIBLE", contract="3.6", means="the result of every feasibility check"),
    Switch(
        name="decisionMinutes", default=20, contract="4", means="simulated minutes from RECEIVED to ACTIVE or REJECTED"
    ),
    Switch(
        name="outcome",
        default="DONE",
        contract="4",
        means="the outcome of tasks created from now on: DONE, DONE_DIRECT (no FULFILLED), REJECTED, FAILED, "
        "or any other word as a status that nobody documented",
    ),
    Switch(name="tokenSeconds", default=3600, contract="1", means="seconds for which a new access token is valid"),
)
