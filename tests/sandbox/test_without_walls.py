"""Where no program can be shut in none is run; and what is checked before and after, on any machine."""

from __future__ import annotations

import json
import subprocess

import pytest

from flowforge.errors import InvalidInput, SandboxUnavailable
from flowforge.sandbox import walls
from flowforge.sandbox.limits import SandboxLimits
from flowforge.sandbox.report import order_bytes, read_report


@pytest.fixture
def no_process(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)


async def test_without_bubblewrap_nothing_is_run(sandbox, no_process, monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)

    with pytest.raises(SandboxUnavailable, match="no bubblewrap") as refusal:
        await sandbox.run(source="print(1)")
    assert "apt-get install bubblewrap" in refusal.value.hint


async def test_a_bubblewrap_that_cannot_shut_in_is_no_sandbox(sandbox, open_directory, monkeypatch):
    broken = open_directory / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(walls.shutil, "which", lambda name: str(broken))

    with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace") as refusal:
        await sandbox.run(source="print(1)")
    assert "user namespaces" in refusal.value.hint


async def test_one_that_may_not_be_started_is_none_either(sandbox, open_directory, monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: str(open_directory / "nothing"))

    with pytest.raises(SandboxUnavailable, match="cannot be started: No such file"):
        await sandbox.run(source="print(1)")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"argv": [""]},
        {"argv": "rm -rf"},
        {"argv": ["a\0b"]},
        {"source": "x", "files": {"../x": b""}},
        {"source": "x", "files": {"/etc/passwd": b""}},
        {"source": "x", "environment": {"A=B": "c"}},
        {"source": "x", "environment": {"A": "b\0"}},
        {"source": "x", "files": {"large": bytes(64 * 1024 * 1024 + 1)}},
    ],
)
async def test_what_cannot_be_is_refused_before_anything_starts(sandbox, no_process, given):
    with pytest.raises(InvalidInput):
        await sandbox.run(**given)


@pytest.mark.parametrize("limits", [{"wall_seconds": 0}, {"processes": 0}, {"memory_bytes": 1}, {"work_files": 0}, {"output_bytes": -1}])
def test_limits_that_let_nothing_run_are_refused(limits):
    with pytest.raises(InvalidInput, match="must be at least"):
        SandboxLimits(**limits)


def test_an_order_holds_everything_in_its_place():
    order = order_bytes(["cat"], {"A": "b"}, {"x/y": b"12", "z": b""}, ["*"], b"typed", SandboxLimits())
    length = int.from_bytes(order[:4], "big")

    assert json.loads(order[4 : 4 + length])["files"] == [["x/y", 2], ["z", 0]]
    assert order[4 + length :] == b"12typed"


def report(head: object, rest: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + text + rest


GOOD = {"exit": 0, "cpu": False, "too_much": False, "files": [["a", 2], ["b", 1]]}


def test_a_report_is_read():
    assert read_report(report(GOOD, b"xxy")).files == {"a": b"xx", "b": b"y"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\xff{}",
        report(b"{"),
        report([]),
        report(b"[" * 100_000),
        report({**GOOD, "exit": "zero"}, b"xxy"),
        report(GOOD, b"xx"),
        report(GOOD, b"xxyz"),
        report({**GOOD, "files": [["a", 2], ["a", 1]]}, b"xxy"),
        report({**GOOD, "files": [["../a", 3]]}, b"xxy"),
        report({**GOOD, "files": [["a", -1], ["b", 4]]}, b"xxy"),
        report({**GOOD, "files": [[["a"], 3]]}, b"xxy"),
        report({**GOOD, "files": 7}),
    ],
)
def test_a_report_that_ours_would_not_write_is_none(data):
    assert read_report(data) is None
