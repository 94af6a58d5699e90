"""`client.tools`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Tools(Noun[Mode]):
    """`client.tools`"""

    @listing
    def list(self, *, limit: int | None = None, origin: Literal["code", "builtin", "http", "mcp"] | None = None) -> Items[models.Tool]:
        """List tools.

        All that agents can be given, by name. Of several with one name the first is the one that they get.
        """
        return self._exchange.listing(models.Tool, "/v1/tools", params={"origin": origin}, limit=limit)

    @call
    def create(
        self,
        *,
        name: str,
        description: str,
        effect: Literal["read", "write", "money", "outside"],
        url: str,
        method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] | Unset = UNSET,
        headers: Mapping[str, str] | Unset = UNSET,
        auth: bodies.Bearer | bodies.Basic | bodies.Key | Unset | None = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        body: Any = UNSET,
        form: bool | Unset = UNSET,
        pick: str | Unset | None = UNSET,
        reversible: bool | Unset | None = UNSET,
        approval: bool | Unset | None = UNSET,
        consequence: str | Unset | None = UNSET,
        outside: bool | Unset = UNSET,
        timeout: str | Unset = UNSET,
        retries: int | Unset | None = UNSET,
        idempotent: bool | Unset = UNSET,
        rate: str | Unset | None = UNSET,
        on_uncertain: Literal["ask", "retry", "fail"] | Unset | None = UNSET,
        answer_bytes_max: int | Unset = UNSET,
        result_characters_max: int | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.WholeTool]:
        """Describe a call over HTTP.

        A tool for agents, without code. Secrets stand in it by name; workers put them in, at each call.
        """
        return self._exchange.ask(
            models.WholeTool,
            "POST",
            "/v1/tools",
            body=body_of(
                {
                    "name": name,
                    "description": description,
                    "effect": effect,
                    "method": method,
                    "url": url,
                    "headers": headers,
                    "auth": auth,
                    "parameters": parameters,
                    "body": body,
                    "form": form,
                    "pick": pick,
                    "reversible": reversible,
                    "approval": approval,
                    "consequence": consequence,
                    "outside": outside,
                    "timeout": timeout,
                    "retries": retries,
                    "idempotent": idempotent,
                    "rate": rate,
                    "on_uncertain": on_uncertain,
                    "answer_bytes_max": answer_bytes_max,
                    "result_characters_max": result_characters_max,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, tool: str, /) -> Talk[models.WholeTool]:
        """Show a tool.

        The one that agents get by this name.
        """
        return self._exchange.ask(models.WholeTool, "GET", f"/v1/tools/{part(tool)}")

    @call
    def update(
        self,
        tool: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        effect: Literal["read", "write", "money", "outside"] | Unset | None = UNSET,
        method: str | Unset | None = UNSET,
        url: str | Unset | None = UNSET,
        headers: Mapping[str, str] | Unset | None = UNSET,
        auth: bodies.Bearer | bodies.Basic | bodies.Key | Unset | None = UNSET,
        parameters: Mapping[str, Any] | Unset | None = UNSET,
        body: Any = UNSET,
        form: bool | Unset | None = UNSET,
        pick: str | Unset | None = UNSET,
        reversible: bool | Unset | None = UNSET,
        approval: bool | Unset | None = UNSET,
        consequence: str | Unset | None = UNSET,
        outside: bool | Unset | None = UNSET,
        timeout: str | Unset | None = UNSET,
        retries: int | Unset | None = UNSET,
        idempotent: bool | Unset | None = UNSET,
        rate: str | Unset | None = UNSET,
        on_uncertain: Literal["ask", "retry", "fail"] | Unset | None = UNSET,
        answer_bytes_max: int | Unset | None = UNSET,
        result_characters_max: int | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.WholeTool]:
        """Change a call over HTTP.

        Each change is a revision; a run that has begun keeps the one it began with, and gets secrets as they are.
        """
        return self._exchange.ask(
            models.WholeTool,
            "PATCH",
            f"/v1/tools/{part(tool)}",
            body=body_of(
                {
                    "name": name,
                    "description": description,
                    "effect": effect,
                    "method": method,
                    "url": url,
                    "headers": headers,
                    "auth": auth,
                    "parameters": parameters,
                    "body": body,
                    "form": form,
                    "pick": pick,
                    "reversible": reversible,
                    "approval": approval,
                    "consequence": consequence,
                    "outside": outside,
                    "timeout": timeout,
                    "retries": retries,
                    "idempotent": idempotent,
                    "rate": rate,
                    "on_uncertain": on_uncertain,
                    "answer_bytes_max": answer_bytes_max,
                    "result_characters_max": result_characters_max,
                }
            ),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, tool: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Remove a call over HTTP.

        Runs under way keep it; no later one gets it, and those of agents that name it fail with a sentence that says so.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/tools/{part(tool)}", idempotency_key=idempotency_key)

    @call
    def test(self, tool: str, /, *, arguments: Mapping[str, Any] | Unset = UNSET, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Call a tool once.

        As the caller, who is asked nothing: a worker makes the call, in a run that has its result. 409 where no worker has ever run.
        """
        return self._exchange.ask(
            models.Run, "POST", f"/v1/tools/{part(tool)}/tests", body=body_of({"arguments": arguments}), idempotency_key=idempotency_key
        )

    @call
    def import_openapi(
        self,
        *,
        source: str,
        document: Mapping[str, Any] | Unset | None = UNSET,
        url: str | Unset | None = UNSET,
        tags: Sequence[str] | Unset = UNSET,
        operations: Sequence[str] | Unset = UNSET,
        prefix: str | Unset = UNSET,
        effects: Mapping[str, Literal["read", "write", "money", "outside"]] | Unset = UNSET,
        auth: bodies.Bearer | bodies.Basic | bodies.Key | Unset | None = UNSET,
        server: str | Unset | None = UNSET,
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.ToolImport]:
        """Import an OpenAPI document.

        One tool for each operation: a read for GET and HEAD, a write for the others, unless `effects` says otherwise.

        Imported again under the same `source`, what has changed in the document changes here, and what people have set beside it
        stays.
        """
        return self._exchange.ask(
            models.ToolImport,
            "POST",
            "/v1/tool_imports",
            body=body_of(
                {
                    "source": source,
                    "document": document,
                    "url": url,
                    "tags": tags,
                    "operations": operations,
                    "prefix": prefix,
                    "effects": effects,
                    "auth": auth,
                    "server": server,
                    "dry_run": dry_run,
                }
            ),
            idempotency_key=idempotency_key,
        )

    @call
    def web_access(self) -> Talk[models.WebAccess]:
        """Show web access.

        Of `http_get`, `http_request` and `web_search`.
        """
        return self._exchange.ask(models.WebAccess, "GET", "/v1/web_access")

    @call
    def set_web_access(
        self,
        *,
        allow: Sequence[str] | Unset | None = UNSET,
        search: bodies.SearXNG | bodies.Brave | bodies.Tavily | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.WebAccess]:
        """Set web access.

        It holds from the next call on. What the operator of the server refuses is refused all the same.
        """
        return self._exchange.ask(
            models.WebAccess,
            "PUT",
            "/v1/web_access",
            body=body_of({"allow": allow, "search": search}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )
