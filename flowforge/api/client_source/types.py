"""JSON Schemas as Python's types, in words: `list[Run]`, `datetime | None`, `Literal["a", "b"]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowforge.api.client_source.document import Schema
from flowforge.api.client_source.names import CLASSES

REF = "#/components/schemas/"
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


@dataclass(frozen=True)
class Types:
    """Of answers, or, `given`, of what people give: there a time may be text, and a list any sequence.

    `prefix` stands before the names of classes, as `models.`.
    """

    given: bool = False
    prefix: str = ""

    def of(self, schema: Schema) -> str:
        if "$ref" in schema:
            return self.prefix + class_name(schema["$ref"].removeprefix(REF), given=self.given)
        if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            texts = [self.of({**one, "description": one.get("description") or schema.get("description", "")}) for one in choices]
            return " | ".join(dict.fromkeys(part for text in texts for part in _parts(text)))
        if "enum" in schema or "const" in schema:
            return f"Literal[{', '.join(_word(value) for value in schema.get('enum') or [schema['const']])}]"
        match schema.get("type"):
            case "array":
                return f"{'Sequence' if self.given else 'list'}[{self.of(schema.get('items', {}))}]"
            case "object":
                values = schema.get("additionalProperties")
                inside = self.of(values) if isinstance(values, dict) else "Any"
                return f"{'Mapping' if self.given else 'dict'}[str, {inside}]"
            case "string":
                return self._string(schema)
            case str(plain):
                return _PLAIN[plain]
        return "Any"

    def _string(self, schema: Schema) -> str:
        if schema.get("format") == "date-time":
            return "datetime | str" if self.given else "datetime"
        if "decimal string" in schema.get("description", ""):
            return "Decimal | str" if self.given else "Decimal"
        return "str"


def class_name(schema: str, *, given: bool = False) -> str:
    """What a schema is called in Python: `RunOut` is a `Run`."""
    if given:
        return re.sub("-Input$", "In", schema.rpartition("__")[2])
    return CLASSES.get(schema) or re.sub("(Out|-Output)$", "", schema.rpartition("__")[2])


def references(schema: Any) -> Iterator[str]:
    """The names of all schemas that it mentions."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value.removeprefix(REF)
            elif key not in ("discriminator", "examples", "example", "default"):
                yield from references(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from references(one)


def reachable(names: Iterator[str], schemas: dict[str, Schema]) -> list[str]:
    """The schemas of these names and all that they mention, in the order of their names."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return sorted(found)


def _parts(text: str) -> list[str]:
    """`A | B` in its parts, as long as nothing is in brackets."""
    return text.split(" | ") if "[" not in text else [text]


def _word(value: object) -> str:
    return '"' + value.replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
