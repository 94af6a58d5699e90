"""Writes models.py, the answers, and bodies.py, what lies inside the bodies that people give."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

from flowforge.api.client_source.document import Operation, Schema
from flowforge.api.client_source.names import HIDDEN
from flowforge.api.client_source.prose import docstring
from flowforge.api.client_source.types import REF, Types, class_name, reachable, references
from flowforge.errors import RegistrationError

_MODELS = '''"""What the server answers, one class for each schema.

Written by flowforge.api.client_source; change the routes, not this file.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from flowforge.api.client.answer import Answer
'''
_BODIES = '''"""What lies inside the bodies that calls are given.

Written by flowforge.api.client_source; change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
'''


def models(document: dict[str, Any], operations: list[Operation]) -> str:
    """The text of models.py. Raises RegistrationError where two schemas would have one name."""
    schemas = document["components"]["schemas"]
    names = reachable((name for one in operations if (answer := one.answer()) for name in _needed(answer[1], schemas)), schemas)
    _check_names([class_name(name) for name in names])
    return _MODELS + "".join(_model(name, schemas[name]) for name in names)


def bodies(document: dict[str, Any], operations: list[Operation]) -> str:
    """The text of bodies.py: the fields of a body itself are the parameters of its call, and have no class."""
    schemas = document["components"]["schemas"]
    inside = (
        name
        for one in operations
        if (body := one.body()) is not None
        for field in fields_of(body, schemas).values()
        for name in references(field)
    )
    names = reachable(inside, schemas)
    _check_names([class_name(name, given=True) for name in names])
    return _BODIES + "".join(_body(name, schemas[name]) for name in names)


def fields_of(body: Schema, schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The fields of a body, by name; none for one that is no object with fields."""
    found: dict[str, Schema] = whole(body, schemas).get("properties", {})
    return found


def whole(body: Schema, schemas: dict[str, Schema]) -> Schema:
    """A body's own schema, where the document has a name for it, or says that null will do too."""
    if "$ref" in body:
        return schemas[body["$ref"].removeprefix(REF)]
    choices = [one for one in body.get("anyOf", []) if one.get("type") != "null"]
    return whole(choices[0], schemas) if len(choices) == 1 else body


def listed(schema: Schema, schemas: dict[str, Schema]) -> Schema | None:
    """The schema of one item, when this is a list: `data`, and nothing beside it but `next_cursor`."""
    properties = whole(schema, schemas).get("properties", {})
    if "data" in properties and properties["data"].get("type") == "array" and properties.keys() <= {"data", "next_cursor"}:
        item: Schema = properties["data"].get("items", {})
        return item
    return None


def python_name(name: str) -> str:
    """A field's name as a parameter or attribute: `from_`, because Python has `from` for itself."""
    return f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")


def _needed(schema: Schema, schemas: dict[str, Schema]) -> Iterator[str]:
    item = listed(schema, schemas)
    return references(schema if item is None else item)


def _model(name: str, schema: Schema) -> str:
    types, lines = Types(), [f"class {class_name(name)}(Answer):"]
    lines += docstring(schema.get("description") or f"{schema.get('title', name)}.", 4) if schema.get("description") else []
    fields = schema.get("properties", {})
    hidden = sorted(field for field in fields if field in HIDDEN or f"{name}.{field}" in HIDDEN)
    renamed = {python_name(field): field for field in fields if python_name(field) != field}
    if hidden:
        lines.append(f"    HIDDEN: ClassVar = frozenset({{{', '.join(repr(field) for field in hidden)}}})")
    if renamed:
        lines.append(f"    JSON_NAMES: ClassVar = {renamed!r}")
    for field, said in fields.items():
        lines.append(f"    {python_name(field)}: {types.of(said)}")
        lines += docstring(said["description"], 4) if said.get("description") else []
    if len(lines) == 1:
        lines.append("    pass")
    return "\n\n" + "\n".join(lines) + "\n"


def _body(name: str, schema: Schema) -> str:
    title, types = class_name(name, given=True), Types(given=True)
    if "properties" not in schema:
        return f"\n\n{title} = {types.of(schema)}\n"
    lines = [f"class {title}(TypedDict):"]
    lines += docstring(schema["description"], 4) if schema.get("description") else []
    required = schema.get("required", [])
    for field, said in schema["properties"].items():
        text = types.of(said)
        lines.append(f"    {field}: {text if field in required else f'NotRequired[{text}]'}")
        lines += docstring(said["description"], 4) if said.get("description") else []
    return "\n\n" + "\n".join(lines) + "\n"


def _check_names(names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RegistrationError(f"two schemas would be called {twice[0]}", hint="name one of them in CLASSES of client_source/names.py")
