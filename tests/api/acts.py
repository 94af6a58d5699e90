"""How each operation that changes something succeeds, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyotp

from tests.api.people.conftest import PASSWORD

NOBODY = {"name": " "}
CHANNEL = {"name": "on-call", "settings": {"kind": "webhook", "url": "https://hooks.example.com/x", "secret_env": "FLOWFORGE_ALERT_X"}}
RULE = {"name": "orders-fail", "kind": "failed_runs", "channels": ["on-call"]}
BUDGET = {"name": "daily", "scope": "tenant", "amount": "5"}
ENDPOINT = {"url": "https://hooks.example.com/x", "events": ["run.failed"]}
ATTACHMENT = {"name": "invoice.pdf", "url": "https://files.example.com/9218.pdf"}
FILTER = {"name": "open", "query": {"column": "Doing"}, "shared": True}
SUBJECT = {"match": [{"value": "nobody@example.org"}]}
DECISIONS = {"decisions": [{"id": "{other_approval}", "approved": False}]}
POLICY = {"name": "refunds", "rules": [{"tool": "issue_refund", "action": "require", "require": {"count": 2}}]}
DELEGATION = {"to": "lena", "until": "2099-01-01T00:00:00Z"}
TOOL = {"name": "get_order", "description": "An order.", "effect": "read", "url": "https://api.example.com/orders"}
OPERATION = {"get": {"operationId": "listOrders", "summary": "All orders."}}
OPERATIONS = {"openapi": "3.1.0", "paths": {"/orders": OPERATION}}
DOCUMENT = {"source": "shop", "document": OPERATIONS, "server": "https://api.example.com", "dry_run": False}
SERVER = {"name": "tracker", "transport": {"kind": "http", "url": "https://mcp.example.com/mcp"}}
SIGN_IN = {"email": "mira@example.com", "password": PASSWORD}
MINE, NOT_MINE, NEW = {"password": PASSWORD}, {"password": "an attackers choice"}, "nine old oaks by the river"
JOIN = {"token": "{token}", "name": "iris", "password": PASSWORD}


def ID(made: dict[str, Any]) -> str:
    return str(made["id"])


def TOKEN(made: dict[str, Any]) -> str:
    return str(made["link"]).rpartition("=")[2]


@dataclass(frozen=True)
class Recipe:
    """A request that succeeds, where the ones before it in the table have, and one that is refused. Paths hold names of the world."""

    path: str
    body: Any = None
    refused_path: str | None = None
    refused_body: Any = None
    repeats: bool = True  # with an Idempotency-Key, answered again
    by: Literal["operator", "mira", "mira elsewhere", "stranger"] = "operator"  # mira has a session, and another one
    entries: int = 1
    again: Literal["the same", "refused", "another act"] = "the same"
    keeps: Mapping[str, Callable[[dict[str, Any]], str]] = field(default_factory=dict)  # of the answer, for the recipes behind it


SKILL = {"files": {"SKILL.md": "---\nname: refunds\ndescription: How we pay back.\n---\nLook first."}}

# By operation id, in an order in which each finds what it needs.
RECIPES: Mapping[str, Recipe] = {
    "send_events": Recipe("/events", {"name": "order/created", "data": {}}, None, {"name": ""}),
    "send_events_v1": Recipe("/v1/events", [{"name": "order/created"}, {"name": "order/paid"}], None, {"name": "a b"}),
    "receive_webhook": Recipe("/hooks/github", {"zen": "Keep it simple."}, "/hooks/nobody", {}, repeats=False),
    "start_run": Recipe("/v1/functions/order.ship/runs", {"input": {}}, "/v1/functions/order.sh/runs", {"input": {}}),
    "pause_run": Recipe("/v1/runs/{first}/pause", {"reason": "wait"}, "/v1/runs/none/pause", {}),
    "resume_run": Recipe("/v1/runs/{first}/pause", None, "/v1/runs/{first}/pause"),
    "move_run": Recipe("/v1/runs/{first}/version", {"version": "v2"}, None, {}),
    "signal_run": Recipe("/v1/runs/{first}/signals", {"signal": "go"}, None, {"signal": ""}),
    "cancel_run": Recipe("/v1/runs/{first}/cancellation", None, "/v1/runs/none/cancellation"),
    "replay_run": Recipe("/v1/runs/{failed}/replays", {}, None, {"from_step": "fly"}),
    "dismiss_run": Recipe("/v1/runs/{failed}/dismissal", None, "/v1/runs/{second}/dismissal"),
    "undismiss_run": Recipe("/v1/runs/{failed}/dismissal", None, "/v1/runs/none/dismissal"),
    "delete_run": Recipe("/v1/runs/{first}", None, "/v1/runs/{second}"),
    "act_on_runs": Recipe(
        "/v1/runs/bulk",
        {"action": "pause", "filter": {"function": "order.other"}, "confirm": "{confirm}"},
        None,
        {"action": "pause", "filter": {}},
    ),
    "set_limit": Recipe("/v1/limits/{limit}", {"capacity": 3}, "/v1/limits/none", {"capacity": 3}),
    "reset_limit": Recipe("/v1/limits/{limit}", None, "/v1/limits/none"),
    "pause_function": Recipe("/v1/functions/order.ship/pause", {}, "/v1/functions/order.sh/pause", {}),
    "resume_function": Recipe("/v1/functions/order.ship/pause", None, "/v1/functions/order.sh/pause"),
    "pause_tenant": Recipe("/v1/tenant/pause", {}, None, {"why": "x"}),
    "resume_tenant": Recipe("/v1/tenant/pause", None),
    "create_agent": Recipe("/v1/agents", {"name": "atlas", "model": "gpt-4o"}, None, {"name": "", "model": "gpt-4o"}),
    "update_agent": Recipe("/v1/agents/atlas", {"instructions": "Be brief."}, "/v1/agents/atlsa", {}),
    "run_agent": Recipe("/v1/agents/maya/runs", {"prompt": "Look."}, None, {"prompt": "Look.", "budget": "much"}),
    "tell_agent": Recipe("/v1/agents/desk/messages", {"text": "hello"}, "/v1/agents/atlas/messages", {"text": "hello"}),
    "tell_run": Recipe("/v1/runs/{asking}/messages", {"text": "hello"}, "/v1/runs/{second}/messages", {"text": "hello"}),
    "create_note": Recipe("/v1/agents/atlas/memory", {"title": "a", "text": "b"}, None, {"title": "", "text": "b"}, keeps={"note": ID}),
    "update_note": Recipe("/v1/agents/atlas/memory/{note}", {"text": "c"}, None, {"text": None}),
    "delete_note": Recipe("/v1/agents/atlas/memory/{note}", None, "/v1/agents/atlas/memory/none"),
    "pause_agent": Recipe("/v1/agents/atlas/pause", {"reason": "a look"}, "/v1/agents/atlsa/pause", {}),
    "resume_agent": Recipe("/v1/agents/atlas/resume", None, "/v1/agents/atlas/resume"),
    "roll_back_agent": Recipe("/v1/agents/atlas/rollback", {"revision": 1}, None, {"revision": 99}),
    "create_agent_trigger": Recipe(
        "/v1/agents/atlas/triggers", {"event": "order/created", "title": "Look"}, None, {"event": "order/created"}, keeps={"trigger": ID}
    ),
    "delete_agent_trigger": Recipe("/v1/agents/atlas/triggers/{trigger}", None, "/v1/agents/atlas/triggers/none"),
    "archive_agent": Recipe("/v1/agents/atlas/archive", {}, None, {"reassign_to": "nobody"}),
    "unarchive_agent": Recipe("/v1/agents/atlas/unarchive", None, "/v1/agents/atlas/unarchive"),
    "create_skill": Recipe("/v1/skills", SKILL, None, {"files": {}}),
    "deprecate_skill": Recipe("/v1/skills/refunds/deprecation", {"reason": "old"}, "/v1/skills/none/deprecation", {}),
    "undeprecate_skill": Recipe("/v1/skills/refunds/deprecation", None, "/v1/skills/none/deprecation"),
    "share_skill": Recipe("/v1/skills/refunds/shares", {"with": None}, None, {"with": "acme"}, keeps={"share": ID}),
    "delete_skill": Recipe("/v1/skills/refunds", None, "/v1/skills/none"),
    "import_skill": Recipe("/v1/skill_imports", {"shared": "{share}"}, None, {"shared": "none"}),
    "unshare_skill": Recipe("/v1/shared_skills/{share}", None, "/v1/shared_skills/none"),
    "create_team": Recipe(
        "/v1/teams", {"name": "support", "lead": "atlas", "members": ["maya"]}, None, {"name": "s", "lead": "nobody", "members": ["maya"]}
    ),
    "update_team": Recipe("/v1/teams/support", {"instructions": "Be kind."}, "/v1/teams/suport", {}),
    "roll_back_team": Recipe("/v1/teams/support/rollback", {"revision": 1}, None, {"revision": 7}),
    "delete_team": Recipe("/v1/teams/support", None, "/v1/teams/support"),
    "delete_agent": Recipe("/v1/agents/atlas", None, "/v1/agents/atlsa"),
    "answer_question": Recipe("/v1/questions/{question}/answer", {"answer": "yes"}, None, {"answer": " "}),
    "create_user": Recipe("/v1/users", {"name": "jonas"}, None, NOBODY),
    "create_task": Recipe("/v1/tasks", {"title": "Refund"}, None, {"title": "", "column": "none"}),
    "update_task": Recipe("/v1/tasks/FF-1", {"title": "Refund in full"}, "/v1/tasks/FF-99", {"title": "x"}),
    "assign_task": Recipe("/v1/tasks/FF-1/assignee", {"user": "jonas"}, None, {"user": "nobody here"}),
    "move_task": Recipe("/v1/tasks/FF-1/column", {"column": "Doing"}, None, {"column": "Doin"}),
    "create_comment": Recipe("/v1/tasks/FF-1/comments", {"text": "hello @mira"}, None, {"text": ""}, keeps={"comment": ID}),
    "update_comment": Recipe("/v1/tasks/FF-1/comments/{comment}", {"text": "hello again"}, "/v1/tasks/FF-1/comments/none", {"text": "x"}),
    "delete_comment": Recipe("/v1/tasks/FF-1/comments/{comment}", None, "/v1/tasks/FF-1/comments/none"),
    "unwatch_task": Recipe("/v1/tasks/FF-1/watchers/mira", None, "/v1/tasks/FF-1/watchers/none"),
    "watch_task": Recipe("/v1/tasks/FF-1/watchers/mira", None, "/v1/tasks/FF-1/watchers/none"),
    "create_attachment": Recipe(
        "/v1/tasks/FF-1/attachments", ATTACHMENT, None, {**ATTACHMENT, "url": "ftp://example.com"},
        keeps={"attachment": ID},
    ),
    "delete_attachment": Recipe("/v1/tasks/FF-1/attachments/{attachment}", None, "/v1/tasks/FF-1/attachments/none"),
    "create_filter": Recipe("/v1/filters", FILTER, None, {**FILTER, "name": "other", "query": {"column": "none"}}),
    "update_filter": Recipe("/v1/filters/open", {"query": {"column": "Todo"}}, "/v1/filters/none", {}),
    "delete_filter": Recipe("/v1/filters/open", None, "/v1/filters/none"),
    "create_checklist_item": Recipe("/v1/tasks/FF-1/checklist", {"text": "ask"}, None, {"text": ""}, keeps={"item": ID}),
    "update_checklist_item": Recipe("/v1/tasks/FF-1/checklist/{item}", {"done": True}, "/v1/tasks/FF-1/checklist/none", {"done": True}),
    "delete_checklist_item": Recipe("/v1/tasks/FF-1/checklist/{item}", None, "/v1/tasks/FF-1/checklist/none"),
    "import_tasks": Recipe("/v1/boards/FF/import", {"tasks": [{"title": "Count", "external_id": "X-1"}]}, None, {"csv": ""}),
    "add_dependency": Recipe("/v1/tasks/FF-1/dependencies/FF-2", None, "/v1/tasks/FF-1/dependencies/FF-1"),
    "remove_dependency": Recipe("/v1/tasks/FF-1/dependencies/FF-2", None, "/v1/tasks/FF-1/dependencies/FF-99"),
    "act_on_tasks": Recipe("/v1/tasks/bulk", {"action": "priority", "keys": ["FF-1"], "priority": "high"}, None, {"action": "move"}),
    "archive_task": Recipe("/v1/tasks/FF-1/archive", None, "/v1/tasks/FF-99/archive"),
    "unarchive_task": Recipe("/v1/tasks/FF-1/archive", None, "/v1/tasks/FF-99/archive"),
    "create_board": Recipe("/v1/boards", {"name": "Operations", "prefix": "OPS"}, None, {"name": "Other", "prefix": "ops"}),
    "update_board": Recipe("/v1/boards/OPS", {"name": "Desk"}, None, {"name": ""}),
    "create_column": Recipe("/v1/boards/OPS/columns", {"name": "Testing"}, None, {"name": "Done"}),
    "update_column": Recipe("/v1/boards/OPS/columns/testing", {"wip_limit": 3}, None, {"wip_limit": 0}),
    "delete_column": Recipe("/v1/boards/OPS/columns/Testing", None, "/v1/boards/OPS/columns/none"),
    "set_label": Recipe("/v1/boards/OPS/labels/money", {"colour": "green"}, None, {"colour": "greenish"}),
    "delete_label": Recipe("/v1/boards/OPS/labels/money", None, "/v1/boards/OPS/labels/none"),
    "archive_board": Recipe("/v1/boards/OPS/archive", None, "/v1/boards/FF/archive"),
    "unarchive_board": Recipe("/v1/boards/OPS/archive", None, "/v1/boards/none/archive"),
    "decide_approval": Recipe("/v1/approvals/{approval}/decision", {"approved": True}, None, {"approved": "yes"}),
    "decide_approvals": Recipe("/v1/approvals/bulk", DECISIONS, None, {"decisions": []}),
    "revoke_grant": Recipe("/v1/grants/{grant}", None, "/v1/grants/none"),
    "create_approval_delegation": Recipe(
        "/v1/approval_delegations", DELEGATION, None, {**DELEGATION, "to": "noor"}, by="mira", keeps={"delegation": ID}
    ),
    "end_approval_delegation": Recipe("/v1/approval_delegations/{delegation}", None, "/v1/approval_delegations/none", by="mira"),
    "create_policy": Recipe("/v1/policies", POLICY, None, {**POLICY, "name": "other", "rules": [{"action": "perhaps"}]}),
    "update_policy": Recipe("/v1/policies/refunds", {"place": 7}, None, {"rules": None}),
    "delete_policy": Recipe("/v1/policies/refunds", None, "/v1/policies/none"),
    "create_alert_channel": Recipe("/v1/alert_channels", CHANNEL, None, NOBODY),
    "test_alert_channel": Recipe("/v1/alert_channels/on-call/tests", None, "/v1/alert_channels/none/tests"),
    "create_alert_rule": Recipe("/v1/alert_rules", RULE, None, {**RULE, "name": "other", "channels": ["nobody"]}),
    "delete_alert_rule": Recipe("/v1/alert_rules/orders-fail", None, "/v1/alert_rules/none"),
    "delete_alert_channel": Recipe("/v1/alert_channels/on-call", None, "/v1/alert_channels/none"),
    "set_price": Recipe("/v1/prices/my/model", {"input": "1"}, None, {"input": "much"}),
    "delete_price": Recipe("/v1/prices/my/model", None, "/v1/prices/my/other"),
    "create_budget": Recipe("/v1/budgets", BUDGET, None, {**BUDGET, "name": "other", "amount": "much"}),
    "update_budget": Recipe("/v1/budgets/daily", {"amount": "7"}, None, {"amount": None}),
    "raise_budget": Recipe("/v1/budgets/daily/raises", {"amount": "1"}, None, {"amount": "much"}),
    "delete_budget": Recipe("/v1/budgets/daily", None, "/v1/budgets/none"),
    "set_model_limit": Recipe("/v1/model_limits/gpt-4o", {"requests_per_minute": 60}, None, {"requests_per_minute": -1}),
    "delete_model_limit": Recipe("/v1/model_limits/gpt-4o", None, "/v1/model_limits/none"),
    "set_retention": Recipe("/v1/retention", {"runs": "90d"}, None, {"runs": "soon"}),
    "rotate_audit_key": Recipe("/v1/audit/keys", None, None),
    "create_key": Recipe("/v1/keys", {"name": "ci", "scopes": ["runs:read"]}, None, {"name": "other", "scopes": ["runs:reed"]}),
    "update_key": Recipe("/v1/keys/ci", {"scopes": ["runs:*"]}, None, {"scopes": []}),
    "rotate_key": Recipe("/v1/keys/ci/rotation", {}, None, {"grace": "99d"}),
    "revoke_key": Recipe("/v1/keys/ci", None, "/v1/keys/none"),
    "set_secret": Recipe("/v1/secrets", {"name": "stripe", "value": "sk"}, None, {"name": "a b", "value": "sk"}),
    "retire_secret_version": Recipe("/v1/secrets/stripe/versions/1/retirement", None, "/v1/secrets/none/versions/1/retirement"),
    "delete_secret": Recipe("/v1/secrets/stripe", None, "/v1/secrets/none"),
    "create_webhook_endpoint": Recipe(
        "/v1/webhook_endpoints", ENDPOINT, None, {**ENDPOINT, "url": "http://10.0.0.1/"},
        keeps={"endpoint": ID},
    ),
    "update_webhook_endpoint": Recipe("/v1/webhook_endpoints/{endpoint}", {"description": "desk"}, None, {"events": []}),
    "rotate_webhook_key": Recipe("/v1/webhook_endpoints/{endpoint}/keys", {}, None, {"overlap": "99d"}),
    "ping_webhook_endpoint": Recipe(
        "/v1/webhook_endpoints/{endpoint}/pings", None, "/v1/webhook_endpoints/none/pings",
        keeps={"delivery": ID},
    ),
    "redeliver_webhook": Recipe("/v1/webhook_deliveries/{delivery}/redeliveries", None, "/v1/webhook_deliveries/none/redeliveries"),
    "delete_webhook_endpoint": Recipe("/v1/webhook_endpoints/{endpoint}", None, "/v1/webhook_endpoints/none"),
    "create_tool": Recipe("/v1/tools", TOOL, None, {**TOOL, "url": "http://10.0.0.1/"}),
    "update_tool": Recipe("/v1/tools/get_order", {"rate": "60/min"}, None, {"rate": "often"}),
    "test_tool": Recipe("/v1/tools/get_order/tests", {"arguments": {}}, "/v1/tools/none/tests", {}),
    "import_tools": Recipe("/v1/tool_imports", DOCUMENT, None, {**DOCUMENT, "url": "https://example.com/"}),
    "delete_tool": Recipe("/v1/tools/get_order", None, "/v1/tools/none"),
    "create_mcp_server": Recipe("/v1/mcp_servers", SERVER, None, {**SERVER, "name": "A B"}),
    "update_mcp_server": Recipe("/v1/mcp_servers/tracker", {"rate": "60/min"}, None, {"rate": "often"}),
    "refresh_mcp_server": Recipe("/v1/mcp_servers/tracker/listings", None, "/v1/mcp_servers/none/listings"),
    "decide_mcp_tool": Recipe(
        "/v1/mcp_servers/other/tools/other__look", {"effect": "read"}, "/v1/mcp_servers/other/tools/none", {"effect": "read"},
    ),
    "delete_mcp_server": Recipe("/v1/mcp_servers/tracker", None, "/v1/mcp_servers/none"),
    "set_web_access": Recipe("/v1/web_access", {"allow": ["example.com"]}, None, {"allow": ["a b"]}),
    "export_subject": Recipe("/v1/subject_exports", SUBJECT, None, {"match": []}, again="another act"),  # a repeat is another copy
    "create_erasure": Recipe("/v1/erasures", SUBJECT, None, {"match": []}, keeps={"erasure": ID}),
    "discard_erasure": Recipe("/v1/erasures/{unconfirmed}", None, "/v1/erasures/none"),
    # what a person confirms, and that it was carried through
    "confirm_erasure": Recipe("/v1/erasures/{erasure}/confirmation", {}, "/v1/erasures/none/confirmation", {}, entries=2),
    "set_rate_limits": Recipe("/v1/rate_limits/default", {"requests_per_minute": 9000}, None, {"requests_per_minute": -1}),
    "reset_rate_limits": Recipe("/v1/rate_limits/default", None, "/v1/rate_limits/none"),
    "create_tenant": Recipe("/v1/tenants", {"name": "acme"}, None, {"name": ""}),
    "rename_tenant": Recipe("/v1/tenants/acme", {"name": "acme-eu"}, "/v1/tenants/none", {"name": "some"}),
    "suspend_tenant": Recipe("/v1/tenants/acme-eu/suspension", {"reason": "unpaid"}, "/v1/tenants/none/suspension", {}),
    "unsuspend_tenant": Recipe("/v1/tenants/acme-eu/suspension", None, "/v1/tenants/none/suspension"),
    "delete_tenant": Recipe("/v1/tenants/leaving?confirm=leaving", None, "/v1/tenants/leaving?confirm=acme"),
    "sign_in": Recipe("/v1/sign_ins", SIGN_IN, None, {"email": "mira@example.com"}, by="mira", again="another act"),
    "read_inbox": Recipe("/v1/inbox/read", {"up_to": 1000}, None, {}, by="mira"),
    "snooze_inbox": Recipe("/v1/inbox/snooze", {"up_to": 1000, "until": "2999-01-01T00:00:00Z"}, None, {"up_to": 1000}, by="mira"),
    "archive_inbox": Recipe("/v1/inbox/archive", {"up_to": 1000}, None, {"ids": ["none"]}, by="mira"),
    "set_inbox_settings": Recipe("/v1/inbox/settings", {"digest": "daily"}, None, {"digest": "hourly"}, by="mira"),
    "switch_tenant": Recipe("/v1/session/tenant", {"tenant": "default"}, None, {"tenant": "none"}, by="mira"),
    "sign_out": Recipe("/v1/session", None, by="mira elsewhere", again="refused"),
    "end_session": Recipe("/v1/sessions/{session}", None, "/v1/sessions/none", by="mira"),
    "begin_totp": Recipe(
        "/v1/account/totp", MINE, None, NOT_MINE, by="mira",
        keeps={"code": lambda made: pyotp.TOTP(made["secret"]).now()},
    ),
    "confirm_totp": Recipe("/v1/account/totp", {"code": "{code}"}, None, {"code": "none"}, by="mira"),
    "renew_recovery_codes": Recipe("/v1/account/recovery_codes", MINE, None, NOT_MINE, by="mira"),
    "remove_totp": Recipe("/v1/account/totp/removals", MINE, None, NOT_MINE, by="mira"),
    "change_password": Recipe("/v1/account/password", {**MINE, "new_password": NEW}, None, {**NOT_MINE, "new_password": NEW}, by="mira"),
    "create_invitation": Recipe(
        "/v1/invitations", {"email": "iris@example.com"}, None, {"email": "iris"}, by="mira",
        keeps={"token": TOKEN},
    ),
    # whoever accepts has joined, and is signed in
    "accept_invitation": Recipe(
        "/v1/invitation_acceptances", JOIN, None, {**JOIN, "token": "none"},
        by="stranger", entries=2, again="refused",
    ),
    "revoke_invitation": Recipe("/v1/invitations/{invitation}", None, "/v1/invitations/none", by="mira"),
    "update_person": Recipe("/v1/people/{noor}", {"role": "approver"}, None, {"role": "chief"}, by="mira"),
    "remove_person": Recipe("/v1/people/{noor}", None, "/v1/people/none", by="mira"),
    "create_password_reset": Recipe("/v1/password_resets", {"email": "mira@example.com"}, None, {"email": "nobody@example.com"}),
    "sign_out_everywhere": Recipe("/v1/sessions", None, by="mira", again="refused"),
}  # fmt: skip
# They take nothing that could be wrong; but who is signed out already is refused, as the repeat shows.
NEVER_REFUSED = {"rotate_audit_key", "resume_tenant", "sign_out", "sign_out_everywhere"}
