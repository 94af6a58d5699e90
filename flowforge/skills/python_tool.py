"""Python that a model writes, run where it can touch nothing: no network, no files but those it is given, bounded time, memory and output.

Its effect is `read`: it changes nothing outside. Its result is not from outside: it is made of what the conversation had already.
"""

from __future__ import annotations

from typing import Any

from flowforge.errors import SandboxUnavailable
from flowforge.sandbox.limits import MIB, SandboxLimits
from flowforge.sandbox.result import SandboxResult
from flowforge.sandbox.sandbox import Sandbox
from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed, bounded
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Tool

LIMITS = SandboxLimits(wall_seconds=30.0, cpu_seconds=20, memory_bytes=512 * MIB, output_bytes=256 * 1024, returned_bytes=1 * MIB)
SHOWN_CHARACTERS_MAX = 100_000  # of stdout, and of each file
FILES_MAX = 20

_ENDED = {
    "time": f"it took longer than {LIMITS.wall_seconds:g} s",
    "cpu": f"it took more than {LIMITS.cpu_seconds} s of the processor",
    "memory": f"it took more than {LIMITS.memory_bytes // MIB} MiB of memory",
    "output": f"it wrote more than {LIMITS.output_bytes} bytes",
    "files": "it made more files, or larger ones, than it may",
    "broken": "it ended what was watching it",
}


class Workshop:
    """The sandbox of one worker, which runs a few programs at a time."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(limits=LIMITS)

    async def close(self) -> None:
        """Nothing is left of a program that has ended."""


async def _python(code: str, files: dict[str, str] | None = None) -> dict[str, Any]:
    workshop = ToolCaller.now().scope.execution.host.keep("python", Workshop)
    given = {name: text.encode() for name, text in (files or {}).items()}
    try:
        result = await workshop.sandbox.run(source=code, files=given, outputs=["*"])
    except SandboxUnavailable as error:
        raise ToolFailed(f"Python is not run here: {error.message}") from None
    return _told(result, given)


def _told(result: SandboxResult, given: dict[str, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = {"exit": result.exit, "stdout": _text(result.stdout)}
    if result.stderr:
        told["stderr"] = _text(result.stderr)[-10_000:]
    if result.reason != "ended":
        told["ended"] = _ENDED[result.reason]
    made = {name: data for name, data in sorted(result.files.items()) if given.get(name) != data}
    if made:
        told["files"] = {name: _text(data) for name, data in list(made.items())[:FILES_MAX]}
    return told


def _text(data: bytes) -> str:
    try:
        return bounded(data.decode(), SHOWN_CHARACTERS_MAX)
    except UnicodeDecodeError:
        return f"({len(data)} bytes that are no text)"


PYTHON = Tool(
    "python",
    _python,
    "Run a Python 3 program, of its standard library alone, with no network and 30 s. It says what it prints; files that it leaves in its"
    " directory come back as text. Nothing stays for the next call.",
    Parameters.of_schema(
        {
            "type": "object",
            "properties": {
                "code": {"type": "string", "minLength": 1, "maxLength": 100_000},
                "files": {
                    "type": "object",
                    "description": "texts by file name, put beside the program",
                    "additionalProperties": {"type": "string", "maxLength": 1_000_000},
                    "maxProperties": 50,
                },
            },
            "required": ["code"],
            "additionalProperties": False,
        },
        "python",
    ),
    "read",
    origin="builtin",
    public=True,  # it has only what the model gave it
    timeout=LIMITS.wall_seconds + 60,  # it may have to wait for its turn
)
