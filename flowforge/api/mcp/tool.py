"""A tool of MCP made of an operation of the API: its arguments are the route's own path, query and body, so the two cannot part ways."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from flowforge.access.permission import ANY_CALLER, OPEN, OPERATIONS
from flowforge.access.principal import Principal
from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.etag import etag
from flowforge.api.mcp.asking import Query
from flowforge.api.routes import ROUTERS
from flowforge.errors import InvalidInput

LIMIT_DEFAULT, LIMIT_MAX = 20, 100  # a model reads what comes: shorter pages than over HTTP
REVISION = "revision"
IDEMPOTENCY_KEY = "idempotency_key"
_TIMES = (REVISION, IDEMPOTENCY_KEY)

_REVISION_SCHEMA = {"type": "integer", "minimum": 1, "description": "Do it only while the task has this revision."}
_KEY_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "Any text of yours: the same call under the same key is done once, and answered again.",
}


@dataclass(frozen=True)
class Asked:
    """What a call of a tool asks the API."""

    method: str
    path: str
    query: Query
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Tool:
    """One tool: the operation of that id, under a name of its own. `without` leaves out what the route takes and a model has no use for;
    `more` adds arguments that `call.py` understands; `required` are arguments that the route would not insist on."""

    name: str
    operation: str
    description: str
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    more: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    destroys: bool = False
    for_people: bool = False

    @property
    def route(self) -> APIRoute:
        """The route of the operation."""
        return routes()[self.operation]

    @property
    def method(self) -> str:
        return next(iter(sorted(self.route.methods or ())))

    @property
    def reads(self) -> bool:
        return self.method in SAFE_METHODS

    def may_be_called_by(self, caller: Principal) -> bool:
        """Whether the table lets this caller in. It is asked again when the tool is called, by the route itself."""
        needed = OPERATIONS.get(self.operation)
        return (needed in (OPEN, ANY_CALLER) or needed in caller.permissions) and (caller.kind == "person" or not self.for_people)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        properties, required, definitions = dict[str, Any](), set[str](), dict[str, Any]()
        for parameter in self.route.dependant.path_params:
            properties[parameter.alias] = _schema_of(parameter)
            required.add(parameter.alias)
        for parameter in self.route.dependant.query_params:
            properties[parameter.alias] = _schema_of(parameter)
        if self.body is not None:
            whole = self.body.model_json_schema(ref_template="#/$defs/{model}")
            definitions = whole.pop("$defs", {})
            properties |= copy.deepcopy(whole.get("properties", {}))
            required |= set(whole.get("required", ()))
        for name in list(properties):
            if name in self.without or (self.only and name not in self.only):
                del properties[name]
        if "limit" in properties:
            properties["limit"] |= {"maximum": LIMIT_MAX, "default": LIMIT_DEFAULT, "examples": [LIMIT_DEFAULT]}
        properties |= {name: dict(schema) for name, schema in self.more.items()}
        if self._takes_revision:
            properties[REVISION] = dict(_REVISION_SCHEMA)
        if not self.reads:
            properties[IDEMPOTENCY_KEY] = dict(_KEY_SCHEMA)
        for one in properties.values():
            one.pop("title", None)
            if "default" in one and one["default"] is None:
                del one["default"]  # a client that fills it in would say null, which to a merge patch is something else than nothing
        schema = {"type": "object", "properties": properties, "required": sorted(required | self.required), "additionalProperties": False}
        return schema | ({"$defs": definitions} if definitions else {})

    @cached_property
    def body(self) -> type[BaseModel] | None:
        """The model of the route's body; of one that may be one or many, the model of one."""
        [annotation, *_] = [one.field_info.annotation for one in self.route.dependant.body_params] or [None]
        return next(_models_in(annotation), None)

    def read(self, arguments: Mapping[str, Any]) -> Asked:
        """What a call with these arguments asks. Raises InvalidInput that points at what cannot be asked; the route judges the rest."""
        self._check_names(arguments)
        path, query = self.route.path, list[tuple[str, str]]()
        of_path = [one.alias for one in self.route.dependant.path_params]
        of_query = [one.alias for one in self.route.dependant.query_params]
        for name in of_path:
            path = path.replace(f"{{{name}}}", _segment(name, arguments[name]))
        for name in of_query:
            value = arguments.get(name, LIMIT_DEFAULT if name == "limit" else None)
            if name == "limit" and isinstance(value, int) and value > LIMIT_MAX:
                raise InvalidInput(f"is at most {LIMIT_MAX} here", pointer="/limit")
            query += [(name, text) for text in _texts(name, value)]
        beside = {*of_path, *of_query, *self.more, *_TIMES}
        body = {name: value for name, value in arguments.items() if name not in beside} if self.body is not None else None
        return Asked(self.method, path, query, body, self._headers(arguments))

    @property
    def _takes_revision(self) -> bool:
        return any("if_match" in [one.name for one in part.header_params] for part in self.route.dependant.dependencies)

    def _check_names(self, arguments: Mapping[str, Any]) -> None:
        known = self.schema["properties"]
        for name in arguments:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                wish = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known) or 'none'}"
                raise InvalidInput(f"is no argument of {self.name}{wish}", pointer=_pointer(name))
        for name in self.schema["required"]:
            if name not in arguments:
                raise InvalidInput("is required", pointer=_pointer(name))

    def _headers(self, arguments: Mapping[str, Any]) -> dict[str, str]:
        headers = {}
        revision, key = arguments.get(REVISION), arguments.get(IDEMPOTENCY_KEY)
        if revision is not None:
            if not isinstance(revision, int) or isinstance(revision, bool) or not 0 < revision < 10**9:
                raise InvalidInput("is a whole number from 1, as get_task shows it", pointer=f"/{REVISION}")
            headers["if-match"] = etag(revision)
        if key is not None:
            if not isinstance(key, str) or not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
                raise InvalidInput("has 1 to 255 printable ASCII characters", pointer=f"/{IDEMPOTENCY_KEY}")
            headers["idempotency-key"] = key
        return headers


@cache
def routes() -> dict[str, APIRoute]:
    """All routes, by the operations that they are."""
    return {str(route.operation_id): route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}


def _schema_of(parameter: Any) -> dict[str, Any]:
    info = parameter.field_info
    schema = TypeAdapter(info.rebuild_annotation()).json_schema()
    described = {"description": info.description} if info.description else {}
    examples = {"examples": list(info.examples)} if info.examples else {}
    default = {} if info.is_required() or info.default is None else {"default": info.default}
    return schema | described | examples | default


def _models_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in get_args(annotation):
        yield from _models_in(part)


def _segment(name: str, value: Any) -> str:
    """One segment of a path. What cannot be one names nothing; an address must not lead elsewhere."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput("is a text that names something", pointer=_pointer(name))
    if "/" in value or "\0" in value or value in (".", ".."):
        raise InvalidInput(f"{value[:100]!r} names nothing: no name or id has such characters", pointer=_pointer(name))
    return value


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [text for one in value for text in _texts(name, one)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int | float):
        return [str(value)]
    raise InvalidInput("is a text, a number, a truth value, or a list of texts", pointer=_pointer(name))


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
