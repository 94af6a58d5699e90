"""Examples as they were written: FastAPI leaves null out of its document, also where an answer always has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schemas = Mapping[str, Any]


def restore_nulls(document: dict[str, Any]) -> None:
    """Put null back into every example of a schema, a body and an answer where a required field is missing that may be null."""
    schemas: Schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_whole(example, schema, schemas) for example in schema["examples"]]
    for methods in document["paths"].values():
        for operation in methods.values():
            for holder in [operation.get("requestBody", {}), *operation["responses"].values()]:
                for kind, media in holder.get("content", {}).items():
                    if "example" in media and kind.endswith("json"):
                        media["example"] = _whole(media["example"], media["schema"], schemas)


def _whole(example: Any, schema: Any, schemas: Schemas) -> Any:
    if isinstance(example, list):
        items: Any = next((option["items"] for option in _options(schema, schemas) if "items" in option), {})
        return [_whole(item, items, schemas) for item in example]
    if not isinstance(example, dict):
        return example
    schema = next((option for option in _options(schema, schemas) if example.keys() <= option.get("properties", {}).keys()), {})
    fields = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in example and _may_be_null(fields[name], schemas)]
    return {**{name: _whole(value, fields.get(name, {}), schemas) for name, value in example.items()}, **dict.fromkeys(missing)}


def _options(schema: Any, schemas: Schemas) -> list[Any]:
    """What it may be, without references."""
    if "$ref" in schema:
        return _options(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    return [schema, *(option for part in parts for option in _options(part, schemas))]


def _may_be_null(schema: Any, schemas: Schemas) -> bool:
    return any(option.get("type") == "null" or not option.keys() - {"title", "description"} for option in _options(schema, schemas))
