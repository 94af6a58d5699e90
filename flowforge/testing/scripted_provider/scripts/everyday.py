"""The script for everything else: fits any schema, calls the first tool once, else answers what was said.

Requests that offer `issue_refund` follow Atlas's story, so one provider serves the demo and a newcomer's own first try.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from flowforge.testing.scripted_provider.scripts.atlas import REFUND, atlas


def everyday(asked: Asked) -> Reply:
    """Answer by what was offered: a schema first, then tools, then plain text."""
    if REFUND in asked.tool_names or asked.model.endswith("atlas"):
        return atlas(asked)
    if asked.schema is not None:
        return Reply(text=json.dumps(sample(asked.schema), separators=(",", ":")))
    called = any(message.role == "tool" for message in asked.messages)
    if asked.tools and not called:
        tool = asked.tools[0]
        return Reply(reasoning=f"I need {tool.name} for this.", tool_calls=(ToolCall(tool.name, sample(tool.parameters)),))
    if called:
        return Reply(text=f"The tool answered: {asked.messages[-1].text}")
    return Reply(text=f"You said: {asked.last_user}")


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """The plainest value that fits a JSON Schema: first choices, least numbers, one item, every required field."""
    root = schema if root is None else root
    if depth > 20:
        return None
    if "$ref" in schema:
        return sample(_resolve(schema["$ref"], root), root, depth + 1)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return sample(schema[key][0], root, depth + 1)
    return _of_type(schema, root, depth)


def _of_type(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        wanted = schema.get("required", list(properties))
        return {name: sample(properties.get(name, {}), root, depth + 1) for name in wanted}
    if kind == "array":
        return [sample(schema.get("items") or {}, root, depth + 1) for _ in range(max(1, int(schema.get("minItems", 1))))]
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return int(least) if kind == "integer" else float(least)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    formats = {"date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "uuid": "00000000-0000-7000-8000-000000000000"}
    text = formats.get(schema.get("format", ""), "scripted")
    return text.ljust(int(schema.get("minLength", 0)), ".")[: int(schema.get("maxLength", 1000))]


def _resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}
