"""Waits are asked about together, and one that cannot be asked about is nobody else's trouble."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.waits import Outcome
from flowforge.orchestrator.worker import looker as looker_module
from flowforge.orchestrator.worker.looker import Looker


@dataclass
class Wait:
    name: str
    kind: str = "probe"
    answers: list[Any] = field(default_factory=list)
    execution: Any = field(default_factory=lambda: SimpleNamespace(tenant_id=DEFAULT_TENANT))

    def pending(self) -> str:
        return self.name

    def looked(self, outcome: Any, final: bool) -> None:
        self.answers.append(outcome)


@pytest.mark.parametrize("error", [asyncpg.CharacterNotInRepertoireError("NUL"), ValueError("no such text")], ids=["database", "driver"])
async def test_a_wait_that_the_database_refuses_fails_and_its_neighbours_are_answered(database, monkeypatch, error):
    async def look(_: Any, waits: list[str]) -> list[Outcome]:
        if "poison" in waits:
            raise error
        return [Outcome(value=name) for name in waits]

    monkeypatch.setattr(looker_module, "look_of", lambda kind: look)
    looker, waits = Looker(database), [Wait("a"), Wait("poison"), Wait("b")]
    for wait in waits:
        looker.submit(wait, final=False)  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        while not all(wait.answers for wait in waits):
            await asyncio.sleep(0.01)
    a, poison, b = (wait.answers[0] for wait in waits)
    assert (a.value, b.value, poison.error["type"]) == ("a", "b", type(error).__name__)
