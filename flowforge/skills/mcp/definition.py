"""What an MCP server is to us: how it is reached, with which secrets, and what its calls may take."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from flowforge.durations import seconds
from flowforge.errors import InvalidInput
from flowforge.secrets.resolve import PLACEHOLDER
from flowforge.skills.http.definition import SecretName, Text
from flowforge.skills.rate import read_rate
from flowforge.transport.failure import EgressRefused
from flowforge.transport.policy import process_policy

STDIO = "FLOWFORGE_MCP_STDIO"
TIMEOUT_SECONDS_MAX = 600.0
NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"  # in front of its tools' names, of which it leaves room for half

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = frozenset(
    {"host", "content-length", "content-type", "accept", "transfer-encoding", "connection", "te", "upgrade", "expect", "trailer"}
)


class Stdio(BaseModel):
    """A program that a worker starts and speaks to through its standard input and output. Allowed where the operator says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["stdio"]
    command: Annotated[Text, Field(min_length=1, max_length=1000, examples=["uvx"])]
    args: Annotated[tuple[Annotated[Text, Field(max_length=4000)], ...], Field(max_length=100)] = ()
    env: Annotated[
        dict[Annotated[Text, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")], Annotated[Text, Field(max_length=4000)]],
        Field(max_length=100),
    ] = {}


class Http(BaseModel):
    """A server at an address, by streamable HTTP. `bearer` names a secret; other headers may hold `{{secret:name}}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["http"]
    url: Annotated[Text, Field(max_length=2000, examples=["https://mcp.example.com/mcp"])]
    headers: Annotated[dict[Text, Annotated[Text, Field(max_length=2000)]], Field(max_length=50)] = {}
    bearer: SecretName | None = None

    @field_validator("url")
    @classmethod
    def _callable(cls, url: str, info: ValidationInfo) -> str:
        if info.context is not None and info.context.get("stored"):
            return url
        try:
            if "{" in url or not url.isprintable():
                raise httpx.InvalidURL("a brace")
            process_policy().check_url(httpx.URL(url))
        except EgressRefused as error:
            raise ValueError(error.message) from None
        except (httpx.InvalidURL, UnicodeError):
            raise ValueError("this is no address, as https://mcp.example.com/mcp is one") from None
        return url

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"{name[:100]!r} is no header that can be set")
            if not value.isprintable() or not value.isascii():
                raise ValueError(f"{name} holds more than printable ASCII")
        return headers


class McpServerDefinition(BaseModel):
    """A server whose tools agents can use. A tool is called `<server>__<tool>` here; `only` leaves out the others.

    Its tools have the effect `outside` until a person says otherwise: what a server says of itself is a hint, and lowers nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(pattern=NAME_PATTERN, examples=["tracker"])]
    description: Annotated[Text, Field(max_length=1000)] = ""
    transport: Annotated[Stdio | Http, Field(discriminator="kind")]
    only: Annotated[tuple[Annotated[Text, Field(min_length=1, max_length=200)], ...] | None, Field(max_length=500)] = None
    timeout: Annotated[Text, Field(max_length=20, description="of one call", examples=["60s"])] = "60s"
    rate: Annotated[Text | None, Field(max_length=20, description="of each of its tools", examples=["60/min"])] = None

    @field_validator("timeout")
    @classmethod
    def _bounded(cls, text: str) -> str:
        try:
            length = seconds(text)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        if not 0 < length <= TIMEOUT_SECONDS_MAX:
            raise ValueError(f"must lie above 0 s and within {TIMEOUT_SECONDS_MAX:g} s")
        return text

    @field_validator("rate")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        try:
            read_rate(text)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return text

    @property
    def secrets(self) -> set[str]:
        """The names of the secrets that a connection needs."""
        match self.transport:
            case Stdio(env=env):
                texts, more = list(env.values()), set[str]()
            case Http(headers=headers, bearer=bearer):
                texts, more = list(headers.values()), {bearer} if bearer else set()
        return {name for text in texts for name in PLACEHOLDER.findall(text)} | more


def read_mcp_server(body: Any) -> McpServerDefinition:
    """The definition in `body`. Raises InvalidInput with a pointer to the first field that does not fit, and for a program where none may
    be started."""
    try:
        definition = McpServerDefinition.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = [str(part) for part in first["loc"] if part not in ("stdio", "http")]
        pointer = "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in where)
        raise InvalidInput(f"{pointer or 'the server'}: {first['msg'].removeprefix('Value error, ')}", pointer=pointer) from None
    except RecursionError:
        raise InvalidInput("it is nested too deep") from None
    if definition.transport.kind == "stdio" and not stdio_allowed():
        raise InvalidInput(
            "this server starts no programs for tools",
            pointer="/transport/kind",
            hint=f"its operator can allow them with {STDIO}=allow: such a program runs with the worker's rights",
        )
    return definition


def stdio_allowed(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator lets workers start MCP servers as programs."""
    return environment.get(STDIO, "") == "allow"
