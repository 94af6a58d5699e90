"""Tools from an API's own OpenAPI document: one for each of its operations.

The document is data. Its references are followed within it alone, to a bounded depth; the address of the server is fixed when it is read;
what its operations are called and say is bounded. What cannot be a tool is listed with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from flowforge.errors import InvalidInput
from flowforge.skills.http.definition import DESCRIPTION_MAX, HttpToolDefinition, read_http_tool
from flowforge.skills.mcp.listing import plain
from flowforge.skills.tool import Effect

DOCUMENT_BYTES_MAX = 5 * 1024 * 1024
OPERATIONS_MAX = 500
DEPTH_MAX = 24
NODES_MAX = 5_000  # of one operation's schema, once its references stand in it
METHODS = ("get", "head", "post", "put", "patch", "delete")

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_KEPT = frozenset(
    {"type", "properties", "required", "items", "enum", "const", "description", "default", "format", "minimum", "maximum", "minLength"}
    | {"maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "additionalProperties", "anyOf", "oneOf", "allOf", "not"}
    | {"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties", "title"}
)


@dataclass(frozen=True)
class Choice:
    """Which operations become tools, and how: by tag or operation id (all, where neither is given), with a prefix, with effects that
    differ from the method's, and what is common to all: auth, headers, the server."""

    tags: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    prefix: str = ""
    effects: Mapping[str, Effect] | None = None
    auth: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    server: str | None = None


@dataclass(frozen=True)
class Reading:
    """What a document gives: definitions, and why the rest gives none."""

    title: str
    tools: tuple[HttpToolDefinition, ...]
    refused: tuple[str, ...]


def read_document(text: str) -> dict[str, Any]:
    """A document from JSON or YAML. Raises InvalidInput for what is none, or too large."""
    if len(text) > DOCUMENT_BYTES_MAX:
        raise InvalidInput(f"an OpenAPI document has at most {DOCUMENT_BYTES_MAX} characters", pointer="/document")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (ValueError, RecursionError):
        raise InvalidInput("this is neither JSON nor YAML", pointer="/document") from None
    return checked(document)


def checked(document: Any) -> dict[str, Any]:
    """The document, if it is one of OpenAPI 3. Raises InvalidInput."""
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise InvalidInput('this is no OpenAPI document of version 3: it has no "openapi": "3.…"', pointer="/document")
    if not isinstance(document.get("paths"), dict):
        raise InvalidInput("the document has no paths", pointer="/document/paths")
    return document


def read_openapi(document: Mapping[str, Any], choice: Choice, *, url: str | None = None) -> Reading:
    """The tools of a document; `url` is where it was found, for a server whose address is relative. Raises InvalidInput."""
    base = _server(document, choice, url)
    tools: dict[str, HttpToolDefinition] = {}
    refused: list[str] = []
    known: set[str] = set()
    for count, (path, method, operation, shared) in enumerate(_operations(document)):
        if count >= OPERATIONS_MAX:
            refused.append(f"the document has more than {OPERATIONS_MAX} operations; the others are left out")
            break
        where = f"{method.upper()} {plain(path, 200)}"
        id_ = str(operation.get("operationId") or "")
        known |= {id_}
        if not _is_chosen(operation, id_, choice):
            continue
        try:
            name = _name(choice.prefix, id_ or f"{method}_{path}", tools)
            tools[name] = _tool(document, name, base, path, method, operation, shared, choice)
        except InvalidInput as error:
            refused.append(f"{where}: {error.message[:300]}")
        except RecursionError:
            refused.append(f"{where}: its schema is nested too deep")
    refused += [f"{wanted}: the document has no such operation" for wanted in choice.operations if wanted not in known]
    info = document.get("info")
    return Reading(plain(str(info.get("title", "")) if isinstance(info, dict) else "", 200), tuple(tools.values()), tuple(refused))


def _server(document: Mapping[str, Any], choice: Choice, url: str | None) -> str:
    """Where calls go: fixed here, whatever the document says later."""
    if choice.server is not None:
        return choice.server.rstrip("/")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {"url": "/"}
    text = str(first.get("url", "/"))
    variables = first.get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        text = text.replace("{" + str(name) + "}", str(variable.get("default", "")) if isinstance(variable, dict) else "")
    whole = urljoin(url, text) if url is not None else text
    if not whole.lower().startswith(("http://", "https://")) or "{" in whole:
        raise InvalidInput("the document does not say where its server is", pointer="/server", hint="give server: https://api.example.com")
    return whole.rstrip("/")


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], Sequence[Any]]]:
    for path, item in document["paths"].items():
        if not isinstance(item, dict):
            continue
        shared = item.get("parameters")
        for method in METHODS:
            if isinstance(item.get(method), dict):
                yield str(path), method, item[method], shared if isinstance(shared, list) else []


def _is_chosen(operation: Mapping[str, Any], id_: str, choice: Choice) -> bool:
    if not choice.tags and not choice.operations:
        return True
    tags = operation.get("tags")
    return id_ in choice.operations or bool(set(choice.tags) & {str(tag) for tag in (tags if isinstance(tags, list) else [])})


def _name(prefix: str, text: str, taken: Mapping[str, Any]) -> str:
    bare = f"{prefix}{_NOT_IN_A_NAME.sub('_', text).strip('_')}"[:60] or "operation"
    name, number = bare, 2
    while name in taken:
        name, number = f"{bare}_{number}", number + 1
    return name


def _tool(
    document: Mapping[str, Any],
    name: str,
    base: str,
    path: str,
    method: str,
    operation: Mapping[str, Any],
    shared: Sequence[Any],
    choice: Choice,
) -> HttpToolDefinition:
    references = _References(document)
    properties: dict[str, Any] = {}
    required: list[str] = []
    query: list[str] = []
    headers = dict(choice.headers or {})
    template = path
    given = operation.get("parameters")
    own = [references.at(one) for one in (given if isinstance(given, list) else [])]
    inherited = [references.at(one) for one in shared]
    placed = {(one.get("in"), one.get("name")): one for one in (*inherited, *own) if isinstance(one, dict)}
    for (place, original), one in placed.items():
        variable = _variable(str(original), properties)
        if place == "path":
            template = template.replace("{" + str(original) + "}", "{" + variable + "}")
        elif place == "query":
            query.append(f"{_NOT_IN_A_QUERY.sub(_percent, str(original))}={{{variable}}}")
        elif place == "header" and str(original).lower() not in ("accept", "content-type", "authorization"):
            headers[str(original)] = "{" + variable + "}"
        else:
            continue
        properties[variable] = {**references.resolved(one.get("schema", {})), **_described(one)}
        if place == "path" or one.get("required") is True:
            required.append(variable)
    body, form = _body(references, operation, properties, required)
    effects = choice.effects or {}
    id_ = str(operation.get("operationId") or "")
    effect: Effect = effects.get(id_) or effects.get(name) or ("read" if method in ("get", "head") else "write")
    said = " ".join(str(operation.get(part) or "") for part in ("summary", "description")).strip()
    definition = {
        "name": name,
        "description": plain(said, DESCRIPTION_MAX - 100) or f"{method.upper()} {path}"[:300],
        "effect": effect,
        "method": method.upper(),
        "url": base + template + (f"?{'&'.join(query)}" if query else ""),
        "parameters": {"type": "object", "properties": properties, "required": required, "additionalProperties": False},
    }
    more = {"headers": headers, "auth": choice.auth, "body": body, "form": form}
    return read_http_tool({**definition, **{key: value for key, value in more.items() if value}})


_NOT_IN_A_QUERY = re.compile(r"[^A-Za-z0-9_.~\[\]-]")


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _variable(original: str, taken: Mapping[str, Any]) -> str:
    """A parameter's name as a variable can have it."""
    bare = re.sub(r"[^A-Za-z0-9_.\-]+", "_", original)[:60].strip("_") or "value"
    if not bare[0].isalpha() and bare[0] != "_":
        bare = f"_{bare}"
    name, number = bare, 2
    while name in taken:
        name, number = f"{bare}_{number}", number + 1
    return name


def _described(parameter: Mapping[str, Any]) -> dict[str, Any]:
    text = parameter.get("description")
    return {"description": plain(text, 500)} if isinstance(text, str) and text else {}


def _body(references: _References, operation: Mapping[str, Any], properties: dict[str, Any], required: list[str]) -> tuple[Any, bool]:
    """The body's template, and whether it is a form. Its members become parameters; a body that is no object is one parameter."""
    described = references.at(operation.get("requestBody"))
    content = described.get("content") if isinstance(described, dict) else None
    if not isinstance(content, dict) or not content:
        return None, False
    kinds = {str(kind).partition(";")[0].strip(): one for kind, one in content.items()}
    kind = next((kind for kind in kinds if kind == "application/json" or kind.endswith("+json")), None)
    form = kind is None and "application/x-www-form-urlencoded" in kinds
    if kind is None and not form:
        raise InvalidInput(f"its body is of a kind that a tool cannot send: {', '.join(kinds)[:200]}")
    one = kinds[kind or "application/x-www-form-urlencoded"]
    schema = references.resolved(one.get("schema", {}) if isinstance(one, dict) else {})
    members = schema.get("properties")
    if schema.get("type", "object") != "object" or not isinstance(members, dict) or not members:
        name = _variable("body", properties)
        properties[name] = schema
        if described.get("required") is True:
            required.append(name)
        return "{" + name + "}", form
    template: dict[str, str] = {}
    wanted = schema.get("required")
    for original, member in members.items():
        name = _variable(str(original), properties)
        properties[name] = member
        template[str(original)] = "{" + name + "}"
        if isinstance(wanted, list) and original in wanted and described.get("required") is not False:
            required.append(name)
    return template, form


class _References:
    """The `$ref`s of one document, followed within it. Raises InvalidInput for one that leads out of it, or around in a circle."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._nodes = 0

    def at(self, value: Any) -> Any:
        """The value, or what it refers to."""
        for _ in range(DEPTH_MAX):
            if not isinstance(value, dict) or "$ref" not in value:
                return value if value is not None else {}
            value = self._find(value["$ref"])
        raise InvalidInput("a $ref leads around in a circle")

    def resolved(self, schema: Any, within: tuple[str, ...] = ()) -> Any:
        """A schema with its references in place. One that holds itself ends in `{}`, any value, where it would begin again."""
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise InvalidInput(f"its schema has more than {NODES_MAX} parts")
        if isinstance(schema, dict) and "$ref" in schema:
            if schema["$ref"] in within:
                return {}
            within = (*within, str(schema["$ref"]))
        schema = self.at(schema)
        if not isinstance(schema, dict):
            return {}
        kept = {key: self._part(key, value, within) for key, value in schema.items() if key in _KEPT}
        if schema.get("nullable") is True and isinstance(kept.get("type"), str):
            kept["type"] = [kept["type"], "null"]
        for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(kept.get(bound), bool) and kept.pop(bound) and limit in kept:  # as OpenAPI 3.0 writes it
                kept[bound] = kept.pop(limit)
        return kept

    def _part(self, key: str, value: Any, within: tuple[str, ...]) -> Any:
        if key == "properties" and isinstance(value, dict):
            return {str(name): self.resolved(one, within) for name, one in value.items()}
        if key in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
            return [self.resolved(one, within) for one in value]
        if key in ("items", "additionalProperties", "not") and isinstance(value, dict):
            return self.resolved(value, within)
        if key in ("description", "title") and isinstance(value, str):
            return plain(value, 500)
        return value

    def _find(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise InvalidInput(f"a $ref leads out of the document: {str(reference)[:100]}")
        value: Any = self._document
        for part in reference[2:].split("/"):
            step = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or step not in value:
                raise InvalidInput(f"a $ref leads nowhere: {reference[:100]}")
            value = value[step]
        return value


def _yaml(text: str) -> Any:
    import yaml  # 20 ms, needed only here

    if re.search(r"^\s*[^#\n]*[:\-]\s+[&*][A-Za-z0-9_]", text, re.MULTILINE):
        raise InvalidInput("a document in YAML with anchors is not read: a few lines of them can stand for gigabytes", pointer="/document")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError from error
