"""Sessions with MCP servers, kind and unkind: each a real process that speaks as it is told."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from flowforge.skills.failure import ToolFailed
from flowforge.skills.mcp.connection import Connection
from flowforge.skills.mcp.connections import Connections
from flowforge.skills.mcp.content import read_result
from flowforge.skills.mcp.definition import STDIO, McpServerDefinition, read_mcp_server
from flowforge.skills.mcp.listing import local_name, read_listing

SERVER = str(Path(__file__).parent / "nasty_mcp_server.py")

Open = Callable[..., Awaitable[Connection]]


@pytest.fixture(autouse=True)
def programs_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STDIO, "allow")


def server(manner: str, tmp_path: Path, timeout: str = "10s", **env: str) -> McpServerDefinition:
    transport = {"kind": "stdio", "command": sys.executable, "args": [SERVER, manner], "env": {"MIND": str(tmp_path / "mind"), **env}}
    return read_mcp_server({"name": "nasty", "transport": transport, "timeout": timeout})


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    made: list[Connection] = []

    async def open_(manner: str = "", timeout: str = "10s", secrets: Any = None, **env: str) -> Connection:
        connection = Connection(server(manner, tmp_path, timeout, **env), secrets or {})
        made.append(connection)
        await connection.open()
        return connection

    yield open_
    for connection in made:
        await connection.close()


async def test_a_server_is_listed_and_called_with_the_key_of_the_call_and_nothing_of_our_environment(opened, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    connection = await opened(TOKEN="{{secret:token}}", secrets={"token": "hush"})

    [tool] = await connection.tools()
    answer = await connection.call("echo", {"text": "hello"}, "run:1")

    assert tool["name"] == "echo"
    said = read_result(answer)
    assert '"text": "hello"' in said
    assert '"key": "run:1"' in said
    assert '"TOKEN"' in said
    assert "DATABASE_URL" not in said


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("dies", "is gone: it has ended; the call may have taken effect"),
        ("hangs", "has not answered within 1 s; the call may have taken effect"),
        ("answers wrong ids", "has not answered within 1 s"),
        ("floods", "more than 1000 messages that answer nothing"),
        ("sends a huge line", "a line of more than 4194304 bytes"),
        ("answers nonsense", "answered what is no answer"),
    ],
    ids=["dies", "hangs", "ids", "floods", "huge", "nonsense"],
)
async def test_a_call_of_an_unkind_server_fails_in_time_and_says_why(opened, manner, words):
    connection = await opened(manner, "1s")

    with pytest.raises(ToolFailed) as failed:
        await connection.call("echo", {"text": "hello"}, "key")

    assert words in failed.value.message


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nowhere/at/all"], "cannot be started"),
        ([sys.executable, "-c", "pass"], "it has ended"),
        ([sys.executable, SERVER, "talks nonsense"], "100 lines"),
    ],
    ids=["absent", "ends", "nonsense"],
)
async def test_a_server_that_cannot_be_spoken_with_is_told_of(command, words):
    transport = {"kind": "stdio", "command": command[0], "args": command[1:]}
    connection = Connection(read_mcp_server({"name": "nasty", "transport": transport}), {})

    with pytest.raises(ToolFailed, match=words):
        await connection.open()
    await connection.close()


@pytest.mark.thorough
async def test_a_server_that_never_speaks_is_given_up(opened, monkeypatch):
    monkeypatch.setattr("flowforge.skills.mcp.connection.CONNECT_SECONDS", 0.2)

    with pytest.raises(ToolFailed, match=r"has not answered within 0\.2 s"):
        await opened("says nothing")


async def test_its_process_ends_with_the_session(opened):
    before = children()
    connection = await opened()
    await connection.call("echo", {"text": ""}, "key")
    found = children() - before
    await connection.close()

    assert found
    assert children().isdisjoint(found)


@pytest.mark.thorough
async def test_its_process_does_not_outlive_a_worker_that_was_killed(tmp_path):
    program = f"""
import asyncio, os
from tests.skills.test_mcp_connection import children, server
from flowforge.skills.mcp.connection import Connection
from pathlib import Path

async def main():
    connection = Connection(server("outstays", Path({str(tmp_path)!r})), {{}})
    await connection.open()
    print(*children(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
    root = str(Path(__file__).parent.parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, STDIO: "allow"}
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env=environment)
    assert worker.stdout is not None
    [child] = map(int, (await worker.stdout.readline()).split())
    worker.kill()
    await worker.wait()

    async with asyncio.timeout(10):
        while Path(f"/proc/{child}").exists() and "State:\tZ" not in Path(f"/proc/{child}/status").read_text():
            await asyncio.sleep(0.01)


def children() -> set[int]:
    """The processes that this one has started and that are still there."""
    found: set[int] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while it is asked
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


async def test_a_server_that_lies_about_its_tools_loses_those_and_keeps_the_others(opened):
    connection = await opened("lies about schemas")

    listing = read_listing("nasty", await connection.tools())

    names = {tool.name: tool for tool in listing.tools}
    assert set(names) >= {"nasty__echo", "nasty__a_b", "nasty__twice", "nasty__wordy"}
    assert all(len(name) <= 64 for name in names)
    assert len(names) == 6  # and one of a/b and a.b, and the one with 65 letters, by other names
    assert names["nasty__wordy"].description.startswith("hidden[31m y")
    assert len(names["nasty__wordy"].description) <= 4_001
    for bad in ("remote", "deep", "wrong", "large", "twice", "n" * 80):
        assert bad in str(listing.error), bad


def test_what_takes_no_object_or_has_no_name_is_no_tool():
    said = [
        {"name": "list", "inputSchema": {"type": "array"}},
        {"name": "", "inputSchema": {}},
        {"name": "plain"},
        {"name": "ok", "inputSchema": {}},
    ]

    listing = read_listing("nasty", said, only=["list", "", "plain", "ok", "absent"])

    assert [tool.name for tool in listing.tools] == ["nasty__ok"]
    assert "absent: the server does not offer it" in listing.refused


@pytest.mark.thorough
async def test_a_server_that_offers_too_many_tools_is_cut(opened):
    listing = read_listing("nasty", await (await opened("offers everything")).tools())

    assert len(listing.tools) == 500
    assert "more than 500" in str(listing.error)


async def test_what_is_no_text_is_named_and_a_failure_is_the_tools(opened):
    pictures = await (await opened("pictures")).call("echo", {"text": ""}, "key")
    failing = await (await opened("fails")).call("echo", {"text": ""}, "key")

    assert read_result(pictures).startswith("(image: image/png, 6 bytes, sha256 of its base64 ")
    with pytest.raises(ToolFailed, match="the tool failed: no such issue"):
        read_result(failing)


async def test_a_session_is_kept_replaced_when_it_ends_and_left_alone_after_a_failure(tmp_path, monkeypatch):
    class StillClock:
        def __init__(self) -> None:
            self.at = 0.0

        def monotonic(self) -> float:
            return self.at

    clock = StillClock()
    sessions = Connections(clock)  # type: ignore[arg-type]
    place = (uuid4(), uuid4())
    good, dying = server("", tmp_path), server("dies", tmp_path)

    first = await sessions.open(place, good, {})
    assert await sessions.open(place, good, {}) is first
    assert await sessions.open(place, good, {"token": "new"}) is not first
    assert first.over
    second = await sessions.open(place, dying, {})
    with pytest.raises(ToolFailed):
        await second.call("echo", {"text": ""}, "key")
    third = await sessions.open(place, dying, {})
    assert read_result(await third.call("echo", {"text": "again"}, "key"))

    broken = read_mcp_server({"name": "nasty", "transport": {"kind": "stdio", "command": "/nowhere"}})
    for at, asked in ((0.0, True), (0.5, False), (1.1, True), (2.5, False), (3.2, True)):
        clock.at = at
        with pytest.raises(ToolFailed) as failed:
            await sessions.open(place, broken, {})
        assert ("asked again" not in failed.value.message) is asked, at
    await sessions.close()


def test_names_that_no_provider_takes_become_names_that_all_take():
    assert local_name("tracker", "issues.list") == "tracker__issues_list"
    assert local_name("tracker", "x" * 65) != local_name("tracker", "x" * 66)
    assert len(local_name("tracker", "x" * 200)) == 64


async def test_nothing_is_started_where_the_operator_does_not_allow_it(tmp_path, monkeypatch):
    definition = server("", tmp_path)
    monkeypatch.delenv(STDIO)

    with pytest.raises(ToolFailed, match="starts no programs"):
        await Connection(definition, {}).open()


@pytest.mark.thorough
async def test_calls_side_by_side_get_their_own_answers(opened):
    connection = await opened()

    answers = await asyncio.gather(*(connection.call("echo", {"text": f"n{n}"}, str(n)) for n in range(20)))

    assert all(f'"text": "n{n}"' in read_result(answer) for n, answer in enumerate(answers))
