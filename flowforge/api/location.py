"""`Location`: where what a request has made stands, for whoever wants to look at it, change it or take it away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNDER_ITSELF = "{path}/{id}"

# The address of what an operation makes, from its own path and from its answer. Where the answer does not say it, a route sets it itself.
ADDRESSES: Mapping[str, str] = {
    "create_agent_trigger": UNDER_ITSELF,
    "create_alert_channel": "{path}/{name}",
    "create_alert_rule": "{path}/{name}",
    "create_approval_delegation": UNDER_ITSELF,
    "create_attachment": UNDER_ITSELF,
    "create_budget": UNDER_ITSELF,
    "create_checklist_item": UNDER_ITSELF,
    "create_comment": UNDER_ITSELF,
    "create_filter": UNDER_ITSELF,
    "create_invitation": UNDER_ITSELF,
    "create_key": UNDER_ITSELF,
    "create_note": UNDER_ITSELF,
    "create_tenant": "{path}/{name}",
    "create_webhook_endpoint": UNDER_ITSELF,
    "ping_webhook_endpoint": "/v1/webhook_deliveries/{id}",
    "raise_budget": "/v1/budgets/{id}",
    "redeliver_webhook": "/v1/webhook_deliveries/{id}",
    "rotate_key": "/v1/keys/{id}",
    "set_secret": UNDER_ITSELF,
    "share_skill": "/v1/shared_skills/{id}",
    "sign_in": "/v1/session",
}
SET_BY_THEIR_ROUTES = frozenset(
    {
        "act_on_runs", "create_agent", "create_board", "create_erasure", "create_mcp_server", "create_policy", "create_skill",
        "create_task", "create_team", "create_tool", "import_skill", "refresh_mcp_server", "replay_run", "run_agent", "start_run",
        "test_tool",
    }
)  # fmt: skip
# What is made and has no address of its own.
WITHOUT: Mapping[str, str] = {
    "accept_invitation": "whoever accepts is let in; what they are stands in their session",
    "begin_totp": "shown once",
    "create_column": "a column is shown with its board",
    "create_password_reset": "a link, shown once",
    "create_user": "people are listed, not shown one by one",
    "remove_totp": "nothing is made but an entry of the audit log",
    "renew_recovery_codes": "shown once",
    "rotate_audit_key": "keys are listed, not shown one by one",
    "rotate_webhook_key": "keys are shown with their endpoint",
    "tell_agent": "messages are listed by run",
    "tell_run": "messages are listed by run",
}


class Location:
    """ASGI layer inside Idempotency, which keeps the header with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        template = ADDRESSES.get(scope["state"].get("operation", "")) if scope["type"] == "http" else None
        if template is None:
            return await self.app(scope, receive, send)
        start: Message | None = None
        parts: list[bytes] = []

        async def answer(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 201:
                start = message
                return
            if start is not None:
                parts.append(message.get("body", b""))
                if message.get("more_body", False):
                    return
                MutableHeaders(scope=start)["Location"] = address_of(template, scope["path"], json.loads(b"".join(parts)))
                await send(start)
                message = {**message, "body": b"".join(parts)}
            await send(message)

        return await self.app(scope, receive, answer)


def address_of(template: str, path: str, made: Mapping[str, object]) -> str:
    """The address of what was made at that path: `{path}/{id}` takes the path, and the field `id` of the answer."""
    fields = {name: quote(str(value), safe="") for name, value in made.items() if isinstance(value, str)}
    return template.format(path=quote(path), **fields)
