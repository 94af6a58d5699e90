"""A tool's parameters: the JSON Schema that a model is shown, and the check of what it gives.

Those of a Python function are read from its signature, and its arguments become typed values; those of any other tool are a JSON
Schema, and its arguments stay the JSON that they are.
"""

from __future__ import annotations

import inspect
import json
import typing
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.orchestrator.sensitive import MARKS
from flowforge.skills.arguments import check_arguments, check_schema

_REFUSED = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only",
    inspect.Parameter.VAR_POSITIONAL: "takes any number of positional arguments",
    inspect.Parameter.VAR_KEYWORD: "takes any keyword arguments",
}


@dataclass(frozen=True)
class Parameters:
    """The parameters of one tool. `schema` is a closed JSON Schema object: unknown arguments are refused."""

    schema: dict[str, Any]
    model: type[BaseModel] | None = None  # of a function's arguments

    @classmethod
    def of(cls, function: Callable[..., Any], tool: str) -> Parameters:
        """Read the signature of `function`. Raises RegistrationError, naming the parameter that JSON cannot carry."""
        hints = _hints(function, tool)
        fields: dict[str, Any] = {}
        for index, parameter in enumerate(inspect.signature(function).parameters.values()):
            annotation = _annotation(parameter, hints, tool)
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            # Fields get names of our own and the parameter's name as alias, so that a parameter may be called `json` or `copy`.
            fields[f"p{index}"] = (annotation, Field(default, alias=parameter.name))
        model = create_model(f"{tool}_arguments", __config__=ConfigDict(extra="forbid"), **fields)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a default that JSON cannot show is left out of the schema
            return cls(_untitled(model.model_json_schema(by_alias=True)), model)

    @classmethod
    def of_schema(cls, schema: Mapping[str, Any], tool: str) -> Parameters:
        """The parameters that a JSON Schema describes. Raises RegistrationError for one that is none, or not of an object."""
        try:
            check_schema(schema)
        except InvalidInput as error:
            raise RegistrationError(f"tool {tool!r}: its parameters: {error.message}") from None
        if schema.get("type") != "object":
            raise RegistrationError(f"tool {tool!r}: its parameters are no object", hint='write {"type": "object", "properties": {…}}')
        return cls(dict(schema))

    def with_marks(self, names: Sequence[str], tool: str) -> Parameters:
        """The same, with these parameters marked as sensitive in the schema. Raises RegistrationError for one that is not there."""
        if not names:
            return self
        properties = self.schema.get("properties", {})
        if isinstance(names, str) or (unknown := [name for name in names if name not in properties]):
            wrong = names if isinstance(names, str) else unknown[0]
            raise RegistrationError(f"tool {tool!r} has no parameter {wrong!r} to redact", hint=f"it has: {', '.join(properties)}")
        marked = {name: {**one, MARKS[0]: True} if name in names else one for name, one in properties.items()}
        return replace(self, schema={**self.schema, "properties": marked})

    def parse(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What the tool is called with. Raises InvalidInput with a pointer to the first argument that does not fit.

        JSON rules apply whoever asks, so that a date is read from text for a model and for a person who edits alike.
        """
        if self.model is None:
            check_arguments(arguments, self.schema, "")
            return dict(arguments)
        try:
            parsed = self.model.model_validate_json(json.dumps(arguments))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            pointer = "".join(f"/{part}" for part in first["loc"])
            raise InvalidInput(f"argument {pointer or '/'}: {first['msg']}", pointer=pointer) from None
        return {str(field.alias): getattr(parsed, name) for name, field in self.model.model_fields.items()}


def _hints(function: Callable[..., Any], tool: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise RegistrationError(
            f"tool {tool!r}: the annotation {error.name!r} cannot be resolved", hint="import or define the type at the top of the module"
        ) from None


def _annotation(parameter: inspect.Parameter, hints: dict[str, Any], tool: str) -> Any:
    if parameter.kind in _REFUSED:
        raise RegistrationError(f"tool {tool!r}: parameter {parameter.name!r} {_REFUSED[parameter.kind]}; a model gives arguments by name")
    if parameter.name not in hints:
        raise RegistrationError(
            f"tool {tool!r}: parameter {parameter.name!r} has no type annotation",
            hint=f"write {parameter.name}: str, or whatever type it has",
        )
    annotation = hints[parameter.name]
    try:
        TypeAdapter(annotation).json_schema()
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError):
        shown = getattr(annotation, "__name__", str(annotation))
        raise RegistrationError(
            f"tool {tool!r}: parameter {parameter.name!r} is of type {shown}, which JSON cannot carry",
            hint="use str, int, float, bool, lists, dicts, dataclasses, pydantic models, datetime, Decimal, UUID or enums",
        ) from None
    return annotation


_NO_SCHEMA = frozenset({"properties", "$defs", "default", "const", "enum", "examples"})  # below these stand names or values


def _untitled(schema: Any) -> Any:
    """Without the titles that pydantic makes of names: a model is charged for every word it reads."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: value if key in _NO_SCHEMA else _untitled(value) for key, value in schema.items()}
    for group in ("properties", "$defs"):
        if isinstance(plain.get(group), dict):
            plain[group] = {name: _untitled(part) for name, part in plain[group].items()}
    if isinstance(plain.get("title"), str):
        del plain["title"]
    return plain
