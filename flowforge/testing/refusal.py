"""What a test is told that would reach a model: a refusal at once, instead of a call that costs money."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from flowforge.errors import FlowForgeError
from flowforge.orchestrator.models.client import (
    EmbeddingReply,
    EmbeddingRequest,
    ModelClient,
    ModelReply,
    ModelRequest,
    OnDelta,
    set_client,
)

_OURS = "flowforge.orchestrator.models."  # the clients that call providers


class CassetteError(FlowForgeError):
    """A test and its cassette do not agree. Not retried: the next attempt would ask the same."""

    retryable = False


class NoModelCalls:
    """A client that refuses: put it in place where a test must not reach any model (`set_client(NoModelCalls())`).

    `instead_of` is the client whose place it takes; `scripted_model` and cassettes bring that one back while they last.
    """

    def __init__(self, instead_of: ModelClient | None = None) -> None:
        self.instead_of = instead_of

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self._refuse(request.model)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        self._refuse(request.model)

    async def close(self) -> None:
        return None

    def _refuse(self, model: str) -> NoReturn:
        raise CassetteError(
            f"a test called the model {model}",
            hint="give it the fixture scripted_model or @pytest.mark.cassette(name); @pytest.mark.model_calls lets it call for real",
        )


def client_in_place() -> ModelClient | None:
    """The client that was set; None where the default one has not been made yet."""
    present = set_client(None)
    set_client(present)
    return present


@contextmanager
def calls_refused() -> Iterator[None]:
    """No model is called while this lasts. A client that somebody put in place of ours stays: it is a test's own."""
    before = client_in_place()
    if before is not None and not type(before).__module__.startswith(_OURS):
        yield
        return
    guard = NoModelCalls(before)
    set_client(guard)
    try:
        yield
    finally:
        if client_in_place() is guard:
            set_client(guard.instead_of)


@contextmanager
def calls_allowed() -> Iterator[None]:
    """Models are called again while this lasts, where a guard had refused it."""
    guard = client_in_place()
    if not isinstance(guard, NoModelCalls):
        yield
        return
    set_client(guard.instead_of)
    try:
        yield
    finally:
        guard.instead_of = set_client(guard)
