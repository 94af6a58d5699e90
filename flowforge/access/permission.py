"""Who may do what: the one table, for HTTP, streams, the command line, the Python client, and whatever comes later.

Every operation needs one permission, written `resource:verb`. A role is a set of permissions; a key has scopes, which are permissions or
patterns of them (`runs:*`, `*:read`), and never more than whoever made it. What is not in the table is refused.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal

from flowforge.errors import InvalidInput

Role = Literal["admin", "approver", "member", "viewer"]
ROLE_NAMES: tuple[Role, ...] = ("admin", "approver", "member", "viewer")

# Needs no permission: what holds nothing of any tenant, and what proves itself by a signature of its own.
OPEN: Final = "open"
# Needs no permission either, but somebody: what is about the caller alone.
ANY_CALLER: Final = "any caller"

# By operation id, as the OpenAPI document names it; an operation of another door (a tool of MCP, a stream) uses the same ids.
OPERATIONS: Mapping[str, str] = {
    # health
    "healthz": OPEN,
    "readyz": OPEN,
    "metrics": "metrics:read",
    # keys
    "whoami": ANY_CALLER,
    "list_keys": "keys:read",
    "get_key": "keys:read",
    "create_key": "keys:write",
    "update_key": "keys:write",
    "rotate_key": "keys:write",
    "revoke_key": "keys:write",
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
    "list_ids": "runs:read",  # and of approvals and events what reading them needs
    "stream_run": "runs:read",
    "list_run_frames": "runs:read",
    "stream_tenant": "runs:read",  # and of agents, tasks and approvals what reading them needs
    "list_frames": "runs:read",
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
    "show_code": "functions:read",
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
    "list_agent_frames": "agents:read",
    "run_agent": "runs:start",
    "tell_agent": "agents:write",
    "tell_run": "agents:write",
    "list_run_messages": "agents:read",
    "list_notes": "agents:read",
    "get_note": "agents:read",
    "create_note": "agents:write",
    "update_note": "agents:write",
    "delete_note": "agents:write",
    "delete_agent": "agents:write",
    "roll_back_agent": "agents:write",
    "pause_agent": "agents:write",
    "resume_agent": "agents:write",
    "archive_agent": "agents:write",
    "unarchive_agent": "agents:write",
    "list_agent_revisions": "agents:read",
    "get_agent_revision": "agents:read",
    "diff_agent": "agents:read",
    "list_agent_queue": "agents:read",
    "list_agent_triggers": "agents:read",
    "create_agent_trigger": "agents:write",
    "delete_agent_trigger": "agents:write",
    # skills
    "list_skills": "skills:read",
    "get_skill": "skills:read",
    "list_skill_versions": "skills:read",
    "get_skill_file": "skills:read",
    "diff_skill": "skills:read",
    "export_skill": "skills:read",
    "list_skill_agents": "skills:read",
    "create_skill": "skills:write",
    "import_skill": "skills:write",
    "deprecate_skill": "skills:write",
    "undeprecate_skill": "skills:write",
    "delete_skill": "skills:write",
    "list_shared_skills": "skills:read",
    "share_skill": "skills:share",
    "unshare_skill": "skills:share",
    # what agents can do: calls over HTTP can carry any secret anywhere, so that to describe one is an admin's
    "list_tools": "tools:read",
    "get_tool": "tools:read",
    "create_tool": "tools:write",
    "update_tool": "tools:write",
    "delete_tool": "tools:write",
    "test_tool": "tools:write",
    "import_tools": "tools:write",
    "list_mcp_servers": "tools:read",
    "get_mcp_server": "tools:read",
    "create_mcp_server": "tools:write",
    "update_mcp_server": "tools:write",
    "delete_mcp_server": "tools:write",
    "refresh_mcp_server": "tools:write",
    "list_mcp_tools": "tools:read",
    "decide_mcp_tool": "tools:write",
    "get_web_access": "tools:read",
    "set_web_access": "tools:write",
    # teams
    "create_team": "agents:write",
    "update_team": "agents:write",
    "delete_team": "agents:write",
    "roll_back_team": "agents:write",
    "list_teams": "agents:read",
    "get_team": "agents:read",
    "list_team_revisions": "agents:read",
    # the board
    "create_task": "tasks:write",
    "update_task": "tasks:write",
    "assign_task": "tasks:write",
    "move_task": "tasks:write",
    "create_comment": "tasks:write",
    "act_on_tasks": "tasks:write",
    "archive_task": "tasks:write",
    "unarchive_task": "tasks:write",
    "add_dependency": "tasks:write",
    "remove_dependency": "tasks:write",
    "create_checklist_item": "tasks:write",
    "update_checklist_item": "tasks:write",
    "delete_checklist_item": "tasks:write",
    "import_tasks": "tasks:write",
    "set_label": "tasks:write",
    "delete_label": "tasks:write",
    "create_board": "boards:write",
    "update_board": "boards:write",
    "archive_board": "boards:write",
    "unarchive_board": "boards:write",
    "create_column": "boards:write",
    "update_column": "boards:write",
    "delete_column": "boards:write",
    "list_boards": "tasks:read",
    "get_board": "tasks:read",
    "list_cards": "tasks:read",
    "export_board": "tasks:read",
    "list_tasks": "tasks:read",
    "get_task": "tasks:read",
    "list_comments": "tasks:read",
    "list_activity": "tasks:read",
    "stream_task": "tasks:read",
    "list_task_frames": "tasks:read",
    "get_comment": "tasks:read",
    "update_comment": "tasks:write",  # by whoever wrote it
    "delete_comment": "tasks:write",
    "list_watchers": "tasks:read",
    "watch_task": "tasks:read",  # for oneself; for others tasks:write
    "unwatch_task": "tasks:read",
    "list_attachments": "tasks:read",
    "create_attachment": "tasks:write",
    "delete_attachment": "tasks:write",
    "list_filters": "tasks:read",
    "get_filter": "tasks:read",
    "create_filter": "tasks:read",  # of one's own; one that is shared tasks:write
    "update_filter": "tasks:read",
    "delete_filter": "tasks:read",
    # a person's inbox: whoever has none is told so
    "list_inbox": ANY_CALLER,
    "stream_inbox": ANY_CALLER,
    "read_inbox": ANY_CALLER,
    "archive_inbox": ANY_CALLER,
    "snooze_inbox": ANY_CALLER,
    "get_inbox_settings": ANY_CALLER,
    "set_inbox_settings": ANY_CALLER,
    "get_task_tree": "tasks:read",
    "list_questions": "tasks:read",
    "get_question": "tasks:read",
    "answer_question": "tasks:write",
    "create_user": "people:write",
    "list_users": "people:read",
    # people
    "sign_in": OPEN,  # an address and a password say who
    "accept_invitation": OPEN,  # its token says what for
    "get_session": ANY_CALLER,
    "switch_tenant": ANY_CALLER,
    "sign_out": ANY_CALLER,
    "list_sessions": ANY_CALLER,
    "end_session": ANY_CALLER,
    "sign_out_everywhere": ANY_CALLER,
    "change_password": ANY_CALLER,
    "begin_totp": ANY_CALLER,
    "confirm_totp": ANY_CALLER,
    "remove_totp": ANY_CALLER,
    "renew_recovery_codes": ANY_CALLER,
    "list_people": "people:read",
    "get_person": "people:read",
    "update_person": "people:write",
    "remove_person": "people:write",
    "list_invitations": "people:write",
    "create_invitation": "people:write",
    "revoke_invitation": "people:write",
    "create_password_reset": "deployment:control",
    # the review queue
    "list_approvals": "approvals:read",
    "get_approval": "approvals:read",
    "count_approvals": "approvals:read",
    "decide_approval": "approvals:decide",
    "decide_approvals": "approvals:decide",
    "list_grants": "approvals:read",
    "get_grant": "approvals:read",
    "revoke_grant": "approvals:decide",
    "list_approval_delegations": "approvals:read",
    "create_approval_delegation": "approvals:decide",
    "end_approval_delegation": "approvals:decide",
    # policies
    "list_policies": "policies:read",
    "list_published_policies": "policies:read",
    "get_policy": "policies:read",
    "list_policy_revisions": "policies:read",
    "create_policy": "policies:write",
    "update_policy": "policies:write",
    "delete_policy": "policies:write",
    # alerts
    "list_alerts": "alerts:read",
    "list_alert_channels": "alerts:read",
    "list_alert_rules": "alerts:read",
    "create_alert_channel": "alerts:write",
    "delete_alert_channel": "alerts:write",
    "test_alert_channel": "alerts:write",
    "create_alert_rule": "alerts:write",
    "delete_alert_rule": "alerts:write",
    # outgoing webhooks
    "list_webhook_endpoints": "webhooks:read",
    "get_webhook_endpoint": "webhooks:read",
    "list_webhook_deliveries": "webhooks:read",
    "get_webhook_delivery": "webhooks:read",
    "create_webhook_endpoint": "webhooks:write",
    "update_webhook_endpoint": "webhooks:write",
    "delete_webhook_endpoint": "webhooks:write",
    "rotate_webhook_key": "webhooks:write",
    "ping_webhook_endpoint": "webhooks:write",
    "redeliver_webhook": "webhooks:write",
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
    # tenants
    "list_tenants": "tenants:read",
    "get_tenant": "tenants:read",
    "export_tenant": "tenants:write",  # everything that is held of one
    "create_tenant": "tenants:write",
    "rename_tenant": "tenants:write",
    "suspend_tenant": "tenants:write",
    "unsuspend_tenant": "tenants:write",
    "delete_tenant": "tenants:write",
    # secrets: their names and versions; no operation gives a value
    "list_secrets": "secrets:read",
    "get_secret": "secrets:read",
    "set_secret": "secrets:write",
    "retire_secret_version": "secrets:write",
    "delete_secret": "secrets:write",
    # the audit log
    "list_audit": "audit:read",
    "get_audit_entry": "audit:read",
    "list_audit_heads": "audit:read",
    "list_audit_anchors": "audit:read",
    "list_audit_keys": "audit:read",
    "compare_audit_heads": "audit:read",
    "stream_audit": "audit:read",
    "export_audit": "audit:export",
    "rotate_audit_key": "deployment:control",
    # privacy
    "create_erasure": "privacy:erase",
    "confirm_erasure": "privacy:erase",
    "discard_erasure": "privacy:erase",
    "list_erasures": "privacy:erase",
    "get_erasure": "privacy:erase",
    "export_subject": "privacy:export",
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
    | {
        "people:read",
        "policies:read",
        "queue:read",
        "retention:read",
        "runs:read",
        "secrets:read",
        "skills:read",
        "tasks:read",
        "tools:read",
        "usage:read",
    }
)
_EVERYDAY_WORK = frozenset({"agents:write", "boards:write", "events:send", "runs:control", "runs:start", "skills:write", "tasks:write"})

# The deployment's own affairs: what touches every tenant, or tells of every one. No role of a tenant has them; an operator does.
OF_THE_DEPLOYMENT = frozenset({"deployment:control", "tenants:read", "tenants:write"})

# Of no operation, but of what operations show: values of fields that are declared as sensitive (api/masking.py).
OF_WHAT_IS_SHOWN = frozenset({"data:read_sensitive"})

ALL_PERMISSIONS: frozenset[str] = frozenset(OPERATIONS.values()) - {OPEN, ANY_CALLER} | OF_THE_DEPLOYMENT | OF_WHAT_IS_SHOWN

ROLES: Mapping[Role, frozenset[str]] = {
    "viewer": _EVERYDAY_READS,
    "member": _EVERYDAY_READS | _EVERYDAY_WORK,
    "approver": _EVERYDAY_READS | _EVERYDAY_WORK | {"approvals:decide"} | OF_WHAT_IS_SHOWN,  # who decides sees exactly what
    "admin": ALL_PERMISSIONS - OF_THE_DEPLOYMENT,
}

# The most that an agent's key can have: an agent decides nothing, spends nothing by itself, and makes nobody.
OF_AN_AGENT = frozenset(
    {
        "agents:read",
        "approvals:read",
        "events:read",
        "events:send",
        "functions:read",
        "runs:read",
        "runs:start",
        "tasks:read",
        "tasks:write",
    }
)

# The most that a test key can have: what is parted into test and live. The board, agents, approvals and budgets are not.
OF_A_TEST = frozenset(
    {"events:read", "events:send", "functions:read", "runs:control", "runs:delete", "runs:read", "runs:start", "usage:read"}
)


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that these scopes stand for; a scope that stands for none adds none.

    >>> sorted(expand(["events:send", "run*:read"]))
    ['events:send', 'runs:read']
    """
    wanted = tuple(scopes)
    return frozenset(permission for permission in ALL_PERMISSIONS if any(fnmatchcase(permission, scope) for scope in wanted))


def grant(scopes: Sequence[str], within: frozenset[str]) -> frozenset[str]:
    """What these scopes allow to a key that may have the permissions `within`: a pattern stands for those among them.

    Raises InvalidInput for a scope that no permission fits, with the nearest; for a permission that is not `within`; and when nothing is
    left.

    >>> sorted(grant(["runs:*"], ROLES["viewer"]))
    ['runs:read']
    """
    for place, scope in enumerate(scopes):
        if not expand([scope]):
            near = difflib.get_close_matches(scope, sorted(ALL_PERMISSIONS), n=2, cutoff=0.5)
            wish = f"; did you mean {' or '.join(near)}?" if near else ""
            raise InvalidInput(f"no permission is called {scope[:80]!r}{wish}", pointer=f"/scopes/{place}")
        if scope in ALL_PERMISSIONS and scope not in within:
            raise InvalidInput(f"this key cannot have {scope}", pointer=f"/scopes/{place}")
    if not (granted := expand(scopes) & within):
        raise InvalidInput("these scopes allow nothing", pointer="/scopes")
    return granted
