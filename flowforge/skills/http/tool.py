"""A Tool from a definition: its function makes the call."""

from __future__ import annotations

from typing import Any

from flowforge.durations import seconds
from flowforge.skills.http.definition import HttpToolDefinition
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Tool

GRACE_SECONDS = 5.0  # the transport ends a call in time and says why; the step's limit is behind it


def http_tool(definition: HttpToolDefinition) -> Tool:
    """The tool. Every resumed run makes it anew, so that what the definition has checked is not checked again."""

    async def call(**arguments: Any) -> Any:
        from flowforge.skills.http.request import call as send

        return await send(definition, arguments)

    return Tool(
        definition.name,
        call,
        definition.description,
        Parameters({"properties": {}, "additionalProperties": False, **definition.parameters}),  # the definition has checked it
        definition.effect,
        reversible=definition.reversible,
        approval=definition.approval,
        consequence=definition.consequence,
        origin="http",
        outside=definition.outside,
        timeout=seconds(definition.timeout) + GRACE_SECONDS,
        retries=definition.retries,
        rate=definition.rate,
        on_uncertain=definition.on_uncertain,
        result_characters_max=definition.result_characters_max,
        idempotent=definition.idempotent,
    )
