"""What an HTTP tool is: the part that people write, every change of which is a new revision."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from flowforge.durations import seconds
from flowforge.errors import InvalidInput, RegistrationError
from flowforge.secrets.resolve import PLACEHOLDER
from flowforge.secrets.secret import check_name as check_secret_name
from flowforge.skills.http.template import UrlTemplate, variables_in
from flowforge.skills.parameters import Parameters
from flowforge.skills.rate import read_rate
from flowforge.skills.tool import RESULT_CHARACTERS_MAX, RESULT_STORED_MAX, Effect, OnUncertain
from flowforge.transport.failure import EgressRefused
from flowforge.transport.policy import process_policy

DEFINITION_BYTES_MAX = 128 * 1024
DESCRIPTION_MAX = 8_000
SCHEMA_DEPTH_MAX = 40
TIMEOUT_SECONDS_MAX = 300.0

# What the transport says of the connection or the body by itself: a tool that says otherwise would have two requests in one.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer", "proxy-authorization"}
)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    return text


def _secret(name: str) -> str:
    try:
        check_secret_name(name)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    return name


Text = Annotated[str, AfterValidator(_storable)]
SecretName = Annotated[Text, Field(max_length=100), AfterValidator(_secret)]


class Bearer(BaseModel):
    """`Authorization: Bearer …`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["bearer"]
    secret: SecretName


class Basic(BaseModel):
    """`Authorization: Basic …`: a user, and a password that is a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["basic"]
    username: Annotated[Text, Field(max_length=200, pattern=r"^[^:\r\n]*$")]
    secret: SecretName


class Key(BaseModel):
    """An API key, in a header or in the query."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["api_key"]
    name: Annotated[Text, Field(max_length=100, pattern=_HEADER.pattern, description="of the header or of the query's parameter")]
    secret: SecretName
    place: Annotated[Literal["header", "query"], Field(description="where the key stands")] = "header"


Auth = Annotated[Bearer | Basic | Key, Field(discriminator="kind")]


class HttpToolFields(BaseModel):
    """One call over HTTP that agents may make.

    `{name}` in the URL, a header or the body stands for an argument. Arguments that stand nowhere are the body's members, as JSON, for
    POST, PUT and PATCH. `{{secret:name}}` in a header is resolved in the worker, at each call. `outside` says that what comes back was
    written elsewhere and may try to give orders: take it back only for an API whose every text is yours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["get_order"])]
    description: Annotated[
        Text, Field(min_length=1, max_length=DESCRIPTION_MAX, description="for the model: what it does, and when to use it")
    ]
    effect: Effect
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[Text, Field(max_length=2000, examples=["https://api.example.com/orders/{order}"])]
    headers: Annotated[dict[Text, Annotated[Text, Field(max_length=2000)]], Field(max_length=50)] = {}
    auth: Auth | None = None
    parameters: Annotated[dict[str, Any], Field(description="JSON Schema of an object")] = {"type": "object", "properties": {}}
    body: Annotated[Any, Field(description="a JSON value with variables; without it the arguments that stand nowhere else")] = None
    form: Annotated[bool, Field(description="send the body as a form, not as JSON")] = False
    pick: Annotated[
        Text | None, Field(max_length=500, pattern=r"^(/.*)?$", description="JSON pointer to the part of an answer that counts")
    ] = None
    reversible: bool | None = None
    approval: bool | None = None
    consequence: Annotated[Text | None, Field(max_length=300)] = None
    outside: bool = True
    timeout: Annotated[Text, Field(max_length=20, examples=["30s"])] = "30s"
    retries: Annotated[int | None, Field(ge=0, le=20)] = None
    idempotent: Annotated[bool, Field(description="it acts once for each Idempotency-Key, so that a call may be repeated")] = False
    rate: Annotated[Text | None, Field(max_length=20, examples=["60/min"])] = None
    on_uncertain: OnUncertain | None = None
    answer_bytes_max: Annotated[int, Field(ge=1, le=10 * 1024 * 1024)] = 1024 * 1024
    result_characters_max: Annotated[int, Field(ge=1_000, le=RESULT_STORED_MAX)] = RESULT_CHARACTERS_MAX


class HttpToolDefinition(HttpToolFields):
    """The same, as it is kept: checked as a whole. Addresses are checked against the egress policy, names are not looked up yet."""

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"{name[:100]!r} is no header that a tool can set")
            if any(ord(character) < 32 or ord(character) == 127 for character in value):
                raise ValueError(f"{name} holds a control character")
        if len({name.lower() for name in headers}) < len(headers):
            raise ValueError("one header is set twice")
        return headers

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> HttpToolDefinition:
        if info.context is not None and info.context.get("stored"):
            return self
        try:
            self._check()
        except RegistrationError as error:
            raise ValueError(f"parameters: {error.message}") from None
        except InvalidInput as error:
            raise ValueError(f"{error.pointer.strip('/')}: {error.message}" if error.pointer else error.message) from None
        return self

    def _check(self) -> None:
        if PLACEHOLDER.search(self.url) or "{{secret" in json.dumps(self.body):
            raise InvalidInput("a secret stands in a header, or in auth; nowhere else")
        template = UrlTemplate.of(self.url)
        try:
            process_policy().check_url(httpx.URL(template.origin))
        except (httpx.InvalidURL, UnicodeError):
            raise InvalidInput("this is no address", pointer="/url") from None
        except EgressRefused as refusal:
            raise InvalidInput(refusal.message, pointer="/url") from None
        read_rate(self.rate)
        if self.retries and self.effect != "read" and not self.idempotent:
            raise InvalidInput(f"it is not retried by itself, since its effect is {self.effect}", pointer="/retries")
        if not 0 < seconds(self.timeout) <= TIMEOUT_SECONDS_MAX:
            raise InvalidInput(f"must lie above 0 s and within {TIMEOUT_SECONDS_MAX:g} s", pointer="/timeout")
        if self.method in ("GET", "HEAD") and self.body is not None:
            raise InvalidInput(f"a {self.method} has none", pointer="/body")
        self._check_parameters(template.variables)

    def _check_parameters(self, in_url: set[str]) -> None:
        check_depth(self.parameters)
        parameters = Parameters.of_schema(self.parameters, self.name)
        known = parameters.schema.get("properties", {})
        headers = {name: PLACEHOLDER.sub("", value) for name, value in self.headers.items()}
        for name in sorted({*in_url, *variables_in(headers), *variables_in(self.body)}):
            if name not in known:
                raise InvalidInput(f"{{{name}}} is no parameter", hint=f"there are: {', '.join(known) or 'none'}")


def check_depth(value: Any) -> None:
    """Raises InvalidInput for a schema that is nested too deep, is too large, or points out of itself."""
    if len(json.dumps(value)) > DEFINITION_BYTES_MAX:
        raise InvalidInput(f"it is larger than {DEFINITION_BYTES_MAX} bytes", pointer="/parameters")
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > SCHEMA_DEPTH_MAX:
            raise InvalidInput(f"it is nested deeper than {SCHEMA_DEPTH_MAX} levels", pointer="/parameters")
        if isinstance(one, dict):
            for key, inner in one.items():
                if key in ("$ref", "$dynamicRef") and isinstance(inner, str) and not inner.startswith("#"):
                    raise InvalidInput(f"a $ref leads out of the schema: {inner[:100]}", pointer="/parameters")
                waiting.append((inner, depth + 1))
        elif isinstance(one, list):
            waiting.extend((inner, depth + 1) for inner in one)


def read_http_tool(body: Any) -> HttpToolDefinition:
    """The definition in `body`. Raises InvalidInput with a pointer to the first field that does not fit."""
    try:
        if len(json.dumps(body)) > DEFINITION_BYTES_MAX:
            raise InvalidInput(f"a tool's definition has at most {DEFINITION_BYTES_MAX} bytes")
        return HttpToolDefinition.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        where = [str(part) for part in first["loc"] if part not in ("bearer", "basic", "api_key")]
        told = re.match(r"([a-z_]+): ", message) if not where else None
        if told is not None and told[1] in HttpToolDefinition.model_fields:
            where, message = [told[1]], message[told.end() :]
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in where)
        raise InvalidInput(f"{pointer or 'the tool'}: {message}", pointer=pointer) from None
    except RecursionError:
        raise InvalidInput("it is nested too deep") from None


def patched(definition: HttpToolDefinition, patch: dict[str, Any]) -> HttpToolDefinition:
    """The definition after a JSON merge patch at its first level; `parameters`, `body` and `auth` are replaced whole. Null: the default."""
    whole: dict[str, Any] = {**definition.model_dump(mode="json", exclude_unset=True), **patch}
    return read_http_tool({name: value for name, value in whole.items() if value is not None})
