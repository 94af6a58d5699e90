"""FlowForge: durable workflows and teams of AI agents on PostgreSQL. This is the public door; names load when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowforge.agents.code import Agent
    from flowforge.agents.team_code import Team
    from flowforge.api.client import AsyncClient, Client
    from flowforge.errors import FlowForgeError, GuardRefused, NonRetryable, RetryAfter, RunFailed, StepError, StepTimeout, StepUncertain
    from flowforge.integrations.queue import queue
    from flowforge.orchestrator.context import Context, Event
    from flowforge.orchestrator.flow.control import Batch, CancelOn, Concurrency, Debounce, Idempotency, Limit, Rate, Singleton, Throttle
    from flowforge.orchestrator.models.attachment import Attachment
    from flowforge.orchestrator.models.client import ModelReply, ModelRequest
    from flowforge.orchestrator.models.judge import judge
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.orchestrator.secret import secret
    from flowforge.orchestrator.sensitive import Sensitive
    from flowforge.orchestrator.step_scope import current_step
    from flowforge.orchestrator.steps.events import awaited
    from flowforge.orchestrator.trigger import cron, on
    from flowforge.orchestrator.webhook import webhook
    from flowforge.secrets.secret_text import SecretText
    from flowforge.sending import send, signal
    from flowforge.skills.code_policy import Policy
    from flowforge.skills.tool import tool
    from flowforge.steps import step

    function = REGISTRY.function

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "AsyncClient",
    "Attachment",
    "Batch",
    "CancelOn",
    "Client",
    "Concurrency",
    "Context",
    "Debounce",
    "Event",
    "FlowForgeError",
    "GuardRefused",
    "Idempotency",
    "Limit",
    "ModelReply",
    "ModelRequest",
    "NonRetryable",
    "Policy",
    "Rate",
    "RetryAfter",
    "RunFailed",
    "SecretText",
    "Sensitive",
    "Singleton",
    "StepError",
    "StepTimeout",
    "StepUncertain",
    "Team",
    "Throttle",
    "awaited",
    "cron",
    "current_step",
    "function",
    "judge",
    "on",
    "queue",
    "secret",
    "send",
    "signal",
    "step",
    "tool",
    "webhook",
]

_FLOW = ("Batch", "CancelOn", "Concurrency", "Debounce", "Idempotency", "Limit", "Rate", "Singleton", "Throttle")
_HOMES = {
    **dict.fromkeys(_FLOW, "flowforge.orchestrator.flow.control"),
    "Agent": "flowforge.agents.code",
    "Attachment": "flowforge.orchestrator.models.attachment",
    "AsyncClient": "flowforge.api.client",
    "Client": "flowforge.api.client",
    "Team": "flowforge.agents.team_code",
    "Context": "flowforge.orchestrator.context",
    "Event": "flowforge.orchestrator.context",
    "FlowForgeError": "flowforge.errors",
    "GuardRefused": "flowforge.errors",
    "ModelReply": "flowforge.orchestrator.models.client",
    "ModelRequest": "flowforge.orchestrator.models.client",
    "NonRetryable": "flowforge.errors",
    "Policy": "flowforge.skills.code_policy",
    "RetryAfter": "flowforge.errors",
    "RunFailed": "flowforge.errors",
    "Sensitive": "flowforge.orchestrator.sensitive",
    "StepError": "flowforge.errors",
    "StepTimeout": "flowforge.errors",
    "cron": "flowforge.orchestrator.trigger",
    "StepUncertain": "flowforge.errors",
    "awaited": "flowforge.orchestrator.steps.events",
    "current_step": "flowforge.orchestrator.step_scope",
    "judge": "flowforge.orchestrator.models.judge",
    "queue": "flowforge.integrations.queue",
    "secret": "flowforge.orchestrator.secret",
    "SecretText": "flowforge.secrets.secret_text",
    "on": "flowforge.orchestrator.trigger",
    "send": "flowforge.sending",
    "signal": "flowforge.sending",
    "step": "flowforge.steps",
    "tool": "flowforge.skills.tool",
    "webhook": "flowforge.orchestrator.webhook",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `flowforge --help` must not pay for pydantic and asyncpg."""
    if name == "function":
        found = import_module("flowforge.orchestrator.registry").REGISTRY.function
    elif name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'flowforge' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
