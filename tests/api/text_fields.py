"""Every place of a body in which a text can stand, read off its schema: a route that is added is walked through without being named."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

DEPTH_MAX = 5

Place = tuple[str | int, ...]


def text_fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Iterator[Place]:
    """The places of texts, as JSON pointers are made of: `("rules", 0, "tool")`. Of an array it is the first, of a mapping a key `x`."""
    if depth > DEPTH_MAX:
        return
    for option in _options(schema, schemas):
        if option.get("type") == "string" and "enum" not in option and "const" not in option:
            yield ()
        if "items" in option:
            yield from _under(0, option["items"], schemas, depth)
        for name, part in option.get("properties", {}).items():
            yield from _under(name, part, schemas, depth)
        if isinstance(option.get("additionalProperties"), dict):
            yield from _under("x", option["additionalProperties"], schemas, depth)


def put(body: Any, place: Place, value: Any) -> Any:
    """The body with that value there; what is missing on the way is made."""
    if not place:
        return value
    first, *rest = place
    if isinstance(first, int):
        items = list(body) if isinstance(body, list) and body else [None]
        items[0] = put(items[0], tuple(rest), value)
        return items
    fields = copy.deepcopy(body) if isinstance(body, dict) else {}
    fields[first] = put(fields.get(first), tuple(rest), value)
    return fields


def _under(step: str | int, schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Iterator[Place]:
    yield from ((step, *place) for place in text_fields(schema, schemas, depth + 1))


def _options(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        return _options(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    return [schema, *(option for part in parts for option in _options(part, schemas))]
