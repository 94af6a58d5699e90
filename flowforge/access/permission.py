"""Who may do what: the one table, for HTTP, streams, the command line, the Python client, and whatever comes later.

Every operation needs one permission, written `resource:verb`. A role is a set of permissions; a key has scopes, which are permissions or
patterns of them (`runs:*`, `*:read`), and never more than whoever made it. What is not in the table is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final, Literal

Role = Literal["admin", "approver", "member", "viewer"]
ROLE_NAMES: tuple[Role, ...] = ("admin", "approver", "member", "viewer")

# Needs no permission: what holds nothing of any tenant, and what proves itself by a signature of its own.
OPEN: Final = "open"

# By operation id, as the OpenAPI document names it; an operation of another door (a tool of MCP, a stream) uses the same ids.
OPERATIONS: Mapping[str, str] = {
    # health
    "healthz": OPEN,
    "readyz": OPEN,
    "metrics": "metrics:read",
    # events
    "send_events": "events:send",
    "send_events_v1": "events:send",
    "list_events": "events:read",
    "get_event": "events:read",
    "receive_webhook": OPEN,  # its sender signs
    # runs
    "list_runs": "runs:read",
    "get_run": "runs:read",
    "list_steps": "runs:read",
    "stream_run": "runs:read",
    "get_run_history": "runs:read",
    "list_bulk_acts": "runs:read",
    "get_bulk_act": "runs:read",
    "start_run": "runs:start",
    "replay_run": "runs:start",
    "signal_run": "runs:control",
    "cancel_run": "runs:control",
    "pause_run": "runs:control",
    "resume_run": "runs:control",
    "dismiss_run": "runs:control",
    "undismiss_run": "runs:control",
    "move_run": "runs:control",
    "act_on_runs": "runs:control",
    "delete_run": "runs:delete",
    # functions and the queue
    "list_functions": "functions:read",
    "show_queue": "queue:read",
    "list_limits": "queue:read",
    "list_pauses": "queue:read",
    "pause_function": "queue:control",
    "resume_function": "queue:control",
    "pause_tenant": "queue:control",
    "resume_tenant": "queue:control",
    "set_limit": "deployment:control",
    "reset_limit": "deployment:control",
    # agents
    "create_agent": "agents:write",
    "update_agent": "agents:write",
    "list_agents": "agents:read",
    "get_agent": "agents:read",
    "stream_agent": "agents:read",
    # the board
    "create_task": "tasks:write",
    "update_task": "tasks:write",
    "assign_task": "tasks:write",
    "move_task": "tasks:write",
    "create_comment": "tasks:write",
    "list_tasks": "tasks:read",
    "get_task": "tasks:read",
    "list_comments": "tasks:read",
    "list_activity": "tasks:read",
    "stream_task": "tasks:read",
    "create_user": "people:write",
    "list_users": "people:read",
    # the review queue
    "list_approvals": "approvals:read",
    "get_approval": "approvals:read",
    "decide_approval": "approvals:decide",
    # alerts
    "list_alerts": "alerts:read",
    "list_alert_channels": "alerts:read",
    "list_alert_rules": "alerts:read",
    "create_alert_channel": "alerts:write",
    "delete_alert_channel": "alerts:write",
    "create_alert_rule": "alerts:write",
    "delete_alert_rule": "alerts:write",
    # money
    "get_usage": "usage:read",
    "list_prices": "usage:read",
    "set_price": "budgets:write",
    "delete_price": "budgets:write",
    "list_budgets": "budgets:read",
    "get_budget": "budgets:read",
    "list_spending": "budgets:read",
    "create_budget": "budgets:write",
    "update_budget": "budgets:write",
    "raise_budget": "budgets:write",
    "delete_budget": "budgets:write",
    "list_model_limits": "budgets:read",
    "set_model_limit": "deployment:control",
    "delete_model_limit": "deployment:control",
    # limits
    "show_rate_limits": "queue:read",
    "set_rate_limits": "deployment:control",
    "reset_rate_limits": "deployment:control",
    # what is kept
    "get_retention": "retention:read",
    "set_retention": "retention:write",
}

_EVERYDAY_READS = frozenset(
    {"agents:read", "alerts:read", "approvals:read", "budgets:read", "events:read", "functions:read", "metrics:read"}
    | {"people:read", "queue:read", "retention:read", "runs:read", "tasks:read", "usage:read"}
)
_EVERYDAY_WORK = frozenset({"agents:write", "events:send", "runs:control", "runs:start", "tasks:write"})

# The deployment's own affairs: what touches every tenant. No role of a tenant has them; an operator does.
OF_THE_DEPLOYMENT = frozenset({"deployment:control", "tenants:read", "tenants:write"})

ALL_PERMISSIONS: frozenset[str] = frozenset(OPERATIONS.values()) - {OPEN} | OF_THE_DEPLOYMENT

ROLES: Mapping[Role, frozenset[str]] = {
    "viewer": _EVERYDAY_READS,
    "member": _EVERYDAY_READS | _EVERYDAY_WORK,
    "approver": _EVERYDAY_READS | _EVERYDAY_WORK | {"approvals:decide"},
    "admin": ALL_PERMISSIONS - OF_THE_DEPLOYMENT,
}


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that these scopes stand for; a scope that stands for none adds none.

    >>> sorted(expand(["events:send", "run*:read"]))
    ['events:send', 'runs:read']
    """
    wanted = tuple(scopes)
    return frozenset(permission for permission in ALL_PERMISSIONS if any(fnmatchcase(permission, scope) for scope in wanted))
