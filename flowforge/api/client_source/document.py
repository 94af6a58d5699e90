"""The OpenAPI document, without a database: what the routes say, and nothing that is running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from flowforge.api.app import create_app
from flowforge.api.client_source.names import NOT_CALLED
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings

Schema = dict[str, Any]


@cache
def openapi_document() -> dict[str, Any]:
    """The document of this FlowForge. It is made once, and not to be changed."""
    return create_app(Database("postgresql://nowhere"), settings=Settings(), bell=Bell()).openapi()


@dataclass(frozen=True)
class Operation:
    """One route and method, as the document has it."""

    id: str
    method: str
    path: str
    said: dict[str, Any]

    def parameters(self, place: str) -> list[dict[str, Any]]:
        return [one for one in self.said.get("parameters", []) if one["in"] == place]

    def body(self) -> Schema | None:
        content = self.said.get("requestBody", {}).get("content", {})
        found: Schema | None = content["application/json"]["schema"] if "application/json" in content else None
        return found

    def answer(self) -> tuple[str, Schema] | None:
        """Media type and schema of what it answers when all is well; JSON where there is a choice; None for nothing."""
        for status, response in self.said["responses"].items():
            if status.startswith("2") and (content := response.get("content")):
                media_type = "application/json" if "application/json" in content else next(iter(content))
                return media_type, content[media_type].get("schema", {})
        return None


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """All operations that the clients are to have a method for, in the document's order."""
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if said["operationId"] not in NOT_CALLED:
                yield Operation(said["operationId"], method.upper(), path, said)
