"""The OpenAPI document: what FastAPI derives from the routes, completed with what the layers around them do.

Every operation gets the errors that any request can meet, the header that makes writes repeatable, and an example for each.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from flowforge.access.permission import OPEN, OPERATIONS
from flowforge.api.location import ADDRESSES, SET_BY_THEIR_ROUTES
from flowforge.api.openapi_examples import restore_nulls
from flowforge.api.problem import KIND_OF_STATUS, KINDS, MEDIA_TYPE, Problem

DESCRIPTION = (
    "Durable functions, agents and a board over HTTP. Times are RFC 3339 in UTC, money is a decimal string in US dollars or null "
    "where it is not known, ids carry a prefix (`run_`, `agt_`, `tsk_` …). Errors are `application/problem+json` (RFC 9457). "
    "Writes take an `Idempotency-Key`. Requests carry a key (`Authorization: Bearer ffk_…`); `GET /v1/me` says what it may do."
)
TAGS = [
    {"name": "events", "description": "Facts that come in and start runs."},
    {"name": "hooks", "description": "What other services tell us, signed by them."},
    {"name": "runs", "description": "The durable life of a function: state, steps, live stream."},
    {"name": "functions", "description": "What the workers have published."},
    {"name": "queue", "description": "What waits and why: depth, limits, pauses."},
    {"name": "agents", "description": "Named identities with a model, skills and a status."},
    {"name": "teams", "description": "Agents who work under a lead."},
    {"name": "questions", "description": "What agents ask people in the middle of their work, and the answers."},
    {"name": "skills", "description": "What agents are taught: folders with instructions, in versions."},
    {"name": "tools", "description": "What agents can do: functions of workers, calls over HTTP, MCP servers, what is built in."},
    {"name": "tasks", "description": "Cards of the board, assigned to a person or an agent."},
    {"name": "boards", "description": "Boards, their columns and labels; their cards in short, handed out and brought in."},
    {"name": "tenants", "description": "Who owns what is here; the operator's affair."},
    {"name": "people", "description": "Who can sign in and as what; sessions, invitations, second factors."},
    {"name": "streams", "description": "What happens, as it happens: over Server-Sent Events, or by asking for it."},
    {"name": "inbox", "description": "What is put before a person, and what they want of it by mail."},
    {"name": "filters", "description": "Questions to the board under a name."},
    {"name": "users", "description": "People who take tasks and decide approvals."},
    {"name": "approvals", "description": "Gated tool calls that wait for a person."},
    {"name": "alerts", "description": "What is wrong and who is told: rules, channels, and alerts that are open until they are not."},
    {"name": "webhooks", "description": "Endpoints that hear what happens, and what was sent to them."},
    {"name": "budgets", "description": "What model calls may spend, and what of it is used."},
    {"name": "usage", "description": "What model calls used and cost, and what models are priced at."},
    {"name": "secrets", "description": "What functions, agents and tools use and nobody reads: names, scopes, versions."},
    {"name": "metrics", "description": "For Prometheus."},
    {"name": "audit", "description": "Who did what, in a form that a stranger can verify."},
    {"name": "limits", "description": "How fast a tenant may ask, and how many live streams it may have open."},
    {"name": "retention", "description": "How long what is finished is kept."},
    {"name": "keys", "description": "What programs and agents show to be let in, and who the caller is."},
    {"name": "privacy", "description": "What is held about one person: erased, or handed out."},
    {"name": "health", "description": "For probes; no key is needed."},
]
WRITES = ("post", "put", "patch", "delete")
METHODS = ("get", *WRITES)

EXAMPLE_DETAILS = {
    400: "the body is not valid JSON: Expecting ',' delimiter at line 1, column 17",
    401: "the request needs the header Authorization: Bearer <key>",
    403: "this needs the permission runs:control",
    404: "there is no agent 'atlsa'; did you mean atlas?",
    408: "the body did not arrive within 30 s",
    409: "this Idempotency-Key was used for another request; take a new one",
    410: "the approval expired at 2026-11-22T09:00:00Z",
    412: "agent 'atlas' is at revision 4, not 3: somebody changed it meanwhile",
    413: "the body is larger than 8388608 bytes",
    415: "the body must be application/json, not text/plain",
    422: "/name: is required",
    429: "the tenant may send 6000 requests a minute",
    500: "this should not have happened; the log has more under the request_id",
    503: "the database cannot be reached or takes no writes at the moment; nothing accepted is lost",
}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Send the same key with a repeat of the same request within 24 hours: it is answered again, not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "order-9218-refund",
}
SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `ffk_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-flowforge",
        "description": "The session of somebody who has signed in (`POST /v1/sign_ins`); the browser keeps it.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-FlowForge-CSRF",
        "description": "What writes with a session's cookie needs too: `csrf_token` of `GET /v1/session`.",
    },
}
TENANT = {
    "name": "X-FlowForge-Tenant",
    "in": "header",
    "required": False,
    "description": "The tenant to act in, by name, `default` without it. An API key has its own, which this may repeat.",
    "schema": {"type": "string"},
    "example": "default",
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "Of this request, which the log names by it; the caller's own, where it sent one.",
        "schema": {"type": "string"},
        "example": "01968f3ac8b17c02a3f08241a2f70001",
    },
    "Location": {"description": "Where it stands now.", "schema": {"type": "string"}, "example": "/v1/tasks/FF-12"},
    "ETag": {"description": "Its revision, for `If-Match`.", "schema": {"type": "string"}, "example": '"3"'},
    "Idempotency-Replayed": {
        "description": "`true` where it is the answer to an earlier request with this key.",
        "schema": {"type": "string"},
        "example": "true",
    },
    "Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}, "example": 3},
    "RateLimit-Policy": {
        "description": "How much is allowed (`q`) in how many seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"requests";q=6000;w=60',
    },
    "RateLimit": {
        "description": "How much is left now (`r`), and after how many seconds there is more (`t`). Not from where nothing is limited.",
        "schema": {"type": "string"},
        "example": '"requests";r=0;t=3',
    },
}
PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457. Some kinds add members: `nearest` (not-found), `winner` (conflict, gone), `hint`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "The kind, as a link into /docs."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) into the body."},
                    "detail": {"type": "string"},
                    "parameter": {"type": "string", "description": "A query, path or header name, where it is not in the body."},
                },
            },
        },
        "request_id": {"type": "string"},
    },
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: the errors of its own. Those that every request can meet are added to all."""
    return {status: {"description": KINDS[KIND_OF_STATUS[status]][1]} for status in statuses}


def api_version() -> str:
    try:
        return version("flowforge")
    except PackageNotFoundError:
        return "0"


def complete(app: FastAPI) -> None:
    """Make `app.openapi()` give the completed document. It takes a second to build: that is done at the first call in a process, since
    every app of ours has the same routes. One that was given more afterwards has a document of its own."""
    ours = len(app.routes)

    def document() -> dict[str, Any]:
        if len(app.routes) != ours:
            return _built(app)
        if not _documents:
            _documents.append(_built(app))
        return _documents[0]

    app.openapi = document  # type: ignore[method-assign]


_documents: list[dict[str, Any]] = []


def _built(app: FastAPI) -> dict[str, Any]:
    return _completed(
        get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags)
    )


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["securitySchemes"], components["headers"] = SECURITY_SCHEMES, HEADERS
    document["security"] = [{"key": []}, {"session": []}]
    document["x-problems"] = {kind: {"status": status, "title": title} for kind, (status, title) in KINDS.items()}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                _complete_operation(operations[method], method, path)
    _declare_headers(document)
    restore_nulls(document)
    return document


def _complete_operation(operation: dict[str, Any], method: str, path: str) -> None:
    parameters = operation.setdefault("parameters", [])
    public, hook = "health" in operation.get("tags", ()), "hooks" in operation.get("tags", ())
    statuses = {400, 500, 503} if public else {400, 401, 403, 422, 429, 500, 503}
    if OPERATIONS.get(operation["operationId"]) == OPEN:
        operation["security"] = [{}]
    elif method in WRITES:
        operation["security"] = [{"key": []}, {"session": [], "csrf": []}]
    if not hook and not public:
        parameters.append(TENANT)
    if method in WRITES and not hook:
        parameters.append(IDEMPOTENCY_KEY)
        statuses |= {409}
    if "requestBody" in operation:
        statuses |= {408, 413, 415}
    responses = operation["responses"]
    for status in statuses:
        responses.setdefault(str(status), {"description": KINDS[KIND_OF_STATUS[status]][1]})
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(int(status), path)}}
    operation["responses"] = dict(sorted(responses.items()))


def _declare_headers(document: dict[str, Any]) -> None:
    """Which headers an answer has: the revision of what is shown, where it may be changed by `If-Match`; where what was made stands."""
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    revised = {_shown(operation) for operation in operations if any(one["name"] == "if-match" for one in operation["parameters"])}
    tagged = (revised | {"BoardOut"}) - {None, "ChecklistItemOut"}  # for an item it is its task's revision that counts
    for operation in operations:
        name, counted = operation["operationId"], "health" not in operation.get("tags", ())
        repeats = IDEMPOTENCY_KEY in operation["parameters"]
        for status, response in operation["responses"].items():
            done, late = status < "300", status in ("429", "503") or (status == "409" and repeats)
            looked_only = status == "200" and "202" in operation["responses"]
            made = (name in SET_BY_THEIR_ROUTES and not looked_only) or (name in ADDRESSES and status == "201")
            named = {
                "X-Request-Id": True,
                "ETag": done and _shown(operation) in tagged,
                "Location": done and made,
                "Idempotency-Replayed": done and repeats,
                "Retry-After": late,
                "RateLimit-Policy": counted,
                "RateLimit": counted,
            }
            found = {name: {"$ref": f"#/components/headers/{name}"} for name, has in named.items() if has}
            response["headers"] = {**found, **response.get("headers", {})}


def _shown(operation: dict[str, Any]) -> str | None:
    """The name of what an operation answers with when it succeeds."""
    for status in ("200", "201"):
        for media in operation["responses"].get(status, {}).get("content", {}).values():
            if reference := media.get("schema", {}).get("$ref"):
                return str(reference).rpartition("/")[2]
    return None


def _example(status: int, path: str) -> dict[str, Any]:
    problem = Problem(KIND_OF_STATUS[status], EXAMPLE_DETAILS[status])
    return problem.as_json(instance=path, request_id="01968f3ac8b17c02a3f08241a2f70001")
