"""What the limits of one process cannot hold: the memory of all of a sandbox's processes together, and how many files they make."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from flowforge.clock import SYSTEM_CLOCK
from flowforge.sandbox.limits import SandboxLimits
from flowforge.sandbox.result import Reason
from flowforge.sandbox.walls import WORK

LOOK_EVERY_SECONDS = 0.05
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def watch(first: int, limits: SandboxLimits) -> Reason:
    """Return which limit is broken by the sandbox whose first process is `first`; until then it only looks. Cancel it at the end."""
    while True:
        if memory_bytes(first) > limits.memory_bytes:
            return "memory"
        if files_made(first, limits.work_bytes) > limits.work_files:
            return "files"
        await SYSTEM_CLOCK.sleep(LOOK_EVERY_SECONDS)


def memory_bytes(first: int) -> int:
    """Memory that is the processes' own; pages that a fork shares count for each, so the sum is rather too large than too small."""
    return sum(_own_pages(process) for process in _tree(first)) * PAGE_BYTES


def files_made(first: int, work_bytes: int) -> int:
    """Files and directories of the work directory, which is a file system of its own, of that size."""
    try:
        found = os.statvfs(f"/proc/{first}/root{WORK}")
    except OSError:  # it has ended
        return 0
    if found.f_blocks * found.f_frsize > work_bytes + PAGE_BYTES:  # its root is still this machine's
        return 0
    return found.f_files - found.f_ffree


def _tree(process: int) -> Iterator[int]:
    """The process and all below it, from /proc; one that ends meanwhile is left out."""
    waiting = [process]
    while waiting:
        here = waiting.pop()
        yield here
        try:
            for thread in os.listdir(f"/proc/{here}/task"):
                waiting += map(int, Path(f"/proc/{here}/task/{thread}/children").read_text().split())
        except OSError:
            continue


def _own_pages(process: int) -> int:
    try:
        _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_text().split()
    except OSError:
        return 0
    return max(0, int(resident) - int(shared))
