"""Sensitive fields: the one place that says how a field is marked, and finds what lies there.

A field is marked in a type, by `Annotated[str, flowforge.Sensitive()]` (the same as pydantic's `json_schema_extra={"x-redact": True}`, or
`writeOnly`), on a function by `redact=["data.customer.email"]`, or on a tool by `redact=["email"]`. What is stored stays exact; marked
values are taken out of prompts, of exported tests, and of what people without the permission `data:read_sensitive` see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flowforge.errors import RegistrationError

MARKS = ("x-redact", "writeOnly")
MAX_DEPTH = 200


class Sensitive:
    """Marks a field of an event's type, of a step's result or of a tool's parameters as not to be shown.

    >>> class Customer(BaseModel):                                          # doctest: +SKIP
    ...     email: Annotated[str, flowforge.Sensitive()]
    """

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(core_schema), MARKS[0]: True}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive)

    def __hash__(self) -> int:
        return hash(Sensitive)

    def __repr__(self) -> str:
        return "Sensitive()"


def marked_parts(schema: Mapping[str, Any], value: Any, label: str = "value") -> Iterator[tuple[str, Any]]:
    """What the schema marks inside of a value of it, each with the name of its field."""
    yield from _marked(schema, value, schema, label, 0)


def parts_at(value: Any, names: Sequence[str]) -> Iterator[Any]:
    """What lies at a path, if anything does; through a list it leads into each item.

    >>> list(parts_at({"items": [{"id": 1}, {"id": 2}]}, ["items", "id"]))
    [1, 2]
    """
    if isinstance(value, list):
        for item in value:
            yield from parts_at(item, names)
    elif not names:
        yield value
    elif isinstance(value, Mapping) and names[0] in value:
        yield from parts_at(value[names[0]], names[1:])


def leaves(value: Any) -> Iterator[str]:
    """Every text in it, and every number as JSON writes it. True, false and null name nobody."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)


def check_paths(paths: Any, whose: str) -> tuple[str, ...]:
    """Paths into an event's data, as a function declares them. Raises RegistrationError."""
    fits = isinstance(paths, list | tuple) and all(
        isinstance(path, str) and path.startswith("data.") and all(path.split(".")) for path in paths
    )
    if not fits:
        raise RegistrationError(f"redact of {whose} is a list of paths into the event, not {paths!r}", hint='as in redact=["data.email"]')
    return tuple(paths)


def schemas_of(declared: Any) -> tuple[Mapping[str, Any], ...]:
    """The JSON Schemas of a type, by its aliases and by its fields' names; none when nothing in it is marked."""
    if declared is Any:
        return ()
    try:
        hash(declared)
    except TypeError:  # Annotated[…] with something that has no hash
        return _schemas_of.__wrapped__(declared)
    return _schemas_of(declared)


def paths_of(declared: Any) -> tuple[str, ...]:
    """Where a type marks fields, as paths into an event's `data`."""
    found: dict[str, None] = {}
    for schema in schemas_of(declared):
        found |= dict.fromkeys(_paths(schema, schema, "data", 0))
    return tuple(found)


@lru_cache(maxsize=256)
def _schemas_of(declared: Any) -> tuple[Mapping[str, Any], ...]:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        adapter = TypeAdapter(declared)
        schemas = [adapter.json_schema(by_alias=by_alias) for by_alias in (True, False)]
    except PydanticUserError:  # it has no schema, so it has no marks
        return ()
    return tuple(schema for schema in schemas if any(mark in json.dumps(schema, default=str) for mark in MARKS))


def _is_marked(schema: Mapping[str, Any]) -> bool:
    return any(schema.get(mark) is True for mark in MARKS)


def _marked(schema: Any, value: Any, root: Mapping[str, Any], label: str, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return
    if _is_marked(schema):
        yield label, value
        return
    for part in _alternatives(schema, root):
        yield from _marked(part, value, root, label, depth + 1)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        for name, inner in value.items():
            yield from _marked(properties.get(name, schema.get("additionalProperties")), inner, root, str(name), depth + 1)
    elif isinstance(value, list):
        first = schema.get("prefixItems", ())
        for place, inner in enumerate(value):
            yield from _marked(first[place] if place < len(first) else schema.get("items"), inner, root, label, depth + 1)


def _paths(schema: Any, root: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    if not isinstance(schema, Mapping) or depth > 20:  # a type that holds itself has no end
        return
    if _is_marked(schema):
        yield path
        return
    for part in _alternatives(schema, root):
        yield from _paths(part, root, path, depth + 1)
    for name, part in schema.get("properties", {}).items():
        yield from _paths(part, root, f"{path}.{name}", depth + 1)
    for part in (*schema.get("prefixItems", ()), schema.get("items")):
        yield from _paths(part, root, path, depth + 1)


def _alternatives(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(reference := schema.get("$ref"), str):
        yield _resolved(reference, root)
    for name in ("anyOf", "oneOf", "allOf"):
        yield from schema.get(name, ())


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found
