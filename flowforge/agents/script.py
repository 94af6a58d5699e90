"""Scripts of skills: run in the sandbox with the skill's files around them, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput
from flowforge.sandbox.limits import MIB, SandboxLimits
from flowforge.sandbox.sandbox import Sandbox
from flowforge.skills.registry import load_tree
from flowforge.skills.version import SkillVersion

SCRIPT_SECONDS_MAX = 60.0
OUTPUT_CHARACTERS_MAX = 50_000
LIMITS = SandboxLimits(wall_seconds=SCRIPT_SECONDS_MAX, cpu_seconds=30, memory_bytes=512 * MIB, output_bytes=1 * MIB)

# An isolated interpreter does not look beside its script for modules; one of a skill's may.
_RUN_PYTHON = """
import os, runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""

_sandboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Sandbox] = WeakKeyDictionary()


async def run_script(
    connection: Connection, tenant_id: UUID, version: SkillVersion, script: str, args: Sequence[str], given: str
) -> dict[str, Any]:
    """What the script wrote and how it ended: `exit` is its code, None when it was ended; `reason` says by what.

    Raises SandboxUnavailable where nothing can be shut in, NotFound and InvalidInput for what is no script of the skill.
    """
    if not script.startswith("scripts/") or not script.endswith((".py", ".sh")):
        raise InvalidInput(f"{script[:200]!r} is no script", pointer="/script", hint="scripts lie in scripts/ and end with .py or .sh")
    if any("\0" in word for word in args):
        raise InvalidInput("an argument holds a NUL character", pointer="/args")
    if script not in {file.path for file in version.files}:
        raise InvalidInput(f"{version.title} has no {script[:200]}", pointer="/script")
    tree = await load_tree(connection, tenant_id, version)
    python = script.endswith(".py")
    result = await _sandbox().run(
        [script, *args] if python else ["/bin/sh", script, *args],
        source=_RUN_PYTHON if python else None,
        files=tree,
        stdin=given.encode(),
        limits=LIMITS,
    )
    return {
        "ok": result.ok,
        "reason": result.reason,
        "exit": result.exit,
        "stdout": _text(result.stdout),
        "stderr": _text(result.stderr),
    }


def _sandbox() -> Sandbox:
    """One for each event loop: it counts how many programs run at a time."""
    loop = asyncio.get_running_loop()
    if loop not in _sandboxes:
        _sandboxes[loop] = Sandbox(limits=LIMITS)
    return _sandboxes[loop]


def _text(written: bytes) -> str:
    text = written.decode(errors="replace").replace("\0", "\ufffd")
    if len(text) <= OUTPUT_CHARACTERS_MAX:
        return text
    half = OUTPUT_CHARACTERS_MAX // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"
