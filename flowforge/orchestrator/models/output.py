"""Structured output: a Python type or a JSON Schema goes out as the format of the reply, a validated value comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from flowforge.errors import InvalidInput, NonRetryable

_WRAPPED = "value"  # providers want an object at the root; other types travel inside one
_LONGEST_COMPLAINT = 400


class OutputMismatch(ValueError):
    """The reply does not fit; the message is written for the model that is asked again."""


class Output:
    """What a reply must be. `str` and None mean plain text, a dict is a JSON Schema, everything else a type for pydantic.

    >>> Output(list[int]).read('{"value": [1, 2]}')
    [1, 2]
    """

    def __init__(self, wanted: Any) -> None:
        self.plain = wanted is None or wanted is str
        self._adapter: Any = None
        self.name = "output"
        self.schema: dict[str, Any] = {}
        if isinstance(wanted, Mapping):
            self.schema, self.name = dict(wanted), _safe_name(str(wanted.get("title", "output")))
            _check_schema(self.schema)
        elif not self.plain:
            self._adapter, self.schema = _kept_adapter_of(wanted) if isinstance(wanted, Hashable) else _adapter_of(wanted)
            self.name = _safe_name(getattr(wanted, "__name__", "output"))
        self._wrapped = not self.plain and self.schema.get("type") != "object" and "$ref" not in self.schema

    def response_format(self) -> dict[str, Any] | None:
        """The request's `response_format`; strict where the schema allows it."""
        if self.plain:
            return None
        schema = _closed(self._sent_schema())
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": schema, "strict": _strict(schema)}}

    def read(self, text: str) -> Any:
        """The reply as plain JSON data, checked by its schema and then by pydantic. Raises OutputMismatch."""
        if self.plain:
            return text
        value = _parse(text)
        if self._wrapped and isinstance(value, dict) and set(value) == {_WRAPPED}:
            value = value[_WRAPPED]
        _validate(self.schema, value)
        return value if self._adapter is None else self._normal(value)

    @property
    def typed_by_pydantic(self) -> bool:
        return self._adapter is not None

    def typed(self, text: str) -> Any:
        """Stored JSON as the type that was asked for; the same on the first execution and on every replay."""
        return json.loads(text) if self._adapter is None else self._adapter.validate_json(text)

    def _sent_schema(self) -> dict[str, Any]:
        if not self._wrapped:
            return self.schema
        inner = {key: part for key, part in self.schema.items() if key != "$defs"}
        outer: dict[str, Any] = {"type": "object", "properties": {_WRAPPED: inner}, "required": [_WRAPPED]}
        return outer | ({"$defs": self.schema["$defs"]} if "$defs" in self.schema else {})

    def _normal(self, value: Any) -> Any:
        from pydantic import ValidationError

        try:
            return self._adapter.dump_python(self._adapter.validate_json(json.dumps(value)), mode="json", by_alias=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = "/".join(str(part) for part in first["loc"])
            raise OutputMismatch(_short(f"at /{place}: {first['msg']}")) from None


def _adapter_of(wanted: Any) -> tuple[Any, dict[str, Any]]:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

    try:
        adapter = TypeAdapter(wanted)
        return adapter, adapter.json_schema()
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema, PydanticUserError) as error:
        raise InvalidInput(
            f"output={wanted!r} cannot be asked of a model: {str(error).splitlines()[0]}",
            pointer="/output",
            hint="take a pydantic model, a dataclass, a plain type or a JSON Schema",
        ) from None


_kept_adapter_of = lru_cache(maxsize=1024)(_adapter_of)  # a replay passes every step again


def _check_schema(schema: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path)
        raise InvalidInput(f"output is no valid JSON Schema, at /{place}: {error.message}", pointer="/output") from None
    outside = next((one for one in _references(schema) if not one.startswith("#")), None)
    if outside is not None:
        raise InvalidInput(f"output refers to {outside!r}, and nothing is fetched for it", pointer="/output", hint="put it under $defs")


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _validate(schema: dict[str, Any], value: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    validator = Draft202012Validator(schema, registry=Registry())  # an empty registry fetches nothing
    try:
        worst = best_match(validator.iter_errors(value))
    except Unresolvable as error:
        raise NonRetryable(f"output refers to a schema that is not in it: {error}") from None
    if worst is not None:
        place = "/".join(str(part) for part in worst.absolute_path)
        raise OutputMismatch(_short(f"at /{place}: {worst.message}"))


def _parse(text: str) -> Any:
    """JSON out of a reply, also where the model put it into a code fence."""
    if not text.strip():
        raise OutputMismatch("it is empty")
    fenced = re.fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", text, re.DOTALL)
    try:
        return json.loads(fenced.group(1) if fenced else text, parse_constant=_refuse_constant)
    except RecursionError:
        raise OutputMismatch("it is nested too deeply") from None
    except ValueError as error:
        raise OutputMismatch(_short(f"it is no valid JSON: {error}")) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _closed(schema: Any) -> Any:
    """The schema with every object closed whose properties are all required, as strict providers want it."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: value if key in ("const", "default", "enum", "examples") else _closed(value) for key, value in schema.items()}
    properties = closed.get("properties")
    if closed.get("type") == "object" and isinstance(properties, dict) and set(closed.get("required", ())) == set(properties):
        closed.setdefault("additionalProperties", False)
    return closed


def _strict(schema: Any) -> bool:
    """Whether every object in it is closed and has only required properties."""
    if isinstance(schema, list):
        return all(_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(schema.get("properties", {}))
    ):
        return False
    return all(_strict(part) for key, part in schema.items() if key not in ("const", "default", "enum", "examples"))


def _safe_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64] or "output"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_COMPLAINT else text[: _LONGEST_COMPLAINT - 1] + "…"
