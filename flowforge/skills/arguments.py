"""Arguments against the JSON Schema of their tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

from flowforge.errors import InvalidInput


def check_arguments(arguments: Mapping[str, Any], schema: Mapping[str, Any] | None, pointer: str) -> None:
    """Raises InvalidInput, pointing at what does not fit, unless `arguments` satisfy `schema` (None: any object does)."""
    if schema is None:
        return
    # An empty registry: a $ref to some address is an unresolvable one, never a request over the network.
    validator = Draft202012Validator(dict(schema), registry=Registry())
    try:
        error = best_match(validator.iter_errors(dict(arguments)))
    except Unresolvable as unresolvable:
        raise InvalidInput(f"the tool's schema points to {unresolvable.ref}, which is not in it", pointer=pointer) from None
    if error is not None:
        raise InvalidInput(_sentence(error), pointer=pointer + "".join(f"/{_escaped(part)}" for part in error.absolute_path))


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises InvalidInput when `schema` is no JSON Schema."""
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        raise InvalidInput(f"this is no JSON Schema: {error.message[:300]}", pointer="/schema") from None


def _sentence(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message[:300]}" if where else error.message[:300]


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
