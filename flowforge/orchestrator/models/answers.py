"""Answers that are given again to exactly the same request, within a tenant and for as long as the step says."""

from __future__ import annotations

import json
from hashlib import blake2b

from flowforge.orchestrator.models.client import ModelReply, ModelRequest
from flowforge.orchestrator.models.spending import Spending
from flowforge.orchestrator.step_scope import StepScope
from flowforge.secrets.opened import OPENED

_DECIDES_NOTHING = ("api_key", "user")  # settings that do not change the answer


async def kept_answer(scope: StepScope, request: ModelRequest, age_seconds: float) -> ModelReply | None:
    """The answer that this request got before, at most so long ago. What it cost then is its `cost`."""
    text = await _answers(scope).find_answer(scope.execution.tenant_id, digest_of(request), age_seconds)
    return None if text is None else ModelReply.model_validate_json(text)


async def keep_answer(scope: StepScope, request: ModelRequest, reply: ModelReply, age_seconds: float) -> None:
    """Keep it for the next one who asks the same; not one that holds a secret."""
    tenant_id, text = scope.execution.tenant_id, reply.model_dump_json()
    if not OPENED.is_in(text, tenant_id):
        await _answers(scope).keep_answer(tenant_id, digest_of(request), text, age_seconds)


def digest_of(request: ModelRequest) -> bytes:
    """What the answer follows from: the model, the messages, tools, format and settings; not the key, nor how it is transported."""
    settings = {name: value for name, value in request.settings.items() if name not in _DECIDES_NOTHING}
    asked = [request.model, request.messages, request.tools, request.tool_choice, request.response_format, settings]
    return blake2b(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode(), digest_size=32).digest()


def _answers(scope: StepScope) -> Spending:
    return scope.execution.host.spending
