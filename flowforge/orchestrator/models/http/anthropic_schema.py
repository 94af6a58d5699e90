"""A JSON Schema as Anthropic's structured output takes it: what it would refuse is said in the description instead.

The reply is checked against the whole schema afterwards, so nothing is lost but a hint to the model, and that stays in words.
"""

from __future__ import annotations

import json
from typing import Any

_IN_WORDS = {
    "minItems": "minimum number of items: {}",
    "maxItems": "maximum number of items: {}",
    "uniqueItems": "all items are different",
    "contains": "some item fits: {}",
    "minContains": "minimum number of fitting items: {}",
    "maxContains": "maximum number of fitting items: {}",
    "prefixItems": "the first items fit, in this order: {}",
    "minimum": "minimum value: {}",
    "maximum": "maximum value: {}",
    "exclusiveMinimum": "greater than: {}",
    "exclusiveMaximum": "less than: {}",
    "multipleOf": "multiple of: {}",
    "minLength": "minimum length: {}",
    "maxLength": "maximum length: {}",
    "minProperties": "minimum number of properties: {}",
    "maxProperties": "maximum number of properties: {}",
    "patternProperties": "properties whose names fit a pattern: {}",
    "propertyNames": "names of properties fit: {}",
    "dependentRequired": "properties that need others: {}",
    "dependentSchemas": "properties that change the schema: {}",
    "unevaluatedProperties": "other properties: {}",
    "if": "if: {}",
    "then": "then: {}",
    "else": "else: {}",
    "not": "does not fit: {}",
}


def plain_schema(schema: Any) -> Any:
    """The schema with every object closed, `oneOf` as `anyOf`, and constraints in words.

    >>> plain_schema({"type": "integer", "minimum": 3})
    {'type': 'integer', 'description': 'Note: minimum value: 3.'}
    """
    if not isinstance(schema, dict):
        return schema
    plain: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _IN_WORDS:
            continue
        if key in ("properties", "$defs") and isinstance(value, dict):
            plain[key] = {name: plain_schema(part) for name, part in value.items()}
        elif key in ("anyOf", "oneOf") and isinstance(value, list):
            plain["anyOf"] = plain.get("anyOf", []) + [plain_schema(part) for part in value]
        elif key == "allOf" and isinstance(value, list):
            plain[key] = [plain_schema(part) for part in value]
        else:
            plain[key] = plain_schema(value) if key == "items" else value
    if plain.get("type") == "object":
        plain["additionalProperties"] = False
    note = _note(schema)
    if note:
        plain["description"] = " ".join(filter(None, [plain.get("description"), note]))
    return plain


def _note(schema: dict[str, Any]) -> str:
    said = [words.format(_shown(schema[key])) for key, words in _IN_WORDS.items() if key in schema and schema[key] is not False]
    return f"Note: {', '.join(said)}." if said else ""


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
