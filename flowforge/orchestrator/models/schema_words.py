"""A schema said in words, for models that are not known to follow one by themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flowforge.orchestrator.models.client import Chat


def with_schema_in_words(messages: Sequence[Chat], response_format: dict[str, Any]) -> list[Chat]:
    """The messages behind one more of the system's, which asks for JSON that fits."""
    schema = response_format.get("json_schema", {}).get("schema")
    fitting = f" It must fit this JSON Schema: {json.dumps(schema, ensure_ascii=False)}" if schema else ""
    return [{"role": "system", "content": f"Answer with JSON only, without any other text.{fitting}"}, *messages]
