"""The name of a worker's process, from which another one on the same machine can tell for certain that it has ended.

    web-1:4711 9b2c…/pid:[4026531836]/8812345        host:pid boot/namespace/started

A pid means something only in its namespace, and only until it is used again; so boot, namespace and start time stand beside it. Where
the system does not tell them (it is not Linux), the name is `host:pid`, and nothing can be told from it.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path


def process_name() -> str:
    """The name of this process."""
    pid = os.getpid()
    shown = f"{socket.gethostname()}:{pid}"
    return f"{shown} {place}/{_started(pid)}" if (place := _place()) and _started(pid) else shown


def has_ended(name: str) -> bool:
    """Is the process of that name gone for certain? False as well when it cannot be known from here."""
    shown, _, proof = name.partition(" ")
    place, _, started = proof.rpartition("/")
    if not proof or place != _place():
        return False
    pid = int(shown.rpartition(":")[2])
    try:
        os.kill(pid, 0)  # asks only, and sees the processes of other users too, which /proc may hide
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(pid) not in {None, started}


@cache
def _place() -> str | None:
    """Where this process's pid is a name: the boot of the machine and the pid namespace."""
    with suppress(OSError):
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}/{Path('/proc/self/ns/pid').readlink()}"
    return None


def _started(pid: int) -> str | None:
    """When a process began, in ticks since the boot."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return None
