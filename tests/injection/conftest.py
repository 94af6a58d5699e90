"""A shop whose agents obey anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowforge.skills.mcp.definition import STDIO
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.transport.place import read_places
from flowforge.transport.policy import EgressPolicy, replace_policy
from tests.agents.conftest import Shop, model_client, provider, shop, tools
from tests.agents.web_server import WebServer
from tests.injection.stage import Stage

__all__ = ["model_client", "provider", "shop", "tools"]


@pytest.fixture
def web() -> Iterator[WebServer]:
    before = replace_policy(EgressPolicy(allow=read_places("127.0.0.1", "TEST")))
    server = WebServer()
    yield server
    server.close()
    replace_policy(before)


@pytest.fixture
def stage(
    shop: Shop, web: WebServer, tools: ToolRegistry, provider: ScriptedProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.setenv(STDIO, "allow")
    built = Stage(shop, web, tmp_path)
    built.add_tools(tools)
    provider.answer_with(built.script)
    return built
