"""Runs inside the sandbox, as its first program: brings the files in, starts what is to run, hands back what it left.

It stands alone: the interpreter that runs it has the standard library and nothing of ours. `order` is the descriptor that the order
comes by, `report` the one that the report goes to; both begin with the length of a JSON header in four bytes, and files follow it.
"""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
import resource
import signal
import stat
import sys

WORK = "/work"
OPEN_FILES_MAX = 256


def main(order_fd: int, report_fd: int) -> None:
    os.set_inheritable(order_fd, False)
    os.set_inheritable(report_fd, False)
    with open(order_fd, "rb") as order_file:
        order = json.loads(order_file.read(int.from_bytes(order_file.read(4), "big")))
        for name, size in order["files"]:
            put(name, order_file.read(size))
        given = order_file.read(order["stdin"])
    report = watch(start(order, given), order["limits"])
    files, too_much = collect(order["outputs"], order["limits"])
    report["files"] = [[name, len(data)] for name, data in files]
    report["too_much"] = too_much
    head = json.dumps(report).encode()
    with open(report_fd, "wb") as report_file:
        report_file.write(len(head).to_bytes(4, "big") + head)
        for _, data in files:
            report_file.write(data)


def put(name: str, data: bytes) -> None:
    path = os.path.join(WORK, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def start(order: dict, given: bytes) -> int:  # type: ignore[type-arg]
    stdin = os.memfd_create("stdin")
    os.write(stdin, given)
    os.lseek(stdin, 0, os.SEEK_SET)
    child = os.fork()
    if child:
        os.close(stdin)
        return child
    try:
        os.dup2(stdin, 0)
        limit(order["limits"])
        os.chdir(WORK)
        os.execvpe(order["argv"][0], order["argv"], order["environment"])  # noqa: S606 - what the walls are for
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {error.strerror}\n".encode())
    os._exit(127)


def limit(limits: dict) -> None:  # type: ignore[type-arg]
    cpu = limits["cpu_seconds"]
    for what, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["work_bytes"], limits["work_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"] + 2, limits["processes"] + 2),  # this one, and the one that reaps
        (resource.RLIMIT_NOFILE, OPEN_FILES_MAX, OPEN_FILES_MAX),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_MSGQUEUE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def watch(child: int, limits: dict) -> dict:  # type: ignore[type-arg]
    """Wait for the program, then end whatever it has left running."""
    _, status, used = os.wait4(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    code = os.waitstatus_to_exitcode(status)
    spent = used.ru_utime + used.ru_stime >= limits["cpu_seconds"] - 0.1
    return {"exit": code, "cpu": code == -signal.SIGXCPU or (code == -signal.SIGKILL and spent)}


def collect(patterns: list, limits: dict) -> tuple:  # type: ignore[type-arg]
    """The files that were asked for: regular ones only, no link is followed."""
    found: list[tuple[str, bytes]] = []
    left = limits["returned_bytes"]
    if not patterns:
        return found, False
    for directory, _, names, at in os.fwalk(WORK, follow_symlinks=False):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(directory, name), WORK)
            if not any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
                continue
            with contextlib.suppress(OSError):  # a link, or not to be read
                with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at), "rb") as file:
                    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                        continue
                    data = file.read(left + 1)
                if len(data) > left:
                    return [], True
                left -= len(data)
                found.append((path, data))
    return found, False


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
