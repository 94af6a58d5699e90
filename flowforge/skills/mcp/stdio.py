"""A program that speaks MCP through its standard input and output: started with an environment of its own, ended with its connection.

Its lines are bounded in length, what it says unasked in number, and lines that are no messages too. It ends when its worker does, however
that ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from flowforge.skills.failure import ToolFailed

LINE_BYTES_MAX = 4 * 1024 * 1024
UNASKED_MAX = 1_000  # messages in a row that answer nothing
UNREADABLE_MAX = 100  # lines that are no messages, in all: some servers log to their output
END_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


class Program:
    """A program that is running. `failure` says why it cannot be spoken with any more."""

    def __init__(self) -> None:
        self.failure: str | None = None
        self.said = ""  # the last lines of its standard error


@asynccontextmanager
async def speak(program: Program, command: str, args: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[Streams]:
    """Start it, and give the streams that the library speaks through. Raises ToolFailed where it cannot be started."""
    with tempfile.TemporaryDirectory(prefix="flowforge-mcp-", ignore_cleanup_errors=True) as directory:
        process = await _start(command, args, env, directory)
        to_us, inbox = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outbox, from_us = anyio.create_memory_object_stream[SessionMessage](0)
        tasks = [
            asyncio.create_task(_listen(program, process, to_us)),
            asyncio.create_task(_tell(process, from_us, to_us)),
            asyncio.create_task(_note(program, process)),
        ]
        try:
            yield inbox, outbox
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for stream in (to_us, inbox, outbox, from_us):
                stream.close()
            await _end(process)


async def _start(command: str, args: Sequence[str], env: Mapping[str, str], directory: str) -> asyncio.subprocess.Process:
    base = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": directory, "TMPDIR": directory, "LANG": "C.UTF-8"}
    try:
        return await asyncio.create_subprocess_exec(
            command,
            *args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**base, **env},
            cwd=directory,
            limit=LINE_BYTES_MAX,
            start_new_session=True,
            preexec_fn=_end_with_worker if sys.platform == "linux" else None,
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(f"{command[:200]} cannot be started: {getattr(error, 'strerror', None) or error}") from None


_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_worker() -> None:
    """The kernel ends the program when the worker is gone, also one that was killed."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _listen(program: Program, process: asyncio.subprocess.Process, to_us: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    assert process.stdout is not None
    unasked = unreadable = 0
    with to_us, contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # asyncio's word for a line beyond its limit
                program.failure = f"it sent a line of more than {LINE_BYTES_MAX} bytes"
                return
            if not line:
                program.failure = program.failure or "it has ended"
                return
            if not line.strip():
                continue
            try:
                message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except (ValueError, RecursionError):
                unreadable += 1
                if unreadable > UNREADABLE_MAX:
                    program.failure = f"it sent more than {UNREADABLE_MAX} lines that are no messages"
                    return
                continue
            unasked = 0 if isinstance(message, mcp_types.JSONRPCResponse | mcp_types.JSONRPCError) else unasked + 1
            if unasked > UNASKED_MAX:
                program.failure = f"it sent more than {UNASKED_MAX} messages that answer nothing"
                return
            await to_us.send(SessionMessage(message))


async def _tell(
    process: asyncio.subprocess.Process,
    from_us: MemoryObjectReceiveStream[SessionMessage],
    to_us: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    assert process.stdin is not None
    try:
        async for one in from_us:
            process.stdin.write((one.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n").encode())
            await process.stdin.drain()
    except (OSError, RuntimeError):
        to_us.close()  # it takes no more: whoever waits for an answer must learn of it


async def _note(program: Program, process: asyncio.subprocess.Process) -> None:
    """Read its standard error, so that it never waits for us to do so, and keep the end of it."""
    assert process.stderr is not None
    while piece := await process.stderr.read(4096):
        program.said = (program.said + piece.decode(errors="replace"))[-1_000:]


async def _end(process: asyncio.subprocess.Process) -> None:
    """It, and whatever it has started. A polite word first, for a second."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
