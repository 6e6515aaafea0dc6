"""What Vantor's wire contract leaves open, each with the value that the simulator takes until told otherwise.

`contract` names the section of contracts/vantor.md. Where a page, a sibling API or an SDK shows one reading, that is
the default; where nothing does, the one that asks more of a client.
"""

from reconciler.simulator.switches import Switch

_LATE = (409, 400, 404, 405)

SWITCHES = (
    Switch("createStatus", 200, "2.1", "status of a request that was taken", (200, 201, 202)),
    Switch("submitAnswer", "full", "2.1", "what submitting answers: the whole tasking, or its id only", ("full", "id")),
    Switch(
        "envelope",
        "data",
        "2.1, 14",
        "where answers hold what was asked for: in data, or beside links and timestamps",
        ("data", "bare"),
    ),
    Switch("idName", "id", "2.1, 14", "name of a tasking's id", ("id", "tasking_id")),
    Switch("idForm", "text", "2.1, 13", "whether an id is text, or a number beyond 2^53", ("text", "number")),
    Switch("statusName", "tasking_status", "2.3, 14", "name of a tasking's status", ("tasking_status", "status")),
    Switch(
        "spelling",
        "status-page",
        "6, 13",
        "status words as on the status page, the notifications page or version 1's page, or in lower case",
        ("status-page", "notifications-page", "v1", "lower"),
    ),
    Switch(
        "errorBody",
        "error",
        "2.1, 7",
        "body of errors without a documented form: the error object, a gateway's message, or no JSON",
        ("error", "message", "text"),
    ),
    Switch("retryAfter", False, "7", "whether a 429 carries Retry-After"),
    Switch("waitSeconds", 60, "7", "the wait that the text of an injected 429 names"),
    Switch("hourlyRequests", 1000, "7", "new requests in an hour, of all customers together, until a 429"),
    Switch("bodyMaximum", 1_000_000, "2.1", "bytes of a request's body until a 413"),
    Switch(
        "paths",
        "both",
        "2.1, 13",
        "where get, extend and cancel answer: tasking/{id}, tasking/vantor/{id}, or both",
        ("both", "plain", "vantor"),
    ),
    Switch(
        "quotePath",
        "vantor",
        "2.1, 13",
        "where quote answers: tasking/vantor/quote, or tasking/quote",
        ("vantor", "plain"),
    ),
    Switch(
        "quoteUnits",
        "credits",
        "2.2, 7, 14",
        "a quote: credits or square kilometers in the sibling's usage_estimate, or a form that nobody documented",
        ("credits", "sqkm", "other"),
    ),
    Switch(
        "demand", "low", "2.1, 7", "demand for every area, which sets the price and the least area", ("low", "high")
    ),
    Switch("creditsEnforced", True, "6", "whether submitting refuses what the account cannot pay"),
    Switch(
        "insufficientCredits",
        403,
        "6",
        "status of submitting what the account cannot pay",
        (403, 402, 400),
    ),
    Switch("pageSize", 10, "2.3, 13", "size of a page where no limit is given"),
    Switch("limitMaximum", 100, "2.3", "the largest page; a larger limit is cut to it without a word"),
    Switch("defaultSort", "desc", "2.3", "order of a list where no sort is given", ("desc", "asc")),
    Switch(
        "nextPage",
        "both",
        "2.3",
        "what leads to the next page: next_page_token, links.next_page, or both",
        ("both", "token", "link"),
    ),
    Switch(
        "tokenParameter",
        "by-sort",
        "2.3",
        "what takes a token: starting_after means newer and ending_before older, or starting_after means onward",
        ("by-sort", "starting-after"),
    ),
    Switch(
        "endToken",
        "missing",
        "2.3",
        "next_page_token on the last page",
        ("missing", "null", "empty"),
    ),
    Switch(
        "filter",
        "honored",
        "2.3, 9",
        "what filter=key:value does: selects by a part of the value, nothing, or a 400",
        ("honored", "ignored", "refused"),
    ),
    Switch(
        "listScope", "account", "2.3", "whose requests a list shows: the account's or the group's", ("account", "group")
    ),
    Switch("visibilitySeconds", 0, "9, 13", "simulated seconds until a new tasking is visible"),
    Switch("visibilityWhere", "list", "9, 13", "which reads visibilitySeconds delays", ("list", "both")),
    Switch(
        "descriptionEcho",
        "shown",
        "9, 13",
        "where request_description is read back: everywhere, by get only, or nowhere",
        ("shown", "get", "absent"),
    ),
    Switch("descriptionMaximum", 255, "2.1, 9", "the most characters of a request_description"),
    Switch(
        "descriptionTooLong",
        "refused",
        "2.1, 9",
        "what a longer request_description gets: a 400, or its end cut off",
        ("refused", "cut"),
    ),
    Switch(
        "dateEcho",
        "lower",
        "10",
        "form of dates read back: 2026-06-12t00:00:00z, 2026-06-12T00:00:00Z, 2026-06-12 00:00:00Z, "
        "2026-06-12T00:00:00.000+00:00, or as sent",
        ("lower", "upper", "space", "offset", "as-sent"),
    ),
    Switch(
        "geometryEcho",
        "as-sent",
        "10",
        "whether rings come back as sent, or turned and begun elsewhere",
        ("as-sent", "turned"),
    ),
    Switch("defaultsFilled", True, "10", "whether what was left out comes back with its default"),
    Switch(
        "secretEcho",
        "masked",
        "10",
        "how sas_url and service_credentials come back",
        ("masked", "dropped", "echoed"),
    ),
    Switch("unknownFields", "refused", "2.1", "what an undocumented field of a request does", ("refused", "ignored")),
    Switch(
        "limits",
        "v1",
        "2.1, 2.2, 14",
        "ranges of dates, details and areas: those that version 1 documents, or none",
        ("v1", "none"),
    ),
    Switch("outputsRequired", True, "2.1", "whether a request needs output_configs"),
    Switch(
        "outputTypes",
        "cloud",
        "4",
        "outputs that are taken: the three clouds, or download and mgp_order_manager too",
        ("cloud", "all"),
    ),
    Switch("privateEntitled", False, "11, 13", "whether accounts may task privately where control does not say"),
    Switch(
        "slots",
        "any",
        "2.1, 13",
        "fastView's reservations where control lists none: any window, or six hours from 0, 6, 12 or 18 h UTC",
        ("any", "six-hours"),
    ),
    Switch(
        "slotsForm",
        "objects",
        "2.1, 13",
        "how the 400 for a slot that is taken tells others: as objects, as text, or not",
        ("objects", "messages", "none"),
    ),
    Switch("cancelWrongState", 409, "8", "status of a cancel that comes too late or twice", _LATE),
    Switch(
        "cancelOutcome",
        "canceled",
        "8",
        "what comes of a cancel that was taken: CANCELED in time, or nothing",
        ("canceled", "ignored"),
    ),
    Switch("cancelFeePercent", 0, "8", "percent of the reserved credits that a cancel costs at least"),
    Switch("fastViewCutoffHours", 0, "8", "hours before its start from which fastView cannot be canceled"),
    Switch("extendFastView", 405, "8", "status of extending a fastView request", (405, 400, 403)),
    Switch("extendWrongState", 409, "8", "status of an extension that comes too late", _LATE),
    Switch(
        "extendUntil",
        "final",
        "8, 14",
        "until when the end can be extended: a final status, or IN-PRODUCTION",
        ("final", "production"),
    ),
    Switch("shortening", "refused", "8, 14", "what PATCH does with an end that is no later", ("refused", "accepted")),
    Switch("tokenSeconds", 7199, "1", "seconds for which a new access token is valid"),
    Switch("refreshSeconds", 43199, "1", "seconds for which a new refresh token is valid"),
    Switch("acceptMinutes", 10, "6", "simulated minutes in INITIAL"),
    Switch("scheduleMinutes", 50, "6", "simulated minutes in ACCEPTED"),
    Switch("productionMinutes", 60, "6", "simulated minutes in IN-PRODUCTION, and again in DELIVERY-SUCCESS"),
    Switch("cancelMinutes", 10, "8, 13", "simulated minutes from a cancel to CANCELED"),
    Switch("captures", 2, "6", "images that fulfill a request", (1, 2, 3, 4)),
    Switch(
        "outcome",
        "FULFILLED",
        "6",
        "the end of requests submitted from now on: FULFILLED, REPEATED (the first image fails in production), "
        "PARTIALLY-FULFILLED, UNFULFILLED, DENIED, FAILED, ERROR, CANCELED (by Vantor), "
        "or any other word as a status that nobody documented",
    ),
)
