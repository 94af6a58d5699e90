"""Writes the nouns, one file each, and rooms.py, which puts them into the clients."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from flowforge.api.client_source.answers import fields_of, listed, python_name, whole
from flowforge.api.client_source.document import Operation, Schema
from flowforge.api.client_source.names import BASES, BY_HAND, CALLS
from flowforge.api.client_source.prose import docstring
from flowforge.api.client_source.types import Types
from flowforge.errors import RegistrationError

_WRITTEN = "Written by flowforge.api.client_source; change the routes, not this file."
_IGNORED_HEADERS = {"idempotency-key", "x-flowforge-tenant", "last-event-id", "traceparent"}  # the client's own affair
_IGNORED_PARAMETERS = {"cursor"}


def nouns(document: dict[str, Any], operations: list[Operation]) -> dict[str, str]:
    """The text of each noun's file, by the noun. Raises RegistrationError for an operation that names.py does not place."""
    calls: dict[str, list[str]] = defaultdict(list)
    for noun in BASES:
        calls[noun] = []
    for operation in operations:
        if operation.id in BY_HAND:
            continue
        if operation.id not in CALLS:
            raise RegistrationError(
                f"the clients have no method for the operation {operation.id}", hint="give it a line in client_source/names.py"
            )
        for place in CALLS[operation.id].split():
            noun, _, verb = place.partition(".")
            calls[noun].append(_Call(operation, verb, document["components"]["schemas"]).text())
    return {noun: _file(noun, texts) for noun, texts in sorted(calls.items())}


def rooms(nouns: list[str]) -> str:
    """The text of rooms.py."""
    imports = "\n".join(f"    from flowforge.api.client.nouns.{noun} import {class_of(noun)}" for noun in nouns)
    properties = "".join(
        f"""
    @cached_property
    def {noun}(self) -> {class_of(noun)}[Mode]:
        from flowforge.api.client.nouns.{noun} import {class_of(noun)}

        return {class_of(noun)}(self._driver, self._exchange)
"""
        for noun in nouns
    )
    return f'''"""What both clients have: `client.runs`, `client.tasks` and the rest, loaded when first used.

{_WRITTEN}
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flowforge.api.client.noun import Mode
from flowforge.api.client.surface import Surface

if TYPE_CHECKING:
{imports}


class Rooms(Surface[Mode]):
    """The nouns."""
{properties}'''


def class_of(noun: str) -> str:
    return "".join(word.capitalize() for word in noun.split("_"))


def _file(noun: str, calls: list[str]) -> str:
    module, _, base = BASES.get(noun, "noun.Noun").partition(".")
    text = "".join(calls)
    imports = [name for name in ("Items", "Talk") if f"{name}[" in text]
    wire = "from flowforge.api.client.wire import Frame\n" if "Items[Frame]" in text else ""
    noun_imports = [name for name in ("Mode", "Noun", "body_of", "call", "listing", "part") if _uses(name, text, base)]
    unset = "from flowforge.api.client.unset import UNSET, Unset\n" if "UNSET" in text else ""
    based = "" if base == "Noun" else f"from flowforge.api.client.{module} import {base}\n"
    bodies = "\nif TYPE_CHECKING:\n    from flowforge.api.client import bodies\n" if "bodies." in text else ""
    typing = [name for name in ("Any", "Literal") if f"{name}" in text] + (["TYPE_CHECKING"] if bodies else [])
    abstract = [name for name in ("Mapping", "Sequence") if f"{name}[" in text]
    standard = f"from collections.abc import {', '.join(abstract)}\n" if abstract else ""
    standard += "from datetime import datetime\n" if "datetime" in text else ""
    standard += "from decimal import Decimal\n" if "Decimal" in text else ""
    standard += f"from typing import {', '.join(sorted(typing, key=lambda name: (name != name.upper(), name)))}\n" if typing else ""
    return f'''"""`client.{noun}`. {_WRITTEN}"""

from __future__ import annotations

{standard}
{"from flowforge.api.client import models" if "models." in text else ""}
{based if based < "from flowforge.api.client.noun" else ""}from flowforge.api.client.noun import {", ".join(noun_imports)}
{based if based > "from flowforge.api.client.noun" else ""}from flowforge.api.client.talk import {", ".join(imports)}
{unset}{wire}{bodies}

class {class_of(noun)}({base}[Mode]):
    """`client.{noun}`"""
{text}'''


def _uses(name: str, text: str, base: str) -> bool:
    match name:
        case "Mode":
            return True
        case "Noun":
            return base == "Noun"
        case "call" | "listing":
            return f"@{name}\n" in text
    return f"{name}(" in text


@dataclass(frozen=True)
class _Call:
    """One method in the making."""

    operation: Operation
    verb: str
    schemas: dict[str, Schema]

    def text(self) -> str:
        self._check()
        shape, result, act = self._shape()
        doc = self.operation.said["summary"].rstrip(".") + ".\n\n" + self.operation.said.get("description", "")
        lines = [f"    @{shape}", f"    def {self.verb}({', '.join(self._signature(shape))}) -> {result}:"]
        lines += docstring(doc, 8)
        lines.append(f"        return {act}")
        return "\n" + "\n".join(lines) + "\n"

    def _check(self) -> None:
        headers = {one["name"].lower() for one in self.operation.parameters("header")} - _IGNORED_HEADERS - {"if-match"}
        if headers:
            raise RegistrationError(f"{self.operation.id} takes a header that the clients do not know: {', '.join(headers)}")
        names = self._path_names() + list(self._query()) + [python_name(field) for field in self._fields()]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise RegistrationError(f"{self.operation.id} has two parameters of the name {twice[0]}")

    def _shape(self) -> tuple[str, str, str]:
        """The decorator, the type of what the method returns, and the talk that it is."""
        answer, path = self.operation.answer(), self._path()
        arguments = self._arguments()
        method = f'"{self.operation.method}", {path}'
        if answer is None:
            return "call", "Talk[None]", f"self._exchange.ask(None, {', '.join([method, *arguments])})"
        media_type, schema = answer
        if media_type == "text/event-stream":
            return "listing", "Items[Frame]", f"self._exchange.follow({', '.join([path, 'after=after', *arguments])})"
        if media_type == "application/x-ndjson":
            return "listing", "Items[str]", f"self._exchange.lines({', '.join([method, *arguments])})"
        if media_type != "application/json":
            return "listing", "Items[bytes]", f"self._exchange.pieces({', '.join([method, *arguments])})"
        types, item = Types(prefix="models."), listed(schema, self.schemas)
        if item is None and self.verb == "list" and "cursor" in self._said_query():
            item = whole(schema, self.schemas)["properties"]["data"]["items"]
        if item is not None and self.operation.method == "GET":
            more = ["limit=limit"] if "limit" in self._query() else ["paged=False"]
            return "listing", f"Items[{types.of(item)}]", f"self._exchange.listing({', '.join([types.of(item), path, *arguments, *more])})"
        kind = types.of(schema)
        return "call", f"Talk[{kind}]", f"self._exchange.ask({', '.join([kind, method, *arguments])})"

    def _signature(self, shape: str) -> list[str]:
        schemas, types = self.schemas, Types(given=True, prefix="bodies.")
        body = self.operation.body()
        required = whole(body, schemas).get("required", []) if body is not None else []
        given, optional = [], []
        for name, said in self._query().items():
            text = types.of(said["schema"])
            if said.get("required"):
                given.append(f"{name}: {text}")
            elif name == "after":
                optional.append("after: int = 0")
            else:
                optional.append(f"{name}: {_or(text, 'None')} = None")
        for field, schema in self._fields().items():
            name, text = python_name(field), types.of(schema)
            if field in required:
                given.append(f"{name}: {text}")
            else:
                optional.append(f"{name}: {_or(text, 'Unset')} = UNSET")
        if self._takes_any():
            given.append("body: Any")
        if self._has_if_match():
            optional.append("if_match: int | str | None = None")
        if self.operation.method != "GET" and shape == "call":
            optional.append("idempotency_key: str | None = None")
        path = [f"{name}: {types.of(said['schema'])}" for name, said in self._path_parameters()]
        return ["self", *path, *(["/"] if path else []), *(["*"] if given or optional else []), *given, *optional]

    def _arguments(self) -> list[str]:
        found = []
        sent = [(said["name"], name) for name, said in self._query().items() if name not in ("limit", "after") or not self._is_read()]
        if sent:
            found.append(f"params={{{', '.join(f'{json!r}: {name}' for json, name in sent)}}}")
        if self._fields():
            found.append(f"body=body_of({{{', '.join(f'{field!r}: {python_name(field)}' for field in self._fields())}}})")
        elif self._takes_any():
            found.append("body=body")
        if self._has_if_match():
            found.append("if_match=if_match")
        if self.operation.method != "GET" and (self.operation.answer() or ("application/json",))[0] == "application/json":
            found.append("idempotency_key=idempotency_key")
        return found

    def _path(self) -> str:
        path = self.operation.path
        for name, said in self._path_parameters():
            path = path.replace(f"{{{said['name']}}}", f"{{part({name})}}")
        return f'f"{path}"' if "{" in path else f'"{path}"'

    def _path_parameters(self) -> list[tuple[str, dict[str, Any]]]:
        found = [(python_name(one["name"]), one) for one in self.operation.parameters("path")]
        return sorted(found, key=lambda one: self.operation.path.index(f"{{{one[1]['name']}}}"))

    def _path_names(self) -> list[str]:
        return [name for name, _ in self._path_parameters()]

    def _said_query(self) -> dict[str, dict[str, Any]]:
        return {python_name(one["name"]): one for one in self.operation.parameters("query")}

    def _query(self) -> dict[str, dict[str, Any]]:
        """The parameters of the query that a method takes. What streams and lists are walked by is not among them."""
        answer = self.operation.answer()
        ignored = set(_IGNORED_PARAMETERS) if self._is_read() else set()
        if answer and (answer[0] == "text/event-stream" or self.operation.id == "get_usage"):
            ignored |= {"format"}  # the clients read one form of it
        return {name: said for name, said in self._said_query().items() if name not in ignored}

    def _is_read(self) -> bool:
        """Whether it is a list or a stream, which the exchange walks by itself."""
        answer = self.operation.answer()
        if answer is None or self.operation.method != "GET":
            return False
        if answer[0] == "text/event-stream":
            return True
        return answer[0] == "application/json" and (listed(answer[1], self.schemas) is not None or self.verb == "list")

    def _fields(self) -> dict[str, Schema]:
        body = self.operation.body()
        return {} if body is None else fields_of(body, self.schemas)

    def _takes_any(self) -> bool:
        return self.operation.body() is not None and not self._fields()

    def _has_if_match(self) -> bool:
        return any(one["name"].lower() == "if-match" for one in self.operation.parameters("header"))


def _or(text: str, other: str) -> str:
    """A type with another choice; None comes last, as linters want it."""
    if text == "Any" or other in text.split(" | "):
        return text
    return f"{text.removesuffix(' | None')} | {other} | None" if text.endswith(" | None") else f"{text} | {other}"
