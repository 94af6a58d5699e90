"""A process that has imported what commands of `flowforge` import, and forks one for each order that comes in by its socket.

An order is JSON with the files of the new process beside it: {"arguments", "directory", "environment"}; the answers are lines,
`born PID` and `gone PID CODE`. It ends when nobody is at the other end any more.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import traceback

import flowforge.agents.loop
import flowforge.api.server
import flowforge.cli.commands.dev
import flowforge.cli.commands.serve
import flowforge.cli.commands.worker
import flowforge.orchestrator.worker.worker  # noqa: F401
from flowforge import crash
from flowforge.cli import main

ORDER_BYTES_MAX = 1 << 20
FILES_MAX = 65536


def be_a_command(order: dict[str, object], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, FILES_MAX)
    os.chdir(str(order["directory"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    crash.arm(os.environ.get("FLOWFORGE_CRASH", ""))
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in sys.path]
    sys.path.insert(0, os.getcwd())
    sys.argv = ["flowforge", *order["arguments"]]  # type: ignore[misc]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", buffering=1), open(2, "w", buffering=1)  # noqa: SIM115
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def attend(door: socket.socket) -> None:
    children: dict[int, int] = {}
    poll = select.poll()
    poll.register(door, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready == door.fileno():
                text, files, _, _ = socket.recv_fds(door, ORDER_BYTES_MAX, 3)
                if not text:
                    return
                pid = os.fork()
                if pid == 0:
                    be_a_command(json.loads(text), files)
                for file in files:
                    os.close(file)
                children[watched := os.pidfd_open(pid)] = pid
                poll.register(watched, select.POLLIN)
                door.send(f"born {pid}\n".encode())
            else:
                pid = children.pop(ready)
                poll.unregister(ready)
                os.close(ready)
                door.send(f"gone {pid} {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    attend(socket.socket(fileno=int(sys.argv[1])))
