from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from flowforge.orchestrator.models.client import ModelClient
from flowforge.testing.scripted_provider import ScriptedProvider
from tests.models.conformance.core import CORE, Terms, script


@pytest.mark.parametrize("check", CORE, ids=lambda check: check.__name__)
async def test_the_core(
    check: Callable[[Terms], Awaitable[None]], client: ModelClient, provider: ScriptedProvider, model: str, stream: bool
) -> None:
    provider.answer_with(script)
    await check(Terms(client, model, stream))
