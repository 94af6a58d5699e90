"""What a type checker sees of the steps."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest


@pytest.mark.thorough
@pytest.mark.long
def test_the_types_of_steps_are_those_of_what_they_are_given(tmp_path: Path) -> None:
    program = """
        import asyncio
        from datetime import datetime
        from typing import Any, assert_type
        from uuid import UUID
        from flowforge.errors import StepError
        from flowforge.orchestrator.context import Context, Event
        from flowforge.orchestrator.steps.events import awaited
        from flowforge.steps import step

        async def size(name: str) -> int:
            return len(name)

        def sync_size(name: str) -> int:
            return len(name)

        async def types(ctx: Context[dict[str, int]]) -> None:
            assert_type(await step.map("a", size, ["x"]), list[int])
            assert_type(await step.map("a", sync_size, ("x", "y"), concurrency=2), list[int])
            assert_type(await step.map("a", size, ["x"], return_exceptions=True), list[int | StepError])
            assert_type(await step.map("a", sync_size, ["x"], return_exceptions=True), list[int | StepError])
            both = await asyncio.gather(step.map("a", size, ["x"]), step.run("b", size, "x"))
            assert_type(both, tuple[list[int], int])
            step.map("a", size, [1])  # type: ignore[arg-type]
            assert_type(await step.sleep_until("s", datetime.max), None)
            assert_type(await step.wait_for_event("e", event=["a", awaited("b", if_="true")]), Event[Any])
            assert_type(await step.wait_for_events("e", all_of=["a", "b"]), list[Event[Any]])
            assert_type(await step.wait_for_signal("s", signal="s"), Any)
            assert_type(await step.signal("s", "run", "s"), None)
            assert_type(await step.invoke("i", "f", timeout="1h"), Any)
            assert_type(await step.options(retries=1, timeout="1s", on_uncertain="fail").run("r", size, "x"), int)
            assert_type(ctx.now(), datetime)
            assert_type(ctx.uuid(), UUID)
            assert_type(ctx.random(), float)
            assert_type(ctx.progress(0.5, "half"), None)
    """
    file = tmp_path / "a_users_program.py"
    file.write_text(textwrap.dedent(program))
    mypy = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}/cache", str(file)]
    checked = subprocess.run(mypy, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
