"""A registry of a test's own, and a model client that follows a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flowforge.orchestrator.models.client import ModelRequest, set_client
from flowforge.orchestrator.registry import Registry
from tests.testing.evaluation.scripted_client import ScriptedClient


@pytest.fixture
def functions() -> Registry:
    return Registry()


@pytest.fixture
def answers() -> Iterator[Callable[..., ScriptedClient]]:
    """`answers(script)`: from now on every model answers by it."""
    before = set_client(None)

    def use(script: Callable[[ModelRequest], Any], **options: Any) -> ScriptedClient:
        client = ScriptedClient(script, **options)
        set_client(client)
        return client

    yield use
    set_client(before)
