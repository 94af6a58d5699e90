"""`client.functions`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from typing import Any

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Functions(Noun[Mode]):
    """`client.functions`"""

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Function]:
        """List functions.

        Those that workers have published, by id.
        """
        return self._exchange.listing(models.Function, "/v1/functions", limit=limit)

    @call
    def start(self, function_id: str, /, *, input: Any = UNSET, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Start a run.

        Start a function by its name, without an event. 409 for one that comes with FlowForge: those start with what they work on.
        """
        return self._exchange.ask(
            models.Run, "POST", f"/v1/functions/{part(function_id)}/runs", body=body_of({"input": input}), idempotency_key=idempotency_key
        )

    @call
    def code(self) -> Talk[models.Code]:
        """Show the state of the code.

        Whether `flowforge dev` could take over what changed last. Elsewhere code does not change under a process.
        """
        return self._exchange.ask(models.Code, "GET", "/v1/code")

    @call
    def pause(self, function_id: str, /, *, reason: str | Unset | None = UNSET, idempotency_key: str | None = None) -> Talk[models.Pause]:
        """Pause a function.

        Nothing of it is leased anew for this tenant; events go on to make runs, which wait.
        """
        return self._exchange.ask(
            models.Pause,
            "PUT",
            f"/v1/functions/{part(function_id)}/pause",
            body=body_of({"reason": reason}),
            idempotency_key=idempotency_key,
        )

    @call
    def resume(self, function_id: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Resume a function.

        Its runs go on, in a fair order. Repeating it is harmless.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/functions/{part(function_id)}/pause", idempotency_key=idempotency_key)
