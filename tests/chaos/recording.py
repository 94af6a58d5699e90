"""What really happened, written down outside of the engine and its database.

Every process of a trial (workers, servers, clients, the nursery that buries them, the harness) appends to one file; a record is one
line, one `write`, so that the order of the lines is the order of what happened, whoever is killed in between. Times are those of
the machine's monotonic clock, which all processes share and which nobody's skewed clock reaches.

    send, accepted, unknown, refused      a client and its event: key, name, and for `accepted` the runs that the answer named
    enter, leave                          a worker runs the function of a run, under a fence
    begin, return, raise                  the body of a step; `return` names the token of its value, `begin` those that it was given
    got                                   the function has been given a step's value, so its checkpoint has been committed
    sleep, woke                           a durable sleep, as the function sees it
    effect                                something outside: `fresh` when the ledger had not seen its key
    born, died, freeze, thaw, stop        a process; `died` with its exit code
    fault, stored, resumed, healed        what the harness did to the rest, and what it saw stored while it lasted
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Recorder:
    """Appends to a recording. Any number of processes may do so at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, what: str, **facts: Any) -> None:
        record = {"t": round(time.monotonic(), 6), "what": what, "pid": os.getpid(), **facts}
        os.write(self._file, json.dumps(record, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        os.close(self._file)


def read_recording(path: Path) -> list[Record]:
    """All records, in the order in which they were written."""
    return list(_records(path))


def _records(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
